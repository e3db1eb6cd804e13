"""
The life of alerts: a plan is compared with what was planned before, and every difference becomes a step that is told.

PENDING rows are invisible to teams; RAISED ones have been seen, so they are superseded or cancelled with a correction
(rules R6 to R8). One key per person, kind, episode, stage, team; a new planning date makes a new version.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from hub.core.calendar import HOUR
from hub.core.events import AlertChange
from hub.core.identity import alert_id, identity
from hub.core.person import Alert, Person, Planned
from hub.core.release import Due, Plan
from hub.core.rules import Rules

SEEN = frozenset({"RAISED", "ACKNOWLEDGED", "ESCALATED"})
Refused = Callable[[Alert, int], str | None]


class Life:
    """
    One person's alerts while one event is applied: *steps* lists each change in order, *now* is the event's instant.

    *refused* asks the agreements whether an alert may be disclosed now, and answers the reason if not (promise P5).
    """

    def __init__(self, person: Person, rules: Rules, now: int, refused: Refused) -> None:
        self.alerts = dict(person.alerts)
        self.plans = dict(person.plans)
        self.raised = dict.fromkeys(person.raised)
        self.rules = rules
        self.now = now
        self.today = rules.calendar.local_date(now)
        self.steps: list[tuple[Alert, int]] = []
        self._refused = refused

    def live(self, plan: str) -> dict[str, Alert]:
        """The rows of *plan* that are not yet final, by key."""
        return {key: alert for key, alert in self.alerts.items() if key.startswith(plan + "/")}

    def put(self, key: str, alert: Alert) -> None:
        """Record the step, and keep the row unless its state is final."""
        self.steps.append((alert, self.now))
        if alert.state == "PENDING" or alert.state in SEEN:
            self.alerts[key] = alert
        else:
            self.alerts.pop(key, None)

    def tell(self, key: str, alert: Alert) -> None:
        """Raise *alert* to its team, or record why it is suppressed."""
        raised = replace(alert, state="RAISED", urgency=urgency(alert, self.today, self.rules))
        reason = self._refused(raised, self.now)
        if reason is not None:
            self.put(key, replace(raised, state="SUPPRESSED", urgency=None, reason=reason))
            return
        self.raised[credit(alert)] = None
        self.put(key, raised)

    def into(self, person: Person) -> Person:
        """The person with these alerts."""
        return replace(person, alerts=self.alerts, plans=self.plans, raised=tuple(self.raised))


def credit(alert: Alert) -> str:
    """The name under which a stage, once raised in an episode, is remembered whatever its version."""
    return f"{alert.kind}/{alert.episode}/{alert.stage}/{alert.team}"


def urgency(alert: Alert, today: date, rules: Rules) -> str:
    """IMMEDIATE, URGENT, HIGH, SOON or ROUTINE, by days to the planning date when raised (section 2.7)."""
    if alert.stage == "T0U":
        return "IMMEDIATE"
    if alert.kind == "CORRECTION" and alert.urgency:
        return alert.urgency
    days = (alert.basis - today).days if alert.basis else 0
    if alert.kind == "RELEASE" and days <= rules.limits["urgent_days"]:
        return "URGENT"
    return "HIGH" if days <= rules.limits["high_days"] else "SOON" if days <= rules.limits["soon_days"] else "ROUTINE"


def reconcile(life: Life, name: str, episode: int, plan: Plan | None, reason: str) -> None:
    """
    Bring the rows of the plan called *name* to *plan*; *reason* is told if there is no plan, or the date has moved.
    """
    held = life.plans.get(name)
    if plan is None:
        if held is not None and held.basis is not None:
            cancel(life, name, reason or "NOT_ELIGIBLE", "CANCEL")
        return
    if held is not None and held.basis == plan.basis:
        _adjust(life, name, episode, held.version, plan)
        return
    told: set[str] = set()
    if held is not None:
        told = supersede(life, name)
    version = 1 if held is None else held.version + 1
    before = held.told if held is not None else None
    life.plans[name] = Planned(version, plan.basis, before or plan.basis)
    later = before is not None and plan.basis > before
    for dues in _by_team(plan.dues).values():
        _lay_out(life, name, episode, version, plan, dues, later)
    if held is not None and held.basis is not None:
        _date_moved(life, name, episode, version, plan, held.basis, told, reason)


def supersede(life: Life, name: str) -> set[str]:
    """End every living row of a plan whose date moved: PENDING silently; the teams that had seen one are returned."""
    told = set()
    for key, alert in life.live(name).items():
        if alert.state in SEEN:
            told.add(alert.team)
        life.put(key, replace(alert, state="SUPERSEDED", was=_was(alert), urgency=None))
    return told


def cancel(life: Life, name: str, reason: str, notice: str) -> None:
    """End every living row of a plan that will not happen; each team that had seen one gets one *notice*."""
    held = life.plans[name]
    seen: dict[str, Alert] = {}
    for key, alert in life.live(name).items():
        if alert.state in SEEN:
            seen[alert.team] = max(alert, seen.get(alert.team, alert), key=lambda row: row.urgency == "IMMEDIATE")
        life.put(key, replace(alert, state="CANCELLED", was=_was(alert), reason=reason, urgency=None))
    for key in [key for key in life.alerts if key.startswith(f"CORRECTION:{name}/")]:
        life.put(key, replace(life.alerts[key], state="CANCELLED", was="PENDING", reason=reason))
    for team, alert in seen.items():
        correct(life, name, notice, team, alert.episode, held.version, alert.basis, urgent=alert.urgency)
    life.plans[name] = Planned(held.version, None, None)


def correct(
    life: Life,
    name: str,
    stage: str,
    team: str,
    episode: int,
    version: int,
    basis: date | None,
    reason: str | None = None,
    wait: int = 0,
    urgent: str | None = None,
) -> None:
    """Tell *team* that something it had seen has changed, after *wait* microseconds (rule R7) or at once."""
    grave = urgent if urgent in {"IMMEDIATE", "URGENT"} else None
    made = Alert(
        "CORRECTION",
        episode,
        stage,
        team,
        version,
        "PENDING",
        None,
        life.now + wait,
        "R6",
        stage,
        basis,
        urgency=grave,
        reason=reason,
    )
    key = f"CORRECTION:{name}/{stage}/{team}"
    if wait:
        life.put(key, replace(made, urgency=None))
    else:
        life.tell(key, made)
        life.alerts.pop(key, None)


def _date_moved(
    life: Life, name: str, episode: int, version: int, plan: Plan, old: date, told: set[str], reason: str
) -> None:
    held = life.plans[name]
    waiting = {
        alert.team: alert for key, alert in life.alerts.items() if key.startswith(f"CORRECTION:{name}/DATE_MOVED/")
    }
    for key, alert in list(life.alerts.items()):
        if key.startswith(f"CORRECTION:{name}/DATE_MOVED/"):
            life.put(key, replace(alert, state="SUPERSEDED", was="PENDING"))
    origin = held.told if waiting and held.told else old
    near = min(abs((day - life.today).days) for day in (origin, plan.basis))
    waits = plan.kind == "RELEASE" and near > life.rules.limits["debounce_days"]
    words = reason or ("DATE_EARLIER" if plan.basis < origin else "DATE_LATER")
    for team in sorted(told | set(waiting)):
        if plan.basis != origin:
            wait = waiting[team].due_at - life.now if team in waiting else life.rules.limits["debounce_hours"] * HOUR
            correct(life, name, "DATE_MOVED", team, episode, version, plan.basis, words, wait if waits else 0)
    life.plans[name] = Planned(version, plan.basis, origin if waits and (told or waiting) else plan.basis)


def _by_team(dues: Iterable[Due]) -> dict[str, list[Due]]:
    teams: dict[str, list[Due]] = {}
    for due in sorted(dues, key=lambda due: due.at):
        teams.setdefault(due.team, []).append(due)
    return teams


def _adjust(life: Life, name: str, episode: int, version: int, plan: Plan) -> None:
    """
    The date stands but the teams may differ: lay out the new ones, let go of pending rows of those no longer routed.
    """
    wanted = _by_team(plan.dues)
    held = {alert.team for alert in life.live(name).values()}
    known = held | {mark.rsplit("/", 1)[1] for mark in life.raised if mark.startswith(f"{plan.kind}/{episode}/")}
    for team, dues in wanted.items():
        if team not in known:
            _lay_out(life, name, episode, version, plan, dues, later=False)
    for key, alert in life.live(name).items():
        if alert.team not in wanted and alert.state == "PENDING":
            life.put(key, replace(alert, state="CANCELLED", was="PENDING", reason="NOT_ROUTED"))


def _lay_out(life: Life, name: str, episode: int, version: int, plan: Plan, dues: list[Due], later: bool) -> None:
    """One team's stages: missed ones are skipped but for the latest, which is raised now unless credited (rule R8)."""
    missed = [due for due in dues if due.on is not None and due.on < life.today]
    absorbed = any(due.on == life.today for due in dues)
    for due in dues:
        key = f"{name}/{due.stage.name}/{due.team}"
        row = _row(plan, episode, version, due)
        was_raised = credit(row) in life.raised
        if due in missed:
            if due is missed[-1] and not absorbed and not was_raised:
                life.tell(key, replace(row, due_on=None, due_at=life.now, catch_up=True))
            else:
                life.put(key, replace(row, state="SKIPPED"))
        elif was_raised and (due.on == life.today or (later and not due.stage.rearms)):
            life.put(key, replace(row, state="SKIPPED"))
        elif due.at <= life.now:
            life.tell(key, row)
        else:
            life.put(key, row)


