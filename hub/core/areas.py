"""
Cross-area: what concerns somebody who lives in the area of another authority is told there.

That authority's team is told where an agreement reaches it; the duty desk is told the stage alone where none does.
"""

from dataclasses import replace
from datetime import date

from hub.core.release import Due, Plan
from hub.core.routing import Circumstances, within
from hub.core.rules import Rules
from hub.core.view import View, home_authority

OUT_OF_AREA = "OUT_OF_AREA_NO_AGREEMENT"


def away(seen: View, day: date, rules: Rules) -> bool:
    """Whether the person counts, on *day*, as living elsewhere; an unknown authority counts as ours."""
    if home_authority(seen) in {None, rules.home_authority}:
        return False
    now = Circumstances(seen, day, True, rules)
    return within(rules.areas.away, now)


def there(seen: View, rules: Rules) -> str | None:
    """The team of the authority in which the person lives, or None where no agreement reaches it."""
    return rules.areas.authorities.get(str(home_authority(seen)))


def placed(plan: Plan, seen: View, rules: Rules) -> Plan:
    """
    *plan* with the area-bound teams of somebody who lives elsewhere replaced, or joined, by the team told there.

    Several teams become one: it is told each stage once, when the last of them would be.
    """
    if not away(seen, plan.basis, rules):
        return plan
    team, areas = there(seen, rules), rules.areas
    moved: dict[str, Due] = {}
    for due in plan.dues:
        if due.team in areas.home | areas.both:
            held = moved.get(due.stage.name)
            if held is None or held.at < due.at:
                moved[due.stage.name] = _moved(due, team, rules)
    stay = (due for due in plan.dues if due.team not in areas.home)
    return replace(plan, dues=(*stay, *moved.values()))


def _moved(due: Due, team: str | None, rules: Rules) -> Due:
    if team is not None:
        return due._replace(team=team)
    areas = rules.areas
    return due._replace(stage=replace(due.stage, action=areas.action), team=areas.duty, reason=OUT_OF_AREA)
