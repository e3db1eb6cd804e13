"""The agreements in force: who tells whom what, until when, and which permissions nobody uses."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from hub import words
from hub.console.lead.standing import standing, today
from hub.console.page import Ask, missing, page
from hub.console.who import Role
from hub.governance.saying import called
from hub.reports.agreement import Agreement, agencies, agreements, clause, gets, teams, terms
from hub.words import Told

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
    bundle, on = standing(ask.desk), today(ask.desk)
    found = sorted(agreements(bundle).values(), key=lambda one: (one.last, one.id))
    rows = [(one, tag(one, on), teams(one.told("teams"), bundle)) for one in found]
    return ask.render("lead/agreements.html", rows=rows, named=called(bundle), until=_until(bundle))


@page("/agreements/{id}", Role.LEAD)
def agreement(ask: Ask) -> Response:
    """One of them: its terms, each of its rules, and who gets what by all of them together."""
    bundle, on = standing(ask.desk), today(ask.desk)
    one = agreements(bundle).get(ask.path["id"])
    if one is None:
        raise missing()
    told = one.told("teams") if any(part["effect"] == "permit" for part in one.clauses) else []
    return ask.render(
        "lead/agreement.html",
        one=one,
        state=tag(one, on),
        about=[*_about(one, bundle), *terms(bundle["agreements"].get(one.id, {}))],
        clauses=[(part, clause(part, bundle)) for part in one.clauses],
        gets=[(teams([code], bundle), gets(one, code)) for code in told],
        named=called(bundle),
    )


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


PAGES = (agreement_list, agreement)
