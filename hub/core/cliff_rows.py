"""
The rows of one team's services that end on one day: which stages are to come, which were missed, what is told now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.core import upkeep
from hub.core.life import Life
from hub.core.marks import mark_of
from hub.core.person import Alert, Planned
from hub.core.release import due_date
from hub.core.rules import Stage
from hub.core.services import Ending, lead
from hub.core.view import View

KIND = "CLIFF_EDGE"
BEFORE = "BEFORE."  # marks a stage of this day that was told for another one
CENTURY = "20"  # how the number of a day begins: a plan of another kind that NOT_OURS is said of has its own


@dataclass(frozen=True, slots=True)
class Step:
    """What is to become of one stage for one service: how, and when it is due (None: at once)."""

    stage: Stage
    how: str
    on: date | None
    at: int


@dataclass(slots=True)
class Turn:
    """
    One planning: what ends, and which services *moved* to another day.

    *credit* says of a service that moved which stages were told of it, and for which day.
    """

    life: Life
    seen: View
    adult: date | None
    found: Mapping[str, Ending]
    credit: dict[str, dict[str, date]] = field(default_factory=dict)
    moved: list[tuple[str, Planned, tuple[str, ...]]] = field(default_factory=list)


Told = list[tuple[Ending, Step]]


def name_of(end: date, team: str) -> str:
    return f"{KIND}/{end:%Y%m%d}/{team}"


def parts(name: str) -> tuple[int, str]:
    """The episode, which is the last day as a number, and the team of a plan."""
    _, episode, team = name.split("/")
    return int(episode), team


def day_of(episode: int) -> date:
    return date(episode // 10000, episode // 100 % 100, episode % 100)


def unmark(life: Life, start: str, end: str = "") -> None:
    for mark in [mark for mark in life.raised if mark.startswith(start) and mark.endswith(end)]:
        del life.raised[mark]


def forget(life: Life, name: str) -> None:
    """A service ended some time ago: what was told stands, and nothing more comes of it."""
    for key, alert in life.live(name).items():
        if alert.state == "PENDING":
            life.put(key, alert._replace(state="CANCELLED", was="PENDING", reason="EPISODE_CLOSED"))
        else:
            upkeep.end(life, key, None)
    end_plan(life, name)


def lay_out(turn: Turn, name: str, members: list[Ending]) -> None:
    """One team's services that end on one day: lay out each stage that is to come, and tell what is due or missed."""
    life = turn.life
    held = life.plans.get(name)
    if held is None or held.basis is None:
        end = members[0].end
        held = Planned(version_for(life, name), end, end, rules=life.rules.hash)
    life.plans[name] = held._replace(services=tuple(sorted(ending.service for ending in members)))
    wanted: dict[str, dict[str, Told]] = {}
    for ending in members:
        for step in _steps(turn, name, ending):
            wanted.setdefault(step.stage.name, {}).setdefault(step.how, []).append((ending, step))
    waiting = {row[1].stage: row for row in life.live(name).items() if row[1].state == "PENDING"}
    for code, stage in life.rules.cliff.items():
        if code in wanted or code in waiting:
            _settle(turn, name, stage, wanted.get(code, {}), waiting.get(code))


def version_for(life: Life, name: str) -> int:
    """Above every version of this plan, and of others of its team that have ended: no two alerts are the same one."""
    ended = (life.plans.get(_mark(name)), life.plans.get(name))
    return 1 + max((plan.version for plan in ended if plan is not None), default=0)


def end_plan(life: Life, name: str) -> None:
    """Nothing is left of a plan but how far its team's versions have come."""
    ended = version_for(life, name) - 1
    del life.plans[name]
    life.plans[_mark(name)] = Planned(ended, None, None)


def _mark(name: str) -> str:
    return f"{KIND}/0/{parts(name)[1]}"


def _steps(turn: Turn, name: str, ending: Ending) -> list[Step]:
    """
    What is to become of each stage for one service: of the missed ones only the latest is told, and none if one is due
    today or at once (rule R8); what was told before the end moved later is credited.
    """
    life, (episode, team) = turn.life, parts(name)
    dues: list[tuple[Stage, date, int]] = []
    for code in ending.stages:
        stage = life.rules.cliff[code]
        on = due_date(stage, ending.end, life.rules.calendar)
        if mark_of(KIND, episode, code, ending.service, team) in life.raised:
            dues = dues if on > life.today else []  # what comes before a stage told or missed is past
        elif stage.only_while in (None, ending.handover):
            dues.append((stage, on, life.rules.calendar.instant(on, stage.hour)))
    steps = list(_judge(turn, ending, dues))
    for code, day in turn.credit.get(ending.service, {}).items():
        if code in {
            step.stage.name for step in steps if step.how == "DATED"
        }:  # armed anew, and told before all the same
            life.raised[mark_of(KIND, episode, BEFORE + code, ending.service, team)] = day
    return steps


