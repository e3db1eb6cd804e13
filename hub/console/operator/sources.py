"""What each agency sends: how much, how late, what is missing, and whether it has fallen silent."""

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from hub import topics, words
from hub.console.operator import whose
from hub.console.page import Ask, missing, page
from hub.console.tabular import TYPES, Sheet, download
from hub.core.calendar import HOUR
from hub.intake.sample import sample
from hub.intake.silence import Heard, heard, span
from hub.projection import sources as asked
from hub.projection.sources import Came
from hub.reports.chart import Column, bars, columns

DAY = 24 * HOUR
DAYS, DRAWN = 28, 14
LATE = {"hour": "within an hour", "day": "within a day", "week": "within a week", "later": "later"}
ORDER = {"silent": 0, "never": 1, "unset": 2, "heard": 3}
COLUMNS = (
    "agency",
    "last_heard",
    "state",
    "records_28_days",
    "unreadable_28_days",
    "later_than_a_day",
    "refused_28_days",
)


@dataclass(frozen=True, slots=True)
class Source:
    """One agency in the last 28 days: how it stands, and how much came, unreadable, late and refused."""

    agency: str
    newest: int | None
    stands: Heard
    count: int
    unread: int
    late: int
    refused: int


@page("/sources", *whose.SEEN, nav="What comes in")
def sources(ask: Ask) -> Response:
    """Every agency that is theirs to see, the silent first."""
    found = found_sources(ask)
    if not found:
        raise missing()
    return ask.render(
        "operator/sources.html", found=found, span=span, as_of=as_of(ask), made_up=ask.desk.place.open().synthetic
    )


@page("/sources.{form}", *whose.SEEN)
def sources_file(ask: Ask) -> Response:
    """The same as a file."""
    if ask.path["form"] not in TYPES:
        raise missing()
    return download(Sheet("sources", COLUMNS, map(row, found_sources(ask))), ask.path["form"])


def row(one: Source) -> tuple[str | int | None, ...]:
    """How an agency stands, by its columns."""
    newest = words.iso(one.newest) if one.newest else None
    return one.agency, newest, one.stands.state, one.count, one.unread, one.late, one.refused


@page("/sources/{agency}", *whose.SEEN)
def source(ask: Ask) -> Response:
    """One agency, day by day and type by type, with its newest records looked at field by field."""
    agency, now = whose.one(ask, ask.path["agency"]), as_of(ask)
    since = now - DAYS * DAY
    with ask.read() as sql:
        came = [one for one in asked.came(sql, since, now + 1) if one.agency == agency]
        kinds = asked.kinds_of(sql, agency, since, now + 1)
        reasons = [one for one in asked.reasons(sql, since) if one[0] == agency]
    (one,) = (found for found in found_sources(ask) if found.agency == agency)
    return ask.render(
        "operator/source.html",
        one=one,
        span=span,
        days=(days := _days(came, now)),
        picture=_picture(days),
        late=[(text, sum(day.within[key] for day in came)) for key, text in LATE.items()],
        lateness=bars(
            "How long after it happened",
            [(text, f"{sum(day.within[key] for day in came):,}") for key, text in LATE.items()],
        ),
        kinds=sorted(kinds.items(), key=lambda kind: -kind[1]),
        reasons=[(reason.partition("; hint: ")[0], count) for _, reason, count in reasons],
        sample=sample(ask.desk.wire, ask.desk.place.reader(), agency),
        topic=topics.intake(agency),
    )


def found_sources(ask: Ask) -> list[Source]:
    """How every agency that is theirs to see stands, the silent first."""
    agencies, now = whose.agencies(ask), as_of(ask)
    rules = ask.desk.rules() or {}
    lines = rules.get("intake", {}).get("silence", {})
    with ask.read() as sql:
        came = asked.came(sql, now - DAYS * DAY, now + 1)
        newest = {one.agency: one.newest for one in asked.silences(sql, agencies, now)}
        refused = asked.reasons(sql, now - DAYS * DAY)
    made = []
    for code in agencies:
        days = [one for one in came if one.agency == code]
        late = sum(one.within["week"] + one.within["later"] for one in days)
        counts = sum(one.count for one in days), sum(one.unread for one in days), late
        aside = sum(count for owner, _, count in refused if owner == code)
        made.append(Source(code, newest[code], heard(lines.get(code, ()), newest[code], now), *counts, aside))
    return sorted(made, key=lambda one: (ORDER[one.stands.state], words.agency(one.agency)))


def as_of(ask: Ask) -> int:
    """Now; of a made-up year its end, or everybody in it would be silent."""
    if not ask.desk.place.open().synthetic:
        return ask.desk.now()
    with ask.read() as sql:
        newest = [one.newest for one in asked.silences(sql, ask.desk.place.agencies(), 0) if one.newest]
    return max(newest, default=ask.desk.now())


def _days(came: list[Came], now: int) -> list[tuple[str, int, int]]:
    """The last days in a row, each with what could be read and what could not."""
    by, last = {one.on: one for one in came}, words.local(now).date()
    days = [last - timedelta(days=back) for back in reversed(range(DRAWN))]
    return [
        (f"{day.day} {day:%b}", by[day].count - by[day].unread if day in by else 0, by[day].unread if day in by else 0)
        for day in days
    ]


def _picture(days: list[tuple[str, int, int]]) -> str:
    made = [
        Column(name, (f"{read:,}", f"{unread:,}"), at == len(days) - 1) for at, (name, read, unread) in enumerate(days)
    ]
    return columns("Records by day", made, ("could be read", "could not be read"))


PAGES = (sources, sources_file, source)
