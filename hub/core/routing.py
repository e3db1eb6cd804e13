"""
Which teams an alert may concern: each team's ways in, as data, read against a person's circumstances on one day.

Routing says who would need to know; whether they may know is decided afterwards, by the agreements.
"""

from collections.abc import Mapping
from datetime import date

from hub.core.calendar import months_before
from hub.core.rules import Routes, Ways
from hub.core.view import (
    View,
    care_status,
    has_ehcp,
    home_authority,
    in_custody,
    looked_after,
    open_service,
    order_on,
    order_past,
    yes,
)

YES_NO = ("yes", "no")
CARE = ("LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT", "none")
CIRCUMSTANCES: Mapping[str, tuple[str, ...]] = {
    "adult": (*YES_NO, "unknown"),
    "under_25": (*YES_NO, "unknown"),
    "authority": (*YES_NO, "unknown"),
    "care": CARE,
    **dict.fromkeys(
        ("joint", "licence", "looked_after", "custody", "ehcp", "order", "order_past_18", "child_service"), YES_NO
    ),
    **dict.fromkeys(("camhs", "csh", "safe", "homeless", "housing_application"), YES_NO),
    **dict.fromkeys(("substance", "health", "care_needs", "vcse_match"), YES_NO),
}
LEAVERS = ("ELIGIBLE", "RELEVANT", "FORMER_RELEVANT")
CHILD_SERVICES = ("CIN", "CP", "CLA", "EARLY_HELP")


def circumstances(seen: View, day: date, licence: bool, ours: str, joint_months: int) -> Mapping[str, str]:
    """
    The words a route may ask about, true on *day*: ages are ages on that day (rule J6), care status is as now.

    >>> circumstances(View({}), date(2027, 1, 1), True, "MANCHESTER", 6)["adult"]
    'unknown'
    """
    age, eighteenth = seen.age(day), seen.eighteenth
    authority = seen.about("lha") or home_authority(seen)
    return {
        "adult": "unknown" if age is None else yes(age >= 18),
        "under_25": "unknown" if age is None else yes(age < 25),
        "joint": yes(eighteenth is not None and joint(day, eighteenth, joint_months)),
        "licence": yes(licence),
        "looked_after": yes(looked_after(seen)),
        "custody": yes(in_custody(seen)),
        "care": care_status(seen) or "none",
        "ehcp": yes(has_ehcp(seen)),
        "order": yes(order_on(seen, day)),
        "order_past_18": yes(eighteenth is not None and order_past(seen, eighteenth)),
        "child_service": yes(open_service(seen, CHILD_SERVICES)),
        "camhs": yes(open_service(seen, ("CAMHS",))),
        "csh": yes(open_service(seen, ("CSH",)) or "nrm" in seen.facts or seen.about("nrm") is not None),
        "safe": yes(open_service(seen, ("SAFE_TASKFORCE",))),
        "homeless": yes(seen.about("homeless") is True),
        "authority": "unknown" if authority is None else yes(authority == ours),
        "housing_application": yes(seen.about("live_housing_application") is True),
        "substance": yes(seen.about("substance") is True),
        "health": yes(seen.about("health") is True or seen.about("mental_health") is True),
        "care_needs": yes(seen.about("care_needs") is True),
        "vcse_match": yes(seen.about("vcse_match") is True),
    }


def joint(day: date, eighteenth: date, months: int) -> bool:
    """
    Whether *day* lies within *months* calendar months either side of the 18th birthday (rule J1).

    >>> joint(date(2026, 9, 2), date(2026, 3, 2), 6), joint(date(2026, 9, 3), date(2026, 3, 2), 6)
    (True, False)
    """
    return months_before(eighteenth, months) <= day <= months_before(eighteenth, -months)


def routed(routes: Routes, now: Mapping[str, str]) -> frozenset[str]:
    """
    The teams that have at least one way in.

    >>> routed({"PROB": ({"adult": frozenset({"yes"})},), "HOUS": ()}, {"adult": "yes"})
    frozenset({'PROB'})
    """
    return frozenset([team for team, ways in routes.items() if within(ways, now)])


def within(ways: Ways, now: Mapping[str, str]) -> bool:
    """Whether at least one of the ways in is open."""
    return any(all(now.get(name) in words for name, words in way.items()) for way in ways)
