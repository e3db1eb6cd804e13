"""One alert and the team's answer to it; one correction; and the way out in a hurry."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from hub import words
from hub.console.page import SEES_OTHER, Ask, missing, page
from hub.console.team import reading
from hub.console.who import Role
from hub.core.events import Event
from hub.edges import acks
from hub.inbox.answers import ANSWERS, CONSOLE, answer
from hub.inbox.items import COPY
from hub.inbox.meanings import NOT_OURS, ROLES
from hub.projection import inbox as projected
from hub.projection import team as told_to

ELSEWHERE = "https://www.bbc.co.uk/weather"  # where the button leads that leaves in a hurry
OVER, ANSWERED, SENT, NO_ANSWER = (
    "This alert is over. Your answer was not sent",
    "This alert has been answered already. Your answer was not sent",
    "An answer is on its way already. Yours was not sent",
    "This alert asks for no answer. Yours was not sent",
)
SAYS = {
    "answer": "Choose what you answer",
    "role": "Choose the role in which you answer",
    "reason": "Choose why it is not yours",
}
Faults = Sequence[tuple[str, str]]


@page("/alerts/{id}", Role.TEAM)
def alert(ask: Ask) -> Response:
    """The page of one alert, or of one correction."""
    team = ask.user.of or ""
    with ask.read() as sql:
        if (found := found_alert(sql, ask)) is not None:
            return _shown(sql, ask, found)
        one = told_to.correction(sql, team, ask.path["id"])
        if one is None:
            raise missing()
        ask.looked(person=told_to.handle(sql, team, one["id"]), of=one["id"])
        whole = told_to.person(sql, team, one["person"])
        return ask.render("team/correction.html", here="/alerts", **reading.amended(ask, one, whole))


@page("/alerts/{id}/answer", Role.TEAM, methods=("POST",))
def answered(ask: Ask) -> Response:
    """Send the answer, unless it would not count, or one is on its way."""
    said = {name: str(ask.form.get(name) or "") for name in SAYS}
    with ask.read() as sql:
        found = found_alert(sql, ask)
        if found is None:
            raise missing()
        if why := closed(found):
            return _shown(sql, ask, found, [("", why)], 409)
        if faults := faults_of(ask, said):
            return _shown(sql, ask, found, faults, 400, said)
        made = _answer(ask, found, said)
        if not ask.desk.sent.claim(made.agency, ask.path["id"], ask.desk.now()):
            return _shown(sql, ask, found, [("", SENT)], 409)
    send(ask, made)
    ask.session.acting = said["role"]
    return ask.redirect("alert", "Your answer is recorded. It shows here within a few seconds.", id=ask.path["id"])


def send(ask: Ask, made: Event) -> None:
    """Write an answer to the log, whose place was claimed; if that fails, it may be sent again."""
    try:
        ask.desk.append([acks.record(ask.desk.wire, made, ask.desk.partitions)])
    except BaseException:
        ask.desk.sent.drop(made.agency, str(made.fields["alert"]))
        raise


@page("/exit", Role.TEAM)
def left(ask: Ask) -> Response:
    """Leave in a hurry: sign out, so that to go back shows nothing, and go to a page that says nothing."""
    if ask.request.headers.get("sec-fetch-site") in (None, "same-origin"):  # no other site may sign anybody out
        ask.desk.sessions.end(ask.session)
    return RedirectResponse(ELSEWHERE, SEES_OTHER, {"clear-site-data": '"cache"'})


def found_alert(sql: Connection, ask: Ask) -> projected.Alert | None:
    """The team's own alert that the path names."""
    found = projected.alert(sql, ask.user.of or "", ask.path["id"])
    return found if found is not None and found.item.told["id"] == ask.path["id"] else None


def closed(found: projected.Alert) -> str | None:
    """Why an answer would change nothing now."""
    item = found.item
    if item.over:
        return OVER
    if item.state == COPY:
        return NO_ANSWER
    if not item.waits:
        return ANSWERED
    return SENT if found.answers else None


def faults_of(ask: Ask, said: Mapping[str, str]) -> Faults:
    """What is wrong with the form, in its order."""
    reasons = reading.rules(ask)["urgency"]["not_ours"]
    wrong = {
        "answer": said["answer"] not in ANSWERS,
        "reason": said["answer"] == "not-ours" and said["reason"] not in reasons,
        "role": said["role"] not in ROLES,
    }
    return [(name, SAYS[name]) for name, fault in wrong.items() if fault]


def _answer(ask: Ask, found: projected.Alert, said: Mapping[str, str]) -> Event:
    reason = said["reason"] if said["answer"] == "not-ours" else None  # a closed part of the form says nothing
    reasons = reading.rules(ask)["urgency"]["not_ours"]
    item = found.item
    return answer(item.told, item.team, {**said, "reason": reason}, reasons, ask.desk.now(), CONSOLE)


def _shown(
    sql: Connection,
    ask: Ask,
    found: projected.Alert,
    faults: Faults = (),
    status: int = 200,
    said: Mapping[str, str] | None = None,
) -> Response:
    item = found.item
    ask.looked(person=told_to.handle(sql, item.team, item.told["id"]), of=item.told["id"])
    whole = told_to.person(sql, item.team, item.told["person"])
    reasons = reading.rules(ask)["urgency"]["not_ours"]
    form = {
        "roles": ROLES,
        "reasons": {code: NOT_OURS.get(code, words.role(code)) for code in reasons},
        "faults": faults,
        "said": said or {"answer": "", "reason": "", "role": ask.session.acting},
    }
    shown = reading.shown(sql, ask, found, whole)
    return ask.render("team/alert.html", status, here="/alerts", **form, **shown)


PAGES = (alert, answered, left)
