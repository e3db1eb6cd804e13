"""`hub audit report`: a month in numbers that tell of nobody."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import Csv, instant, now
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, note, say, section, sheet
from hub.place import HERE, Place, bundles, values
from hub.rulebook import in_force
from hub.words import Book

if TYPE_CHECKING:
    from hub.edges.reader import Reader
    from hub.reports.commitments import Case
    from hub.reports.month import Chapter, Shown
    from hub.wire.schemas import Schemas

SOON = 60  # days after the month within which what ends is spoken of
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
BAR = 24
Row = dict[str, Any]


def report(
    *,
    month: Annotated[str | None, Parameter(help="which month, such as 2026-11 (else the last whole one)")] = None,
    html: Annotated[Path | None, Parameter(help="draw it into this file, to open in a browser or print")] = None,
    place: Place = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """
    Report one month in numbers: what was told and withheld, to whom, why and under which agreement; what came of
    alerts; what was kept aside, what ends soon, and how often somebody was looked up.

    A count from 1 to 4 is shown as <5, and whatever would tell it all the same as a dash; the threshold is policy.

    Example: hub audit report --month 2026-11 --html november.html
    """
    logs.start()
    if as_json and as_csv:
        raise CommandError("--csv: beside --json; hint: choose one", USAGE)
    from hub.reports.month import both, readable
    from hub.wiring import schemas

    first, after = days(month)
    wire, reader = schemas(), place.reader()
    found, rules = bundles(wire, reader), in_force(place)
    if rules is None:
        raise CommandError("no rules were ever in force; hint: there is nothing to report")
    made = list(_chapters(first, after, place, wire, reader, found))
    least = rules["accountability"]["small_numbers"]
    shown = [readable(one, least) for one in made]
    about = [("month", f"{first:%B %Y}"), ("of", rules["name"]), ("outcomes", both(shown[0], shown[1]))]
    hidden = f"A count from 1 to {least - 1} is shown as <{least}; a dash hides what would tell one all the same."
    ends = _ends(rules, after)
    if html is not None:
        from hub.reports.month_page import drawn

        title = f"{rules['name']}, {first:%B %Y}"
        lists = [(f"Ends or is due for review by {words.day(after + timedelta(days=SOON))}", ends)]
        html.write_text(drawn(title, about[2:], shown, lists, hidden), "utf-8")
        note(f"{html}: drawn")
    if as_json:
        from hub.reports.month import flat

        emit({"month": f"{first:%Y-%m}", "threshold": least, "chapters": flat(shown), "ends": ends})
    elif as_csv:
        sheet(("chapter", "table", "part", "count"), _cells(shown))
    else:
        _print(shown, about, ends, hidden)
    return 0


def days(month: str | None) -> tuple[date, date]:
    """The first day of the month, and of the next."""
    if month is None:
        after = words.local(now(None)).date().replace(day=1)
        return (after - timedelta(days=1)).replace(day=1), after
    if not MONTH.fullmatch(month):
        raise CommandError("--month: not a month; hint: write 2026-11", USAGE)
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1)


def _chapters(
    first: date, after: date, place: Place, wire: "Schemas", reader: "Reader", found: dict[str, Row]
) -> "Iterator[Chapter]":
    from hub import topics
    from hub.reports.month import Chapter, Table, month

    start, end = (instant(day.isoformat(), "--month") for day in (first, after))
    decided = [one for one in values(wire, reader, topics.DECISIONS) if start <= one["at"] < end]
    yield from month(decided, _raised(place, start, end), _aside(place, reader, start, end), Book(found))
    asked = [one for one in values(wire, reader, topics.ACCESS) if start <= one["at"] < end]
    what = Counter(one["what"].replace("-", " ") for one in asked)
    why = Counter(one["reason"].lower().replace("_", " ") for one in asked)
    yield Chapter("looked_up", "Looked up, by two people", (Table("what", what), Table("why", why)))


def _raised(place: Place, start: int, end: int) -> "Iterator[Case]":
    """The alerts that were first told in the time, and what came of them by now."""
    from hub.cli.report import steps
    from hub.reports.commitments import answers

    first, after = (words.local(at).date() for at in (start, end))
    return (one for one in answers(steps(place), now(None)) if first <= one.on < after)


def _aside(place: Place, reader: "Reader", start: int, end: int) -> Iterator[tuple[str, str]]:
    """Whose, and why, is everything that was kept aside in the time."""
    from hub import topics

    for owner in dict.fromkeys(("HUB", *place.agencies(), *place.teams())):
        for record in reader.scan(topics.quarantine(owner)):
            if start <= record.timestamp * 1000 < end:
                why = dict(record.headers).get("quarantine.reason", b"unknown").decode("utf-8", "replace")
                yield words.agency(owner), why.partition("; hint:")[0]


def _ends(rules: Mapping[str, Any], after: date) -> list[str]:
    """What ends, or is due for review, soon after the month."""
    from hub.reports.agreement import agreements

    until = after + timedelta(days=SOON)
    lines = []
    for one in agreements(rules).values():
        if one.ends <= until:
            lines.append((one.ends, f"{one.id} {one.title}: ends {words.day(one.ends)}"))
        elif one.review_by <= until:
            lines.append((one.review_by, f"{one.id} {one.title}: review due by {words.day(one.review_by)}"))
    return [text for _, text in sorted(lines)]


def _print(shown: "Sequence[Shown]", about: list[tuple[str, str]], ends: Sequence[str], hidden: str) -> None:
    from hub.reports.month import number

    section("A month of the hub", "", about)
    for one in shown:
        say()
        say(f"{one.title}: {one.total}")
        for title, rows in one.tables:
            if rows:
                say(f"  {title}")
            width = max((len(name) for name, _ in rows), default=0)
            most = max((found for _, mark in rows if isinstance(found := number(mark), int)), default=1) or 1
            figures = max((len(mark) for _, mark in rows), default=0)
            for name, mark in rows:
                count = number(mark)
                bar = "▇" * max(1, round(BAR * count / most)) if isinstance(count, int) else "░"
                say(f"    {name.ljust(width)}  {mark:>{figures}}  {bar}")
    say()
    say(f"Ends or is due for review within {SOON} days of it: {'; '.join(ends) or 'nothing'}")
    say(hidden)


def _cells(shown: "Iterable[Shown]") -> Iterator[tuple[str, ...]]:
    for one in shown:
        yield one.name, "", "total", one.total
        yield from ((one.name, title, name, mark) for title, rows in one.tables for name, mark in rows)
