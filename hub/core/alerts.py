"""
The life of alerts: a plan is compared with what was planned before, and every difference becomes a step that is told.

PENDING rows are invisible to teams; RAISED ones have been seen, so they are superseded or cancelled with a correction
(rules R6 to R8). One key per person, kind, episode, stage, team; a new planning date makes a new version.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from hub.core import debounce
from hub.core.calendar import HOUR
from hub.core.life import SEEN, Life, credit, urgency, was_of, without
from hub.core.marks import kind_of
from hub.core.person import Alert, Planned
from hub.core.release import Due, Plan

NOTICES = {"WRONG_PERSON": "WITHDRAWN_WRONG_PERSON", "DOB_CORRECTED": "CANCEL"}  # what those routed no longer are told

# The plans of one release, and beside which of them what was told of each counts.
BESIDE = {"RELEASE": ("RELEASED",), "RELEASED": ("RELEASE",), "HOSP": ("RELEASE", "RELEASED")}
OFF = frozenset({*NOTICES.values(), "CLOSE_DO_NOT_CONTACT"})  # what says that nothing comes of it


def reconcile(
    life: Life, name: str, episode: int, plan: Plan | None, reason: str, told: frozenset[str] = frozenset()
) -> frozenset[str]:
    """
    Bring the rows of the plan called *name* to *plan*; *reason* is told if there is no plan, or the date has moved.

    Teams in *told* have heard at this moment that something ended; the answer adds those who hear it now.
    """
    held = life.plans.get(name)
    if plan is None:
        if held is None or (held.basis is None and not held.knows):
            return told
        return cancel(life, name, episode, reason or "NOT_ELIGIBLE", NOTICES.get(reason, "CANCEL"), told)
    if held is not None and held.basis == plan.basis:
        adjust(life, name, episode, plan, reason)
        _amend(life, name, episode, plan)
        _reopen(life, name, episode, plan)
    elif held is not None and (held.basis or held.knows) and reason == "WRONG_PERSON":  # all of it was somebody else's
        told = cancel(life, name, episode, reason, NOTICES[reason], told)
        _replan(life, name, episode, life.plans[name], plan, "")
    else:
        _replan(life, name, episode, held, plan, reason)
    return told


def _replan(life: Life, name: str, episode: int, held: Planned | None, plan: Plan, reason: str) -> None:
    """
    A new date: a new version of every row, and a correction for the teams that know of the old one (R6 and R7).

    A release that is history by then has no rows any more, but the plan keeps whom it concerns.
    """
    old = held or Planned(0, None, None)
    seen = sorted((row for row in life.live(name).values() if row.state in SEEN), key=lambda row: row.due_at)
    moved = debounce.move(life, name, old, plan.kind, plan.basis)
    supersede(life, name, moved.back)
    wanted = _by_team(plan.dues)
    settling = moved.settles and bool(old.knows)
    told = moved.believed if settling else plan.basis
    others = {team: moved.believes(team) for team in old.knows} if settling else {}
    saw = tuple(f"{team}/{day}" for team, day in others.items() if day != told)
    dropped = tuple(sorted({*old.dropped, *old.teams}.difference(wanted))) if moved.back else ()
    muted = tuple(team for team in old.muted if moved.settles or team in moved.back)
    made = Planned(old.version + 1, plan.basis, told, old.knows, tuple(wanted), dropped, life.rules.hash, muted=muted)
    life.plans[name] = made._replace(saw=saw)
    if moved.back:
        debounce.restore(life, moved, wanted)
    elif moved.settles:
        debounce.shelve(life, name, moved, old, life.now + life.rules.limits.debounce_hours * HOUR)
    past = plan.kind == "RELEASE" and history(life, plan.basis)
    for team, dues in wanted.items():
        if team not in moved.back and not past:
            _lay_out(life, name, episode, made.version, plan, dues)
    for row in seen:
        _replaces(life, f"{name}/{row.stage}/{row.team}", row.due_at)
    if old.basis is not None or old.knows:
        _date_moved(life, name, episode, plan, old, moved, reason, {row.team: row.due_at for row in seen})
    if moved.back:
        _reopen(life, name, episode, plan)


def _replaces(life: Life, key: str, before: int) -> None:
    """A stage that its team has seen is told once more if it is laid out again: it will say when the other was due."""
    alert = life.alerts.get(key)
    if alert is not None and alert.state == "PENDING":
        changed = "DUE_EARLIER" if alert.due_at < before else "DUE_LATER"
        life.alerts[key] = alert._replace(changed=changed, before=before)


def supersede(life: Life, name: str, unmoved: frozenset[str] = frozenset()) -> None:
    """
    End every living row of a plan whose date moved; who knows of it is told otherwise.

    For the teams *unmoved* the date has moved back before they heard of it.
    """
    debounce.take_down(life, name)
    for key, alert in life.live(name).items():
        reason = debounce.NO_NET_CHANGE if alert.team in unmoved else None
        life.put(key, alert._replace(state="SUPERSEDED", was=was_of(alert), urgency=None, reason=reason))


def cancel(
    life: Life, name: str, episode: int, reason: str, notice: str, told: frozenset[str] = frozenset()
) -> frozenset[str]:
    """
    End every living row of a plan that will not happen; each team that knows of it gets one *notice*.

    Teams in *told* have had theirs; the answer adds those who get one now. When its day is history, that nothing comes
    of it is no news; but who was told of the wrong person always hears so.
    """
    debounce.take_down(life, name)
    held = life.plans[name]
    day = held.basis or held.told
    ending = life.live(name) | life.live(f"CORRECTION:{name}")
    grave = _graves(life, ending.values())
    for key, alert in ending.items():
        life.put(key, alert._replace(state="CANCELLED", was=was_of(alert), reason=reason, urgency=None))
        life.raised.pop(credit(alert), None)
    discredit(life, name, episode, {*held.knows} - _elsewhere(life, name))
    life.plans[name] = Planned(held.version, None, None)
    if day and kind_of(name) != "REVIEW" and notice != NOTICES["WRONG_PERSON"] and history(life, day):
        return told
    for team in held.knows:
        if team not in told:
            correct(life, name, notice, team, episode, held.version, day, urgent=grave.get(team))
    for team in held.copied:
        if team not in told and team not in held.knows:
            urgent = life.rules.clocks.gravest(grave.values())
            correct(life, name, notice, team, episode, held.version, day, urgent=urgent, copy=True)
    return told | set(held.knows) | set(held.copied)


def _elsewhere(life: Life, name: str) -> set[str]:
    """The teams that know of another release of the same episode, which stands: what they were told counts."""
    word, number = name.split("/")[:2]
    others = [life.plans.get(f"{other}/{number}") for other in BESIDE.get(word, ())]
    return {team for other in others if other is not None and other.basis is not None for team in other.knows}


def _graves(life: Life, alerts: Iterable[Alert]) -> dict[str, str | None]:
    """By team, the gravest urgency of what it has seen: whatever withdraws that is no less urgent (section 2.7)."""
    grave: dict[str, str | None] = {}
    for alert in alerts:
        if alert.state in SEEN and alert.urgency:
            grave[alert.team] = life.rules.clocks.graver(alert.urgency, grave.get(alert.team))
    return grave


def discredit(life: Life, name: str, episode: int, teams: Iterable[str]) -> None:
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
    changed: str | None = None,
    before: int | None = None,
) -> None:
    """
    Tell *team* that something it had seen has changed, after *wait* microseconds (rule R7) or at once.

    *changed* and *before* say which way the date went, and when the last alert that it saw was due. That nothing comes
    of a release is not said twice at one moment, whichever of its plans it was told by.
    """
    if stage in OFF and name.split("/")[0] in BESIDE and _off(life, stage, team, episode):
        return
    grave = urgent if urgent in {"IMMEDIATE", "URGENT"} else None
    due, about = life.now + wait, kind_of(name)
    made = Alert("CORRECTION", episode, stage, team, version, "PENDING", None, due, "R6", stage, basis)
    made = made._replace(urgency=grave, reason=reason, about=about, services=services, changed=changed, before=before)
    if copy:
        life.agreements.tell(made._replace(state="RAISED", urgency=urgency(made, life.today, life.rules), owner=name))
        return
    key = f"CORRECTION:{name}/{stage}/{team}"
    if wait:
        life.put(key, made._replace(urgency=None))
    else:
        _tell_once(life, key, made)


def _off(life: Life, stage: str, team: str, episode: int) -> bool:
    """Whether *team* reads that of a release at this moment already."""
    same = ("CORRECTION", "RELEASE", episode, stage, team, "RAISED")
    return any((one.kind, one.about, one.episode, one.stage, one.team, one.state) == same for one, _ in life.steps)


def _date_moved(
    life: Life,
    name: str,
    episode: int,
    plan: Plan,
    old: Planned,
    moved: debounce.Move,
    reason: str,
    seen: Mapping[str, int],
) -> None:
    """Tell the net change only, and not at once while it is far away (rules R6 and R7)."""
    waiting = {alert.team: alert for alert in life.live(f"CORRECTION:{name}").values()}
    for team, alert in waiting.items():
        unsaid = alert._replace(state="SUPERSEDED", was="PENDING", reason=debounce.NO_NET_CHANGE)
        life.put(f"CORRECTION:{name}/DATE_MOVED/{team}", unsaid)
    full = life.now + life.rules.limits.debounce_hours * HOUR
    until = min((alert.due_at for alert in waiting.values()), default=full)
    for team in sorted(old.knows):
        believed = moved.believes(team)
        if believed == plan.basis and _told_under(life, f"{plan.kind}/{episode}/", team, moved.believed):
            believed = moved.believed  # of the two days that it was told of, the one that is not so
        if plan.basis != believed:
            words = reason or ("DATE_EARLIER" if plan.basis < believed else "DATE_LATER")
            version = life.plans[name].version
            wait = until - life.now if moved.settles else 0
            way = "DUE_EARLIER" if plan.basis < believed else "DUE_LATER"
            last = waiting[team].before if team in waiting else seen.get(team)
            told = (name, "DATE_MOVED", team, episode, version, plan.basis, words, wait)
            correct(life, *told, changed=way, before=last)


def _told_under(life: Life, start: str, team: str, day: date) -> bool:
    """Whether a stage stands as told to *team* for *day*."""
    return any(
        told == day for mark, told in life.raised.items() if mark.startswith(start) and mark.endswith(f"/{team}")
    )


def _by_team(dues: Iterable[Due]) -> dict[str, list[Due]]:
    teams: dict[str, list[Due]] = {}
    for due in sorted(dues, key=lambda due: due.at):
        teams.setdefault(due.team, []).append(due)
    return teams


def adjust(life: Life, name: str, episode: int, plan: Plan, reason: str) -> None:
    """
    The date stands but the teams may differ: lay out the new ones, let go of pending rows of those no longer routed.

    Where they were routed by mistake (see NOTICES), whatever they were told is withdrawn as well.
    """
    wanted, held = _by_team(plan.dues), life.plans[name]
    new = [] if history(life, plan.basis) else [team for team in wanted if team not in held.teams]
    gone = [team for team in held.teams if team not in wanted]
    again = any(team in held.dropped for team in new)  # a row that was let go never comes back as itself
    version, dropped = held.version + again, {*held.dropped, *gone}.difference(new)
    teams = (*(team for team in held.teams if team in wanted), *new)
    life.plans[name] = held._replace(version=version, teams=teams, dropped=tuple(sorted(dropped)))
    for team in new:
        _lay_out(life, name, episode, version, plan, wanted[team])
    graves = _graves(life, life.live(name).values())
    for key, alert in life.live(name).items():
        if alert.team in gone and (alert.state == "PENDING" or reason in NOTICES):
            made = alert._replace(state="CANCELLED", was=was_of(alert), reason=reason or "NOT_ROUTED", urgency=None)
            life.put(key, made)
    for team in gone if reason in NOTICES else ():
        if team in held.knows:
            _withdraw(life, name, episode, team, NOTICES[reason], graves.get(team))


def _withdraw(life: Life, name: str, episode: int, team: str, notice: str, urgent: str | None) -> None:
    """Tell *team* that what it knows of the plan was never for it to know, and count nothing of it as told."""
    for key, alert in life.live(f"CORRECTION:{name}").items():
        if alert.team == team:
            life.put(key, alert._replace(state="CANCELLED", was=was_of(alert), urgency=None))
    held = life.plans[name]
    correct(life, name, notice, team, episode, held.version, held.basis, urgent=urgent)
    life.plans[name] = life.plans[name]._replace(knows=tuple(other for other in held.knows if other != team))
    discredit(life, name, episode, (team,))


def history(life: Life, day: date) -> bool:
    """Whether *day* lies so far back that nothing is told of it any more."""
    return life.today - day >= timedelta(days=life.rules.limits.history_days)


def extend(life: Life, name: str, episode: int, plan: Plan) -> None:
    """Lay out the rows of *plan* beside those there are."""
    version = life.plans[name].version
    for dues in _by_team(plan.dues).values():
        _lay_out(life, name, episode, version, plan, dues)


def announce(life: Life, name: str, episode: int, plan: Plan) -> None:
    """Tell all of *plan* at once, whatever was told before it."""
    for due in plan.dues:
        row = _row(plan, episode, life.plans[name].version, due)
        life.tell(f"{name}/{row.stage}/{row.team}", row)


def _amend(life: Life, name: str, episode: int, plan: Plan) -> None:
    """New rules may move the stages although the date stands: then every row gets a new version, and nobody is told."""
    held = life.plans[name]
    if held.rules == life.rules.hash:
        return
    life.plans[name] = held._replace(rules=life.rules.hash)
    pending = {(a.stage, a.team, a.due_at) for a in life.live(name).values() if a.state == "PENDING"}
    wanted = {(d.stage.name, d.team, d.at) for d in plan.dues if d.at > life.now}
    if held.rules and pending != {
        row for row in wanted if f"{plan.kind}/{episode}/{row[0]}/{row[1]}" not in life.raised
    }:
        supersede(life, name)
        life.plans[name] = life.plans[name]._replace(version=held.version + 1)
        for dues in _by_team(plan.dues).values():
            _lay_out(life, name, episode, held.version + 1, plan, dues)


def _reopen(life: Life, name: str, episode: int, plan: Plan) -> None:
    """
    Consent came, late or again: its team is told the latest stage it missed, now, and gets whatever it lost (R8).

    Of a day that is history by then it is told nothing.
    """
    if history(life, plan.basis):
        return
    for team in life.plans[name].muted:
        if life.agreements.withheld(plan.kind, team) is None:
            held = life.plans[name]
            version = held.version + 1
            muted = held.muted if held.settles_at else without(held.muted, team)  # the version before may come back
            life.plans[name] = held._replace(version=version, muted=muted)
            _catch_up(life, name, episode, version, plan, _by_team(plan.dues).get(team, []))


def _catch_up(life: Life, name: str, episode: int, version: int, plan: Plan, dues: list[Due]) -> None:
    rows = [(f"{name}/{due.stage.name}/{due.team}", due, _row(plan, episode, version, due)) for due in dues]
    lost = not any(key in life.alerts for key, _, _ in rows)
    missed = [row for _, due, row in rows if due.at <= life.now]
    absorbed = any(due.on == life.today and due.at > life.now for _, due, _ in rows)
    for key, due, row in rows:
        if due.at > life.now and key not in life.alerts:
            life.put(key, row)
        elif row in missed[-1:] and key not in life.alerts and not absorbed and credit(row) not in life.raised:
            life.tell(key, row._replace(due_on=None, due_at=life.now, catch_up=True))
        elif row in missed and lost:
            life.put(key, row._replace(state="SKIPPED"))


def _lay_out(life: Life, name: str, episode: int, version: int, plan: Plan, dues: list[Due]) -> None:
    """
    One team's stages: missed ones are skipped but for the latest, which is raised now unless credited (rule R8).

    One raised before counts for a later date too, unless it re-arms; an earlier date asks for it anew, unless it was
    told at once. One that its team has seen and that still stands is left be: a row that ended would take its place. Of
    a team whose consent was withdrawn each is suppressed at once (rule C2).
    """
    missed = [due for due in dues if due.on is not None and due.on < life.today]
    absorbed = any(due.on == life.today for due in dues)
    closed = life.agreements.closed(plan.kind)
    for due in dues:
        key = f"{name}/{due.stage.name}/{due.team}"
        row = _row(plan, episode, version, due)
        mark = credit(row)
        was_raised, before = mark in life.raised, life.raised.get(mark) or plan.basis
        rearmed = due.stage.rearms and plan.basis > before
        credited = was_raised and not rearmed and (due.on in {None, life.today} or plan.basis >= before)
        if due in missed:
            if due is missed[-1] and not absorbed and not was_raised and not due.done:
                life.tell(key, row._replace(due_on=None, due_at=life.now, catch_up=True))
            else:
                _skip(life, key, row)
        elif credited or (due.done and due.at <= life.now):
            _skip(life, key, row)
        elif due.at <= life.now or due.team in closed:
            life.tell(key, row)
        else:
            life.put(key, row)


def _skip(life: Life, key: str, row: Alert) -> None:
    held = life.alerts.get(key)
    if held is None or held.state not in SEEN:
        life.put(key, row._replace(state="SKIPPED"))


def _row(plan: Plan, episode: int, version: int, due: Due) -> Alert:
    stage = due.stage
    dated = version, "PENDING", due.on, due.at
    made = Alert(plan.kind, episode, stage.name, due.team, *dated, stage.rule, stage.action, plan.basis)
    return made if due.reason is None else made._replace(reason=due.reason)


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
        if alert.stage == "DATE_MOVED":
            debounce.hear(life, key.removeprefix("CORRECTION:").rsplit("/", 2)[0], alert.team, alert.basis)
