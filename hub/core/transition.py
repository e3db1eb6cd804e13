"""Transition to adulthood: the stages counted back from the legal 18th birthday, for those whose need continues."""

from collections.abc import Mapping
from datetime import date, timedelta

from hub.core.calendar import months_before, school_year
from hub.core.release import Due, Plan
from hub.core.routing import Circumstances, routed
from hub.core.rules import Rules, Stage
from hub.core.services import handed_over
from hub.core.view import View


def plan(seen: View, today: date, rules: Rules, begun: bool = False) -> Plan | None:
    """
    Every stage before the 18th birthday for every team with its own reason; None when there is none to plan.

    A birthday alone never raises anything (section 3.2): some service of childhood must be open, with a reason to think
    that the need continues. One that has *begun* goes on where the birthday proves to have passed.
    """
    eighteenth = seen.eighteenth
    if eighteenth is None or (eighteenth < today and not begun):
        return None
    now = Circumstances(seen, eighteenth, True, rules)
    if not _continues(now):
        return None
    teams = routed(rules.routes["transition"], now)
    dues = tuple(
        due
        for stage in rules.transition
        for due in _dues(stage, tuple(team for team in stage.teams if team in teams), seen, today, rules)
    )
    return Plan("TRANSITION", eighteenth, dues)


def _continues(now: Mapping[str, str | None]) -> bool:
    reasons = ("order_past_18", "ehcp", "camhs", "csh", "safe", "custody", "looked_after")
    return now["care"] != "none" or any(now[name] == "yes" for name in reasons)


def _dues(stage: Stage, teams: tuple[str, ...], seen: View, today: date, rules: Rules) -> tuple[Due, ...]:
    eighteenth, born = seen.eighteenth, seen.born
    if eighteenth is None or born is None:
        return ()
    if stage.unit == "months":
        day = months_before(eighteenth, stage.offset) - timedelta(days=stage.and_days)
    else:
        first = school_year(born, stage.offset)
        day = date(first, 9, 1) if stage.unit == "september_of_year" else date(first + 1, 3, 31)
    on = rules.calendar.working_day_on_or_before(day) if stage.rolls else day
    at = rules.calendar.instant(on, stage.hour)
    asks = stage.unless == "referral.accepted"
    return tuple(Due(stage, team, on, at, done=asks and handed_over(seen, team, today, rules)) for team in teams)
