"""One person's alerts while one event is applied: what stands, what is told, and every step that is taken."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from hub.core.events import AlertChange
from hub.core.identity import alert_id, identity
from hub.core.marks import passed
from hub.core.person import Alert, Person, Planned
from hub.core.rules import Rules

SEEN = frozenset({"RAISED", "ACKNOWLEDGED", "ESCALATED"})
LIVING = SEEN | {"PENDING"}
OVER = "NOTHING_MORE_TO_DO"  # what a copy's reader is told when its alert was answered, or has ended


class Agreements(Protocol):
    """What the agreements are asked about one person's alerts at one instant (promise P5)."""

    def tell(self, alert: Alert, teams: Iterable[str] = ()) -> str | None:
        """Tell *alert*, or a copy of one, whose plan concerns *teams*; or answer why it may not be told."""

    def withheld(self, kind: str, team: str) -> str | None:
        """Why *team* could not be told an alert of *kind* now, without a word to anybody; None if it could."""

    def closed(self, kind: str) -> frozenset[str]:
        """The teams that may not have alerts of *kind*, and from which the consent they need was withdrawn."""


class Life:
    """One person's alerts while one event is applied: *steps* lists each change in order, *now* is the instant."""

    def __init__(self, person: Person, rules: Rules, now: int, agreements: Agreements) -> None:
        self.alerts = dict(person.alerts)
        self.plans = dict(person.plans)
        self.raised = dict(person.raised)
        self.again = person.again
        self.rules = rules
        self.now = now
        self.today = rules.calendar.local_date(now)
        self.steps: list[tuple[Alert, int]] = []
        self.agreements = agreements

    def live(self, plan: str) -> dict[str, Alert]:
        """The rows of *plan* that are not yet final, by key."""
        return {key: alert for key, alert in self.alerts.items() if key.startswith(plan + "/")}

    def put(self, key: str, alert: Alert) -> None:
        """Record the step, and keep the row unless its state is final; a copy's reader hears that it is over."""
        before = self.alerts.get(key)
        self.steps.append((alert, self.now))
        if alert.state in LIVING:
            self.alerts[key] = alert
        else:
            self.alerts.pop(key, None)
        if before is not None and before.state == "ESCALATED" and alert.state not in {"ESCALATED", "CLOSED"}:
            copy = self.desk(before)
            if copy:
                self.agreements.tell(copy._replace(action=OVER, level=before.level + 1))

    def desk(self, alert: Alert) -> Alert | None:
        """The copy of *alert* for the other team that hears at its level; None where its own team does."""
        told = self.rules.clocks.addressees[alert.level - 1]
        other = told in self.rules.teams and told != alert.team
        copy = alert._replace(kind="ESCALATION", team=told, about=alert.kind, owner=alert.team)
        return copy if other else None

    def tell(self, key: str, alert: Alert) -> None:
        """Raise *alert* to its team and start its clock, or record why it is suppressed."""
        name = key.rsplit("/", 2)[0]
        held = self.plans.get(name)
        grave = urgency(alert, self.today, self.rules)
        news = alert.changed or self._new(alert)
        raised = self._started(alert._replace(state="RAISED", urgency=grave, changed=news))
        reason = self.agreements.tell(raised, held.teams if held else ())
        if reason == "BUNDLE_EXPIRED":  # nobody may be told now, but the alert is still owed
            self.put(key, alert._replace(urgency=None))
            return
        self.raised.update(dict.fromkeys(passed(alert)))
        if reason is not None:
            self.put(key, alert._replace(state="SUPPRESSED", urgency=None, reason=reason))
            if held and reason == "NO_CONSENT":
                self.plans[name] = held._replace(muted=with_(held.muted, alert.team))
            return
        self.raised.update(dict.fromkeys((credit(alert), *passed(alert)), alert.basis))
        self.put(key, raised)
        if held:
            muted = without(held.muted, alert.team)
            last = saw(held, alert.team, alert.basis)
            self.plans[name] = held._replace(knows=with_(held.knows, alert.team), muted=muted, saw=last)
        self._copy(name, raised)

    def _copy(self, name: str, raised: Alert) -> None:
        """Tell those who get a copy: a notice each and no row, but the plan keeps that they know."""
        for copy in raised.copies:
            team, _, action = copy.partition("/")
            made = raised._replace(team=team, action=action, copies=(), owner=raised.team, changed=None, before=None)
            if self.agreements.tell(made) is None:
                plan = self.plans[name]
                self.plans[name] = plan._replace(copied=tuple(sorted({*plan.copied, team})))

    def _started(self, alert: Alert) -> Alert:
        """*alert* with its deadline and its levels from now on; a correction asks for no answer."""
        if alert.kind == "CORRECTION" or alert.urgency is None:
            return alert
        by, rings = self.rules.clocks.start(alert.urgency, alert.team, self.now, alert.basis, self.rules.calendar)
        return alert._replace(ack_by=by, rings=rings, again_at=self.again_at(alert))

    def again_at(self, alert: Alert) -> int | None:
        """When *alert*, told today, is told once more because to accept it is not yet to have done it; None: never."""
        stage = self.rules.stage(alert.kind, alert.stage)
        if stage is None or stage.repeats is None:
            return None
        day = stage.repeats.next_day(alert.team, self.today, alert.basis, self.rules.calendar)
        return None if day is None else self.rules.calendar.instant(day, stage.hour)

    def _new(self, alert: Alert) -> str | None:
        """Whether the team hears of this for the first time, or the first since it heard that nothing comes of it."""
        start, end = f"{alert.kind}/{alert.episode}/", f"/{alert.team}"
        known = alert.kind == "CORRECTION" or any(mark.startswith(start) and mark.endswith(end) for mark in self.raised)
        return None if known else "NEW_RECIPIENT"

    def plan_again(self, at: int) -> None:
        """Plan once more at the instant *at*, or before, if that is called for sooner."""
        self.again = at if self.again is None else min(self.again, at)

    def into(self, person: Person, rules: str) -> Person:
        """The person with these alerts, as of now, planned under *rules*."""
        alerts, plans, raised = self.alerts, self.plans, self.raised
        return person._replace(alerts=alerts, plans=plans, raised=raised, again=self.again, clock=self.now, rules=rules)


