"""`hub decisions`: who got what about whom, and what was withheld."""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from hub import words
from hub.cli import facets as counts
from hub.cli import logs
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, flat, note, progress, settled, sheet, table
from hub.place import HERE, Place, known, values
from hub.subject.persons import handle

SHOWN = 50
Row = dict[str, Any]
COLUMNS = (
    "at", "decision", "person", "source", "type", "event", "team", "outcome",
    "agreement", "clause", "purpose", "gateway", "reason", "owner", "grant", "fields", "bundle",
)  # fmt: skip
OF_TEAM = ("team", "agreement", "clause", "purpose", "gateway", "reason", "owner", "grant")
HEADS = ("When", "Person", "From", "What", "Team", "Outcome", "Why", "Decision")
Outcome = Literal["delivered", "withheld"]
Text = str | None
AsOf = Annotated[str | None, Parameter(name="--at", help="as of this London date or time (else now)")]
Csv = Annotated[bool, Parameter(name="--csv", negative="", help="print CSV, safe to open in a spreadsheet")]


def decisions(
    *,
    team: Annotated[Text, Parameter(help="only this team's")] = None,
    outcome: Annotated[Outcome | None, Parameter(help="only what was delivered, or withheld")] = None,
    reason: Annotated[Text, Parameter(help="only this reason, such as FORBIDDEN or CONDITION")] = None,
    type: Annotated[Text, Parameter(help="only this event type, or alert.RELEASE and the like")] = None,
    agreement: Annotated[Text, Parameter(help="only under this agreement, or this clause of it")] = None,
    person: Annotated[
        Text, Parameter(help="only about this pseudonym: the hub's, any team's, or an agency's record (GMP/r1...)")
    ] = None,
    since: Annotated[Text, Parameter(help="from this London date or time on, such as 2026-11-12")] = None,
    until: Annotated[Text, Parameter(help="up to this date, included, or this time")] = None,
    to_decide: Annotated[Text, Parameter(help="only what this team is to decide, as nobody has")] = None,
    facets: Annotated[
        bool, Parameter(negative="", help="count instead: by month, type, team, reason, clause ...")
    ] = False,
    limit: Annotated[int | None, Parameter(help="the newest so many (else 50 in a table, all in JSON and CSV)")] = None,
    every: Annotated[bool, Parameter(name="--all", negative="", help="also what no team asked to be told of")] = False,
    place: Place = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """
    List decisions, newest first: one line for every team that could have been told.

    Example: hub decisions --team HOUS --outcome withheld --since 2026-11-01
    Example: hub decisions --since 2026-11-01 --until 2026-11-30 --facets
    """
    logs.start()
    if as_json and as_csv:
        raise CommandError("--csv: beside --json; hint: choose one", USAGE)
    code = known(team, place.teams()) if team else None
    tests = [
        _same("team", code), _same("outcome", outcome), _same("type", type), _same("owner", to_decide),
        _begins("reason", reason),
        _under(agreement), _begins("person", handle(person, place)), _within(since, until),
    ]  # fmt: skip
    found = (row for row in rows(place) if (every or row["team"]) and all(test(row) for test in tests))
    if facets:
        counts.show(counts.count(found), as_json, as_csv)
        return 0
    whole = as_json or as_csv
    shown, total = _newest(found, limit if limit is not None else None if whole else SHOWN)
    _print(shown, total, as_json, as_csv)
    return 0


def rows(place: Place) -> Iterator[Row]:
    """Every outcome of every decision as one flat row; a decision that told nobody is one row without a team."""
    from hub import topics
    from hub.wiring import schemas

    for number, made in enumerate(values(schemas(), place.reader(), topics.DECISIONS)):
        if number % 5000 == 4999:
            progress(number + 1, "decisions read")
        yield from flattened(made)
    settled()


def flattened(made: Mapping[str, Any]) -> Iterator[Row]:
    """The outcomes of one decision."""
    about = {
        "at": made["at"], "decision": made["id"], "person": made["person"], "source": made["source"],
        "type": made["subject"], "event": made["event"], "bundle": made["bundle"],
    }  # fmt: skip
    nobody: Row = {**dict.fromkeys(OF_TEAM), "delivered": False, "kept": {}}
    for one in made["outcomes"] or (nobody,):
        happened = "delivered" if one["delivered"] else "withheld" if one["team"] else "nobody asked"
        told = {name: one[name] for name in OF_TEAM}
        yield {**about, **told, "outcome": happened, "fields": dict(one["kept"])}


Test = Callable[[Row], bool]


def _same(name: str, asked: str | None) -> Test:
    return lambda row: asked is None or row[name] == asked


def _begins(name: str, asked: str | None) -> Test:
    return lambda row: asked is None or (row[name] or "").startswith(asked)


def _under(asked: str | None) -> Test:
    return lambda row: asked is None or asked in (row["agreement"], row["clause"])


def _within(since: str | None, until: str | None) -> Test:
    start = instant(since, "--since") if since else None
    end = instant(until, "--until", last=True) if until else None
    return lambda row: (start is None or row["at"] >= start) and (end is None or row["at"] < end)


def instant(told: str, option: str, last: bool = False) -> int:
    """
    UTC microseconds of a London date or time; *last* asks for the moment after it.

    >>> instant("2026-07-01", "--since"), instant("2026-07-01", "--until", last=True)
    (1782860400000000, 1782946800000000)
    """
    try:
        return words.instant(told, last)
    except ValueError:
        hint = "write 2026-11-12, or 2026-11-12T14:00"
        raise CommandError(f"{option}: not a date or time; hint: {hint}", USAGE) from None


def now(as_of: str | None) -> int:
    """The instant that a command speaks of, in UTC microseconds: that of `--at`, else the clock's."""
    return instant(as_of, "--at") if as_of else time.time_ns() // 1000


def _newest(found: Iterable[Row], limit: int | None) -> tuple[list[Row], int]:
    total = 0

    def counted() -> Iterator[Row]:
        nonlocal total
        for row in found:
            total += 1
            yield row

    if limit is None:
        return sorted(counted(), key=_order, reverse=True), total
    return heapq.nlargest(max(limit, 0), counted(), key=_order), total


def _order(row: Row) -> tuple[int, str, str]:
    return row["at"], row["decision"], row["team"] or ""


def _print(shown: list[Row], total: int, as_json: bool, as_csv: bool) -> None:
    if as_json:
        emit([flat({name: row[name] for name in COLUMNS}) for row in shown])
    elif as_csv:
        sheet(COLUMNS, ([_cell(row[name]) for name in COLUMNS] for row in map(_readable, shown)))
    elif shown:
        table(HEADS, list(map(_line, shown)))
    if len(shown) < total:
        note(f"the newest {len(shown):,} of {total:,}; hint: --limit N shows more, --csv or --json all of them")
    if not total and not as_json:
        note("no decision matches; hint: `hub run` decides, and fewer filters find more")


def _readable(row: Row) -> Row:
    fields = " ".join(f"{name}:{form}" for name, form in sorted(row["fields"].items()))
    return {**row, "at": words.moment(row["at"]), "fields": fields}


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _line(row: Row) -> tuple[str, ...]:
    person, decision = words.short(row["person"]), words.short(row["decision"])
    why = row["clause"] if row["outcome"] == "delivered" else row["reason"] or ""
    what, when = words.happening(row["type"]), words.minute(row["at"])
    return when, person, row["source"], what, row["team"] or "", row["outcome"], why, decision
