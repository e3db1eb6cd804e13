"""The lead's first page: a time in five numbers, in pictures, and whether the record stands."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from markupsafe import Markup
from starlette.responses import Response

from hub import words
from hub.console.lead.checking import state
from hub.console.lead.filters import choice
from hub.console.page import Ask, page
from hub.console.who import Role
from hub.projection.ask import Counts, Filters, counts
from hub.projection.overview import Day, days, waiting
from hub.projection.sources import reasons
from hub.reports.agreement import agreements
from hub.reports.chart import Column, bars, columns
from hub.words import Told

USUAL = 28  # days that are shown if nothing else is asked for
DAILY, WEEKLY = 31, 200  # days up to which a column is a day, and a week; then it is a month
SOON = 60  # days within which what is due for review is counted
SHOWN = 8  # bars of one picture
PICTURES = (("team", "By team, told or withheld"), ("subject", "By what happened"), ("reason", "Why withheld"))
Drawn = tuple[Markup, list[tuple[str, ...]]]  # a picture, and the same numbers as rows


@page("/overview", Role.LEAD, nav="Overview")
def overview(ask: Ask) -> Response:
    """Each number is a link to what it counts."""
    rules, on = ask.rules(), ask.desk.today()
    first, last, problem = _period(ask, on)
    since, until = words.instant(first.isoformat()), words.instant(last.isoformat(), last=True)
    with ask.read() as sql:
        counted = counts(sql, Filters(since=since, until=until))
        decided = days(sql, since, until)
        aside = sum(count for *_, count in reasons(sql, since)) - sum(count for *_, count in reasons(sql, until))
        late = waiting(sql, ask.desk.now())
    time = f"from={first.isoformat()}&to={last.isoformat()}"
    outcomes, owners = dict(counted.facets["outcome"]), sum(count for _, count in counted.facets["owner"])
    due = [one for one in agreements(rules).values() if one.last <= on + timedelta(days=SOON)]
    undecided = "".join(f"owner={one}&" for one, _ in counted.facets["owner"])
    address = ask.request.app.url_path_for
    listed = str(address("decision_list"))
    return ask.render(
        "lead/overview.html",
        first=first,
        last=last,
        problem=problem,
        numbers=[
            ("Told", outcomes.get("delivered", 0), f"{listed}?outcome=delivered&{time}"),
            ("Withheld", outcomes.get("withheld", 0), f"{listed}?outcome=withheld&{time}"),
            ("Nobody has decided", owners, f"{listed}?{undecided}{time}"),
            ("Kept aside, unreadable", aside, None),
            ("Reviews due in 60 days", len(due), str(address("agreement_list"))),
        ],
        over_time=_over_time(decided, first, last, on),
        pictures=_pictures(counted, rules),
        late=[(choice("team", one.team, rules), one) for one in late if one.late],
        audit=state(ask.desk),
    )


def _period(ask: Ask, on: date) -> tuple[date, date, str]:
    """The time asked for; the last four weeks if it is none."""
    usual = on - timedelta(days=USUAL - 1), on
    try:
        first = date.fromisoformat(ask.query.get("from") or usual[0].isoformat())
        last = date.fromisoformat(ask.query.get("to") or usual[1].isoformat())
        for one in (first, last):
            words.instant(one.isoformat())
    except ValueError:
        return *usual, "Both days must be real dates, such as 2026-11-12"
    return (first, last, "") if first <= last else (*usual, "The last day must not be before the first")


def _over_time(decided: Sequence[Day], first: date, last: date, on: date) -> Drawn:
    """Columns of told and withheld."""
    start, name, each = _steps((last - first).days + 1)
    by: dict[date, list[int]] = {start(first + timedelta(days=at)): [0, 0] for at in range((last - first).days + 1)}
    for one in decided:
        if first <= one.on <= last:
            by[start(one.on)][0] += one.delivered
            by[start(one.on)][1] += one.withheld
    made = [Column(name(day), (f"{told:,}", f"{kept:,}"), day == start(on)) for day, (told, kept) in by.items()]
    rows: list[tuple[str, ...]] = [(one.name, *one.marks) for one in made]
    return Markup(columns(f"Told and withheld, by {each}", made, ("Told", "Withheld"))), rows  # noqa: S704 - drawn here


def _steps(span: int) -> tuple[Callable[[date], date], Callable[[date], str], str]:
    """When a column begins, what it is called, and what it is, for a time of so many days."""
    if span <= DAILY:
        return lambda day: day, lambda day: f"{day.day} {day:%b}", "day"
    if span <= WEEKLY:
        return lambda day: day - timedelta(days=day.weekday()), lambda day: f"{day.day} {day:%b}", "week from Monday"
    return lambda day: day.replace(day=1), lambda day: f"{day:%b} {day.year}", "month"


def _pictures(counted: Counts, rules: Told) -> list[tuple[str, Markup, list[tuple[str, str]]]]:
    made = []
    for name, title in (
        ("team", "By team, told or withheld"),
        ("subject", "By what happened"),
        ("reason", "Why withheld"),
    ):
        found = counted.facets[name]
        rows = [(choice(name, value, rules), f"{count:,}") for value, count in found[:SHOWN]]
        rest = sum(count for _, count in found[SHOWN:])
        rows += [(f"{len(found) - SHOWN} others", f"{rest:,}")] if rest else []
        drawn = Markup(bars(title, rows))  # noqa: S704 - drawn here, and escaped there
        made.append((title, drawn, rows))
    return made


PAGES = (overview,)
