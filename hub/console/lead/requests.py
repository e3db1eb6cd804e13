"""Subject reports: what was shared about one person, for a reason, once a second person has agreed."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from hub import topics, words
from hub.console.page import Ask, missing, page
from hub.console.who import Role
from hub.intake import redrive
from hub.place import PlaceError, values
from hub.projection.ask import Filters, decision, decisions
from hub.reports.subject import Line, fields, law, where
from hub.reports.subject_page import drawn, left_out
from hub.subject import persons, requests
from hub.subject.report import KIND, Report, report
from hub.wire.twofold import DAY

PROOF = "Every line is a decision with an id and, from the next checkpoint on, a leaf in the ledger."
Row = dict[str, Any]


@page("/requests", Role.LEAD, methods=("GET", "POST"), nav="Reports on a person")
def subject_requests(ask: Ask) -> Response:
    """What waits for a second person, what may be read today, and a form to ask with."""
    problems: dict[str, str] = {}
    if ask.request.method == "POST" and ask.form.get("reason") is not None:
        made = _asked(ask, problems)
        if made is not None:
            ask.desk.append([requests.asked_out(made, ask.desk.wire)])
            return ask.redirect("subject_requests", "Asked. Another lead signs in and agrees, within a day.")
    place, wire, now = ask.desk.place, ask.desk.wire, ask.desk.now()
    mine = [one for one in reversed(requests.agreed(place, wire)) if _may(one, ask)]
    return ask.render(
        "lead/requests.html",
        waiting=[_said(one, ask) for one in requests.waiting(place, wire, now)],
        open=[_said(one, ask) for one in mine],
        again=redrive.known(values(wire, place.reader(), topics.REDRIVES), now).waiting.values(),
        reasons=ask.rules()["accountability"]["reasons"],
        problems=[{"text": text, "href": f"#{name}"} for name, text in problems.items()],
        wrong=problems,
        form=ask.form,
        about=_about(ask),
    )


def _about(ask: Ask) -> str:
    """The decision whose person is meant, where the form came from one."""
    with ask.read() as sql:
        made = decision(sql, str(ask.form.get("decision", "")))
    return made.id if made else ""


def _asked(ask: Ask, problems: dict[str, str]) -> Row | None:
    reason, reasons = str(ask.form.get("reason", "")), ask.rules()["accountability"]["reasons"]
    if reason not in reasons:
        problems["reason"] = "Choose why you ask"
    times: dict[str, int | None] = {}
    for name, last in (("from", False), ("to", True)):
        told = str(ask.form.get(name, "")).strip()
        try:
            times[name] = words.instant(told, last) if told else None
        except (ValueError, OverflowError):
            problems[name] = f"The {'last' if last else 'first'} day must be a real date, such as 2026-11-12"
    person = _person(ask, problems)
    if problems or person is None:
        return None
    key = ask.desk.place.open().console_signer()
    return requests.ask(KIND, person, reason, ask.user.id, ask.desk.now(), key, times["from"], times["to"])


def _person(ask: Ask, problems: dict[str, str]) -> str | None:
    """Whom it is about: of a decision, or by whichever pseudonym was typed."""
    with ask.read() as sql:
        made = decision(sql, str(ask.form.get("decision", "")))
        if made is not None:
            return made.person
        try:
            handle = persons.handle(str(ask.form.get("person", "")).strip(), ask.desk.place) or ""
        except (persons.PersonError, PlaceError):
            handle = ""
        if len(handle) == persons.HANDLE and decisions(sql, Filters(person=handle), limit=1).rows:
            return handle
    problems["person"] = "Enter a pseudonym of the hub or a team, or an agency’s record, of somebody the hub knows"
    return None


@page("/requests/{id}/{answer}", Role.LEAD, methods=("POST",))
def subject_answer(ask: Ask) -> Response:
    """The second person agrees or says no; whoever asked may take it back."""
    place, wire, now = ask.desk.place, ask.desk.wire, ask.desk.now()
    request = next((one for one in requests.waiting(place, wire, now) if one["id"] == ask.path["id"]), None)
    if request is None or ask.path["answer"] not in ("agree", "decline"):
        raise missing()
    if ask.path["answer"] == "decline":
        ask.desk.append([requests.declined_out(request, ask.user.id, now, wire)])
        return ask.redirect("subject_requests", "Declined. Nothing was shown.")
    try:
        access = requests.agree(request, ask.user.id, now, place.open().console_signer())
    except requests.RequestError:
        return ask.redirect("subject_requests", "You asked for this yourself: another lead has to agree.")
    ask.desk.append([requests.agreed_out(access, wire)])
    return ask.redirect("subject_report", "Agreed, and on record.", id=access["id"])


def _may(access: Mapping[str, Any], ask: Ask) -> bool:
    """The two who agreed may read it, for a day."""
    of = access["what"] == KIND and ask.user.id in (access["asked_by"], access["agreed_by"])
    return of and 0 <= ask.desk.now() - access["at"] < DAY


def _said(one: Mapping[str, Any], ask: Ask) -> Row:
    reasons = ask.rules()["accountability"]["reasons"]
    return {
        **one,
        "why": reasons.get(one["reason"], one["reason"]),
        "mine": one["asked_by"] == ask.user.id,
        "ends": one["at"] + DAY,
    }


def _read(ask: Ask) -> tuple[Mapping[str, Any], Report]:
    found = requests.agreed(ask.desk.place, ask.desk.wire)
    access = next((one for one in found if one["id"] == ask.path["id"]), None)
    if access is None or not _may(access, ask):
        raise missing()
    ask.looked(person=access["person"], of=access["id"], reason=access["reason"])
    return access, report(access, ask.rules(), ask.desk.place, ask.desk.wire, ask.desk.now())


@page("/requests/{id}", Role.LEAD)
def subject_report(ask: Ask) -> Response:
    """Line by line, to be printed; each reading is on record once more."""
    access, made = _read(ask)
    statement = made.statement
    return ask.render(
        "lead/subject.html",
        access=access,
        about=made.about,
        told=[_line(one) for one in statement.told],
        withheld=[_line(one) for one in statement.withheld],
        left_out=left_out(statement.left_out) if statement.left_out else "",
        proof=PROOF,
        ends=access["at"] + DAY,
    )


def _line(line: Line) -> Row:
    return {
        "at": line.at,
        "team": line.name,
        "says": line.says,
        "from": words.agency(line.source),
        "fields": fields(line),
        "why": line.why,
        "law": law(line) if line.clause else "",
        "purpose": line.purpose or "",
        "decision": line.decision,
        "where": where(line),
    }


@page("/requests/{id}.zip", Role.LEAD)
def subject_pack(ask: Ask) -> Response:
    """The report as a page to hand over, and a proof of every line, in one file."""
    access, made = _read(ask)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("report.html", drawn(made.statement, made.about, PROOF))
        for (name, team), file in made.proofs.items():
            pack.writestr(f"proofs/{name}-{team}.tlog-proof", str(file))
    there = {"content-disposition": f'attachment; filename="report-{words.short(access["id"])}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=there)


PAGES = (subject_requests, subject_pack, subject_answer, subject_report)
