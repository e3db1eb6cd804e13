"""
What pages ask of decisions: a page of them by filters, how many there are of each kind, one with its neighbours.

Counts come from the daily tallies, so that they cost the same for a thousand decisions and for a million; only what is
asked of one person, of an id, or of part of a day is counted row by row.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, or_, select, tuple_

from hub import words
from hub.core.identity import reference
from hub.projection import tables
from hub.projection.fold import DELIVERED, NOBODY, calendar_day, day

FACETS = ("team", "outcome", "reason", "subject", "source", "agreement", "clause", "purpose", "gateway", "owner")
SCANNED = 20_000  # outcomes that are looked through in the order of time rather than gathered by kind
RARE = 50  # one in so many: what is rarer is gathered by kind
FOUND = 500  # records that a search for an id looks at
SHORTEST = 4  # characters of an id, to be searched for
Kind = Mapping[str, Any]
d, o, k, t = tables.decisions.c, tables.outcomes.c, tables.kinds.c, tables.tallies.c


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
class Outcome:
    """What one team got of a decision, and why."""

    team: str
    outcome: str
    agreement: str | None
    clause: str | None
    purpose: str | None
    gateway: str | None
    reason: str | None
    owner: str | None
    grant: str | None
    kept: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of decisions: a decision and what one team got of it."""

    at: int
    decision: str
    person: str
    source: str
    subject: str
    event: str
    bundle: str
    told: Outcome
    place: tuple[int, int, int, int]  # to go on after

    @property
    def cursor(self) -> str:
        """Where the list goes on after this row."""
        return ".".join(map(str, self.place))


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first, and the cursor of what comes after them, if anything does."""

    rows: tuple[Row, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many outcomes there are, and of each facet how many if only its own choice were another, most first."""

    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with all its outcomes; *leaf* is its place in the ledger, None before the next checkpoint."""

    id: str
    person: str
    source: str
    subject: str
    event: str
    at: int
    bundle: str
    partition: int
    offset: int
    leaf: int | None
    outcomes: tuple[Outcome, ...]
    sent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by team, the fields it really got of an event
    before: str | None = None  # the decision on the same person before this one, and after it
    after: str | None = None


def decisions(connection: Connection, asked: Filters = ALL, after: str | None = None, limit: int = 50) -> Page:
    """The newest outcomes that fit, or those that come after a cursor; a cursor that is none is the beginning."""
    sought, cursor = _sought(connection, asked), _cursor(after)
    matching = sorted(kind["kind"] for kind in sought.kinds if _fits(kind, sought))
    if not matching:
        return Page((), None)
    query = _rows().where(*_within(sought)).limit(limit + 1)
    if cursor:
        query = query.where(tuple_(o.at, o.partition, o.offset, o.kind) < tuple_(*cursor))
    column: ColumnElement[int] = o.kind
    order: tuple[Any, ...] = (o.at.desc(), o.partition.desc(), o.offset.desc(), o.kind.desc())
    if not sought.few:
        start, scanned, matched = _span(connection, asked, matching, cursor, limit)
        query = query.where(o.at >= start)
        if scanned <= SCANNED or matched * RARE >= scanned:  # a sum is found in no index, so that the other one is used
            column = o.kind + 0
        else:
            order = ((o.at + 0).desc(), *order[1:])
    found = [_row(one) for one in connection.execute(query.where(_one_of(column, matching)).order_by(*order))]
    return Page(tuple(found[:limit]), found[limit - 1].cursor if len(found) > limit else None)


def counts(connection: Connection, asked: Filters = ALL) -> Counts:
    """How many fit, and how many would with another choice in each facet."""
    sought = _sought(connection, asked)
    numbers = _counted(connection, sought)
    kinds = [kind for kind in sought.kinds if kind["kind"] in numbers]
    total = sum(numbers[kind["kind"]] for kind in kinds if _fits(kind, sought))
    facets = {}
    for name in FACETS:
        found: Counter[str] = Counter()
        for kind in kinds:
            if kind[name] is not None and _fits(kind, sought, name):
                found[kind[name]] += numbers[kind["kind"]]
        facets[name] = tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))
    return Counts(total, facets)


def decision(connection: Connection, start: str) -> Decision | None:
    """The one decision whose id begins so; None where there is none, or several."""
    if len(start) < SHORTEST:
        return None
    names = connection.execute(select(d.id).where(*_begins(d.id, start)).distinct().limit(2)).scalars().all()
    name = start if start in names else names[0] if len(names) == 1 else None
    if name is None:
        return None
    there: Any = connection.execute(
        select(tables.decisions).where(d.id == name).order_by(d.at.desc()).limit(1)
    ).mappings()
    return _decision(connection, there.one())


def of_event(connection: Connection, event: str) -> tuple[str, ...]:
    """The decisions on one event, or one alert, oldest first."""
    return tuple(connection.execute(select(d.id).where(d.event == event).order_by(d.at, d.id)).scalars())


def _decision(connection: Connection, told: Mapping[str, Any]) -> Decision:
    place = told["partition"], told["offset"]
    query = select(tables.kinds).join(tables.outcomes, k.kind == o.kind).where(o.partition == place[0])
    rows: Any = connection.execute(query.where(o.offset == place[1]).order_by(k.team)).mappings().all()
    made = tuple(_outcome(row) for row in rows if row["outcome"] != NOBODY)
    leaf = select(tables.leaves.c.leaf).where(tables.leaves.c.partition == place[0], tables.leaves.c.offset == place[1])
    return Decision(
        **{name: told[name] for name in ("id", "person", "event", "at", "bundle", "partition", "offset")},
        source=rows[0]["source"],
        subject=rows[0]["subject"],
        leaf=connection.execute(leaf).scalar(),
        outcomes=made,
        sent=_sent(connection, told["id"], [one.team for one in made if one.outcome == DELIVERED]),
        before=_neighbour(connection, told, False),
        after=_neighbour(connection, told, True),
    )


def _sent(connection: Connection, decision: str, teams: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The fields that each team's delivery really carried; an alert's are in what the team was told."""
    there, quoted = tables.deliveries.c, {reference(decision, team): team for team in teams}
    query = select(there.decision, there.fields).where(there.decision.in_(sorted(quoted)))
    return {quoted[name]: tuple(msgspec.json.decode(text)) for name, text in connection.execute(query)}


