"""Which support is about to end, and who carries on: services and their handovers (section 3.3)."""

from dataclasses import dataclass, field
from datetime import date

from hub.core.events import Event
from hub.simulate.oracle.days import DAY as ONE_DAY
from hub.simulate.oracle.days import (
    back_to_working,
    birthday,
    day_of,
    instant,
    last_friday_of_june,
    working_days_before,
)
from hub.simulate.oracle.facts import Known, care_status, happened
from hub.simulate.oracle.handover import RECEIVERS, handover, matched, teams
from hub.simulate.oracle.release import LEAVING

TEAMS = {
    **dict.fromkeys(("CIN", "CP", "CLA", "EARLY_HELP"), "CSC"),
    **dict.fromkeys(("AP_PLACEMENT", "SAFE_TASKFORCE", "EHCP"), "SEND"),
    "CAMHS": "MH",
    "YJS_ORDER": "YJS",
    "PA": "LCPA",
    "CSH": "CSH",
}
ENDS = {**dict.fromkeys(("CIN", "CP", "CLA", "EARLY_HELP", "CAMHS", "CSH"), 18), "EHCP": 25, "PA": 25}
CONTINUES = {"CIN": ("CP", "CLA"), "CP": ("CIN", "CLA"), "EARLY_HELP": ("CIN", "CP", "CLA"), "REMAND_LAC": ("CLA",)}
CARES = {"CLA": frozenset({"RELEVANT", "FORMER_RELEVANT"})}
CARRIED = frozenset({"RELEVANT", "FORMER_RELEVANT", "ELIGIBLE", "LOOKED_AFTER"})
SCHOOL = frozenset({"AP_PLACEMENT", "SAFE_TASKFORCE"})
REOPENED = 5
DAYS = {"C90": 90, "C28": 28, "C0": 0, "SUPERVISION_END": 28}


@dataclass(slots=True)
class Service:
    """One service that somebody has: when it ends, whether with notice, and how its handover stands."""

    name: str
    team: str
    end: date | None = None
    noticed: bool = False
    told: bool = False
    referred: bool = False
    accepted: bool = False
    declined: int | None = None
    met: bool = False
    gone: date | None = None
    opened: date | None = None
    why: str = "NOT_ROUTED"
    stood: tuple[date, ...] = ()
    stages: tuple[str, ...] = ("C90", "C28", "C0")
    since: int = 0
    by: str = ""


@dataclass(slots=True)
class Support:
    """All services of a person, by name."""

    services: dict[str, Service] = field(default_factory=dict)


def support(found: Known, today: date) -> Support:
    """What there is, from the whole history."""
    made = Support()
    for name, told in found.services.items():
        if name in TEAMS:
            made.services[name] = _service(found, name, told)
    if found.ehcp or found.says("ehcp"):
        made.services.setdefault("EHCP", Service("EHCP", "SEND", _implied(found, "EHCP")))
    adviser = Service("PA", "LCPA", _implied(found, "PA"))
    leaving = found.born is not None and birthday(found.born, 18) <= today
    if leaving and care_status(found, today) in LEAVING:
        made.services.setdefault("PA", adviser)
    if found.youth_remand is not None:
        remand = _remand(found, found.youth_remand, today)
        made.services |= {} if remand is None else {remand.name: remand}
    if (supervised := _supervision(found)) is not None:
        made.services[supervised.name] = supervised
    _handovers(made, found, today)
    _continued(made, found)
    return made


def _remand(found: Known, event: Event, today: date) -> Service | None:
    """Looked after while the remand lasts (LASPO s.104): until release, another legal status or 18."""
    began = happened(event)
    if found.born is None or day_of(began) >= birthday(found.born, 18):
        return None
    made, ends = Service("REMAND_LAC", "CSC", opened=day_of(began), since=began), []
    if found.freed > began:
        ends.append(day_of(found.freed))
    if found.legal_status not in {None, "REMAND", "CONVICTED_UNSENTENCED"} and found.remanded > began:
        ends.append(day_of(found.remanded))
    if birthday(found.born, 18) <= today:
        ends.append(birthday(found.born, 18))
    if ends:
        made.gone, since = min(ends), day_of(found.cared)
        made.met, made.why = found.care in CARRIED and since >= made.gone, "DUTY_CONTINUES_RELEVANT"
    return made


def _supervision(found: Known) -> Service | None:
    """The end of licence or sentence, where needs are open and nobody voluntary is there."""
    told = found.newest.fields if found.newest else {}
    end = next((day for name in ("sled", "led", "sed") if isinstance(day := told.get(name), date)), None)
    needs = ("homeless", "substance", "care_needs", "health", "mental_health")
    if end is None or found.says("vcse_match") or not any(found.says(name) for name in needs):
        return None
    return Service("SUPERVISION", "PROB", end, told=True, stages=("SUPERVISION_END",))


