"""Whom a coming of age concerns, and when (section 3.2)."""

from datetime import date

from hub.simulate.oracle.days import back_to_working, birthday, day_of, instant, months_from
from hub.simulate.oracle.facts import Known, care_status, happened, looked_after, open_services, order_past_18
from hub.simulate.oracle.release import LEAVING

MONTHS = {"T12M": 12, "T6M": 6, "T3M": 3, "T1M": 1, "T18": 0}
STAGES = {
    "T12M": ("CSC", "LCPA", "SEND", "ASC", "MH"),
    "T6M": ("YJS", "PROB", "CSC", "LCPA", "MH"),
    "T3M": ("YJS", "PROB", "CSC", "LCPA", "ASC", "MH", "HOUS", "CSH"),
    "T1M": ("YJS", "PROB", "CSC", "LCPA", "ASC", "MH", "HOUS", "CSH"),
    "T18": ("YJS", "PROB", "CSC", "LCPA", "ASC", "MH", "CSH"),
}
SOCIAL_CARE = frozenset({"CIN", "CP", "CLA", "EARLY_HELP"})


def adult_on(found: Known) -> date | None:
    """The legal 18th birthday, from which everything is counted back (K6)."""
    return None if found.born is None else birthday(found.born, 18)


def due(stage: str, adult: date) -> tuple[date, int]:
    """The day and the moment at which a stage falls due."""
    on = adult if stage == "T18" else back_to_working(months_from(adult, -MONTHS[stage]))
    return on, instant(on)


def custody(found: Known) -> bool:
    """Whether the person is held now."""
    dated = found.dates is not None
    out = found.stay.released
    if found.dates is not None and out is not None and found.stay.left != "REMOVED_FROM_UK":
        dated = happened(found.dates) > found.freed
        return bool(found.inside) or dated
    return bool(found.inside) or (found.inside is None and dated)


def reasons(found: Known, now: int) -> bool:
    """Whether anything says that a need goes on past 18; a birthday alone, or a service alone, does not."""
    services, care = open_services(found), care_status(found, day_of(now))
    more = {"CAMHS", "CSH", "SAFE", "SAFE_TASKFORCE"} & services
    plan = found.ehcp or found.says("ehcp")
    return bool(
        more
        or plan
        or order_past_18(found)
        or care in LEAVING
        or looked_after(found, day_of(now))
        or _safeguarded(found)
        or custody(found)
    )


def _safeguarded(found: Known) -> bool:
    return found.nrm or "nrm" in found.about or "CSH" in open_services(found)


def routed(found: Known, now: int) -> set[str]:
    """The teams with a reason of their own."""
    if not reasons(found, now):
        return set()
    services, care = open_services(found), care_status(found, day_of(now))
    held, ehcp, order = custody(found), found.ehcp or found.says("ehcp"), order_past_18(found)
    ways = {
        "YJS": order or held,
        "PROB": order or held,
        "CSC": bool(services & SOCIAL_CARE) or looked_after(found, day_of(now)) or held,
        "LCPA": care in LEAVING,
        "SEND": ehcp,
        "ASC": ehcp or found.says("care_needs"),
        "MH": "CAMHS" in services,
        "HOUS": found.says("homeless")
        and found.about.get("lha", "MANCHESTER") == "MANCHESTER"
        and not found.says("housing_application"),
        "CSH": _safeguarded(found),
    }
    return {team for team, way in ways.items() if way}
