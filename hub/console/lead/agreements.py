"""The agreements in force: who tells whom what, until when, and which permissions nobody uses."""

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from hub import words
from hub.console.page import Ask, missing, page
from hub.console.standing import named
from hub.console.who import Role
from hub.projection.overview import book, bundles, usage
from hub.reports.agreement import Agreement, agencies, agreements, clause, gets, teams, terms
from hub.reports.usage import Usage, began, unused
from hub.words import Told

RECENT, LONG = 28, 365  # days of use that are told of a rule, and after which one that was not used is put forward
SOON = 60  # days before its last day from which on an agreement is said to end soon


@dataclass(frozen=True, slots=True)
class Tag:
    """A state in a word or two, with a colour that says the same."""

    text: str
    colour: str


def tag(one: Agreement, on: date) -> Tag:
    """
    Where an agreement stands, so that the urgent is seen first.

    >>> day = date(2026, 1, 1)
    >>> made = Agreement("DSA-001", "", "", day, date(2026, 2, 1), date(2028, 1, 1), ())
    >>> tag(made, date(2026, 1, 30)), tag(made, date(2026, 3, 1))
    (Tag(text='review due in 2 days', colour='yellow'), Tag(text='review overdue', colour='red'))
    """
    state = one.state(on)
    if state == "in force":
        left = (one.last - on).days
        what = "review due" if one.review_by < one.ends else "ends"
        days = "today" if left == 0 else f"in {words.counted(left, 'day')}"
        return Tag(f"{what} {days}", "yellow") if left <= SOON else Tag("in force", "green")
    return Tag(state, "blue" if on < one.starts else "red")


@page("/agreements", Role.LEAD, nav="Agreements")
def agreement_list(ask: Ask) -> Response:
    """All of them, those that end first first."""
    bundle, on = ask.rules(), ask.desk.today()
    found = sorted(agreements(bundle).values(), key=lambda one: (one.last, one.id))
    use = used(ask)[0]
    rows = [(one, tag(one, on), teams(one.told("teams"), bundle), count(one, use)) for one in found]
    return ask.render("lead/agreements.html", rows=rows, named=named(bundle), until=_until(bundle))


@page("/agreements/{id}", Role.LEAD)
def agreement(ask: Ask) -> Response:
    """One of them: its terms, each of its rules, and who gets what by all of them together."""
    bundle, on = ask.rules(), ask.desk.today()
    one = agreements(bundle).get(ask.path["id"])
    if one is None:
        raise missing()
    use, _ = used(ask)
    told = one.told("teams") if any(part["effect"] == "permit" for part in one.clauses) else []
    return ask.render(
        "lead/agreement.html",
        one=one,
        state=tag(one, on),
        about=[*_about(one, bundle), *terms(bundle["agreements"].get(one.id, {}))],
        clauses=[(part, [*clause(part, bundle), *_use(part, use)]) for part in one.clauses],
        gets=[(teams([code], bundle), gets(one, code)) for code in told],
        named=named(bundle),
    )


@page("/agreements/unused", Role.LEAD)
def agreement_unused(ask: Ask) -> Response:
    """What nobody used for long enough to say so: each of it is a permission that need not be there."""
    bundle = ask.rules()
    use, start = used(ask, LONG)
    with ask.read() as sql:
        law = book(sql).bundles
        begun = began((one.at, law[one.hash]) for one in bundles(sql) if one.hash in law)
    never = unused(bundle, use, begun, max(start, min(begun.values(), default=start)))
    says = {one["id"]: one for one in bundle["clauses"]}
    return ask.render(
        "lead/unused.html",
        days=LONG,
        clauses=[says[name] for name in never.clauses],
        fields=[(says[name], list(map(words.fieldname, found))) for name, found in never.fields.items()],
        young=never.young,
    )


def used(ask: Ask, days: int = RECENT) -> tuple[Usage, int]:
    """What the rules were used for in the last so many *days*, and since when that is."""
    on = ask.desk.today()
    start = words.instant((on - timedelta(days=days)).isoformat())
    with ask.read() as sql:
        return usage(sql, start, words.instant(on.isoformat(), last=True)), start


def count(one: Agreement, used: Usage) -> int:
    """How often its rules told somebody something."""
    return sum(used.clauses[part["id"]] for part in one.clauses)


def _use(part: Told, used: Usage) -> list[tuple[str, str]]:
    """How often one rule told somebody something of late."""
    if part["effect"] != "permit":
        return []
    last, times = used.last.get(part["id"]), words.counted(used.clauses[part["id"]], "time")
    when = f", the last time on {words.day(words.local(last).date())}" if last else ""
    return [("used", f"{times} in {RECENT} days{when}")]


def _about(one: Agreement, bundle: Told) -> list[tuple[str, str]]:
    publish = agencies(one.told("sources"), bundle)
    return [
        ("purpose", one.purpose),
        ("who tells", publish or "nobody: it is about alerts, which come from the hub"),
        ("who is told", teams(one.told("teams"), bundle)),
        ("in force", f"{words.day(one.starts)} to {words.day(one.ends)}, review by {words.day(one.review_by)}"),
        ("rests on", ", ".join(one.gateways)),
    ]


def _until(bundle: Told) -> str:
    return words.day(date.fromisoformat(bundle["valid_until"]))


PAGES = (agreement_list, agreement_unused, agreement)
