"""Puts folded rows into the tables, and what follows from them: tallies, erasures, the state of each alert."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, Table, and_, case, delete, exists, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from hub.inbox.items import STANDS, Item, item
from hub.projection import tables
from hub.projection.fold import Row, Rows
from hub.projection.spans import DAY, cells

CHUNK = 400  # keys of one question
Place = tuple[int, int]


def settle(connection: Connection, rows: Rows) -> None:
    """Put *rows* into the tables, within the transaction that is open."""
    gone = _gone(connection, rows)
    told = rows.rows
    living = {
        name: [row for row in told[name] if (row["partition"], row["offset"]) not in gone]
        for name in ("decisions", "outcomes")
    }
    counts = Counter((row["at"], row["kind"]) for row in living["outcomes"])
    kinds = {row["kind"] for row in living["outcomes"]}
    upsert(connection, tables.kinds, [row for kind, row in rows.kinds.items() if kind in kinds])
    counts.subtract(_erase(connection, told["erased"]))
    for table in tables.meta.sorted_tables:
        _put(connection, table.insert(), living.get(table.name, told.get(table.name, [])))
    _count(connection, counts)
    _add(connection, rows)
    upsert(connection, tables.receipts, list(rows.receipts.values()), partial(_whole, tables.receipts))
    _alerts(connection, told["notices"], told["steps"])


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    change: Callable[[Any], Mapping[str, Any]] | None = None,
) -> None:
    """Put *rows* in; what is there already stays as it is, or takes on what *change* makes of the new row."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    query = make(table)
    if change is None:
        query = query.on_conflict_do_nothing()
    else:
        query = query.on_conflict_do_update(
            index_elements=list(table.primary_key.columns), set_=dict(change(query.excluded))
        )
    _put(connection, query, rows)


def _put(connection: Connection, query: Insert, rows: Sequence[Row]) -> None:
    """Execute *query* for each of *rows*, past SQLAlchemy's handling of every value: there are millions."""
    if not rows:
        return
    made = query.compile(dialect=connection.dialect, column_keys=list(rows[0]))
    names = made.positiontup
    connection.exec_driver_sql(
        str(made), rows if names is None else [tuple(row[name] for name in names) for row in rows]
    )


def chunks(keys: Iterable[Any]) -> Iterator[list[Any]]:
    """*keys* in an order, in as many pieces as it takes."""
    every = sorted(set(keys))
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))


def _gone(connection: Connection, rows: Rows) -> set[Place]:
    """Which of the decisions that came are erased already, or now."""
    came = [(row["partition"], row["offset"]) for row in rows.rows["decisions"]]
    gone = {(row["partition"], row["offset"]) for row in rows.rows["erased"]}
    if came and (low := min(came)):
        there, high = tables.erased.c, max(came)
        query = select(there.partition, there.offset).where(there.partition.between(low[0], high[0]))
        gone |= {(partition, offset) for partition, offset in connection.execute(query)}
    return gone


def _erase(connection: Connection, erased: Sequence[Row]) -> Counter[tuple[int, int]]:
    """Take away the decisions at the places that are *erased*; what is to be taken off the tallies."""
    counts: Counter[tuple[int, int]] = Counter()
    for row in erased:
        at = [row["partition"], row["offset"]]
        there = tables.outcomes.c
        found = connection.execute(select(there.at, there.kind).where(there.partition == at[0], there.offset == at[1]))
        counts.update((when, kind) for when, kind in found)
        for table in (tables.outcomes, tables.decisions):
            connection.execute(delete(table).where(table.c.partition == at[0], table.c.offset == at[1]))
    return counts


def _count(connection: Connection, counts: Counter[tuple[int, int]]) -> None:
    """Add to the tallies: of each instant and kind so many."""
    tallies: Counter[tuple[int, int, int]] = Counter()
    for (at, kind), count in counts.items():
        for level, number in enumerate(cells(at)):
            tallies[level, number, kind] += count
    table = tables.tallies
    rows = [{"level": a, "number": b, "kind": kind, "count": n} for (a, b, kind), n in sorted(tallies.items()) if n]
    upsert(connection, table, rows, lambda new: {"count": table.c.count + new.count})
    _days(connection, [row for row in rows if row["level"] == DAY])
    if any(row["count"] < 0 for row in rows):
        connection.execute(delete(table).where(table.c.count == 0))
        connection.execute(delete(tables.days).where(tables.days.c.count == 0))
        connection.execute(delete(tables.kinds).where(~exists().where(table.c.kind == tables.kinds.c.kind)))


