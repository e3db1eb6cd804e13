"""
What becomes of an alert once its team has it: answers, levels above, repeats, and its end (section 2.7).

To accept is not to have done: what a stage says must be confirmed is told again until it is. An alert is over when what
it asked for has happened, or when its date lies as far back as history begins.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from hub.core import release
from hub.core.alerts import fire
from hub.core.debounce import SHELF
from hub.core.events import Event
from hub.core.identity import alert_id
from hub.core.life import LIVING, SEEN, Life
from hub.core.person import Alert
from hub.core.rest import NEVER
from hub.core.rules import LEAD
from hub.core.services import handed_over
from hub.core.view import View

ANSWERS = frozenset({"ACCEPTED", "NOT_OURS", "ALREADY_HELD"})
NOT_OURS, OTHER, DONE = "NOT_OURS", "OTHER", "DONE"
HAPPENED: Mapping[str, Callable[[Life, View, Alert], bool]] = {
    "appointment.attended": lambda life, seen, alert: (
        alert.basis is not None and release.attended(seen, alert.basis, life.rules)
    ),
    "accommodation.confirmed": lambda life, seen, alert: seen.at("accommodation.confirmed") > seen.last("admission"),
    "referral.accepted": lambda life, seen, alert: handed_over(seen, alert.team, life.today, life.rules),
}


def call(life: Life, key: str, seen: View) -> None:
    """The row *key* calls: to be told, or a level up, or once more; unless what it asks for has happened."""
    alert = life.alerts[key]
    if alert.state == "PENDING":
        if _needless(life, alert, seen):
            life.put(key, alert._replace(state="SKIPPED", reason=DONE))
        else:
            fire(life, key)
    elif _done(life, alert, seen):
        end(life, key, DONE)
    elif alert.rings and (alert.again_at is None or alert.rings[0] <= alert.again_at):
        _escalate(life, key, alert)
    else:
        _repeat(life, key, alert)


def _needless(life: Life, alert: Alert, seen: View) -> bool:
    stage = life.rules.stage(alert.kind, alert.stage)
    return stage is not None and stage.unless is not None and HAPPENED[stage.unless](life, seen, alert)


def _done(life: Life, alert: Alert, seen: View) -> bool:
    stage = life.rules.stage(alert.kind, alert.stage)
    repeats = None if stage is None else stage.repeats
    confirmed = repeats is not None and alert.team in repeats.teams and HAPPENED[repeats.until](life, seen, alert)
    return confirmed or _needless(life, alert, seen)


def _escalate(life: Life, key: str, alert: Alert) -> None:
    """Nobody answered: one more person hears. Where the team may no longer be told, the clock stops instead."""
    higher = alert._replace(state="ESCALATED", was=_was(alert), level=alert.level + 1, rings=alert.rings[1:])
    desk = life.desk(higher)
    reason = life.agreements.tell(desk or higher)
    life.put(key, higher if reason is None or desk else alert._replace(rings=(), was=_was(alert), reason=reason))


def _repeat(life: Life, key: str, alert: Alert) -> None:
    """The team itself is told once more; where it may not be, never again."""
    again = alert._replace(again_at=life.again_at(alert), repeats=alert.repeats + 1, was=_was(alert))
    reason = life.agreements.tell(again._replace(level=0))
    life.put(key, again if reason is None else alert._replace(again_at=None, was=_was(alert), reason=reason))


def _was(alert: Alert) -> str | None:
    return alert.state if alert.state in SEEN else alert.was


def acknowledge(life: Life, handle: str, event: Event) -> None:
    """
    A team answers its alert, named by its id, or by its stage when the team's system sends no id; the clock stops.

    Anything but one of the three answers (that it was opened, say) is none, and so are a second one and another team's.
    A stage that fell due only after the answer was given is not what it answered.
    """
    answer, told = event.fields.get("answer", "ACCEPTED"), event.fields.get("reason")
    if not isinstance(answer, str) or answer not in ANSWERS:
        return
    reason = None
    if answer == NOT_OURS:
        reason = told if isinstance(told, str) and told in life.rules.clocks.not_ours else OTHER
    asked, stage = event.fields.get("alert"), event.fields.get("stage")
    for key, alert in list(life.alerts.items()):
        named = asked == alert_id(handle, alert) if asked else alert.stage == stage and alert.due_at <= event.at
        state = alert.was if key.startswith(SHELF) else alert.state
        if named and alert.team == event.agency and state in {"RAISED", "ESCALATED"}:
            again = None if answer == NOT_OURS else alert.again_at
            _answered(life, key, alert._replace(answer=answer, reason=reason, rings=(), again_at=again))


def _answered(life: Life, key: str, alert: Alert) -> None:
    if key.startswith(SHELF):  # the team has not heard that the date moved, and it may still move back
        life.alerts[key] = alert._replace(was="ACKNOWLEDGED")
        return
    life.put(key, alert._replace(state="ACKNOWLEDGED", was="RAISED"))
    if alert.answer == NOT_OURS and alert.stage != NOT_OURS:
        _nobodys(life, key, alert)


def _nobodys(life: Life, key: str, alert: Alert) -> None:
    """When all whom a stage concerns say that it is not theirs, that is a cliff edge: the duty desk and leads hear."""
    name, stage = key.rsplit("/", 2)[0], alert.stage
    told = [other for other in life.live(name).values() if other.stage == stage]
    duty = life.rules.clocks.addressees[-1]
    mark = f"{name}/{NOT_OURS}:{stage}/{duty}"
    if mark in life.alerts or any(other.answer != NOT_OURS for other in told):
        return
    grave = life.rules.clocks.gravest(other.urgency for other in told)
    made = (alert.episode, NOT_OURS, duty, alert.version, "PENDING", None, life.now, "C-NOT-OURS", "FIND_A_TEAM")
    life.tell(mark, Alert("CLIFF_EDGE", *made, alert.basis, urgency=grave, about=stage))
    raised, held = life.alerts.get(mark), life.plans.get(name)
    if raised is not None and held is not None:
        for lead in LEAD:
            if lead in held.knows:
                life.agreements.tell(raised._replace(team=lead, owner=duty))


def close(life: Life, seen: View, heard: bool) -> None:
    """
    End the alerts whose date is history, and come back when the next ones will be.

    Those whose work is done end when something is *heard*; as time passes, each when it calls.
    """
    if not life.alerts:
        return
    history = timedelta(days=life.rules.limits.history_days)
    past, confirmed = life.today - history, heard and not HAPPENED.keys().isdisjoint(seen.facts)
    days = []
    for key, alert in list(life.alerts.items()):
        if alert.state in LIVING:
            day = alert.basis or life.rules.calendar.local_date(alert.due_at)
            if day <= past:
                _history(life, key, alert)
            elif confirmed and alert.state in SEEN and _done(life, alert, seen):
                end(life, key, DONE)
            else:
                days.append(day)
    if days:
        life.plan_again(life.rules.calendar.instant(min(days) + history, 9))


def _history(life: Life, key: str, alert: Alert) -> None:
    """Of what lies so far back the team that saw it hears no more; a row that still rested never falls due."""
    if alert.due_at == NEVER:
        life.put(key, alert._replace(state="CANCELLED", was="PENDING", reason="EPISODE_CLOSED"))
    elif alert.state in SEEN:
        end(life, key, None)


def end(life: Life, key: str, reason: str | None) -> None:
    """An alert is over, and nobody needs to hear of it: one that its team has seen is closed, another one cancelled."""
    alert = life.alerts[key]
    state = "CLOSED" if alert.state in SEEN else "CANCELLED"
    life.put(key, alert._replace(state=state, was=alert.state, reason=reason))
