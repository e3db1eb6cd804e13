"""
Planning: which event changes which plan, and what that asks of the alerts.

Both kinds of plan are functions of the person's facts as they are now; an acknowledgement, a death and a transfer have
words of their own.
"""

from dataclasses import replace

from hub.core import release, transition
from hub.core.alerts import Life, cancel, correct, reconcile, supersede
from hub.core.events import Event
from hub.core.identity import alert_id
from hub.core.person import Person, Planned, View, view
from hub.core.release import Plan
from hub.core.rules import Rules


def new_episode(before: Person, person: Person, event: Event, rules: Rules) -> Person:
    """A return to custody after a release opens a new episode (rule R9), to which no credit is carried over."""
    freed = release.actual_release(view(before), before.plans.get(f"RELEASE/{before.episode}"), rules)
    if event.type != "person.received" or not freed or release.actual_release(view(person), None, rules):
        return person
    old = f"RELEASE/{person.episode}/"
    raised = tuple(mark for mark in person.raised if not mark.startswith(old))
    return replace(person, episode=person.episode + 1, raised=raised)


def take(life: Life, handle: str, episode: int, seen: View, event: Event) -> None:
    """Let *event*, whose facts *seen* already holds, take its effect on the alerts."""
    if event.type == "alert.ack":
        _acknowledge(life, handle, event)
    elif event.type == "person.died":
        _close(life)
    else:
        plan(life, episode, seen, REASONS.get(event.type, ""))
        if event.type == "person.received" and event.fields.get("reason") == "TRANSFERRED":
            _contact_changed(life, f"RELEASE/{episode}", episode)


REASONS = {"person.dob_corrected": "DOB_CORRECTED", "person.erased": "ERASED"}


def plan(life: Life, episode: int, seen: View, why: str) -> None:
    """
    Both kinds of plan on the person's facts as they are now; *why* says what moved them, where a rule has a word for
    it.
    """
    _release(life, episode, seen, why if why in {"WRONG_PERSON", "ERASED"} else "")
    reconcile(life, "TRANSITION/1", 1, transition.plan(seen, life.now, life.rules), why)


def _release(life: Life, episode: int, seen: View, why: str) -> None:
    """The planned release of this episode, and beside it the actual one where the plan does not explain it."""
    rules, name, actual = life.rules, f"RELEASE/{episode}", f"RELEASED/{episode}"
    held, stop = life.plans.get(name), release.stopped(seen)
    freed = None if stop else release.actual_release(seen, held, rules)
    for old in [plan for plan in life.plans if plan.startswith("RELEASE") and not plan.endswith(f"/{episode}")]:
        _forget(life, old)
    if freed is not None and not (held is not None and held.basis == freed.on and actual not in life.plans):
        made = release.unplanned(seen, freed, rules)
        spent = life.plans.get(actual, Planned(0, None, None))
        if held is not None and not freed.unreconciled and spent.basis is None:
            _overtaken(life, name, episode, held, made)
            # Another version than any of the plan's, so that no two alerts are the same one (R6).
            life.plans[actual] = replace(spent, version=max(held.version, spent.version))
        reconcile(life, actual, episode, made, "")
        return
    told = reconcile(life, actual, episode, None, why or "RELEASE_UNRECONCILED")
    if held is not None and actual in life.plans:
        life.plans[name] = replace(held, version=max(held.version, life.plans[actual].version))
    planned = release.plan(seen, rules) if stop is None and freed is None else None
    if freed is None:
        reconcile(life, name, episode, planned, why or stop or ("NO_RELEASE_DATE" if planned is None else ""), told)


def _overtaken(life: Life, name: str, episode: int, held: Planned, made: Plan) -> None:
    """
    The release came on another day than planned: teams that it tells know, the others who had been told learn it now.
    """
    at_once = {due.team for due in made.dues if due.on is None}
    words = "DATE_EARLIER" if held.basis is None or made.basis < held.basis else "DATE_LATER"
    supersede(life, name)
    for team in sorted(set(held.knows) - at_once):
        correct(life, name, "DATE_MOVED", team, episode, held.version, made.basis, words)
    life.plans[name] = Planned(held.version, None, None)


def _forget(life: Life, name: str) -> None:
    for key, alert in life.live(name).items():
        if alert.state == "PENDING":
            life.put(key, replace(alert, state="CANCELLED", was="PENDING", reason="EPISODE_CLOSED"))
        else:
            life.alerts.pop(key)
    life.plans.pop(name)


def _contact_changed(life: Life, name: str, episode: int) -> None:
    """The leads who know of the plan learn that another prison is now the contact (section 2.2)."""
    held = life.plans.get(name)
    for team in ("PROB", "YJS"):
        if held is not None and team in held.knows:
            correct(life, name, "CONTACT_CHANGED", team, episode, held.version, held.basis)


def _close(life: Life) -> None:
    """A death: everything ends, and one notice a team says not to contact, without a cause (section 2.2)."""
    told: frozenset[str] = frozenset()
    for name in list(life.plans):
        told = cancel(life, name, int(name.partition("/")[2]), "EPISODE_CLOSED", "CLOSE_DO_NOT_CONTACT", told)


def _acknowledge(life: Life, handle: str, event: Event) -> None:
    """A team takes an alert on: named by its id, or by its own stage when the team's system sends no id."""
    asked, stage = event.fields.get("alert"), event.fields.get("stage")
    for key, alert in list(life.alerts.items()):
        named = asked == alert_id(handle, alert) if asked else (alert.stage, alert.team) == (stage, event.agency)
        if named and alert.state == "RAISED":
            life.put(key, replace(alert, state="ACKNOWLEDGED", was="RAISED", reason=_answer(event)))


def _answer(event: Event) -> str:
    answer = event.fields.get("answer")
    return answer if isinstance(answer, str) and answer in {"NOT_OURS", "ALREADY_HELD"} else "ACCEPTED"
