"""Are we keeping our promises? For everybody who signs in, in numbers that tell of nobody; for the lead, for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from starlette.responses import JSONResponse, Response

from hub import words
from hub.console.desk import Desk
from hub.console.page import Ask, missing, page
from hub.console.tabular import TYPES, Sheet, download
from hub.console.who import Role
from hub.core.calendar import HOUR, MINUTE
from hub.projection import promised
from hub.reports.chart import NONE, bars
from hub.reports.commitments import Case, cases, subjects
from hub.reports.commitments_page import headline, outcomes, over_time
from hub.reports.equity import NOT_HELD, NOT_TOLD, Attribute, Equity, Person, attributes, people
from hub.reports.figures import Figure, Trend, by_month, figures, going_on, terms
from hub.reports.figures import over_time as trend
from hub.reports.tabular import equity_flat, equity_lines, flat, lines
from hub.rulebook import Bundle, rules_of
from hub.wire.bundle import digest

EVERYBODY = (Role.LEAD, Role.TEAM, Role.OPERATOR, Role.PARTNER)


@dataclass(frozen=True, slots=True)
class Counted:
    """Every case under the rules *under*, as known *at* an instant, with the projection as far as *reached*."""

    under: str
    at: int
    reached: object
    cases: Sequence[Case]
    months: Mapping[str, Sequence[Case]]
    known: Mapping[str, Person]


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of one month, and of those before it."""

    month: str
    open: bool
    shown: Sequence[Figure]
    trend: Trend
    least: int
    months: Sequence[str]  # that may be chosen, the newest first
    at: int  # when it was counted


@dataclass(frozen=True, slots=True)
class Year:
    """The groups of one calendar year; *years* may be chosen, the newest first."""

    year: int
    years: Sequence[int]
    made: Sequence[Attribute]
    at: int


_counted: WeakKeyDictionary[Engine, Counted] = WeakKeyDictionary()


@page("/promises", *EVERYBODY, nav="Our promises")
def promises(ask: Ask) -> Response:
    """One month, which the address names."""
    rules = ask.rules()
    made = month_of(ask, rules)
    return ask.render(
        "promises.html",
        made=made,
        name=rules["name"],
        title=_title(made.month),
        titles=[(month, _title(month)) for month in made.months],
        pictures={one.promise.name: _pictures(one, made) for one in made.shown},
        verdict=_verdict,
        as_of=words.minute(made.at),
        not_held=NOT_HELD,
        lead=ask.user.role is Role.LEAD,
    )


@page("/promises.{form}", *EVERYBODY)
def promises_file(ask: Ask) -> Response:
    """The same figures for spreadsheets and programs."""
    made = month_of(ask, ask.rules())
    form = _form(ask)
    if form == "json":
        return JSONResponse(flat(made.month, made.open, made.shown, made.trend, made.least))
    columns = ("month", "promise", "table", "part", "mark")
    return download(Sheet(f"promises-{made.month}", columns, lines(made.month, made.shown)), form)


@page("/equity", Role.LEAD)
def equity(ask: Ask) -> Response:
    """One calendar year, which the address names."""
    rules = ask.rules()
    told = _year(ask, rules)
    made = told.made
    return ask.render(
        "equity.html",
        made=made,
        name=rules["name"],
        year=told.year,
        years=told.years,
        open=going_on(f"{told.year}-12", ask.desk.now()),
        as_of=words.minute(told.at),
        pictures={(one.title, each.promise): _groups(one, each) for one in made for each in one.promises},
        people={one.title: bars(f"People by {one.title.lower()}", one.people) for one in made},
        not_held=NOT_HELD,
        not_told=NOT_TOLD,
        least=rules["accountability"]["small_numbers"],
    )