def _neighbour(connection: Connection, told: Mapping[str, Any], later: bool) -> str | None:
    here, mine = tuple_(d.at, d.partition, d.offset), tuple_(told["at"], told["partition"], told["offset"])
    order = [column if later else column.desc() for column in (d.at, d.partition, d.offset)]
    query = select(d.id).where(d.person == told["person"], here > mine if later else here < mine)
    return connection.execute(query.order_by(*order).limit(1)).scalar()


def _rows() -> Select[Any]:
    about = (d.id, d.person, d.event, d.bundle, o.at, o.partition, o.offset, o.kind)
    same = (d.partition == o.partition) & (d.offset == o.offset)
    of = [column for column in tables.kinds.c if column.name != "kind"]
    return select(*about, *of).select_from(
        tables.outcomes.join(tables.kinds, o.kind == k.kind).join(tables.decisions, same)
    )


def _row(told: Any) -> Row:
    row = told._mapping
    about = {name: row[name] for name in ("at", "person", "source", "subject", "event", "bundle")}
    place = row["at"], row["partition"], row["offset"], row["kind"]
    return Row(decision=row["id"], **about, told=_outcome(row), place=place)


def _outcome(row: Mapping[str, Any]) -> Outcome:
    told = {one.name: row[one.name] for one in fields(Outcome)}
    return Outcome(**{**told, "kept": msgspec.json.decode(told["kept"])})


@dataclass(frozen=True, slots=True)
class Sought:
    """What is asked for, among which kinds; a search is for an id, at *places*, or else for a *code*."""

    asked: Filters
    kinds: Sequence[Kind]
    places: tuple[tuple[int, int], ...] | None
    code: str

    @property
    def few(self) -> bool:
        """Whether it is so few decisions that each can be looked at."""
        return self.places is not None or self.asked.person is not None


def _sought(connection: Connection, asked: Filters) -> Sought:
    word = (asked.search or "").strip()
    found: list[tuple[int, int]] = []
    for column in (d.id, d.event) if len(word) >= SHORTEST else ():
        query = select(d.partition, d.offset).where(*_begins(column, word)).limit(FOUND)
        found += connection.execute(query).all()
    kinds: Any = connection.execute(select(tables.kinds)).mappings().all()
    return Sought(asked, kinds, tuple(sorted(set(found))) if found else None, "" if found else word.lower())


def _fits(kind: Kind, sought: Sought, but: str = "") -> bool:
    """Whether outcomes of *kind* are asked for; *but* leaves one facet's own choice out of account."""
    asked = sought.asked
    if kind["outcome"] == NOBODY and not asked.nobody:
        return False
    for name in FACETS:
        wanted = getattr(asked, name)
        if wanted and name != but and not _among(kind[name], wanted, name == "reason"):
            return False
    return not sought.code or any(sought.code in (kind[name] or "").lower() for name in FACETS)


def _among(value: str | None, wanted: Collection[str], parts: bool) -> bool:
    return value in wanted or (parts and value is not None and value.partition(":")[0] in wanted)