def _days(connection: Connection, rows: Sequence[Row]) -> None:
    """The same by day, team and outcome alone."""
    k, counts = tables.kinds.c, Counter[tuple[int, str, str]]()
    of: dict[int, tuple[str, str]] = {}
    for some in chunks(row["kind"] for row in rows):
        query = select(k.kind, k.team, k.outcome).where(k.kind.in_(some))
        of |= {kind: (team, outcome) for kind, team, outcome in connection.execute(query)}
    for row in rows:
        counts[row["number"], *of[row["kind"]]] += row["count"]
    made = [{"day": on, "team": team, "outcome": outcome, "count": n} for (on, team, outcome), n in counts.items() if n]
    upsert(connection, tables.days, made, lambda new: {"count": tables.days.c.count + new.count})


def _add(connection: Connection, rows: Rows) -> None:
    uses, of = tables.uses.c, ("level", "number", "team", "clause", "field")
    upsert(
        connection,
        tables.uses,
        [
            {**dict(zip(of, key, strict=True)), "count": count, "last": rows.last[key]}
            for key, count in rows.uses.items()
        ],
        lambda new: {"count": uses.count + new.count, "last": _larger(uses.last, new.last)},
    )
    sums = ("count", "newest", "hour", "daily", "week", "later", "slowest")
    there = tables.intake.c
    upsert(
        connection,
        tables.intake,
        [
            {"agency": agency, "day": on, "type": type, **dict(zip(sums, made, strict=True))}
            for (agency, on, type), made in rows.intake.items()
        ],
        lambda new: {
            name: _larger(there[name], new[name]) if name in {"newest", "slowest"} else there[name] + new[name]
            for name in sums
        },
    )


def _larger(one: Any, other: Any) -> Any:
    return case((other > one, other), else_=one)


def _alerts(connection: Connection, notices: Sequence[Row], steps: Sequence[Row]) -> None:
    """Bring the alerts that *notices* and *steps* speak of up to date."""
    ids = {row["alert"] for row in steps} | {row["id"] for row in notices if row["kind"] != "CORRECTION"}
    people = {row["person"] for row in notices if row["kind"] == "CORRECTION"}
    for some in chunks(people):
        query = select(tables.alerts.c.id).where(tables.alerts.c.person.in_(some))
        ids.update(connection.execute(query).scalars())
    for some in chunks(ids):
        made = [_alert(one) for one in _items(connection, some)]
        upsert(connection, tables.alerts, made, partial(_whole, tables.alerts))


def _whole(table: Table, new: Any) -> dict[str, Any]:
    return {column.name: new[column.name] for column in table.c if not column.primary_key}


def _items(connection: Connection, ids: Sequence[str]) -> Iterator[Item]:
    """The alerts of these *ids* as `items` has them, from what is in the tables."""
    there, step = tables.notices.c, tables.steps.c
    query = select(there.team, there.id, there.told).where(there.id.in_(ids), there.kind != "CORRECTION")
    found = connection.execute(query.order_by(there.partition, there.offset))
    told = {(team, id): msgspec.json.decode(text) for team, id, text in found}
    lives = select(step.alert, step.state, step.at).where(step.alert.in_(ids)).order_by(step.partition, step.offset)
    newest = {alert: (state, at) for alert, state, at in connection.execute(lives)}
    corrected = _corrected(connection, {(team, one["person"]) for (team, _), one in told.items()})
    for (team, id), one in told.items():
        yield item(team, one, newest.get(id), corrected.get((team, one["person"], one["kind"]), -1))


def _corrected(connection: Connection, whose: set[tuple[str, str]]) -> dict[tuple[str, str, str], int]:
    if not whose:
        return {}
    there = tables.notices.c
    query = (
        select(there.team, there.person, there.about, func.max(there.raised))
        .where(
            or_(*(and_(there.team == team, there.person == person) for team, person in sorted(whose))),
            there.kind == "CORRECTION",
            there.stage.not_in(sorted(STANDS)),
        )
        .group_by(there.team, there.person, there.about)
    )
    return {(team, person, about): at for team, person, about, at in connection.execute(query)}


def _alert(one: Item) -> Row:
    told = one.told
    about = {name: told[name] for name in ("id", "person", "kind", "stage", "urgency", "due", "raised", "ack_by")}
    became = {"state": one.state, "since": one.since, "rank": one.rank, "withdrawn": one.withdrawn}
    return {"team": one.team, **about, "told": msgspec.json.encode(told, order="sorted").decode(), **became}
