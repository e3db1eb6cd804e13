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
from hub.core.marks import kind_of, passed
from hub.core.person import Alert, Person, Planned
from hub.core.release import Due, Plan
from hub.core.rules import Rules

GRAVE = ("ROUTINE", "SOON", "HIGH", "URGENT", "IMMEDIATE")
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
        self.again = person.again
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
        if reason == "BUNDLE_EXPIRED":  # nobody may be told now, but the alert is still owed
            self.put(key, replace(alert, urgency=None))
            return
        self.raised.update(dict.fromkeys(passed(alert)))
        if reason is not None:
            self.put(key, replace(raised, state="SUPPRESSED", urgency=None, reason=reason))
            return
        self.raised[credit(alert)] = None
        self.put(key, raised)
        name = key.rsplit("/", 2)[0]
        if name in self.plans and alert.team not in self.plans[name].knows:
            self.plans[name] = replace(self.plans[name], knows=(*self.plans[name].knows, alert.team))
        self._copy(name, raised)

    def _copy(self, name: str, raised: Alert) -> None:
        """Tell those who get a copy: a notice each and no row, but the plan keeps that they know."""
        for copy in raised.copies:
            team, _, action = copy.partition("/")
            if self.inform(replace(raised, team=team, action=action, copies=(), owner=raised.team)) is None:
                plan = self.plans[name]
                self.plans[name] = replace(plan, copied=tuple(sorted({*plan.copied, team})))

    def inform(self, copy: Alert) -> str | None:
        """Send a copy of an alert, or answer why it may not be sent."""
        return self._refused(copy, self.now)

    def plan_again(self, at: int) -> None:
        """Plan once more at the instant *at*, or before, if that is called for sooner."""
        self.again = at if self.again is None else min(self.again, at)

    def into(self, person: Person, rules: str) -> Person:
        """The person with these alerts, as of now, planned under *rules*."""
        raised = tuple(self.raised)
        return replace(
            person, alerts=self.alerts, plans=self.plans, raised=raised, again=self.again, clock=self.now, rules=rules
        )


def credit(alert: Alert) -> str:
    """The name under which a stage, once raised in an episode, is remembered whatever its version."""
    return f"{alert.kind}/{alert.episode}/{alert.stage}/{alert.team}"


def urgency(alert: Alert, today: date, rules: Rules) -> str:
    """IMMEDIATE, URGENT, HIGH, SOON or ROUTINE, by days to the planning date when raised (section 2.7)."""
    if alert.stage == "T0U":
        return "IMMEDIATE"
    if alert.kind == "CORRECTION" and alert.urgency:
        return alert.urgency
    if alert.kind == "CLIFF_EDGE" and (own := rules.cliff[alert.stage].urgency) is not None:
        return own
    days = (alert.basis - today).days if alert.basis else 0
    if alert.kind == "RELEASE" and days <= rules.limits.urgent_days:
        return "URGENT"
    return "HIGH" if days <= rules.limits.high_days else "SOON" if days <= rules.limits.soon_days else "ROUTINE"


def reconcile(
    life: Life, name: str, episode: int, plan: Plan | None, reason: str, told: frozenset[str] = frozenset()
) -> frozenset[str]:
    """
    Bring the rows of the plan called *name* to *plan*; *reason* is told if there is no plan, or the date has moved.

    Teams in *told* have heard at this moment that something ended; the answer adds those who hear it now.
    """
    held = life.plans.get(name)
    if plan is None:
        if held is None or held.basis is None:
            return told
        return cancel(life, name, episode, reason or "NOT_ELIGIBLE", "CANCEL", told)
    if held is not None and held.basis == plan.basis:
        _adjust(life, name, episode, plan)
        _amend(life, name, episode, plan)
    else:
        _replan(life, name, episode, held, plan, reason)
    return told


