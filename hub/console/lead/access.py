"""Who looked at what: each reading in the console, and each look by two people; and when the glass was broken."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from hub import topics, words
from hub.console.lead.filters import choice
from hub.console.page import Ask, page
from hub.console.who import CALLED, Role
from hub.place import values
from hub.projection.ask import Filters, decisions, number
from hub.projection.overview import Access, Read, accesses, reads
from hub.reports.glass import Opened, grants
from hub.rulebook import Bundle
from hub.wire.twofold import TwofoldError, check

SHOWN = 50
MOST = 500  # emergencies that are looked up


ROLES: Mapping[str, str] = {role.value: said for role, said in CALLED.items()}
CALLED_PAGES = {
    "decision_page": "A decision",
    "decision_tried": "What was tried before a decision",
    "decision_proof": "The proof of a decision",
    "decision_file": "Decisions, as a file",
    "person_decisions": "All decisions on one person",
    "subject_report": "A report on a person",
    "subject_pack": "A report on a person, as a file",
    "sign_in": "Signed in",
    "sign_out": "Signed out",
}


@page("/access", Role.LEAD)
def access_log(ask: Ask) -> Response:
    """Readings in the console, newest first; of people it says that there was one, not who."""
    skip = _skip(ask)
    with ask.read() as sql:
        found = reads(sql, limit=SHOWN + 1, skip=skip)
        twice = accesses(sql, limit=10)
    rules = ask.rules()
    return ask.render(
        "lead/access.html",
        rows=[reading(one, ask.user.id, rules) for one in found[:SHOWN]],
        twice=[access(one, rules) for one in twice],
        skip=skip,
        next=skip + SHOWN if len(found) > SHOWN else 0,
    )


def reading(one: Read, me: str, rules: Bundle) -> dict[str, Any]:
    """One reading in words, for somebody whose own id is *me*."""
    return {
        "at": one.at,
        "who": choice("team", one.team, rules) if one.team else ROLES.get(one.role, one.role),
        "id": "you" if one.user == me else words.short(one.user),
        "page": CALLED_PAGES.get(one.page) or one.page.replace("_", " "),
        "person": one.person is not None,
        "of": one.of or "",
        "decision": (one.of or "").startswith("d-"),
        "why": _reason(one.reason, rules),
    }


def access(one: Access, rules: Bundle) -> dict[str, Any]:
    """One look by two people in words."""
    roles = [name.replace("_", " ").lower() for name in (one.by, one.second)]
    by = "two leads who signed in" if one.by == one.second else " and ".join(roles)
    return {"at": one.at, "what": one.what.replace("-", " "), "id": one.id, "by": by, "why": _reason(one.reason, rules)}


def _reason(code: str | None, rules: Bundle) -> str:
    known = {**rules["emergency"]["reasons"], **rules["emergency"]["findings"], **rules["accountability"]["reasons"]}
    return str(known.get(code or "", (code or "").replace("_", " ").lower()))


def _skip(ask: Ask) -> int:
    told = ask.query.get("skip", "0")
    return int(told) if number(told) and len(told) < 8 else 0


@page("/emergencies", Role.LEAD)
def emergencies(ask: Ask) -> Response:
    """Every time that two people broke the glass: who was told more, why, until when, and whether it was reviewed."""
    rules, trusted = ask.rules()["emergency"], ask.desk.place.open().once_trusted()
    good = []
    for told in values(ask.desk.wire, ask.desk.place.reader(), topics.ACCESS):
        try:
            check(told["what"], told, trusted)
        except TwofoldError:
            continue
        good.append(told)
    with ask.read() as sql:
        rows = decisions(sql, Filters(subject=("emergency.opened",)), limit=MOST).rows
    opened = {one.event: Opened(one.told.reason, one.decision) for one in rows}
    found = grants(good, opened, rules["review_days"], ask.desk.now())
    return ask.render("lead/emergencies.html", rows=[_grant(one, rules, ask) for one in found])


def _grant(one: Mapping[str, Any], rules: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    return {
        **one,
        "team": choice("team", one["of"], ask.rules()),
        "why": rules["reasons"].get(one["reason"], one["reason"]),
        "state": one["state"].lower() if one["state"].isupper() else one["state"],
        "colour": "red" if one["state"].isupper() else "blue" if one["state"].startswith("open") else "grey",
        "by": words.happening(one["by"]).replace("_", " ").lower(),
        "second": one["second"].replace("_", " ").lower(),
    }


PAGES = (access_log, emergencies)
