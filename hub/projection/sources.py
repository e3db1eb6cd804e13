"""What pages ask of agencies: what came and how late, who is silent, what lies in quarantine, what waits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from hub import topics
from hub.edges.reader import Reader
from hub.projection import tables
from hub.projection.ask import number
from hub.projection.fold import DELIVERED
from hub.projection.spans import YEAR, calendar_day, day

USUAL = 28  # days that tell what is usual
i, q = tables.intake.c, tables.quarantine.c


@dataclass(frozen=True, slots=True)
class Came:
    """What an agency published on one day: how many records, of which so many could not be read, and how late."""

    agency: str
    on: date
    count: int
    unread: int
    newest: int
    within: Mapping[str, int]  # an hour, a day, a week of what they tell of, or later
    slowest: int


@dataclass(frozen=True, slots=True)
class Silence:
    """When an agency was last heard (UTC µs; None: never), and on how many of the last 28 days, with how many a day."""

    agency: str
    newest: int | None
    days: int
    usual: float


@dataclass(frozen=True, slots=True)
class Aside:
    """A record that the hub could not take: where it lies, where it came from, why, and how large it is."""

    owner: str
    partition: int
    offset: int
    at: int
    source: str
    reason: str
    size: int

    @property
    def cursor(self) -> str:
        """Where the list goes on after this one."""
        return f"{self.at}.{self.partition}.{self.offset}.{self.owner}"


@dataclass(frozen=True, slots=True)
class Lag:
    """How many records of a topic's partition the hub has yet to apply, and the offset of the first of them."""

    topic: str
    partition: int
    behind: int
    first: int


def came(connection: Connection, since: int, until: int) -> tuple[Came, ...]:
    """Each agency's days in a time (UTC microseconds, the last left out), oldest first."""
    unread = func.sum(i["count"]).filter(i.type == "")
    sums = (func.sum(i["count"]), unread, func.max(i.newest), *map(func.sum, (i.hour, i.daily, i.week, i.later)))
    query = select(i.agency, i.day, *sums, func.max(i.slowest)).where(i.day >= day(since), i.day <= day(until - 1))
    made = []
    for row in connection.execute(query.group_by(i.agency, i.day).order_by(i.agency, i.day)):
        within = dict(zip(("hour", "day", "week", "later"), map(int, row[5:9]), strict=True))
        made.append(Came(row[0], calendar_day(row[1]), int(row[2]), int(row[3] or 0), row[4], within, row[9]))
    return tuple(made)


def kinds_of(connection: Connection, agency: str, since: int, until: int) -> dict[str, int]:
    """How many records of each event type an agency published on the days of a time; `` is what could not be read."""
    query = select(i.type, func.sum(i["count"])).where(i.agency == agency, i.day >= day(since), i.day <= day(until - 1))
    found = connection.execute(query.group_by(i.type).order_by(i.type))
    return {type: int(count) for type, count in found}


def silences(connection: Connection, agencies: Iterable[str], now: int) -> tuple[Silence, ...]:
    """How long each of *agencies* has been silent, the longest first."""
    last = dict(connection.execute(select(i.agency, func.max(i.newest)).group_by(i.agency)).all())
    query = select(i.agency, func.count(i.day.distinct()), func.sum(i["count"])).where(i.day > day(now) - USUAL)
    recent = {row[0]: row[1:] for row in connection.execute(query.group_by(i.agency))}
    made = []
    for agency in agencies:
        days, count = recent.get(agency, (0, 0))
        made.append(Silence(agency, last.get(agency), days, int(count) / USUAL))
    return tuple(sorted(made, key=lambda one: (one.newest or 0, one.agency)))


def told_of(connection: Connection) -> dict[str, int]:
    """How many disclosures rest on what each agency told."""
    t, k = tables.tallies.c, tables.kinds.c
    query = select(k.source, func.sum(t["count"])).select_from(tables.tallies.join(tables.kinds, t.kind == k.kind))
    found = connection.execute(query.where(t.level == YEAR, k.outcome == DELIVERED).group_by(k.source))
    return {source: int(count) for source, count in found}


def quarantined(
    connection: Connection, owner: str | None = None, since: int = 0, after: str | None = None, limit: int = 50
) -> tuple[Aside, ...]:
    """What lies in quarantine, newest first, of one owner or of all; *after* is a row's cursor."""
    where: list[ColumnElement[bool]] = [q.at >= since]
    if owner is not None:
        where.append(q.owner == owner)
    parts = (after or "").split(".", 3)
    if len(parts) == 4 and all(map(number, parts[:3])):
        here = tuple_(*map(int, parts[:3]), parts[3])
        where.append(tuple_(q.at, q.partition, q.offset, q.owner) < here)
    order = (q.at.desc(), q.partition.desc(), q.offset.desc(), q.owner.desc())
    columns = (q.owner, q.partition, q.offset, q.at, q.source, q.reason, q.size)
    query = select(*columns).where(*where).order_by(*order).limit(limit)
    return tuple(Aside(*one) for one in connection.execute(query))


def reasons(connection: Connection, since: int = 0) -> tuple[tuple[str, str, int], ...]:
    """How many records of each owner lie in quarantine since then, and why: the most first."""
    query = select(q.owner, q.reason, func.count()).where(q.at >= since).group_by(q.owner, q.reason)
    found = connection.execute(query.order_by(func.count().desc(), q.owner, q.reason))
    return tuple(found.all())


def lag(reader: Reader, agencies: Iterable[str], teams: Iterable[str]) -> tuple[Lag, ...]:
    """What waits in the hub's inputs, asked of the log itself."""
    newest = reader.last(topics.inputs(agencies, teams))  # first, or what comes meanwhile would seem to wait
    held = {(key.decode(), partition): int(row) for partition, key, row in reader.held(topics.POSITIONS)}
    firsts = {place: held.get(place, -1) + 1 for place in newest}
    waits = ((place, last + 1 - firsts[place]) for place, last in sorted(newest.items()))
    return tuple(Lag(*place, count, firsts[place]) for place, count in waits if count > 0)