def _replan(life: Life, name: str, episode: int, held: Planned | None, plan: Plan, reason: str) -> None:
    """A new date: a new version of every row, and a correction for the teams that know of the old one."""
    supersede(life, name)
    old = held or Planned(0, None, None)
    wanted = _by_team(plan.dues)
    made = Planned(old.version + 1, plan.basis, old.told or plan.basis, old.knows, tuple(wanted), (), life.rules.hash)
    life.plans[name] = made
    later = old.told is not None and plan.basis > old.told
    for dues in wanted.values():
        _lay_out(life, name, episode, made.version, plan, dues, later)
    if old.basis is not None:
        _date_moved(life, name, episode, plan, old, reason)


def supersede(life: Life, name: str) -> None:
    """End every living row of a plan whose date moved; who knows of it is told otherwise."""
    for key, alert in life.live(name).items():
        life.put(key, replace(alert, state="SUPERSEDED", was=_was(alert), urgency=None))


def cancel(
    life: Life, name: str, episode: int, reason: str, notice: str, told: frozenset[str] = frozenset()
) -> frozenset[str]:
    """
    End every living row of a plan that will not happen; each team that knows of it gets one *notice*.

    Teams in *told* have had theirs; the answer adds those who get one now.
    """
    held = life.plans[name]
    grave: dict[str, str | None] = {}
    for key, alert in (life.live(name) | life.live(f"CORRECTION:{name}")).items():
        if alert.state in SEEN and grave.get(alert.team) != "IMMEDIATE":
            grave[alert.team] = alert.urgency
        life.put(key, replace(alert, state="CANCELLED", was=_was(alert), reason=reason, urgency=None))
    for team in held.knows:
        if team not in told:
            correct(life, name, notice, team, episode, held.version, held.basis, urgent=grave.get(team))
    for team in held.copied:
        if team not in told and team not in held.knows:
            urgent = max((word for word in grave.values() if word), key=GRAVE.index, default=None)
            correct(life, name, notice, team, episode, held.version, held.basis, urgent=urgent, copy=True)
    _discredit(life, name, episode, held.knows)
    life.plans[name] = Planned(held.version, None, None)
    return told | set(held.knows) | set(held.copied)


def _discredit(life: Life, name: str, episode: int, teams: Iterable[str]) -> None:
    """Who was told that nothing comes of it must be told anew if something does: no stage counts as raised any more."""
    kind = kind_of(name)
    for mark in list(life.raised):
        if mark.startswith(f"{kind}/{episode}/") and mark.rsplit("/", 1)[1] in teams:
            del life.raised[mark]


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
    copy: bool = False,
    services: tuple[str, ...] = (),
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
        about=kind_of(name),
        services=services,
    )
    if copy:
        life.inform(replace(made, state="RAISED", urgency=urgency(made, life.today, life.rules), owner=name))
        return
    key = f"CORRECTION:{name}/{stage}/{team}"
    if wait:
        life.put(key, replace(made, urgency=None))
    else:
        _tell_once(life, key, made)


def _date_moved(life: Life, name: str, episode: int, plan: Plan, old: Planned, reason: str) -> None:
    """Tell the net change only, and not at once while it is far away (rules R6 and R7)."""
    waiting = {alert.team: alert for alert in life.live(f"CORRECTION:{name}").values()}
    for team, alert in waiting.items():
        life.put(f"CORRECTION:{name}/DATE_MOVED/{team}", replace(alert, state="SUPERSEDED", was="PENDING"))
    believed = old.told if waiting and old.told else old.basis or plan.basis
    near = min(abs((day - life.today).days) for day in (believed, plan.basis))
    waits = plan.kind == "RELEASE" and near > life.rules.limits.debounce_days and bool(old.knows)
    words = reason or ("DATE_EARLIER" if plan.basis < believed else "DATE_LATER")
    made = life.plans[name]
    for team in sorted(old.knows) if plan.basis != believed else ():
        full = life.rules.limits.debounce_hours * HOUR
        left = waiting[team].due_at - life.now if team in waiting else full
        correct(life, name, "DATE_MOVED", team, episode, made.version, plan.basis, words, left if waits else 0)
    life.plans[name] = replace(made, told=believed if waits else plan.basis)


