"""What pages ask of decisions: a page of them by filters, how many there are of each kind, one with its neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, Subquery, select, tuple_

from hub.core.identity import reference
from hub.projection import tables
from hub.projection.counting import (
    ALL,
    FACETS,
    SHORTEST,
    Counts,
    Filters,
    Sought,
    begins_with,
    counted,
    counts,
    one_of,
    sought,
    stretch,
    within,
)
from hub.projection.fold import DELIVERED, NOBODY
from hub.projection.spans import EVER, midnight

__all__ = [
    "ALL",
    "FACETS",
    "Counts",
    "Decision",
    "Filters",
    "Outcome",
    "Page",
    "Row",
    "counts",
    "decision",
    "decisions",
    "of_event",
]

SCANNED = 20_000  # outcomes that are looked through in the order of time rather than gathered by kind
RARE = 50  # one in so many: what is rarer is gathered by kind
Cursor = tuple[int, int, int, int]
d, o, k = tables.decisions.c, tables.outcomes.c, tables.kinds.c
SAME = (d.partition == o.partition) & (d.offset == o.offset)


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
    place: Cursor  # to go on after

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
    return _page(connection, sought(connection, asked), _cursor(after), limit)


def search(
    connection: Connection, asked: Filters = ALL, after: str | None = None, limit: int = 50
) -> tuple[Page, Counts]:
    """A page of what fits, and the counts of all of it: what a page of decisions shows."""
    what = sought(connection, asked)
    return _page(connection, what, _cursor(after), limit), counted(connection, what)


def _page(connection: Connection, what: Sought, cursor: Cursor | None, limit: int) -> Page:
    matching = what.matching
    if not matching:
        return Page((), None)
    places = select(o.at, o.partition, o.offset, o.kind).where(*within(what))
    if what.asked.person is not None:
        places = places.join(tables.decisions, SAME)
    if cursor:
        places = places.where(tuple_(o.at, o.partition, o.offset, o.kind) < tuple_(*cursor))
    column: ColumnElement[int] = o.kind
    first: ColumnElement[int] = o.at
    if not what.few:
        there = stretch(connection, what.asked, matching, cursor[0] if cursor else None, limit)
        places = places.where(o.at >= there.since, o.at <= there.until)
        if there.all <= SCANNED or there.fit * RARE >= there.all:  # a sum is found in no index: the other one is used
            column = o.kind + 0
        else:
            first = o.at + 0
    order = (first.desc(), o.partition.desc(), o.offset.desc(), o.kind.desc())
    some = places.where(one_of(connection, column, matching)).order_by(*order).limit(limit + 1).subquery()
    found = [_row(one) for one in connection.execute(_rows(some))]
    return Page(tuple(found[:limit]), found[limit - 1].cursor if len(found) > limit else None)


def decision(connection: Connection, start: str) -> Decision | None:
    """The one decision whose id begins so; None where there is none, or several."""
    if len(start) < SHORTEST:
        return None
    query = select(d.id).where(*begins_with(d.id, start)).distinct().order_by(d.id).limit(2)
    names = connection.execute(query).scalars().all()
    name = start if start in names else names[0] if len(names) == 1 else None
    if name is None:
        return None
    newest = select(tables.decisions).where(d.id == name).order_by(d.at.desc(), d.partition, d.offset).limit(1)
    told: Any = connection.execute(newest).mappings().one()
    return _decision(connection, told)


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
        **dict(told),
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


def _rows(places: Subquery) -> Select[Any]:
    """All that is told of the outcomes at *places*, in their order."""
    n = places.c
    same = (d.partition == n.partition) & (d.offset == n.offset)
    of = [column for column in tables.kinds.c if column.name != "kind"]
    joined = places.join(tables.kinds, n.kind == k.kind).join(tables.decisions, same)
    query = select(d.id, d.person, d.event, d.bundle, n.at, n.partition, n.offset, n.kind, *of).select_from(joined)
    return query.order_by(n.at.desc(), n.partition.desc(), n.offset.desc(), n.kind.desc())


def _row(told: Any) -> Row:
    row = told._mapping
    about = {name: row[name] for name in ("at", "person", "source", "subject", "event", "bundle")}
    place = row["at"], row["partition"], row["offset"], row["kind"]
    return Row(decision=row["id"], **about, told=_outcome(row), place=place)


def _outcome(row: Mapping[str, Any]) -> Outcome:
    told = {one.name: row[one.name] for one in fields(Outcome)}
    return Outcome(**{**told, "kept": msgspec.json.decode(told["kept"])})


def _cursor(told: str | None) -> Cursor | None:
    """
    What a cursor says, or None if it is none: it comes from an address.

    >>> _cursor("5.0.1.7"), _cursor("5.0"), _cursor("x.0.1.7"), _cursor("9223372036854775807.0.1.7")
    ((5, 0, 1, 7), None, None, None)
    """
    parts = (told or "").split(".")
    if len(parts) != 4 or not all(map(number, parts)):
        return None
    at, partition, offset, kind = map(int, parts)
    return (at, partition, offset, kind) if at < midnight(EVER) else None


def number(told: str) -> bool:
    """
    Whether this is a number from 0 on that a column of a database holds.

    >>> number("9223372036854775807"), number("9223372036854775808"), number("-1"), number("²")
    (True, False, False, False)
    """
    return told.isascii() and told.isdecimal() and len(told) < 20 and int(told) < 1 << 63
