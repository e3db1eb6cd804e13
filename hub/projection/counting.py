"""
Which kinds of outcomes are asked for, and how many there are of each: from the tallies, whatever the time.

Only what is asked of one person, of an id, or of part of a day is counted row by row.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, any_, case, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from hub.projection import tables
from hub.projection.fold import NOBODY
from hub.projection.spans import EVER, MONTH, NEVER, begins, cells, day, midnight, spans

FACETS = ("team", "outcome", "reason", "subject", "source", "agreement", "clause", "purpose", "gateway", "owner")
FOUND = 500  # records that a search for an id looks at
SHORTEST = 4  # characters of an id, to be searched for
d, o, k, t = tables.decisions.c, tables.outcomes.c, tables.kinds.c, tables.tallies.c
Kind = tuple[Any, ...]  # its number, and its value of each facet


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What is asked for: of each facet any of the values named, from *since* on and before *until* (UTC microseconds).

    *person* is the hub's handle. *search* is the beginning of an id, or part of a code; nothing else is searched. A
    reason stands for what it is about, too: CONDITION for CONDITION:age. *nobody* asks for what no team subscribes to.
    """

    team: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    agreement: tuple[str, ...] = ()
    clause: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    gateway: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    person: str | None = None
    search: str | None = None
    nobody: bool = False


ALL = Filters()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many outcomes there are, and of each facet how many if only its own choice were another, most first."""

    total: int
    facets: dict[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Sought:
    """
    What is asked for; a search is for an id, at *places*, or else for a code.

    *kinds* are those that fit, but for one facet at most: that facet's number with each, or -1 where all fit.
    """

    asked: Filters
    kinds: Sequence[tuple[Kind, int]]
    places: tuple[tuple[int, int], ...] | None

    @property
    def few(self) -> bool:
        """Whether it is so few decisions that each can be looked at."""
        return self.places is not None or self.asked.person is not None

    @property
    def matching(self) -> list[int]:
        """The numbers of the kinds that fit."""
        return sorted(kind[0] for kind, but in self.kinds if but < 0)


class Stretch(NamedTuple):
    """From when to when there is a page's worth: how many outcomes to look through, and how many of them fit."""

    since: int
    until: int
    all: int
    fit: int


def sought(connection: Connection, asked: Filters) -> Sought:
    """What *asked* comes to in this database."""
    word = (asked.search or "").strip()
    places = _places(connection, word)
    code = "" if places else word.lower()
    wanted = [(number, set(some)) for number, name in enumerate(FACETS) if (some := getattr(asked, name))]
    rows = connection.execute(select(k.kind, *(k[name] for name in FACETS))).all()
    kinds = []
    for row in rows:
        if (row[2] == NOBODY and not asked.nobody) or not _says(row, code):
            continue
        misses = [number for number, some in wanted if not _among(row[number + 1], some, FACETS[number] == "reason")]
        if len(misses) < 2:
            kinds.append((row, misses[0] if misses else -1))
    return Sought(asked, kinds, tuple(places) if places else None)


def counts(connection: Connection, asked: Filters = ALL) -> Counts:
    """How many fit, and how many would with another choice in each facet."""
    return counted(connection, sought(connection, asked))


def counted(connection: Connection, what: Sought) -> Counts:
    """The same, of what is known to be sought."""
    numbers, total = _numbers(connection, what), 0
    facets: list[Counter[str]] = [Counter() for _ in FACETS]
    for kind, but in what.kinds:
        count = numbers.get(kind[0])
        if not count:
            continue
        total += count if but < 0 else 0
        for number, found in enumerate(facets) if but < 0 else ((but, facets[but]),):
            if (value := kind[number + 1]) is not None:
                found[value] += count
    most = (tuple(sorted(found.items(), key=lambda one: (-one[1], one[0]))) for found in facets)
    return Counts(total, dict(zip(FACETS, most, strict=True)))


