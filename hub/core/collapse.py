"""COLLAPSE: several services end around the 18th birthday and nobody has accepted any of them (section 3.3)."""

from collections.abc import Iterable
from datetime import date

from hub.core.alerts import NOTICES, cancel, history
from hub.core.cliff_rows import KIND, Turn, end_plan, name_of, new_row, parts, version_for
from hub.core.life import Life
from hub.core.marks import mark_of
from hub.core.person import Planned
from hub.core.release import due_date

COLLAPSE = "COLLAPSE"


def desk(life: Life) -> str:
    """The team that is told of a collapse, or none."""
    return next(iter(life.rules.cliff[COLLAPSE].teams), "")


def plan(turn: Turn, duty: str, held: list[str], why: str) -> None:
    """Several services end around the 18th birthday and nobody has accepted any: the duty desk is told once."""
    life, adult = turn.life, turn.adult
    name = "" if adult is None else name_of(adult, duty)
    levels = [] if adult is None or not duty else sorted(_levels(turn, adult))
    enough = life.rules.services.collapse_services
    due = levels[enough - 1] if len(levels) >= enough else None
    for other in held:
        if due is None or other != name:
            cancel(life, other, parts(other)[0], why or "NOT_ELIGIBLE", NOTICES.get(why, "CANCEL"))
            end_plan(life, other)
    if due is not None and adult is not None:
        last = max(adult, *(turn.found[service].end for _, _, service in levels))
        _warn(turn, name, adult, last, due, [level for level in levels if level[0] <= max(due[0], life.now)])


Level = tuple[int, date, str]


def _levels(turn: Turn, adult: date) -> Iterable[Level]:
    """When each service near the 18th birthday, *adult*, reaches C28 or beyond, nobody having accepted it."""
    life = turn.life
    for ending in turn.found.values():
        if ending.over is not None or abs((ending.end - adult).days) > life.rules.services.collapse_days:
            continue
        code = next((code for code in ("C28", "CU") if code in ending.stages), None)
        if code is None:
            continue
        episode, team = parts(name_of(ending.end, ending.team))
        on = due_date(life.rules.cliff[code], ending.end, life.rules.calendar)
        at = life.rules.calendar.instant(on, life.rules.cliff[code].hour)
        mark = mark_of(KIND, episode, code, ending.service, team)
        hurried = mark in life.raised and life.rules.cliff[code].at_once == ending.handover
        reached = hurried or life.raised.get(mark) == ending.end
        yield min(at, life.now) if reached else at, on, ending.service


def _warn(turn: Turn, name: str, adult: date, last: date, due: Level, listed: list[Level]) -> None:
    """Tell it when it is *due*; it is history four weeks after the *last* of the services ends."""
    life, stage = turn.life, turn.life.rules.cliff[COLLAPSE]
    held = life.plans.get(name)
    if (held is None or held.basis is None) and history(life, last):
        return
    if held is None or held.basis is None:
        held = Planned(version_for(life, name), adult, adult, rules=life.rules.hash)
    held = life.plans[name] = held._replace(basis=last)
    rows = list(life.live(name).items())
    if not rows and COLLAPSE in held.teams:
        return
    key, row = rows[0] if rows else new_row(turn, name, stage)
    if row.state != "PENDING" or (rows and row.due_at <= life.now):
        return
    row = row._replace(services=tuple(sorted(level[2] for level in listed)), basis=last)
    if due[0] <= life.now:
        life.tell(key, row._replace(due_on=None, due_at=life.now))
    elif rows and row.due_at == due[0]:
        life.alerts[key] = row
    else:
        life.put(key, row._replace(due_on=due[1], due_at=due[0]))
