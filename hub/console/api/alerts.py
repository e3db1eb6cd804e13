"""A team's own alerts, for its own programs: what waits, one of them, the answer to it, and what the team is told."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException

from hub import words
from hub.console.api.operation import operation, wrong
from hub.console.api.shapes import After, Asking, Code, Instant, Limit, Maybe
from hub.console.page import Ask, missing
from hub.console.team import alert as answering
from hub.console.team import reading
from hub.console.team.exports import rows
from hub.console.team.filters import Filters
from hub.console.who import Role
from hub.core.events import Event
from hub.inbox import answers, own
from hub.inbox.meanings import ROLES
from hub.inbox.notice import corrected
from hub.projection import inbox as projected
from hub.projection import team as told_to
from hub.reports import subscriptions as reported


class Choices(Asking):
    """Which alerts."""

    view: Literal["waiting", "answered", "information", "over", "all"] = "waiting"
    urgency: tuple[Code, ...] = ()
    kind: tuple[Code, ...] = ()
    late: bool = False
    after: After = ""
    limit: Limit = 50


class Alert(msgspec.Struct, kw_only=True):
    """One alert as its team got it; `person` is the team's own pseudonym, `clock` how long it has, in words."""

    id: str
    team: str
    person: str
    kind: str
    stage: str
    state: str
    since: Instant
    urgency: str
    action: str
    asks: str
    due: Instant
    due_local: str
    raised: Instant
    ack_by: Instant | None
    level: int
    repeats: int
    clock: str
    changed: list[str]
    previous_due: Instant | None
    rule: str
    bundle: str
    link: str


class Alerts(msgspec.Struct):
    """Some of them, what waits longest for an answer first, how many fit in all, and where the list goes on."""

    items: list[Alert]
    total: int
    after: Maybe


class Answer(msgspec.Struct):
    """What the team answered, in which role, and, of what is not its own, why."""

    id: str
    at: Instant
    answer: str
    reason: Maybe
    role: Maybe


class Correction(msgspec.Struct):
    """What is otherwise than the team was told; `ends` where the alert no longer holds."""

    id: str
    at: Instant
    says: str
    ends: bool


class Whole(Alert, kw_only=True):
    """One alert with the facts in it, none once it is over, and what came of it."""

    clause: str
    fields: dict[str, bool | int | str | list[str]]
    answerable: bool
    answers: list[Answer]
    corrections: list[Correction]


class Answering(msgspec.Struct, forbid_unknown_fields=True):
    """An answer: by a role, never a name; `reason` goes with `not-ours` alone."""

    answer: Literal["accepted", "not-ours", "already-held"]
    role: Annotated[str, Meta(extra_json_schema={"enum": [*ROLES]})]
    reason: Annotated[str, Meta(pattern=r"^([A-Z][A-Z0-9_]{0,39})?$")] = ""


class Answered(msgspec.Struct):
    """The answer as it is on record: sent again it is the same, with the same id."""

    id: str
    alert: str
    answer: str
    role: str
    reason: Maybe


@operation("/alerts", Role.TEAM)
def alerts(ask: Ask, asked: Choices) -> Alerts:
    """List the team's own alerts, which is on record."""
    chosen = Filters(asked.view, asked.urgency, asked.kind, asked.late).asked(ask.desk.now())
    ask.looked()
    with ask.read() as sql:
        found = projected.alerts(sql, ask.user.of or "", chosen, asked.after or None, asked.limit)
        items = [Alert(**one) for one in rows(sql, ask, found.items)]
    return Alerts(items, found.total, found.after)


@operation("/alerts/{id}", Role.TEAM)
def alert(ask: Ask) -> Whole:
    """Look at one of the team's own alerts, which is on record."""
    with ask.read() as sql:
        found = _found(answering.found_alert(sql, ask))
        item = found.item
        ask.looked(person=told_to.handle(sql, item.team, item.told["id"]), of=item.told["id"])
        (row,) = rows(sql, ask, [item])
        since = own.concerning(item, told_to.corrections_of(sql, item.team, {item.told["person"]}))
    return Whole(
        **row,
        clause=item.told["clause"],
        fields={} if item.over else dict(item.told["fields"]),
        answerable=answering.closed(found) is None and not _on_its_way(ask, found),
        answers=[Answer(one.id, words.iso(one.at), one.answer, one.reason, one.role) for one in found.answers],
        corrections=[Correction(one["id"], words.iso(one["raised"]), corrected(one), own.ends(one)) for one in since],
    )


@operation("/alerts/{id}/answer", Role.TEAM, method="POST")
def alert_answer(ask: Ask, told: Answering) -> Answered:
    """Answer one of the team's own alerts; the same answer sent again changes nothing."""
    said = msgspec.structs.asdict(told)
    with ask.read() as sql:
        found = _found(answering.found_alert(sql, ask))
    for name, what in answering.faults_of(ask, said):
        raise wrong(f"body, `{name}`: {what.lower()}", "the roles and reasons are those of the page of the alert")
    made = _made(ask, found, said)
    alert, team = found.item.told["id"], found.item.team
    answered = Answered(made.id, alert, told.answer, told.role, told.reason or None)
    if made.id in {one.id for one in found.answers} or ask.desk.sent.same(team, alert, made.id):
        return answered
    if why := answering.closed(found):
        raise HTTPException(409, why)
    if not ask.desk.sent.claim(team, alert, ask.desk.now(), made.id):
        raise HTTPException(409, answering.SENT)
    answering.send(ask, made)
    return answered


@operation("/subscriptions", Role.TEAM)
def subscriptions(ask: Ask) -> reported.Subscriptions:
    """All that the team is told, under which clause; what it asked for and is not told, and why."""
    rules, team = ask.desk.rules(), ask.user.of or ""
    if rules is None or team not in rules["teams"]:
        raise missing()
    return reported.subscriptions(rules, team, words.local(ask.desk.now()).date())


def _found(found: projected.Alert | None) -> projected.Alert:
    if found is None:
        raise missing()
    return found


def _on_its_way(ask: Ask, found: projected.Alert) -> bool:
    return ask.desk.sent.there(found.item.team, found.item.told["id"], ask.desk.now())


def _made(ask: Ask, found: projected.Alert, said: dict[str, Any]) -> Event:
    """The answer; its id follows from what it answers, as it was told last, and from nothing else."""
    item, reasons = found.item, reading.rules(ask)["urgency"]["not_ours"]
    try:
        key = str(item.told["raised"])
        return answers.answer(item.told, item.team, said, reasons, ask.desk.now(), answers.API, key)
    except answers.AnswerError as bad:
        raise HTTPException(400, f"body, `{bad.field}`: {bad}") from bad


OPERATIONS = (alerts, alert, alert_answer, subscriptions)