def _judge(turn: Turn, ending: Ending, dues: list[tuple[Stage, date, int]]) -> Iterable[Step]:
    life = turn.life
    credited = turn.credit.get(ending.service, {})
    hurried = {stage.name for stage, _, at in dues if stage.at_once == ending.handover and at > life.now}
    missed = [stage.name for stage, on, _ in dues if on < life.today]
    absorbed = bool(hurried) or any(on == life.today for _, on, _ in dues)
    for stage, on, at in dues:
        past = on <= life.today or stage.name in hurried
        later = stage.name in credited and ending.end > credited[stage.name]
        if stage.name in credited and (past or later) and not (stage.rearms and later and on >= life.today):
            yield Step(stage, "SKIP", on, at)
        elif stage.name in hurried:
            yield Step(stage, "NOW", None, life.now)
        elif stage.name in missed:
            latest = stage.name == missed[-1] and not absorbed
            yield Step(stage, "LATE", None, life.now) if latest else Step(stage, "SKIP", on, at)
        else:
            yield Step(stage, "DATED", on, at)


def _settle(turn: Turn, name: str, stage: Stage, wanted: Mapping[str, Told], row: tuple[str, Alert] | None) -> None:
    """Bring the rows of one stage to what is *wanted*, by how; the *row* that waits is used before a new one."""
    life = turn.life
    dated = wanted.get("DATED", [])
    if row is not None and row[1].due_at <= life.now:
        return  # owed since the rules expired: the next ones tell it
    if row is not None and dated and row[1].due_at != dated[0][1].at:
        life.put(row[0], row[1]._replace(state="SUPERSEDED", was="PENDING"))
        row = None
    if row is not None and dated:
        life.alerts[row[0]] = _listing(turn, row[1], dated)
    for how in ("SKIP", "LATE", "NOW", *(() if row is not None and dated else ("DATED",))):
        if told := wanted.get(how):
            used = row if how != "DATED" and not dated else None
            _put(turn, name, stage, how, told, used)
            row = None if used is not None else row
    if row is not None and not dated:
        life.put(row[0], row[1]._replace(state="CANCELLED", was="PENDING", reason="HANDOVER_BEGUN"))


def _put(turn: Turn, name: str, stage: Stage, how: str, told: Told, row: tuple[str, Alert] | None) -> None:
    life, step = turn.life, told[0][1]
    key, alert = row if row is not None else new_row(turn, name, stage)
    alert = _listing(turn, alert, told)._replace(due_on=step.on, due_at=step.at, catch_up=how == "LATE")
    if how == "SKIP":
        life.put(key, alert._replace(state="SKIPPED"))
        for ending, _ in told:
            mark = mark_of(KIND, alert.episode, stage.name, ending.service, alert.team)
            life.raised[mark] = turn.credit.get(ending.service, {}).get(stage.name)
    elif step.at <= life.now:
        life.tell(key, alert)
    else:
        life.put(key, alert)


def new_row(turn: Turn, name: str, stage: Stage) -> tuple[str, Alert]:
    """A new row: of the plan's version, or of the next if that has one of this stage already."""
    life, held = turn.life, turn.life.plans[name]
    if stage.name in held.teams:
        held = held._replace(version=held.version + 1, teams=())
    life.plans[name] = held._replace(teams=(*held.teams, stage.name))
    episode, team = parts(name)
    key = f"{name}/{stage.name}/{team}"
    key = key if key not in life.alerts else f"{name}/{stage.name}.{held.version}/{team}"
    basis = day_of(episode)
    row = Alert(
        KIND, episode, stage.name, team, held.version, "PENDING", None, life.now, stage.rule, stage.action, basis
    )
    return key, row


def _listing(turn: Turn, alert: Alert, told: Told) -> Alert:
    """The row with the services it speaks of, and who gets a copy."""
    names, stage = tuple(sorted([ending.service for ending, _ in told])), told[0][1].stage
    copies = tuple(_copies(turn, alert.team, stage, [ending for ending, _ in told])) if stage.copies else ()
    same = (names, copies) == (alert.services, alert.copies)
    return alert if same else alert._replace(services=names, copies=copies)


def _copies(turn: Turn, team: str, stage: Stage, listed: list[Ending]) -> Iterable[str]:
    """The intended receiving team, the lead professional, or a team by name, each with what is asked of it."""
    rules = turn.life.rules
    adult, around = turn.adult, turn.life.rules.services.collapse_days
    for who, action in stage.copies.items():
        if who == "INTENDED":
            first = {code for ending in listed for code in ending.asked or ending.receivers[:1]}
        else:
            first = set(lead(turn.seen, listed[0].end)) if who == "LEAD" else {who}
        near = adult is not None and abs((listed[0].end - adult).days) <= around
        goes_on = near and any(ending.care_act for ending in listed)
        asked = stage.deferring.get(who, action) if goes_on else action
        yield from (f"{code}/{asked}" for code in sorted(first) if code != team and code in rules.teams)