def _counted(connection: Connection, sought: Sought) -> dict[int, int]:
    """How many outcomes there are of each kind in the time, about the person, with the id that is asked for."""
    if sought.few:
        same = (d.partition == o.partition) & (d.offset == o.offset)
        joined = tables.outcomes.join(tables.decisions, same)
        query = select(o.kind, func.count()).select_from(joined).where(*_within(sought))
        return dict(connection.execute(query.group_by(o.kind)).all())
    first, last, edges = _days(sought.asked)
    whole = [t.day >= first] if first is not None else []
    whole += [t.day < last] if last is not None else []
    query = select(t.kind, func.sum(t["count"])).where(*whole).group_by(t.kind)
    made: Counter[int] = Counter()
    if first is None or last is None or first < last:
        made.update({kind: int(number) for kind, number in connection.execute(query)})
    for start, end in edges:
        rows = select(o.kind, func.count()).where(o.at >= start, o.at < end).group_by(o.kind)
        made.update(dict(connection.execute(rows).all()))
    return dict(made)


def _days(asked: Filters) -> tuple[int | None, int | None, list[tuple[int, int]]]:
    """The whole days of the time asked for, the last left out, and the parts of days beside them."""
    since, until = asked.since, asked.until
    first = None if since is None else day(since) + (since > midnight(day(since)))
    last = None if until is None else day(until)
    if since is not None and until is not None and first is not None and last is not None and first > last:
        return first, last, [(since, until)]  # within one day
    edges = []
    if since is not None and first is not None and since < midnight(first):
        edges.append((since, midnight(first)))
    if until is not None and last is not None and until > midnight(last):
        edges.append((midnight(last), until))
    return first, last, edges


def midnight(number: int) -> int:
    """
    When a day (since 1970) begins in London, in UTC microseconds.

    >>> midnight(20635)
    1782860400000000
    """
    on = calendar_day(number)
    return round(datetime(on.year, on.month, on.day, tzinfo=words.LONDON).timestamp()) * 1_000_000


def _span(
    connection: Connection, asked: Filters, matching: Sequence[int], cursor: tuple[int, ...] | None, limit: int
) -> tuple[int, int, int]:
    """
    From when on there is a page's worth of matching outcomes; how many outcomes that is to look through, how many fit.
    """
    fit = func.sum(case((_one_of(t.kind, matching), t["count"]), else_=0))
    query = select(t.day, func.sum(t["count"]), fit).group_by(t.day).order_by(t.day.desc())
    end = min([*([asked.until] if asked.until is not None else []), *([cursor[0]] if cursor else [])], default=None)
    if end is not None:
        query = query.where(t.day <= day(end))
    if asked.since is not None:
        query = query.where(t.day >= day(asked.since))
    scanned = matched = whole = 0
    start = asked.since or 0
    for number, every, fits in connection.execute(query):
        scanned, matched = scanned + int(every), matched + int(fits)
        whole += int(fits) if end is None or number < day(end) else 0  # of the last day some may come after the end
        if whole > limit:
            start = max(start, midnight(number))
            break
    return start, scanned, matched


def _one_of(column: ColumnElement[int], kinds: Sequence[int]) -> ColumnElement[bool]:
    return column.in_(bindparam("kinds", kinds, expanding=True, literal_execute=True))


def _begins(column: ColumnElement[str], start: str) -> Iterable[ColumnElement[bool]]:
    """A range, for which an index serves in both databases."""
    return column >= start, column < start + "\U0010ffff"


def _within(sought: Sought) -> list[ColumnElement[bool]]:
    asked, made = sought.asked, list[ColumnElement[bool]]()
    if asked.since is not None:
        made.append(o.at >= asked.since)
    if asked.until is not None:
        made.append(o.at < asked.until)
    if asked.person is not None:
        made.append(d.person == asked.person)
    if sought.places is not None:
        made.append(or_(*((o.partition == partition) & (o.offset == offset) for partition, offset in sought.places)))
    return made


def _cursor(told: str | None) -> tuple[int, int, int, int] | None:
    """
    What a cursor says, or None if it is none: it comes from an address.

    >>> _cursor("5.0.1.7"), _cursor("5.0"), _cursor("x.0.1.7")
    ((5, 0, 1, 7), None, None)
    """
    parts = (told or "").split(".")
    if len(parts) != 4 or not all(map(number, parts)):
        return None
    at, partition, offset, kind = map(int, parts)
    return at, partition, offset, kind


def number(told: str) -> bool:
    """
    Whether this is a number from 0 on that a column of a database holds.

    >>> number("9223372036854775807"), number("9223372036854775808"), number("-1"), number("²")
    (True, False, False, False)
    """
    return told.isascii() and told.isdecimal() and len(told) < 20 and int(told) < 1 << 63
