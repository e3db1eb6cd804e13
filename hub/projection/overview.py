"""What pages ask of the whole: days and teams in numbers, rules, what was used, who looked at what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, func, select

from hub.projection import tables
from hub.projection.fold import DELIVERED, NOBODY, WITHHELD
from hub.projection.spans import EVER, NEVER, calendar_day, day, spans
from hub.reports.usage import Usage
from hub.words import Book

Told = Mapping[str, Any]
c, u = tables.days.c, tables.uses.c


@dataclass(frozen=True, slots=True)
class Day:
    """One day in London: outcomes that were delivered, and that were withheld."""

    on: date
    delivered: int
    withheld: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A team's alerts: how many wait for an answer, how many of these are late, since when the oldest waits."""

    team: str
    waits: int
    late: int
    oldest: int | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rules that the log holds: when they were to come into force, and whose keys signed them."""

    hash: str
    at: int
    keys: tuple[str, ...]
    sequence: int | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed note of the ledger, and when it entered the log (UTC microseconds); *topic* tells a cosigned one."""

    topic: str
    at: int
    note: str


@dataclass(frozen=True, slots=True)
class Access:
    """A request to look into what the hub holds about one person, signed by two."""

    id: str
    what: str
    person: str
    reason: str
    by: str
    second: str
    at: int
    since: int | None
    until: int | None
    of: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody looked at a page of the console that speaks of a person."""

    id: str
    at: int
    user: str
    role: str
    team: str | None
    page: str
    person: str | None
    of: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came last of the attempts to tell a team of one thing at one endpoint, outside Kafka."""

    endpoint: str
    channel: str
    team: str
    of: str | None
    attempt: int
    outcome: str
    why: str | None
    at: int
    next: int | None


def days(connection: Connection, since: int, until: int, team: str | None = None) -> tuple[Day, ...]:
    """Each day of a time (UTC µs, the last left out) in which something was decided, for one team or for all."""
    where = [c.day >= day(since), c.day <= day(until - 1), c.outcome != NOBODY]
    if team is not None:
        where.append(c.team == team)
    query = select(c.day, c.outcome, func.sum(c["count"])).where(*where).group_by(c.day, c.outcome).order_by(c.day)
    made: dict[int, dict[str, int]] = {}
    for number, outcome, count in connection.execute(query):
        made.setdefault(number, {})[outcome] = int(count)
    return tuple(Day(calendar_day(number), one.get(DELIVERED, 0), one.get(WITHHELD, 0)) for number, one in made.items())


def teams(connection: Connection, since: int, until: int) -> dict[str, tuple[int, int]]:
    """How much was delivered to each team on the days of a time, and how much was withheld from it."""
    where = (c.day >= day(since), c.day <= day(until - 1), c.outcome != NOBODY)
    query = select(c.team, c.outcome, func.sum(c["count"])).where(*where).group_by(c.team, c.outcome).order_by(c.team)
    made: dict[str, dict[str, int]] = {}
    for team, outcome, count in connection.execute(query):
        made.setdefault(team, {})[outcome] = int(count)
    return {team: (one.get(DELIVERED, 0), one.get(WITHHELD, 0)) for team, one in made.items()}


def waiting(connection: Connection, now: int) -> tuple[Waiting, ...]:
    """What waits for an answer at each team, by its code."""
    a = tables.alerts.c
    late = func.count().filter(a.ack_by < now)
    query = select(a.team, func.count(), late, func.min(a.raised)).where(a.rank == 0)
    found = connection.execute(query.group_by(a.team).order_by(a.team))
    return tuple(Waiting(*one) for one in found)


def usage(connection: Connection, since: int, until: int) -> Usage:
    """What clauses were used for on the days of a time (UTC microseconds, the last left out)."""
    made = Usage()
    for span in spans(max(day(since), NEVER), min(day(until - 1) + 1, EVER)):
        here = (u.level == span.level, u.number >= span.first, u.number < span.last)
        query = select(u.clause, u.field, func.sum(u["count"]), func.max(u.last)).where(*here)
        for clause, name, count, last in connection.execute(query.group_by(u.clause, u.field)):
            if name:
                made.fields[clause, name] += int(count)
            else:
                made.clauses[clause] += int(count)
                made.last[clause] = max(last, made.last.get(clause, last))
    return made


def bundles(connection: Connection) -> tuple[Bundle, ...]:
    """Every bundle of rules in the log, in its order; which of them counts is for `hub.rulebook` to say."""
    made = []
    for row in connection.execute(_in_order(tables.bundles)).mappings():
        held = _bundle(row["bundle"])
        sequence = held.get("sequence") if held else None
        made.append(Bundle(row["hash"], row["at"], tuple(msgspec.json.decode(row["keys"])), sequence))
    return tuple(made)


def book(connection: Connection) -> Book:
    """The bundles by hash, to look clauses and names up in; one that is not what its hash says is none."""
    b = tables.bundles.c
    names = set(connection.execute(select(b.hash)).scalars())
    for name, text in connection.execute(select(b.hash, b.bundle).where(b.hash.in_(names - _KNOWN.keys()))):
        if sha256(text.encode()).hexdigest() == name and (held := _bundle(text)) is not None:
            _KNOWN[name] = held
    return Book({name: _KNOWN[name] for name in names & _KNOWN.keys()})


_KNOWN: dict[str, Told] = {}  # what a hash names is the same in every database, and for ever


def checkpoints(connection: Connection, topic: str, limit: int = 20) -> tuple[Checkpoint, ...]:
    """The newest notes of a topic, newest first."""
    c = tables.checkpoints.c
    query = select(c.topic, c.at, c.note).where(c.topic == topic).order_by(c.offset.desc()).limit(limit)
    return tuple(Checkpoint(*one) for one in connection.execute(query))


def accesses(connection: Connection, person: str | None = None, limit: int = 50, skip: int = 0) -> tuple[Access, ...]:
    """Who asked for what the hub holds about whom, or about one person, newest first."""
    c = tables.accesses.c
    return tuple(Access(**row) for row in _newest(connection, tables.accesses, Access, c.person, person, limit, skip))


def reads(connection: Connection, person: str | None = None, limit: int = 50, skip: int = 0) -> tuple[Read, ...]:
    """Who looked at what in the console, or at one person, newest first."""
    c = tables.reads.c
    return tuple(Read(**row) for row in _newest(connection, tables.reads, Read, c.person, person, limit, skip))


def receipts(connection: Connection, team: str, of: str) -> tuple[Receipt, ...]:
    """What became of telling *team* of an alert or a delivery, by its id, oldest first."""
    c = tables.receipts.c
    query = select(*(c[one.name] for one in fields(Receipt))).where(c.team == team, c.of == of)
    return tuple(Receipt(*one) for one in connection.execute(query.order_by(c.at, c.endpoint)))


def _newest(
    connection: Connection,
    table: Table,
    shape: Any,
    column: ColumnElement[str],
    person: str | None,
    limit: int,
    skip: int,
) -> Sequence[Any]:
    query = select(*(table.c[one.name] for one in fields(shape)))
    if person is not None:
        query = query.where(column == person)
    query = query.order_by(table.c.at.desc(), table.c.partition.desc(), table.c.offset.desc())
    return connection.execute(query.limit(limit).offset(skip)).mappings().all()


def _in_order(table: Table) -> Any:
    return select(table).order_by(table.c.partition, table.c.offset)


def _bundle(text: str) -> dict[str, Any] | None:
    """A bundle as JSON; None where whoever may write to the topic wrote something else."""
    try:
        made = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return made if isinstance(made, dict) else None