@page("/equity.{form}", Role.LEAD)
def equity_file(ask: Ask) -> Response:
    """The same groups for spreadsheets and programs."""
    rules = ask.rules()
    told, form = _year(ask, rules), _form(ask)
    if form == "json":
        return JSONResponse(equity_flat(told.year, told.made, rules["accountability"]["small_numbers"]))
    columns = ("year", "by", "promise", "group", "kept", "of", "share")
    return download(Sheet(f"equity-{told.year}", columns, equity_lines(told.year, told.made)), form)


def month_of(ask: Ask, rules: Bundle) -> Month:
    """The month that the address names, or this one."""
    least, now = rules["accountability"]["small_numbers"], ask.desk.now()
    counted = _all(ask, rules)
    found = counted.months
    current = words.month(now)
    months = sorted({current, *(month for month in found if month <= current)}, reverse=True)
    month = ask.query.get("month", current)
    if month not in months:
        raise missing()
    shown = figures(found.get(month, ()), month, rules, least)
    return Month(month, going_on(month, now), shown, trend(found, month, rules, least), least, months, counted.at)


def _form(ask: Ask) -> str:
    form = str(ask.path["form"])
    if form not in TYPES:
        raise missing()
    return form


def _year(ask: Ask, rules: Bundle) -> Year:
    counted, current = _all(ask, rules), int(words.month(ask.desk.now())[:4])
    years = sorted({current, *(case.on.year for case in counted.cases if case.on.year <= current)}, reverse=True)
    year = ask.query.get("year", f"{current}")
    if year not in map(str, years):
        raise missing()
    mine = [case for case in counted.cases if case.on.year == int(year)]
    least = rules["accountability"]["small_numbers"]
    return Year(int(year), years, attributes(mine, counted.known, rules, least), counted.at)


def _authorities(rules: Bundle) -> dict[str, str]:
    return {code: team["authority"] for code, team in rules["teams"].items() if team.get("authority")}


def keep_counted(desk: Desk) -> None:
    """Count anew what pages would count anew half a minute later, so that no reader waits for it."""
    rules = desk.rules()
    if rules is not None:
        _counted_at(desk, rules, MINUTE // 2)


def _all(ask: Ask, rules: Bundle) -> Counted:
    """Every case: counted anew when the projection has read on or an hour has passed, once a minute at most."""
    return _counted_at(ask.desk, rules, MINUTE)


def _counted_at(desk: Desk, rules: Bundle, fresh: int) -> Counted:
    database, now, under = desk.database, desk.now(), digest(rules)
    kept = _counted.get(database)
    if kept is not None and kept.under == under and 0 <= now - kept.at < fresh:
        return kept
    with database.connect() as connection:
        reached = promised.reached(connection)
        if kept is None or kept.under != under or kept.reached != reached or not 0 <= now - kept.at < HOUR - fresh:
            agreed, homes = terms(rules, rules_of(rules).calendar), _authorities(rules)
            steps = promised.steps(connection)
            found = cases(steps, promised.happened(connection, subjects(agreed)), agreed, now)
            known = people(steps, promised.notices(connection, homes), homes)
            kept = _counted[database] = Counted(under, now, reached, found, by_month(found), known)
    return kept


def _pictures(one: Figure, made: Month) -> Mapping[str, Any]:
    months = made.trend.get(one.promise.name, [])
    going = made.month if made.open else ""
    told = [(_title(month), mark) for month, mark in months]
    return {"share": headline(one), "months": over_time(one, months, going), "trend": told, "outcomes": outcomes(one)}


def _groups(one: Attribute, each: Equity) -> str:
    return bars(f"{each.title} by {one.title.lower()}", [(row.name, row.share) for row in each.split.rows], top=100)


def _verdict(one: Figure) -> tuple[str, str]:
    """How a promise stands against its target, and the colour of its tag."""
    if one.share == NONE:
        return "Nothing to count", "grey"
    if one.target is None:
        return "No target", "grey"
    if one.met is None:
        return "Too few to say", "grey"
    return ("Reached", "green") if one.met else ("Missed", "red")


def _title(month: str) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}"


PAGES = (promises, promises_file, equity, equity_file)
