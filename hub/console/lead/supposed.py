"""Try a decision on somebody made up: the answer, which clauses were tried, and what would turn it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from starlette.responses import Response

from hub import why, words
from hub.console.page import Ask, page
from hub.console.standing import named
from hub.console.who import Role
from hub.core.policy import VOCABULARY
from hub.core.policy import Ask as Question
from hub.governance.supposed import Case, case
from hub.reports.agreement import fields
from hub.rulebook import Bundle, rules_of
from hub.words import Book

UNKNOWN = ""
Choice = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tested:
    """One clause that was tried: its words, what it had to say here, and whether that decided it."""

    id: str
    agreement: str
    says: str
    line: str
    decided: bool


@page("/try", Role.LEAD)
def try_decision(ask: Ask) -> Response:
    """Everything stands in the address, so that a case can be sent to a colleague: it is about nobody."""
    bundle = ask.rules()
    rules, book = rules_of(bundle), Book({"": bundle})
    question, problems = _question(ask.query, bundle, ask.desk.today())
    made = case(rules, question) if question is not None and not problems else None
    if question is not None and made is not None:
        question = replace(question, attributes={name: question.attributes.get(name) for name in made.asked})
    return ask.render(
        "lead/try.html",
        named=named(bundle),
        subjects=_options(_subjects(bundle), ask.query.get("what", "")),
        sources=_options(_sources(bundle), ask.query.get("from", "")),
        teams=_options(((code, book.team("", code)) for code in sorted(bundle["teams"])), ask.query.get("to", "")),
        on=_day(ask.query, ask.desk.today()),
        problems=problems,
        made=made,
        asks=[] if made is None else [(name, why.attribute(name), _words(name, ask.query)) for name in made.asked],
        told=None if made is None or question is None else _told(made, question, bundle, book),
    )


def _question(query: Mapping[str, str], bundle: Bundle, on: date) -> tuple[Question | None, list[Choice]]:
    """What is asked; nothing before the form was sent, and what is wrong with it if anything is."""
    if not query:
        return None, []
    problems: list[Choice] = []
    known = {"what": dict(_subjects(bundle)), "from": dict(_sources(bundle)), "to": bundle["teams"]}
    for name, label in (("what", "what happened"), ("from", "who told the hub"), ("to", "which team asks")):
        if query.get(name) not in known[name]:
            problems.append({"text": f"Choose {label}", "href": f"#{name}"})
    try:
        on = date.fromisoformat(query.get("on") or on.isoformat())
    except ValueError:
        problems.append({"text": "The day must be a real date, such as 2026-11-12", "href": "#on"})
    given = {name: query[name] for name, known in VOCABULARY.items() if query.get(name) in known}
    what, source, team = (query.get(name, "") for name in ("what", "from", "to"))
    return Question(what, source, team, on, given), problems


def _subjects(bundle: Bundle) -> list[tuple[str, str]]:
    """Every event, then every alert, by name."""
    named = {subject for one in bundle["clauses"] for subject in one["subjects"]}
    events = sorted(bundle["vocabulary"], key=words.happening)
    alerts = sorted(named - {*events}, key=words.happening)
    return [(one, words.happening(one).capitalize()) for one in (*alerts, *events)]


def _sources(bundle: Bundle) -> list[tuple[str, str]]:
    return [(code, words.agency(code).capitalize()) for code in ("HUB", *bundle["agencies"])]


def _day(query: Mapping[str, str], on: date) -> str:
    return query.get("on") or on.isoformat()


def _options(found: Iterable[tuple[str, str]], chosen: str) -> list[Choice]:
    first: list[Choice] = [{"value": "", "text": "Choose"}]
    return first + [{"value": code, "text": text, "selected": code == chosen} for code, text in found]


def _words(name: str, query: Mapping[str, str]) -> list[Choice]:
    chosen = query.get(name, UNKNOWN)
    made: list[Choice] = [{"value": UNKNOWN, "text": "Not known", "selected": chosen == UNKNOWN}]
    return made + [
        {"value": word, "text": why.spaced(word).capitalize(), "selected": word == chosen} for word in VOCABULARY[name]
    ]


def _told(made: Case, question: Question, bundle: Bundle, book: Book) -> Mapping[str, object]:
    """The answer in the words of `hub explain`."""
    verdict = made.verdict
    by = verdict.clause
    law = None if by is None else book.clause("", by.id)
    tested = []
    for one in made.tried:
        about = book.clause("", one.clause.id) or {}
        line = why.clause(one.clause.id, one.clause.effect.value, one.unmet, one.facts, about)
        decided = by is not None and one.clause.id == by.id and verdict.reason in (None, "FORBIDDEN")
        tested.append(Tested(one.clause.id, one.clause.agreement, str(about.get("says", "")), line, decided))
    permits = sum(one.clause.effect.value == "permit" for one in made.tried)
    return {
        "allowed": verdict.allowed,
        "why": words.reason(verdict.reason, law),
        "code": verdict.reason,
        "law": law,
        "fields": fields(dict(by.fields)) if by is not None and verdict.allowed else "",
        "tested": tested,
        "turned": why.turned(verdict.allowed, verdict.reason, made.turns, question.on, permits),
        "team": book.team("", question.team),
    }


PAGES = (try_decision,)
