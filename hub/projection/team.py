"""What a team's own pages ask beside its inbox: of its own alerts, corrections and answers, and of nobody else's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from hub.inbox.items import Item
from hub.projection import tables

Told = Mapping[str, Any]
a, d, n, s, w = (one.c for one in (tables.alerts, tables.decisions, tables.notices, tables.steps, tables.answers))
SEEN = ("state", "at", "level", "answer")  # of a step: all that a team may know


@dataclass(frozen=True, slots=True)
class Pressing:
    """How many alerts wait for an answer, how many of them are late, and how many more fall due by a moment."""

    waiting: int
    late: int
    soon: int


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a team was told of one person, oldest first, and what it answered."""

    person: str
    items: tuple[Item, ...]
    corrections: tuple[Told, ...]
    answers: tuple[Told, ...]


def pressing(connection: Connection, team: str, now: int, until: int) -> Pressing:
    """What waits as of *now*; soon is what falls due before *until* (both UTC microseconds)."""
    late = func.sum(case((a.ack_by < now, 1), else_=0))
    soon = func.sum(case((a.ack_by.between(now, until - 1), 1), else_=0))
    query = select(func.count(), late, soon).where(a.team == team, a.rank == 0)
    found: Row[Any] = connection.execute(query).one()
    return Pressing(*(int(number or 0) for number in found))


def corrections_of(connection: Connection, team: str, people: Collection[str]) -> tuple[Told, ...]:
    """The corrections of these people, by the team's own pseudonyms, oldest first."""
    return _notices(connection, team, n.kind == "CORRECTION", n.person.in_(sorted(people))) if people else ()


def correction(connection: Connection, team: str, id: str) -> Told | None:
    """The correction of that id, if it was this team that was told it."""
    found = _notices(connection, team, n.kind == "CORRECTION", n.id == id)
    return found[-1] if found else None


def people(connection: Connection, team: str, start: str) -> tuple[str, ...]:
    """The people whom *team* was told of and whose pseudonym of its own begins so: the first two."""
    there = (n.team == team, n.person >= start, n.person < start + "\U0010ffff")
    return tuple(connection.execute(select(n.person).where(*there).distinct().order_by(n.person).limit(2)).scalars())


def person(connection: Connection, team: str, pseudonym: str) -> Whole:
    """All that *team* was told of the person whom it knows by *pseudonym*."""
    rows: Any = connection.execute(
        select(a.told, a.state, a.since).where(a.team == team, a.person == pseudonym).order_by(a.raised, a.id)
    )
    items = tuple(Item(team, msgspec.json.decode(told), state, since) for told, state, since in rows)
    query = select(w.id, w.alert, w.answer, w.reason, w.role, w.at).where(w.team == team, w.person == pseudonym)
    answers: Any = connection.execute(query.order_by(w.partition, w.offset)).mappings().all()
    given = tuple({one["id"]: {**one, "team": team} for one in answers}.values())  # sent again is answered once
    return Whole(pseudonym, items, _notices(connection, team, n.person == pseudonym, n.kind == "CORRECTION"), given)


def handle(connection: Connection, team: str, alert: str) -> str | None:
    """The hub's own handle of the person of an alert: for the record of who looked, never for a page."""
    found = connection.execute(select(s.person).where(s.alert == alert, s.team == team).limit(1)).scalar()
    return found or connection.execute(select(d.person).where(d.event == alert).limit(1)).scalar()


def life(connection: Connection, team: str, alert: str) -> tuple[Told, ...]:
    """The steps of the team's alert, as far as the team may know of them; what came before it was told is left out."""
    query = select(s.step).where(s.alert == alert, s.team == team).order_by(s.partition, s.offset)
    steps = (msgspec.json.decode(text) for text in connection.execute(query).scalars())
    return tuple({name: one[name] for name in SEEN} for one in steps if one["state"] != "PENDING")


def _notices(connection: Connection, team: str, *where: ColumnElement[bool]) -> tuple[Told, ...]:
    query = select(n.told).where(n.team == team, *where).order_by(n.raised, n.partition, n.offset)
    return tuple(msgspec.json.decode(text) for text in connection.execute(query).scalars())
