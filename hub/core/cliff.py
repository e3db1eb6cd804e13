"""
Cliff edges: a service ends and nobody has agreed to carry on (section 3.3).

One plan for each team and last day, one row a stage, listing every service of the team that ends that day. The rows are
a function of the facts as they are now, and of what has been told already.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from hub.core import collapse
from hub.core.alerts import SEEN, Life, correct
from hub.core.cliff_rows import KIND, Turn, day_of, forget, history, lay_out, name_of, parts, unmark
from hub.core.person import Alert, Planned
from hub.core.services import Ending, endings, told_of
from hub.core.view import View

MOVED, QUIET = "MOVED", "QUIET"


def plan(life: Life, seen: View, why: str) -> None:
    """Every row for services that end, on the person's facts as they are now; *why* says what moved them, if told."""
    held = [name for name, plan in life.plans.items() if name.startswith(KIND) and plan.basis is not None]
    if not held and not told_of(seen):
        return
    _wait_for_eighteen(life, seen)
    turn = Turn(life, seen, endings(seen, life.today, life.rules))
    groups = _groups(turn)
    duty = collapse.desk(life)
    for name in held:
        if not name.endswith(f"/{duty}"):
            _leave(turn, name, groups.get(name, ()), why)
    for name, members in groups.items():
        lay_out(turn, name, members)
    for name, old, services in turn.moved:
        _date_moved(turn, name, old, services, why)
    collapse.plan(turn, duty, [name for name in held if name.endswith(f"/{duty}")], why)


def _wait_for_eighteen(life: Life, seen: View) -> None:
    """At 18 a remand no longer makes a child looked after, and a personal adviser's work begins."""
    adult = seen.eighteenth
    if adult is None or adult <= life.today:
        return
    if any(name.startswith(("remand", "care_status", "about:care_status", "about:lac_")) for name in seen.facts):
        life.plan_again(life.rules.calendar.instant(adult, 0))


def _groups(turn: Turn) -> dict[str, list[Ending]]:
    """What is a cliff, by plan; what ended long ago is history and raises nothing."""
    groups: dict[str, list[Ending]] = {}
    for ending in turn.found.values():
        if ending.over is None and ending.stages and not history(turn.life, ending.end):
            groups.setdefault(name_of(ending.end, ending.team), []).append(ending)
    return groups


def _leave(turn: Turn, name: str, members: Iterable[Ending], why: str) -> None:
    """Take out of a plan the services that no longer end on its day, or end without a cliff."""
    life, held = turn.life, turn.life.plans[name]
    if held.basis is None or history(life, held.basis):
        return forget(life, name)
    staying = {ending.service for ending in members}
    gone = {service: _fate(turn, service, held.basis, why) for service in held.services if service not in staying}
    if not gone:
        return
    told = _let_go(turn, name, gone)
    void = tuple(sorted(service for service in told if gone[service] not in (MOVED, QUIET)))
    moved = tuple(sorted(service for service in told if gone[service] == MOVED))
    if set(gone) == set(held.services):
        life.plans[name] = Planned(held.version, None, None)
    else:
        left = tuple(service for service in held.services if service not in gone)
        life.plans[name] = replace(held, services=left, version=held.version + bool(void or moved), teams=())
    if void:
        notice = "WITHDRAWN_WRONG_PERSON" if why == "WRONG_PERSON" else "CANCEL"
        _correct(turn, name, held, notice, void, held.basis, None)
    if moved:
        turn.moved.append((name, held, moved))


def _fate(turn: Turn, service: str, end: date, why: str) -> str:
    """Why a service left its plan: its end MOVED, it is QUIET about what was told, or the reason it is no cliff."""
    ending = turn.found.get(service)
    if ending is not None and ending.over == "ACCEPTED":
        return QUIET
    if ending is not None and ending.over is not None:
        return ending.over
    back = turn.seen.at(f"opened:{service}")
    if back and turn.seen.get(f"service:{service}", "state") == "OPEN" and (ending is None or end in ending.taken_back):
        calendar, days = turn.life.rules.calendar, turn.life.rules.services.reopened_working_days
        false = calendar.local_date(back) <= calendar.working_days_after(end, days)
        return "REOPENED" if false else QUIET
    return MOVED if ending is not None else why or "NOT_ELIGIBLE"


def _let_go(turn: Turn, name: str, gone: Mapping[str, str]) -> set[str]:
    """End the rows that speak of nothing but services that are *gone*; the answer is which of those were told of."""
    life, told, known = turn.life, set[str](), dict[str, set[str]]()
    for key, alert in life.live(name).items():
        mine = {service for service in alert.services if service in gone}
        if not mine:
            continue
        if alert.state in SEEN:
            told |= mine
            for service in mine:
                known.setdefault(service, set()).add(alert.stage)
        fates = {gone[service] for service in mine}
        left = tuple(service for service in alert.services if service not in gone)
        if left:
            life.alerts[key] = replace(alert, services=left)
        elif alert.state in SEEN and fates == {QUIET}:
            del life.alerts[key]
        else:
            _end(life, key, alert, fates)
    episode, team = parts(name)
    for service, fate in gone.items():
        if fate == MOVED:
            turn.credit[service] = (day_of(episode), frozenset(known.get(service, ())))
        if fate != QUIET:
            unmark(life, f"{KIND}/{episode}/", f"/{service}/{team}")
    return told


def _end(life: Life, key: str, alert: Alert, fates: set[str]) -> None:
    was = "RAISED" if alert.state in SEEN else alert.state
    if MOVED in fates:
        life.put(key, replace(alert, state="SUPERSEDED", was=was, urgency=None))
    else:
        reason = min((fate for fate in fates if fate != QUIET), default="ACCEPTED")
        life.put(key, replace(alert, state="CANCELLED", was=was, urgency=None, reason=reason))


def _date_moved(turn: Turn, name: str, old: Planned, services: tuple[str, ...], why: str) -> None:
    """Who was told of the old day is told of the new one, unless another alert has just done so (rule R6)."""
    days = [turn.found[service].end for service in services]
    new, before = min(days), old.basis
    if before is not None:
        words = why or ("DATE_EARLIER" if new < before else "DATE_LATER")
        _correct(turn, name, old, "DATE_MOVED", services, new, words)


def _correct(
    turn: Turn, name: str, old: Planned, stage: str, services: tuple[str, ...], basis: date, reason: str | None
) -> None:
    life, (episode, team) = turn.life, parts(name)
    grave = "URGENT" if stage != "DATE_MOVED" and _was_urgent(life, old) else None
    for code in (*old.knows, *(code for code in old.copied if code not in old.knows)):
        if stage != "DATE_MOVED" or any((code, service) not in turn.heard for service in services):
            copy = code != team
            correct(
                life, name, stage, code, episode, old.version, basis, reason, urgent=grave, copy=copy, services=services
            )


def _was_urgent(life: Life, old: Planned) -> bool:
    """A withdrawal is as urgent as what it withdraws: whether the last day has come, at which the stages are urgent."""
    return old.basis is not None and old.basis <= life.today