def stretch(connection: Connection, asked: Filters, matching: Sequence[int], end: int | None, limit: int) -> Stretch:
    """The months in which the newest matching outcomes before *end* lie, enough for *limit* of them."""
    fit = func.sum(case((one_of(connection, t.kind, matching), t["count"]), else_=0))
    query = select(t.number, func.sum(t["count"]), fit).where(t.level == MONTH).group_by(t.number)
    ends = [one for one in (asked.until, end) if one is not None]
    last = min(ends) if ends else midnight(EVER)
    query = query.where(t.number <= cells(last)[MONTH])
    if asked.since is not None:
        query = query.where(t.number >= cells(asked.since)[MONTH])
    since, until, every, fits, whole = asked.since or 0, last, 0, 0, 0
    for number, count, some in connection.execute(query.order_by(t.number.desc())):
        if not some and not fits:
            until = min(until, midnight(begins(MONTH, number)))  # nothing of it is newer than this
            continue
        every, fits = every + int(count), fits + int(some)
        whole += int(some) if number < cells(last)[MONTH] else 0  # of the last month some may come after the end
        if whole > limit:
            since = max(since, midnight(begins(MONTH, number)))
            break
    return Stretch(since, until, every, fits)


def one_of(connection: Connection, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether *column* is among *numbers*, of which there may be thousands: one value to the database."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(numbers), ARRAY(BigInteger)))
    return column.in_(select(func.json_each(json.dumps(list(numbers))).table_valued("value").c.value))


def begins_with(column: ColumnElement[str], start: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """A range, for which an index serves in both databases."""
    return column >= start, column < start + "\U0010ffff"


def within(what: Sought) -> list[ColumnElement[bool]]:
    """What the rows of outcomes, and of decisions beside them, must say."""
    asked, made = what.asked, list[ColumnElement[bool]]()
    if asked.since is not None:
        made.append(o.at >= asked.since)
    if asked.until is not None:
        made.append(o.at < asked.until)
    if asked.person is not None:
        made.append(d.person == asked.person)
    if what.places is not None:
        made.append(or_(*((o.partition == partition) & (o.offset == offset) for partition, offset in what.places)))
    return made or [true()]


def _places(connection: Connection, word: str) -> list[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for column in (d.id, d.event) if len(word) >= SHORTEST else ():
        query = select(d.partition, d.offset).where(*begins_with(column, word)).limit(FOUND)
        found.update((partition, offset) for partition, offset in connection.execute(query))
    return sorted(found)


def _says(row: Sequence[Any], code: str) -> bool:
    return not code or any(code in (value or "").lower() for value in row[1:])


def _among(value: str | None, wanted: Collection[str], parts: bool) -> bool:
    return value in wanted or (parts and value is not None and value.partition(":")[0] in wanted)


def _numbers(connection: Connection, what: Sought) -> dict[int, int]:
    """How many outcomes there are of each kind in the time, about the person, with the id that is asked for."""
    made: Counter[int] = Counter()
    if what.few:
        same = (d.partition == o.partition) & (d.offset == o.offset)
        query = select(o.kind, func.count()).select_from(tables.outcomes.join(tables.decisions, same))
        made.update(dict(connection.execute(query.where(*within(what)).group_by(o.kind)).all()))
        return made
    since, until = what.asked.since, what.asked.until
    first = NEVER if since is None else day(since) + (since > midnight(day(since)))
    last = EVER if until is None else day(until)
    for span in spans(first, last):
        here = (t.level == span.level, t.number >= span.first, t.number < span.last)
        tally = select(t.kind, func.sum(t["count"])).where(*here).group_by(t.kind)
        made.update({kind: int(count) for kind, count in connection.execute(tally)})
    for start, end in _edges(since, until, first, last):
        rows = select(o.kind, func.count()).where(o.at >= start, o.at < end).group_by(o.kind)
        made.update(dict(connection.execute(rows).all()))
    return made


def _edges(since: int | None, until: int | None, first: int, last: int) -> list[tuple[int, int]]:
    """The parts of days before the first whole one and after the last."""
    if since is not None and until is not None and first > last:
        return [(since, until)]  # within one day
    edges = []
    if since is not None and since < midnight(first):
        edges.append((since, midnight(first)))
    if until is not None and until > midnight(last):
        edges.append((midnight(last), until))
    return edges
