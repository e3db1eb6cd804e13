"""
Which teams an alert may concern: each team's ways in, as data, read against a person's circumstances on one day.

Routing says who would need to know; whether they may know is decided afterwards, by the agreements.
"""

from collections.abc import Callable, Mapping
from datetime import date

from hub.core.calendar import months_before
from hub.core.rules import Routes, Rules, Ways
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


class Circumstances(dict[str, str | None]):
    """
    The words a route may ask about, true on *day*: ages are ages on that day (rule J6), care status is as now.

    Each is worked out when a route first asks about it; of what nobody knows nothing is said, which opens no way.
    """

    def __init__(self, seen: View, day: date, licence: bool, rules: Rules) -> None:
        super().__init__()
        self.seen, self.day, self.licence, self.rules = seen, day, licence, rules

    def __missing__(self, name: str) -> str | None:
        say = SAID.get(name)
        word = self[name] = None if say is None else say(self, self.seen)
        return word


def _authority(now: Circumstances, seen: View) -> str:
    """Whether the housing authority is ours: the one nominated, or else the one last lived in."""
    authority = seen.about("lha") or home_authority(seen)
    return "unknown" if authority is None else yes(authority == now.rules.home_authority)


def _joint(now: Circumstances, seen: View) -> str:
    adult, months = seen.eighteenth, now.rules.limits.joint_window_months
    return yes(adult is not None and joint(now.day, adult, months))


SAID: Mapping[str, Callable[[Circumstances, View], str]] = {
    "adult": lambda now, seen: "unknown" if (age := seen.age(now.day)) is None else yes(age >= 18),
    "under_25": lambda now, seen: "unknown" if (age := seen.age(now.day)) is None else yes(age < 25),
    "joint": _joint,
    "licence": lambda now, seen: yes(now.licence),
    "looked_after": lambda now, seen: yes(looked_after(seen)),
    "custody": lambda now, seen: yes(in_custody(seen)),
    "care": lambda now, seen: care_status(seen) or "none",
    "ehcp": lambda now, seen: yes(has_ehcp(seen)),
    "order": lambda now, seen: yes(order_on(seen, now.day)),
    "order_past_18": lambda now, seen: yes(seen.eighteenth is not None and order_past(seen, seen.eighteenth)),
    "child_service": lambda now, seen: yes(open_service(seen, CHILD_SERVICES)),
    "camhs": lambda now, seen: yes(open_service(seen, ("CAMHS",))),
    "csh": lambda now, seen: yes(open_service(seen, ("CSH",)) or "nrm" in seen.facts or seen.about("nrm") is not None),
    "safe": lambda now, seen: yes(open_service(seen, ("SAFE_TASKFORCE",))),
    "homeless": lambda now, seen: yes(seen.about("homeless") is True),
    "authority": _authority,
    "housing_application": lambda now, seen: yes(seen.about("live_housing_application") is True),
    "substance": lambda now, seen: yes(seen.about("substance") is True),
    "health": lambda now, seen: yes(seen.about("health") is True or seen.about("mental_health") is True),
    "care_needs": lambda now, seen: yes(seen.about("care_needs") is True),
    "vcse_match": lambda now, seen: yes(seen.about("vcse_match") is True),
}


def joint(day: date, eighteenth: date, months: int) -> bool:
    """
    Whether *day* lies within *months* calendar months either side of the 18th birthday (rule J1).

    >>> joint(date(2026, 9, 2), date(2026, 3, 2), 6), joint(date(2026, 9, 3), date(2026, 3, 2), 6)
    (True, False)
    """
    return months_before(eighteenth, months) <= day <= months_before(eighteenth, -months)


def routed(routes: Routes, now: Mapping[str, str | None]) -> frozenset[str]:
    """
    The teams that have at least one way in.

    >>> routed({"PROB": ({"adult": frozenset({"yes"})},), "HOUS": ()}, {"adult": "yes"})
    frozenset({'PROB'})
    """
    return frozenset([team for team, ways in routes.items() if within(ways, now)])


def within(ways: Ways, now: Mapping[str, str | None]) -> bool:
    """Whether at least one of the ways in is open."""
    for way in ways:
        for name, words in way.items():
            if now[name] not in words:
                break
        else:
            return True
    return False
