"""
Cliff edges: a service ends and nobody has agreed to carry on (section 3.3).

One plan for each team and last day, one row a stage, listing every service of the team that ends that day. The rows are
a function of the facts as they are now, and of what has been told already.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from hub.core import collapse, upkeep
from hub.core.alerts import correct, history
from hub.core.cliff_rows import BEFORE, CENTURY, KIND, Turn, day_of, end_plan, forget, lay_out, name_of, parts, unmark
from hub.core.life import SEEN, Life, was_of
from hub.core.marks import mark_of
from hub.core.person import Alert, Planned
from hub.core.services import Ending, endings, held, told_of
from hub.core.view import View, care_status

MOVED = "DATE_MOVED"  # not the reason MOVED, for which a service ends without a cliff
QUIET = frozenset({"ACCEPTED", "OPENED_ANEW"})  # what was told was right, and is over


def plan(life: Life, seen: View, why: str) -> None:
    """Every row for services that end, on the person's facts as they are now; *why* says what moved them, if told."""
    known = [name for name, plan in life.plans.items() if name.startswith(KIND) and plan.basis is not None]
    if not known and not told_of(seen):
        return
    _drop_marks(life)
    _wait_for_eighteen(life, seen)
    found = _near(life, endings(seen, life.today, life.rules))
    if not known and not found:
        return
    turn = Turn(life, seen, seen.eighteenth, found)
    groups = _groups(turn)
    duty = collapse.desk(life)
    for name in known:
        if not name.endswith(f"/{duty}"):
            _leave(turn, name, groups.get(name, ()), why)
    for name, members in groups.items():
        lay_out(turn, name, members)
    for name, old, services in turn.moved:
        _date_moved(turn, name, old, services, why)
    collapse.plan(turn, duty, [name for name in known if name.endswith(f"/{duty}")], why)


def _drop_marks(life: Life) -> None:
    """Of what ended long ago nothing need be remembered."""
    for mark in [mark for mark in life.raised if mark.startswith(f"{KIND}/{CENTURY}")]:
        if history(life, day_of(int(mark.split("/")[1])) + timedelta(days=life.rules.services.collapse_days)):
            del life.raised[mark]


def _wait_for_eighteen(life: Life, seen: View) -> None:
    """At 18 a remand no longer makes a child looked after, and a personal adviser's work begins."""
    if "remand" in seen.facts or care_status(seen) is not None:
        adult = seen.eighteenth
        if adult is not None and adult > life.today:
            life.plan_again(life.rules.calendar.instant(adult, 0))


def _near(life: Life, found: Mapping[str, Ending]) -> dict[str, Ending]:
    """Without the ends that follow from an age and are far away: they are planned when they come near."""
    near, days = {}, timedelta(days=life.rules.services.implied_days)
    for code, ending in found.items():
        if ending.implied and ending.end - days > life.today:
            life.plan_again(life.rules.calendar.instant(ending.end - days, 0))
        else:
            near[code] = ending
    return near


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
    seen = [alert for alert in life.live(name).values() if alert.state in SEEN]
    told = {service for service in gone if _told(life, name, service)}
    _let_go(turn, name, gone)
    void = tuple(sorted(service for service in told if gone[service] not in {MOVED, *QUIET}))
    moved = tuple(sorted(service for service in told if gone[service] == MOVED))
    grave = life.rules.clocks.gravest(alert.urgency for alert in seen if {*void} & {*alert.services})
    if set(gone) == set(held.services):
        end_plan(life, name)
    else:
        left = tuple(service for service in held.services if service not in gone)
        made = held._replace(version=held.version + 1, teams=()) if void or moved else held
        life.plans[name] = made._replace(services=left)
    if void:
        notice = "WITHDRAWN_WRONG_PERSON" if why == "WRONG_PERSON" else "CANCEL"
        _correct(turn, name, held, notice, void, held.basis, None, grave)
    if moved:
        turn.moved.append((name, held, moved))


def _told(life: Life, name: str, service: str) -> bool:
    """Whether anybody was told that *service* ends on the day of this plan: by a stage of it, or as the day moved."""
    episode, team = parts(name)
    start, end = f"{KIND}/{episode}/", f"/{service}/{team}"
    return any(day is not None for mark, day in life.raised.items() if mark.startswith(start) and mark.endswith(end))


