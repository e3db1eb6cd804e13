"""Which date a release is planned on, whom it concerns, and when its stages fall due (sections 2.1 to 2.4)."""

from dataclasses import dataclass
from datetime import date, timedelta

from hub.core.events import Event
from hub.simulate.oracle.days import (
    back_to_working,
    birthday,
    day_of,
    eligible,
    instant,
    months_from,
    next_working,
    working_days_before,
)
from hub.simulate.oracle.facts import Known, care_status, happened, looked_after, open_services

DAYS = {"T12W": 84, "T8W": 56, "T4W": 28, "T2W": 14, "T1W": 7}
LEAD = ("PROB", "YJS")
STAGES = {
    "T12W": (*LEAD, "LCPA", "CSC", "ASC", "SEND", "RECONNECT", "DWP", "SMS"),
    "T8W": (*LEAD, "HOUS", "LCPA"),
    "T4W": (*LEAD, "SMS", "VCSE", "CSH"),
    "T2W": (*LEAD, "HOUS", "LCPA", "CSC"),
    "T1W": (*LEAD, "DWP", "SMS", "RECONNECT"),
    "T2WD": LEAD,
    "T0": (*LEAD, "HOUS", "LCPA", "SMS"),
    "TDNA": LEAD,
}
UNPLANNED = (*LEAD, "HOUS", "LCPA", "SMS", "CSC")
LEAVING = frozenset({"ELIGIBLE", "RELEVANT", "FORMER_RELEVANT"})
HELD = {
    **dict.fromkeys(("REMAND", "REMANDED", "FURTHER_REMAND", "IS91", "IMMIGRATION_DETAINEE"), "FURTHER_REMAND"),
    **dict.fromkeys(("IMMIGRATION_DETENTION", "CIVIL_PRISONER", "CIVIL_DETENTION"), "FURTHER_REMAND"),
    **dict.fromkeys(("NEW_SENTENCE", "FURTHER_SENTENCE"), "NO_RELEASE_DATE"),
}
RECALLS = {"FTR_14": 14, "FTR_28": 28, "FTR_56": 56, "FTR": 56}
INDETERMINATE = frozenset({"LIFE", "IPP", "DPP", "INDETERMINATE"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the facts call for: a plan on a *day*, a release that has happened, or why there is none."""

    episode: int
    day: date | None = None
    released: Event | None = None
    cancelled: str | None = None
    away: bool = False


def wanted(found: Known) -> Wanted:
    """The planning date (R1), after whatever stands in its way (section 2.2)."""
    stay = found.stay
    if found.died:
        return Wanted(stay.number, cancelled="EPISODE_CLOSED")
    if stay.left == "REMOVED_FROM_UK":
        return Wanted(stay.number, cancelled="REMOVED_FROM_UK")
    day = planning_date(found)
    if day is not None and spent(found, day):
        day = None
    fled = stay.left is None or (stay.left == "HOSPITAL_TRANSFER" and found.fled > stay.left_at)
    if stay.away and fled and stay.released is None:
        return Wanted(stay.number, day, away=True)
    before = stay.number > 1 and stay.since > found.remanded  # of a stay that is over
    held = None if before else HELD.get(found.legal_status or "")
    if held is not None and found.remanded <= max(
        (happened(told) for told in (found.dates, stay.released) if told), default=0
    ):
        held = None
    if stay.left == "HOSPITAL_TRANSFER":
        return Wanted(stay.number, cancelled="HOSPITAL_TRANSFER")
    if stay.released is not None and held is None:
        return Wanted(stay.number, day, released=stay.released, away=stay.away)
    if held is not None:
        return Wanted(stay.number, cancelled=held)
    if day is None:
        return Wanted(stay.number, cancelled="NO_RELEASE_DATE")
    return Wanted(stay.number, day)


def spent(found: Known, day: date) -> bool:
    """Whether a date was told before a return that came after it; who was at large resumes their plan (2.2)."""
    told = happened(found.dates) if found.dates else 0
    return found.fled < told < found.admitted and day < day_of(found.admitted)


def planning_date(found: Known) -> date | None:
    """The earliest day to plan on (R1 to R4)."""
    if found.dates is None:
        return None
    told = {name: day for name, day in found.dates.fields.items() if isinstance(day, date)}
    fields = found.dates.fields
    recalled = "prrd" in told or "recall" in fields
    statutory = _statutory(found, told, recalled)
    confirmed = told.get("confirmed")
    if confirmed is not None:
        if doubted(found) is None:
            return confirmed
        return back_to_working(statutory or confirmed)
    for name in ("apd", "hdcad"):
        if name in told:
            return told[name]
    if statutory is None:
        return None
    return _presumed(found, back_to_working(statutory))


def doubted(found: Known) -> date | None:
    """A confirmed date after the day set by law, or for a recall not after the conditional one (R2)."""
    fields = found.dates.fields if found.dates else {}
    told = {name: day for name, day in fields.items() if isinstance(day, date)}
    confirmed, recalled = told.get("confirmed"), "prrd" in told or "recall" in fields
    limit = next((told[name] for name in ("prrd", "crd", "ard") if name in told), None)
    if confirmed is None:
        return None
    late = limit is not None and confirmed > limit
    early = recalled and "crd" in told and confirmed <= told["crd"]
    return confirmed if late or early else None


def _statutory(found: Known, told: dict[str, date], recalled: bool) -> date | None:
    fields = found.dates.fields if found.dates else {}
    if {fields.get("sentence"), found.about.get("sentence")} & INDETERMINATE:
        return None
    if recalled:
        return None if fields.get("recall") == "STANDARD" else told.get("prrd") or told.get("dprrd") or _term(found)
    if "dprrd" in told:
        return told["dprrd"]
    if "etd" in told and fields.get("etd_approved"):
        return told["etd"]
    if "ltd" in told and fields.get("ltd_ordered"):
        return told["ltd"]
    return told.get("mtd") or told.get("crd") or told.get("ard")


def _term(found: Known) -> date | None:
    """A fixed term that the prison told no end of begins with the day of return (K8)."""
    days = RECALLS.get(str(found.dates.fields.get("recall"))) if found.dates else None
    return None if days is None or found.returned is None else found.returned + timedelta(days=days - 1)


def _presumed(found: Known, day: date) -> date:
    """Off a Friday or the eve of a holiday (R4): two eligible days for a child (R4b)."""
    fields = found.dates.fields if found.dates else {}
    served = fields.get("served_days_at_release", fields.get("cumulative_served_days", 28))
    if eligible(day) or (isinstance(served, int) and served < 28) or fields.get("sentence") in INDETERMINATE:
        return day
    age = found.age_on(day)
    for _ in range(2 if age is not None and age < 18 else 1):
        day -= timedelta(days=1)
        while not eligible(day):
            day -= timedelta(days=1)
    return day


def due(stage: str, day: date) -> tuple[date, int]:
    """The day and the moment at which a stage falls due (section 2.3)."""
    if stage == "TDNA":
        on = next_working(day)
        return on, instant(on, 14)
    on = {"T0": day, "T2WD": working_days_before(day, 2)}.get(stage) or back_to_working(
        day - timedelta(days=DAYS[stage])
    )
    return on, instant(on)


def joint(found: Known, day: date) -> bool:
    """Within six months either side of the 18th birthday (J1)."""
    if found.born is None:
        return False
    adult = birthday(found.born, 18)
    return months_from(adult, -6) <= day <= months_from(adult, 6)


def routed(found: Known, day: date, licence: bool, now: int, unplanned: bool = False) -> set[str]:
    """The teams that a release on *day* concerns (section 2.4)."""
    age, today = found.age_on(day), day_of(now)
    child, adult = age is not None and age < 18, age is None or age >= 18
    care = care_status(found, today)
    young = age is not None and age < 25
    ways = {
        "PROB": (adult or joint(found, day)) and licence,
        "YJS": age is None or child or joint(found, day),
        "CSC": child or looked_after(found, today),
        "LCPA": care in LEAVING and young,
        "ASC": adult and age is not None and found.says("care_needs"),
        "HOUS": found.says("homeless")
        and found.about.get("lha", "MANCHESTER") == "MANCHESTER"
        and not found.says("housing_application"),
        "SMS": found.says("substance"),
        "RECONNECT": age is not None and adult and found.says("health"),
        "DWP": age is not None and adult,
        "SEND": child or (young and (found.ehcp or found.says("ehcp"))),
        "VCSE": found.says("vcse_match"),
        "CSH": child and (found.nrm or "CSH" in open_services(found) or found.says("csh")),
    }
    if unplanned:
        ways["CSC"] = child
    return {team for team, way in ways.items() if way}


def on_licence(event: Event, found: Known, day: date) -> bool:
    """Whether a release leaves somebody on licence, or under an order that was there before and runs on *day*."""
    return licensed(event, found) or ordered(found, day)


def ordered(found: Known, day: date) -> bool:
    """Whether any order of a court runs on *day*."""
    ends = [event.fields.get("end") for event in found.orders.values()]
    return any(not isinstance(end, date) or end >= day for end in ends)


def licensed(event: Event, found: Known) -> bool:
    """Whether a release leaves somebody on licence; one from a sentence does (2.4)."""
    said = event.fields.get("licence")
    if said is None:
        detail = event.fields.get("detail")
        said = detail == "TIME_SERVED" or (found.sentenced and detail not in {"BAIL", "NOT_GUILTY"})
    return bool(said)


def stale(event: Event, now: int) -> bool:
    """A release first heard of four weeks later is history."""
    return day_of(now) - day_of(happened(event)) >= timedelta(days=28)
