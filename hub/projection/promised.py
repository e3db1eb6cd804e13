"""What promises are counted from: the steps of alerts, events that were decided, and what alerts told of people."""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select

from hub import topics, words
from hub.projection import tables
from hub.reports.commitments import Happened, Step
from hub.reports.equity import FIELDS, Notice

FROM = (topics.CHANGES, topics.DECISIONS, topics.ERASURES)
_step = msgspec.json.Decoder(Step).decode


class Told(msgspec.Struct, frozen=True):
    """What is read of a notice."""

    raised: int
    fields: dict[str, Any]


_told = msgspec.json.Decoder(Told).decode


def reached(connection: Connection) -> tuple[tuple[str, int, int], ...]:
    """How far the projection is in what promises are counted from: as long as it says the same, so do they."""
    p = tables.positions.c
    columns = [column for column in p if column.name not in {"topic", "partition"}]
    query = select(p.topic, p.partition, *columns).where(p.topic.in_(FROM)).order_by(p.topic, p.partition)
    return tuple(tuple(row) for row in connection.execute(query))


def steps(connection: Connection) -> list[Step]:
    """Every step of every alert but that somebody higher heard, which changes no figure."""
    s = tables.steps.c
    found = connection.execute(select(s.step).where(s.state != "ESCALATED"))
    return [_step(text) for (text,) in found]


def happened(connection: Connection, subjects: Collection[str]) -> list[Happened]:
    """Every decision on an event of one of these types."""
    d = tables.decisions.c
    query = select(d.person, d.subject, d.at).where(d.subject.in_(sorted(subjects)))
    return [Happened(*one) for one in connection.execute(query)]


def notices(connection: Connection, teams: Collection[str] = ()) -> list[Notice]:
    """What alerts told of people that they can be grouped by, and all that these *teams* were told."""
    n = tables.notices.c
    says = or_(n.team.in_(sorted(teams)), *(n.told.contains(f'"{name}"') for name in FIELDS))
    made = []
    for alert, team, text in connection.execute(select(n.id, n.team, n.told).where(says)):
        told = _told(text)
        made.append(Notice(alert, team, words.local(told.raised).date(), told.fields))
    return made