def _row(plan: Plan, episode: int, version: int, due: Due) -> Alert:
    return Alert(
        plan.kind,
        episode,
        due.stage.name,
        due.team,
        version,
        "PENDING",
        due.on,
        due.at,
        due.stage.rule,
        due.stage.action,
        plan.basis,
    )


def _was(alert: Alert) -> str:
    return "RAISED" if alert.state in SEEN else alert.state


def fire(life: Life, key: str) -> None:
    """A pending row has fallen due: tell its team; a correction is told once and then over."""
    life.tell(key, life.alerts[key])
    if key.startswith("CORRECTION:"):
        life.alerts.pop(key, None)


def next_due(person: Person) -> tuple[int, str] | None:
    """When and which pending row of *person* falls due next, earliest first, ties by key."""
    return min(((alert.due_at, key) for key, alert in person.alerts.items() if alert.state == "PENDING"), default=None)


def changes(life: Life, handle: str) -> Iterable[AlertChange]:
    """Every step taken, as the audit trail keeps it."""
    for number, (alert, at) in enumerate(life.steps):
        yield AlertChange(
            identity("change", handle, f"{alert_id(handle, alert)}/{alert.state}/{at}/{number}"),
            alert_id(handle, alert),
            handle,
            alert.kind,
            alert.episode,
            alert.stage,
            alert.team,
            alert.version,
            alert.state,
            alert.was,
            alert.due_on,
            alert.due_at,
            at,
            alert.catch_up,
            alert.urgency,
            alert.reason,
            alert.rule,
            alert.basis,
        )