def _fate(turn: Turn, service: str, end: date, why: str) -> str:
    """Why a service left its plan: its end MOVED, what was told is over, or it is no cliff."""
    ending = turn.found.get(service)
    if ending is not None and ending.over is not None:
        return ending.over if ending.over in QUIET else why or ending.over
    calendar, days = turn.life.rules.calendar, turn.life.rules.services.reopened_working_days
    spell = dict(held(turn.seen, turn.life.today, turn.life.rules)).get(service)
    if spell is not None and (end in spell.taken_back or end < calendar.local_date(spell.opened)):
        false = calendar.local_date(spell.opened) <= calendar.working_days_after(end, days)
        again = MOVED if ending is not None and spell.closed is not None else "REOPENED"  # it has ended since
        return again if false else "OPENED_ANEW"
    return MOVED if ending is not None else why or "NOT_ELIGIBLE"


def _let_go(turn: Turn, name: str, gone: Mapping[str, str]) -> None:
    """
    End the rows that speak of nothing but services that are *gone*; a stage told of one that moved is credited.

    That nobody takes on a stage is said of the whole plan, and ends with the last of its services.
    """
    life, (episode, team) = turn.life, parts(name)
    whole = gone.keys() if set(gone) == {*life.plans[name].services} else ()
    for key, alert in life.live(name).items():
        mine = {service for service in alert.services or whole if service in gone}
        if not mine:
            continue
        fates = {gone[service] for service in mine}
        left = tuple(service for service in alert.services if service not in gone)
        if left:
            life.alerts[key] = alert._replace(services=left)
        elif alert.state in SEEN and fates <= QUIET:
            upkeep.end(life, key, min(fates))
        else:
            _end(life, key, alert, fates)
    for service, fate in gone.items():
        if fate == MOVED:
            told = {code: _last_told(life, episode, code, service, team) for code in life.rules.cliff}
            turn.credit[service] = {code: day for code, day in told.items() if day is not None}
        if fate not in QUIET:
            unmark(life, f"{KIND}/{episode}/", f"/{service}/{team}")


def _last_told(life: Life, episode: int, code: str, service: str, team: str) -> date | None:
    """For which day a stage was told last, be it another than this plan's."""
    marks = (mark_of(KIND, episode, name, service, team) for name in (code, BEFORE + code))
    return next((day for mark in marks if (day := life.raised.get(mark)) is not None), None)


def _end(life: Life, key: str, alert: Alert, fates: set[str]) -> None:
    if MOVED in fates:
        life.put(key, alert._replace(state="SUPERSEDED", was=was_of(alert), urgency=None))
    else:
        reason = min(fates - QUIET or fates)
        life.put(key, alert._replace(state="CANCELLED", was=was_of(alert), urgency=None, reason=reason))


def _date_moved(turn: Turn, name: str, old: Planned, services: tuple[str, ...], why: str) -> None:
    """Who was told of the old day is told of the new one, be a stage of it told at once or not (rule R6)."""
    days = [turn.found[service].end for service in services]
    new, before = min(days), old.basis
    if before is not None:
        words = why or ("DATE_EARLIER" if new < before else "DATE_LATER")
        _correct(turn, name, old, "DATE_MOVED", services, new, words)
    for service, day in zip(services, days, strict=True):
        _believe(turn.life, name_of(day, parts(name)[1]), old, service)


def _believe(life: Life, name: str, old: Planned, service: str) -> None:
    """Who was told that the end of *service* moved to the day of the plan called *name* knows of it from now on."""
    held, (episode, team) = life.plans.get(name), parts(name)
    if held is not None and held.basis is not None:
        life.raised[mark_of(KIND, episode, "DATE_MOVED", service, team)] = held.basis
        knows, copied = tuple(sorted({*held.knows, *old.knows})), tuple(sorted({*held.copied, *old.copied}))
        life.plans[name] = held._replace(knows=knows, copied=copied)


def _correct(
    turn: Turn,
    name: str,
    old: Planned,
    stage: str,
    services: tuple[str, ...],
    basis: date,
    reason: str | None,
    grave: str | None = None,
) -> None:
    life, (episode, team) = turn.life, parts(name)
    for code in (*old.knows, *(code for code in old.copied if code not in old.knows)):
        told = life, name, stage, code, episode, old.version, basis, reason
        correct(*told, urgent=grave, copy=code != team, services=services)
