"""`hub report`: the partnership's promises in numbers that tell of nobody, and whom they fall on."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hub.cli import logs
from hub.cli.audit_report import days
from hub.cli.decisions import AsOf, Csv, now
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, note, say, section, sheet
from hub.place import HERE, Place, values
from hub.rulebook import in_force, rules_of

if TYPE_CHECKING:
    from hub.reports.commitments import Case, Happened, Step, Terms
    from hub.reports.equity import Attribute
    from hub.reports.figures import Figure

app = App(name="report", help="Are we keeping our promises? In numbers that tell of nobody.")
Html = Annotated[Path | None, Parameter(help="draw it into this file, to open in a browser or print")]
BAR = 24
Rules = dict[str, Any]


@app.command
def commitments(
    *,
    month: Annotated[str | None, Parameter(help="which month, such as 2026-11 (else the last whole one)")] = None,
    html: Html = None,
    at: AsOf = None,
    place: Place = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """
    Report what the partnership promised and what came of it in one month: releases with notice in time, alerts
    answered, birthdays with a handover, support that ended with nobody there, and offers after enforcement.

    Each figure comes with its definition and the query behind it. A count from 1 to 4 is shown as <5.

    Example: hub report commitments --month 2026-11 --html promises.html
    """
    from hub.reports import figures as made
    from hub.reports.tabular import flat, lines

    _one_of(as_json, as_csv)
    rules, terms = _rules(place)
    chosen, clock = f"{days(month)[0]:%Y-%m}", now(at)
    found = made.by_month(_cases(place, terms, clock))
    least = rules["accountability"]["small_numbers"]
    shown = made.figures(found.get(chosen, ()), chosen, rules, least)
    if not shown:
        raise CommandError("the rules in force promise nothing; hint: write policies/commitments.yaml and activate it")
    trend, open_ = made.over_time(found, chosen, rules, least), made.going_on(chosen, clock)
    if html is not None:
        from hub.reports.commitments_page import drawn

        html.write_text(drawn(rules["name"], chosen, open_, shown, trend, least), "utf-8")
        note(f"{html}: drawn")
    if as_json:
        emit(flat(chosen, open_, shown, trend, least))
    elif as_csv:
        sheet(("month", "promise", "table", "part", "mark"), lines(chosen, shown))
    else:
        _print(rules["name"], chosen, open_, shown, least)
    return 0


@app.command
def equity(
    *,
    year: Annotated[int | None, Parameter(help="which year (else this one)")] = None,
    at: AsOf = None,
    place: Place = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """
    Report whether the promises were kept for some more than for others in one year, by what alerts told of people.

    The hub holds no ethnicity, religion or disability, and guesses none. Groups too small to be shown are named.

    Example: hub report equity --year 2026
    """
    from hub.reports.equity import NOT_HELD, NOT_TOLD, attributes, people
    from hub.reports.tabular import equity_flat, equity_lines

    _one_of(as_json, as_csv)
    rules, terms = _rules(place)
    clock = now(at)
    chosen = year or int(f"{days(None)[1]:%Y}")
    told = steps(place)
    cases = [one for one in _counted(place, told, terms, clock) if one.on.year == chosen]
    known = people(told, _notices(place), _authorities(rules))
    least = rules["accountability"]["small_numbers"]
    made = attributes(cases, known, rules, least)
    if as_json:
        emit(equity_flat(chosen, made, least))
    elif as_csv:
        sheet(("year", "by", "promise", "group", "kept", "of", "share"), equity_lines(chosen, made))
    else:
        _print_equity(rules["name"], chosen, made, least)
        say(f"The hub does not hold {', '.join(NOT_HELD[:-1])} or {NOT_HELD[-1]}: of these nothing can be said.")
        say(NOT_TOLD)
    return 0


def _one_of(as_json: bool, as_csv: bool) -> None:
    logs.start()
    if as_json and as_csv:
        raise CommandError("--csv: beside --json; hint: choose one", USAGE)


def _rules(place: Place) -> "tuple[Rules, Terms]":
    from hub.reports.figures import terms

    found = in_force(place)
    if found is None:
        raise CommandError("no rules were ever in force; hint: there is nothing to report")
    return dict(found), terms(found, rules_of(found).calendar)


def _cases(place: Place, terms: "Terms", clock: int) -> "list[Case]":
    return _counted(place, steps(place), terms, clock)


def _counted(place: Place, told: "Sequence[Step]", terms: "Terms", clock: int) -> "list[Case]":
    from hub.reports.commitments import cases, subjects

    return cases(told, _happened(place, subjects(terms)), terms, clock)


def steps(place: Place) -> "list[Step]":
    """Every step of every alert, as reports count it."""
    from hub import topics
    from hub.reports.commitments import step
    from hub.wiring import schemas

    return [step(one) for one in values(schemas(), place.reader(), topics.CHANGES)]


def _happened(place: Place, subjects: frozenset[str]) -> "Iterator[Happened]":
    from hub import topics
    from hub.reports.commitments import Happened
    from hub.wiring import schemas

    for one in values(schemas(), place.reader(), topics.DECISIONS):
        if one["subject"] in subjects:
            yield Happened(one["person"], one["subject"], one["at"])


def _notices(place: Place) -> Iterator[Any]:
    from hub import topics, words
    from hub.reports.equity import Notice
    from hub.wiring import schemas

    for team in place.teams():
        for one in values(schemas(), place.reader(), topics.alerts(team)):
            yield Notice(one["id"], team, words.local(one["raised"]).date(), one["fields"])


def _authorities(rules: Rules) -> dict[str, str]:
    return {code: team["authority"] for code, team in rules["teams"].items() if team.get("authority")}


def _print(name: str, month: str, open_: bool, shown: "Sequence[Figure]", least: int) -> None:
    when = f"{date.fromisoformat(f'{month}-01'):%B %Y}{' so far' if open_ else ''}"
    section(f"Are we keeping our promises? {when}", "", [("of", name)])
    for one in shown:
        say()
        say(f"{one.promise.title}: {_said(one)}")
        say(f"  {one.promise.means}")
        _bars(one.parts)
        if one.details:
            say(f"  {one.promise.detail}")
            _bars(one.details)
        say(f"  counted from: {one.promise.query}")
    say()
    say(f"A count from 1 to {least - 1} is shown as <{least}; a dash hides what would tell one all the same.")


def _said(one: "Figure") -> str:
    target = "no target agreed" if one.target is None else f"target {one.target}%"
    judged = {True: ", reached", False: ", not reached", None: ""}[one.met]
    return f"{one.share} of {one.promise.unit} ({one.kept} kept, {one.broken} not; {target}{judged})"


def _bars(rows: Iterable[tuple[str, str]]) -> None:
    from hub.reports.figures import number

    rows = [*rows]
    width, figures = (max((len(row[at]) for row in rows), default=0) for at in (0, 1))
    most = max((number(mark) or 0 for _, mark in rows), default=0) or 1
    for name, mark in rows:
        count = number(mark)
        bar = "░" if count is None else "▇" * (max(1, round(BAR * count / most)) if count else 0)
        say(f"    {name.ljust(width)}  {mark:>{figures}}  {bar}".rstrip())


def _print_equity(name: str, year: int, made: "Sequence[Attribute]", least: int) -> None:
    section(f"Do our promises fall on some more than on others? {year}", "", [("of", name)])
    for one in made:
        say()
        if not one.known:
            say(f"{one.title}: no alert of the year told it of anybody")
            continue
        say(f"{one.title}: people with a case in the year")
        _bars(one.people)
        for promise in one.promises:
            say(f"  {promise.title}")
            for row, says in zip(promise.split.rows, promise.says, strict=True):
                say(f"    {row.name}: {row.share}, {row.kept} of {row.of}; {says}")
            if promise.split.hidden:
                say(f"    too few to be shown: {', '.join(promise.split.hidden)}")
    say()
    say(f"A group is shown with both of its numbers or not at all; a count from 1 to {least - 1} is never.")
