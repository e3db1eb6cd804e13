"""What pages ask of alerts: a team's inbox, one alert with all that was said of it, and for the lead its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from hub.inbox.items import Item
from hub.projection import tables
from hub.projection.ask import number

Told = Mapping[str, Any]
SHORTEST = 4  # characters of an id, to be found by
a, n, s, w = tables.alerts.c, tables.notices.c, tables.steps.c, tables.answers.c


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Which alerts of a team: of each any of the words named; *every* keeps what is over, too.

    *late* keeps what waits for an answer that was due before then (UTC microseconds). *newest* has what was told last
    first.
    """

    state: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    person: str | None = None
    every: bool = False
    late: int | None = None
    newest: bool = False


OPEN = Asked()


@dataclass(frozen=True, slots=True)
class Inbox:
    """Some alerts in the order in which to look at them, how many fit in all, and where the list goes on."""

    items: tuple[Item, ...]
    total: int
    after: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a team answered."""

    id: str
    at: int
    answer: str
    reason: str | None
    role: str | None
    agency: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: as it stands, every notice of it, its corrections since, and its answers, each oldest first."""

    item: Item
    notices: tuple[Told, ...]
    corrections: tuple[Told, ...]
    answers: tuple[Answer, ...]


def alerts(
    connection: Connection, team: str, asked: Asked = OPEN, after: str | None = None, limit: int | None = 50
) -> Inbox:
    """A team's alerts as `hub alerts list` has them: what waits longest for an answer first, unless *newest*."""
    where = _which(team, asked)
    query, cursor = select(tables.alerts).where(*where), _cursor(after)
    if asked.newest:
        query = query.order_by(a.raised.desc(), a.id.desc())
        query = query.where(tuple_(a.raised, a.id) < tuple_(*cursor[1:])) if cursor else query
    else:
        query = query.order_by(a.rank, a.due, a.id)
        query = query.where(tuple_(a.rank, a.due, a.id) > tuple_(*cursor)) if cursor else query
    if limit is not None:
        query = query.limit(limit + 1)
    rows: Any = connection.execute(query).mappings().all()
    total = connection.execute(select(func.count()).select_from(tables.alerts).where(*where)).scalar_one()
    shown = rows if limit is None else rows[:limit]
    name = "raised" if asked.newest else "due"
    last = f"{shown[-1]['rank']}.{shown[-1][name]}.{shown[-1]['id']}" if len(rows) > len(shown) else None
    return Inbox(tuple(map(_item, shown)), total, last)


def counts(connection: Connection, team: str, asked: Asked = OPEN) -> dict[str, dict[str, int]]:
    """How many of a team's alerts there are by state, urgency and kind, each if only its own choice were another."""
    made: dict[str, dict[str, int]] = {}
    for name in ("state", "urgency", "kind"):
        other: dict[str, Any] = {name: (), "every": asked.every or name == "state"}
        where = _which(team, replace(asked, **other))
        query = select(a[name], func.count()).where(*where).group_by(a[name]).order_by(func.count().desc(), a[name])
        made[name] = dict(connection.execute(query).all())
    return made


def alert(connection: Connection, team: str, start: str) -> Alert | None:
    """The one alert of *team* whose id begins so; None where there is none, or several, or it is another team's."""
    if len(start) < SHORTEST:
        return None
    where = (a.team == team, a.id >= start, a.id < start + "\U0010ffff")
    rows: Any = connection.execute(select(tables.alerts).where(*where).order_by(a.id).limit(2)).mappings().all()
    if not rows or (len(rows) > 1 and rows[0]["id"] != start):
        return None
    item = _item(rows[0])
    person, id = item.told["person"], item.told["id"]
    mine = (n.team == team, n.person == person)
    about = (n.kind == "CORRECTION", n.about == item.told["kind"], n.raised >= item.told["raised"])
    return Alert(
        item, _notices(connection, *mine, n.id == id), _notices(connection, *mine, *about), _answers(connection, item)
    )


def corrections(connection: Connection, team: str, since: int = 0, limit: int = 50) -> tuple[Told, ...]:
    """What a team was told to be otherwise since then (UTC microseconds), newest first."""
    where = (n.team == team, n.kind == "CORRECTION", n.raised >= since)
    query = select(n.told).where(*where).order_by(n.raised.desc(), n.id).limit(limit)
    return tuple(msgspec.json.decode(text) for text in connection.execute(query).scalars())


def steps(connection: Connection, alert: str) -> tuple[Told, ...]:
    """The steps of one alert in the order of the log; for the lead alone, as they name the hub's own pseudonym."""
    query = select(s.step).where(s.alert == alert).order_by(s.partition, s.offset)
    return tuple(map(_dated, connection.execute(query).scalars()))


def _dated(text: str) -> Told:
    step: dict[str, Any] = msgspec.json.decode(text)
    return step | {name: step[name] and date.fromisoformat(step[name]) for name in ("due_on", "basis")}


def _which(team: str, asked: Asked) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = [a.team == team]
    for name in ("state", "urgency", "kind"):
        if wanted := getattr(asked, name):
            made.append(a[name].in_(wanted))
    if not (asked.every or asked.state):
        made.append(a.rank < 2)
    if asked.person is not None:
        made.append(a.person == asked.person)
    if asked.late is not None:
        made += [a.rank == 0, a.ack_by < asked.late]
    return made


def _item(row: Told) -> Item:
    return Item(row["team"], msgspec.json.decode(row["told"]), row["state"], row["since"])


def _notices(connection: Connection, *where: ColumnElement[bool]) -> tuple[Told, ...]:
    found = connection.execute(select(n.told).where(*where).order_by(n.partition, n.offset)).scalars()
    return tuple(msgspec.json.decode(text) for text in found)


def _answers(connection: Connection, item: Item) -> tuple[Answer, ...]:
    named = or_(w.alert == item.told["id"], w.alert.is_(None) & (w.stage == item.told["stage"]))
    query = select(w.id, w.at, w.answer, w.reason, w.role, w.agency).where(
        w.team == item.team, w.person == item.told["person"], named
    )
    found = connection.execute(query.order_by(w.partition, w.offset)).all()
    return tuple({one[0]: Answer(*one) for one in found}.values())  # sent again is answered once


def _cursor(told: str | None) -> tuple[int, int, str] | None:
    """
    What a cursor says, or None if it is none: it comes from an address.

    >>> _cursor("0.5.a-1"), _cursor("0.5")
    ((0, 5, 'a-1'), None)
    """
    parts: Sequence[str] = (told or "").split(".", 2)
    if len(parts) != 3 or not all(map(number, parts[:2])):
        return None
    return int(parts[0]), int(parts[1]), parts[2]