def _service(found: Known, name: str, told: list[Event]) -> Service:
    """Open, closing on a day, or closed: the last word counts, and what was before the last opening is over."""
    made, implied = Service(name, TEAMS[name]), _implied(found, name)
    usual, agreed = implied, False
    for event in told:
        day = day_of(happened(event))
        over = event.fields.get("agreed") is True and event.fields.get("reason") in {"NEED_MET", "MOVED"}
        if event.type == "service.opened":
            agreed = False
            made = Service(name, TEAMS[name], opened=day, stood=_stood(made, day), since=happened(event))
            usual = implied if implied is None or implied > day else None  # taken up after its usual end, it has none
        elif event.type == "service.closure_planned":
            end = event.fields.get("end")
            made.end, made.noticed, made.told = (end if isinstance(end, date) else None), True, True
            made.met = agreed = over
        else:
            made.met = over or agreed  # to close is to do what was agreed
            made.gone = day
            if made.noticed and made.end is not None and day < made.end:  # before the day that was told
                made.end = day
            if not made.noticed and usual is not None and day >= usual:
                made.noticed, made.end = True, usual
        if over or not made.met:
            made.why = str(event.fields["reason"]) if over else "NOT_ROUTED"
        made.by = event.agency
    if made.gone is None and made.end is None:
        made.end = usual
    return made


def _stood(made: Service, opened: date) -> tuple[date, ...]:
    """Sudden closures that a later opening does not take back: five working days make a closure real."""
    if made.gone is None or made.noticed or made.met or false(made.gone, opened):
        return made.stood
    return (*made.stood, made.gone)


def false(closed: date, opened: date) -> bool:
    """Whether a service was opened again so soon that it never closed."""
    return working_days_before(opened, REOPENED) <= closed


def _implied(found: Known, name: str) -> date | None:
    """When a service ends if nobody says so: at 18, at 25, or with school."""
    if found.born is None:
        return None
    if name in SCHOOL:
        sixteen = birthday(found.born, 16)
        return last_friday_of_june(sixteen.year if sixteen.month < 9 else sixteen.year + 1)
    return birthday(found.born, ENDS[name]) if name in ENDS else None


def _handovers(made: Support, found: Known, today: date) -> None:
    """A referral is of a service as it is held now; who accepts what was right to be told of takes nothing back."""
    told = matched(found.referrals)
    for service in made.services.values():
        state, at = handover(service.name, service.team, service.since, service.by, told, today)
        service.referred, service.accepted = state != "NONE", state == "ACCEPTED"
        service.declined = at if state == "DECLINED" else None


def _continued(made: Support, found: Known) -> None:
    """The same duty goes on under another heading: a care status told by then or since, or another service, longer."""
    for service in made.services.values():
        ends = [day for day in (service.end, service.gone) if day is not None]
        if service.accepted or service.met or not ends:
            service.met = service.met and not service.accepted
            continue
        if found.care in CARES.get(service.name, ()) and day_of(found.cared) >= min(ends):
            service.met, service.why = True, "DUTY_CONTINUES_RELEVANT"
        for name in CONTINUES.get(service.name, ()):
            other = made.services.get(name)
            if other is not None and other.gone is None and not other.told and (other.end or date.max) > min(ends):
                service.met, service.why = True, "DUTY_CONTINUES"


def due(stage: str, end: date) -> tuple[date, int]:
    """The day and the moment at which a stage falls due."""
    on = back_to_working(end - DAYS[stage] * ONE_DAY)
    return on, instant(on)


def handed_over(found: Known, today: date) -> set[str]:
    """
    The teams of handovers that were accepted: who handed over, and who was asked (T1M, section 3.2).

    Of a team that gives support itself all of it must be.
    """
    given: dict[str, list[bool]] = {}
    for service in support(found, today).services.values():
        if service.gone is None:
            given.setdefault(service.team, []).append(service.accepted)
    whole = {team for team, each in given.items() if all(each)}
    return (_accepted(found, today) - given.keys()) | whole


def _accepted(found: Known, today: date) -> set[str]:
    asked, unasked = matched(found.referrals)
    made: set[str] = set()
    for one in asked:
        if one.state(today) == "ACCEPTED":
            maker = TEAMS.get(str(one.event.fields.get("service")))
            made |= {maker} if maker else teams(one.event.agency)
            made |= teams(one.event.fields.get("to"))
    for event in unasked:
        name = str(event.fields["service"])
        if event.type == "referral.accepted" and name in TEAMS and teams(event.agency) & RECEIVERS[name]:
            made.add(TEAMS[name])
    return made