def saw(held: Planned, team: str, day: date | None) -> tuple[str, ...]:
    """
    Who was told last of another day than most, once *team* has been told of *day*.

    >>> settling = Planned(2, date(2026, 8, 5), date(2026, 9, 9), saw=("DWP/2026-08-05",))
    >>> saw(settling, "PROB", date(2026, 8, 5)), saw(settling, "DWP", date(2026, 9, 9))
    (('DWP/2026-08-05', 'PROB/2026-08-05'), ())
    """
    if day is None or (held.told == held.basis and not held.saw):
        return held.saw
    others = tuple(one for one in held.saw if not one.startswith(f"{team}/"))
    return others if day == held.told else (*others, f"{team}/{day}")


def with_(teams: tuple[str, ...], team: str) -> tuple[str, ...]:
    """*teams*, and *team* among them."""
    return teams if team in teams else (*teams, team)


def without(teams: tuple[str, ...], team: str) -> tuple[str, ...]:
    """*teams*, but for *team*."""
    return tuple(other for other in teams if other != team) if team in teams else teams


def was_of(alert: Alert) -> str:
    """What a row was before it ended: RAISED if its team had seen it, answered or not."""
    return "RAISED" if alert.state in SEEN else alert.state


def credit(alert: Alert) -> str:
    """The name under which a stage, once raised in an episode, is remembered whatever its version."""
    return f"{alert.kind}/{alert.episode}/{alert.stage}/{alert.team}"


def urgency(alert: Alert, today: date, rules: Rules) -> str:
    """
    By days to the planning date when raised (section 2.7), or what it was given.

    A CANCEL takes the graver of that of its days and that of the alert it withdraws.
    """
    days = (alert.basis - today).days if alert.basis else 0
    if alert.stage == "CANCEL":
        return rules.clocks.graver(rules.clocks.urgency(alert.about or "", days), alert.urgency)
    stage = rules.stage(alert.kind, alert.stage)
    own = alert.urgency or (stage.urgency if stage else None)
    return own or rules.clocks.urgency(alert.kind, days)


def changes(life: Life, handle: str) -> Iterable[AlertChange]:
    """Every step taken, as the audit trail keeps it."""
    for number, (alert, at) in enumerate(life.steps):
        mark = alert_id(handle, alert)
        yield AlertChange(
            identity("change", handle, f"{mark}/{alert.state}/{alert.level}/{alert.repeats}/{at}/{number}"),
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
            alert.answer,
            alert.ack_by,
            alert.level,
            alert.repeats,
        )
