"""One decision: what each team got and did not get, by which clause, where it is on record, and how to prove it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from hub import explained, words
from hub.audit.log import LogBook
from hub.audit.proof import prove_part
from hub.console.lead.access import access, reading
from hub.console.lead.rows import line
from hub.console.page import Ask, missing, page
from hub.console.who import Role
from hub.core.identity import reference
from hub.glossary import FORMS
from hub.projection.ask import Decision, Filters, Outcome, decision, decisions, of_event
from hub.projection.fold import DELIVERED
from hub.projection.inbox import alert, steps
from hub.projection.overview import accesses, book, reads
from hub.why.again import Why
from hub.words import Book, Told

LISTED = 200  # decisions on one person that are listed at once


@dataclass(frozen=True, slots=True)
class Part:
    """What one team got: the fields that were kept, each with its form, those that were withheld, and the law."""

    team: str
    code: str
    delivered: bool
    kept: tuple[tuple[str, str], ...]
    exact: bool
    withheld: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    agreement: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one outcome, the names of fields: what its team got (*exact*, or may have got), and what it did not."""

    names: tuple[str, ...]
    exact: bool
    withheld: tuple[str, ...]


@page("/decisions/{id}", Role.LEAD)
def decision_page(ask: Ask) -> Response:
    """The same words as `hub explain`, from the projection: at once, however long the log."""
    with ask.read() as sql:
        made = found(sql, ask)
        law, told = book(sql), _record(made)
        ask.looked(person=made.person, of=made.id)
        parts = [_part(sql, made, told, one, law) for one in made.outcomes]
        beside = (("before", made.before), ("after", made.after))
        near = [(label, decision(sql, name)) for label, name in beside if name]
        lived = steps(sql, made.event) if made.source == "HUB" else ()
        again = [name for name in of_event(sql, made.event) if name != made.id]
    return ask.render(
        "lead/decision.html",
        made=made,
        about=explained.decision(told, law).lines,
        parts=parts,
        near=near,
        life=explained.life(lived, law, made.bundle) if lived else [],
        again=again,
    )


def found(sql: Connection, ask: Ask) -> Decision:
    """The decision that the path names."""
    made = decision(sql, ask.path["id"])
    if made is None:
        raise missing()
    return made


def _record(made: Decision) -> dict[str, Any]:
    """A decision as its record has it."""
    told = {name: getattr(made, name) for name in ("id", "person", "subject", "event", "source", "at", "bundle")}
    return {**told, "outcomes": list(map(_flat, made.outcomes))}


def _flat(one: Outcome) -> dict[str, Any]:
    return {**asdict(one), "delivered": one.outcome == DELIVERED}


def kept(sql: Connection, made: Decision, one: Outcome, law: Book) -> Kept:
    """What one team got, and what there could have been beside it."""
    sent = _sent(sql, made, one)
    names = sorted(name for name in one.kept if sent is None or name in sent)
    return Kept(tuple(names), sent is not None, tuple(sorted(_possible(made, law) - {*names})))


def _part(sql: Connection, made: Decision, told: Told, outcome: Outcome, law: Book) -> Part:
    one, got = _flat(outcome), kept(sql, made, outcome, law)
    said = explained.outcome(told, one, law, got.names if got.exact else None)
    return Part(
        team=law.team(made.bundle, one["team"]),
        code=one["team"],
        delivered=one["delivered"],
        kept=tuple((words.fieldname(name), FORMS.get(one["kept"][name], one["kept"][name])) for name in got.names),
        exact=got.exact,
        withheld=tuple(sorted(map(words.fieldname, got.withheld))),
        lines=tuple(line for line in said.lines if line[0] != "fields"),
        agreement=one["agreement"],
    )


def _sent(sql: Connection, made: Decision, one: Outcome) -> Iterable[str] | None:
    """The fields that were really in what the team got; None where that cannot be found."""
    team = one.team
    if one.outcome != DELIVERED:
        return ()
    if made.source != "HUB":
        return made.sent.get(team)
    told, quoted = alert(sql, team, made.event), reference(made.id, team)
    notices = told.notices if told else ()
    return next((tuple(notice["fields"]) for notice in notices if notice["decision"] == quoted), None)


def _possible(made: Decision, law: Book) -> set[str]:
    """The fields there can be of such an event; of an alert, those that any agreement lets anybody have."""
    bundle = law.bundles.get(made.bundle, {})
    if made.subject in bundle.get("vocabulary", {}):
        return {*bundle["vocabulary"][made.subject]}
    permits = (one for one in bundle.get("clauses", ()) if made.subject in one["subjects"])
    return {name for one in permits for name, form in one["fields"].items() if form != "drop"}


@page("/decisions/{id}/tried", Role.LEAD)
def decision_tried(ask: Ask) -> Response:
    """What was tried before each answer: the person's own log is decided once more, which takes a moment."""
    with ask.read() as sql:
        made = found(sql, ask)
        law, told = book(sql), _record(made)
    ask.looked(person=made.person, of=made.id)
    why = Why(ask.desk.place, ask.desk.place.reader(), law)
    parts = [
        (law.team(made.bundle, one["team"]), one["team"], one["delivered"], why.lines(told, one)[0])
        for one in told["outcomes"]
    ]
    return ask.render("lead/tried.html", made=made, parts=parts)


@page("/decisions/{id}/proof-{team}.txt", Role.LEAD)
def decision_proof(ask: Ask) -> Response:
    """The proof of one team's line, to check without the hub."""
    with ask.read() as sql:
        made = found(sql, ask)
    team = ask.path["team"]
    if team not in {one.team for one in made.outcomes}:
        raise missing()
    ask.looked(person=made.person, of=made.id)
    home = ask.desk.place.open()
    ledger = LogBook(ask.desk.place.reader(), ask.desk.wire, home.partitions, home.teams, home.witnesses())
    line = None if made.leaf is None else ledger.line(made.leaf)
    if line is None or line.absent or line.record["id"] != made.id:
        return ask.redirect("decision_page", "It is in no checkpoint yet. Ask again in some minutes.", id=made.id)
    file = str(prove_part(ledger, line, [one["team"] for one in line.record["outcomes"]].index(team) + 1))
    name = f"{words.short(made.id)}-{team}.tlog-proof"
    there = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(file, media_type="text/plain; charset=utf-8", headers=there)


@page("/person", Role.LEAD, methods=("POST",))
def person_decisions(ask: Ask) -> Response:
    """All decisions on the person of one decision: asked for in a form, so that nobody stands in an address."""
    with ask.read() as sql:
        made = decision(sql, str(ask.form.get("decision", "")))
        if made is None:
            raise missing()
        ask.looked(person=made.person, of=made.id)
        listed, law = decisions(sql, Filters(person=made.person), str(ask.form.get("after", "")), LISTED), book(sql)
        seen, twice = reads(sql, made.person), accesses(sql, made.person)
    rows = [line(row, law) for row in listed.rows]
    rules = ask.rules()
    return ask.render(
        "lead/person.html",
        made=made,
        rows=rows,
        after=listed.after,
        looks=[reading(one, ask.user.id, rules) for one in seen],
        twice=[access(one, rules) for one in twice],
    )


PAGES = (decision_page, decision_tried, decision_proof, person_decisions)