def _by_team(dues: Iterable[Due]) -> dict[str, list[Due]]:
    teams: dict[str, list[Due]] = {}
    for due in sorted(dues, key=lambda due: due.at):
        teams.setdefault(due.team, []).append(due)
    return teams


def _adjust(life: Life, name: str, episode: int, plan: Plan) -> None:
    """
    The date stands but the teams may differ: lay out the new ones, let go of pending rows of those no longer routed.
    """
    wanted, held = _by_team(plan.dues), life.plans[name]
    new = [team for team in wanted if team not in held.teams]
    version = held.version + any(
        team in held.dropped for team in new
    )  # a row that was let go never comes back as itself
    gone = [team for team in held.teams if team not in wanted]
    dropped = {*held.dropped, *gone}.difference(new)
    teams = (*(team for team in held.teams if team in wanted), *new)
    life.plans[name] = replace(held, version=version, teams=teams, dropped=tuple(sorted(dropped)))
    for team in new:
        _lay_out(life, name, episode, version, plan, wanted[team], later=False)
    for key, alert in life.live(name).items():
        if alert.team in gone and alert.state == "PENDING":
            life.put(key, replace(alert, state="CANCELLED", was="PENDING", reason="NOT_ROUTED"))


def extend(life: Life, name: str, episode: int, plan: Plan) -> None:
    """Lay out the dated rows of *plan* beside those told at once."""
    version = life.plans[name].version
    for dues in _by_team(due for due in plan.dues if due.on is not None).values():
        _lay_out(life, name, episode, version, plan, dues, later=False)


def _amend(life: Life, name: str, episode: int, plan: Plan) -> None:
    """New rules may move the stages although the date stands: then every row gets a new version, and nobody is told."""
    held = life.plans[name]
    if held.rules == life.rules.hash:
        return
    life.plans[name] = replace(held, rules=life.rules.hash)
    pending = {(a.stage, a.team, a.due_at) for a in life.live(name).values() if a.state == "PENDING"}
    wanted = {(d.stage.name, d.team, d.at) for d in plan.dues if d.at > life.now}
    if held.rules and pending != {
        row for row in wanted if f"{plan.kind}/{episode}/{row[0]}/{row[1]}" not in life.raised
    }:
        supersede(life, name)
        life.plans[name] = replace(life.plans[name], version=held.version + 1)
        for dues in _by_team(plan.dues).values():
            _lay_out(life, name, episode, held.version + 1, plan, dues, later=True)


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
    """A pending row has fallen due: tell its team."""
    if key.startswith("CORRECTION:"):
        _tell_once(life, key, life.alerts[key])
    else:
        life.tell(key, life.alerts[key])


def _tell_once(life: Life, key: str, alert: Alert) -> None:
    """A correction is told and then over, unless it could not be told yet."""
    life.tell(key, alert)
    if key in life.alerts and life.alerts[key].state != "PENDING":
        del life.alerts[key]


def next_due(person: Person) -> tuple[int, str] | None:
    """When and which pending row of *person* falls due next, earliest first, ties by key; "" is to plan once more."""
    rows = [(alert.due_at, key) for key, alert in person.alerts.items() if alert.state == "PENDING"]
    return min(rows if person.again is None else [*rows, (person.again, "")], default=None)


def falls_due(person: Person) -> int | None:
    """The instant at which *person*'s next pending row is told: its own, or the person's clock where that is later."""
    due = next_due(person)
    return None if due is None else max(due[0], person.clock)


def changes(life: Life, handle: str) -> Iterable[AlertChange]:
    """Every step taken, as the audit trail keeps it."""
    for number, (alert, at) in enumerate(life.steps):
        mark = alert_id(handle, alert)
        yield AlertChange(
            identity("change", handle, f"{mark}/{alert.state}/{at}/{number}"),
            mark,
            handle,
            alert.kind,
            alert.about,
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
