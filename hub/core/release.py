"""
Release from prison: which date to plan on, when each stage falls due, and what an actual release means.

The hub never computes a sentence: it picks one of the prison's dates (rule R1) and, while that date is unconfirmed,
applies the day-of-week rules to it (R3, R4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hub.core.calendar import HOUR, Calendar
from hub.core.events import Value
from hub.core.person import Planned
from hub.core.routing import circumstances, routed
from hub.core.rules import Rules, Stage
from hub.core.view import View, care_status, has_ehcp, looked_after

STATUTORY = ("prrd", "dto", "crd", "ard")


@dataclass(frozen=True, slots=True)
class Due:
    """
    One stage for one team: *on* is its civil date (None: at once), *at* the instant it falls due.

    *reason* is an audit code where the team is not the one that the stage names.
    """

    stage: Stage
    team: str
    on: date | None
    at: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What should be told to whom and when, and the date it all rests on."""

    kind: str
    basis: date
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Dates:
    """The planning date, and the window it may still move in: earliest day to statutory day."""

    day: date
    until: date
    source: str


def planning_date(seen: View, calendar: Calendar) -> Dates | None:
    """
    The date to plan on: confirmed, parole, HDC, post-recall or DTO, conditional, automatic (rules R1 and R2).

    >>> from hub.core.person import Fact
    >>> told = View({"dates:": Fact(1, 1, "e", {"crd": date(2027, 2, 14), "served_days_at_release": 200})})
    >>> planning_date(told, Calendar(frozenset(), (0,), (0,))).day
    datetime.date(2027, 2, 11)
    """
    told = current_dates(seen)
    dates = () if told.get("recall") == "STANDARD" else STATUTORY  # a standard recall waits for parole (section 2.2)
    statutory = next(((name, day) for name in dates if (day := _statutory(told, name))), None)
    confirmed = told.get("confirmed")
    if isinstance(confirmed, date):
        if statutory is None or not _implausible(told, confirmed, statutory[1]):
            return Dates(confirmed, confirmed, "confirmed")
        day = calendar.working_day_on_or_before(statutory[1])
        return Dates(day, day, statutory[0])
    for name in ("apd", "hdcad"):
        granted = told.get(name)
        if isinstance(granted, date):
            return Dates(granted, granted, name)
    return None if statutory is None else _earliest(seen, told, *statutory, calendar)


def current_dates(seen: View) -> dict[str, Value]:
    """What the prison last said of the dates of this booking; a release uses them up, unless it was in error."""
    booking = seen.get("received:ADMISSION", "booking")
    newest = seen.facts.get(f"dates:{booking}") if booking else None
    if newest is None:
        newest = max((fact for _, fact in seen.named("dates")), key=lambda fact: (fact.at, fact.id), default=None)
    freed = seen.at("released:RELEASED")
    used = newest is not None and newest.at <= freed and seen.at("release_in_error") < freed
    return {} if newest is None or used else dict(newest.fields)


def _statutory(told: dict[str, Value], name: str) -> date | None:
    """One of the dates set by law; the DTO date is early when approved, late when ordered, else the mid-term one."""
    if name == "dto":
        order = (
            "ltd" if told.get("ltd_ordered") else None,
            "etd" if told.get("etd_approved") else None,
            "mtd",
            "dprrd",
        )
        day = next((told[key] for key in order if key and key in told), None)
    else:
        day = told.get(name)
    return day if isinstance(day, date) else None


def _implausible(told: dict[str, Value], confirmed: date, statutory: date) -> bool:
    """A confirmed date after the statutory one, or for a recall on or before the conditional date (rule R2)."""
    conditional = told.get("crd")
    recalled = isinstance(told.get("prrd"), date) and isinstance(conditional, date)
    return confirmed > statutory or (recalled and isinstance(conditional, date) and confirmed <= conditional)


def _earliest(seen: View, told: dict[str, Value], name: str, day: date, calendar: Calendar) -> Dates:
    """
    Back from a day off (Criminal Justice Act 1961 s.23), then from a Friday or eve of a holiday (R4; R4b for
    children).
    """
    until = calendar.working_day_on_or_before(day)
    served = told.get("cumulative_served_days", told.get("served_days_at_release"))
    short = isinstance(served, int) and served < 28
    if short or calendar.eligible(until) or told.get("sentence") == "INDETERMINATE":
        return Dates(until, until, name)
    first = calendar.eligible_day_on_or_before(until)
    age = seen.age(until)
    if age is not None and age < 18:
        first = calendar.eligible_day_on_or_before(first - timedelta(days=1))
    return Dates(first, until, name)


def due_date(stage: Stage, day: date, calendar: Calendar) -> date:
    """
    When *stage* falls due before (or after) *day*; on a day off it rolls back, unless its row says it stays (rule
    K3).
    """
    if stage.unit == "working_days":
        walk = calendar.working_days_before if stage.offset > 0 else calendar.working_days_after
        return walk(day, abs(stage.offset))
    due = day - timedelta(days=stage.offset)
    return calendar.working_day_on_or_before(due) if stage.rolls else due


def plan(seen: View, rules: Rules) -> Plan | None:
    """Every stage of the planned release for every team routed on that day; None when there is no date to plan on."""
    dates = planning_date(seen, rules.calendar)
    if dates is None:
        return None
    if at_large(seen):
        return Plan("RELEASE", dates.day, ())
    now = circumstances(seen, dates.day, True, rules.home_authority, rules.limits.joint_window_months)
    teams = routed(rules.routes["release"], now)
    dues = tuple(
        Due(stage, team, on, rules.calendar.instant(on, stage.hour))
        for stage in rules.release
        for on in (due_date(stage, dates.day, rules.calendar),)
        for team in stage.teams
        if team in teams
    )
    return Plan("RELEASE", dates.day, dues)


def shown(seen: View, freed: "Released | None", rules: Rules) -> dict[str, Value]:
    """All that a release alert could say; each team's agreement takes its few fields from here."""
    dates = planning_date(seen, rules.calendar)
    day, until, source = (
        (freed.on, freed.on, "ACTUAL") if freed else (dates.day, dates.until, dates.source) if dates else (None,) * 3
    )
    return {
        "window_from": day,
        "window_until": until,
        "release_type": source.upper() if source else None,
        "licence": freed.licence if freed else True,
        "prison": prison(seen),
    }


def prison(seen: View) -> Value:
    """The establishment that last received the person or published their dates."""
    entered = [
        fact
        for name, fact in seen.facts.items()
        if name.startswith(("received:", "dates:")) and "prison" in fact.fields
    ]
    return max(entered, key=lambda fact: (fact.at, fact.id)).fields["prison"] if entered else None


@dataclass(frozen=True, slots=True)
class Released:
    """An actual release into the community: when, whether on licence, and whether nothing planned explains it."""

    at: int
    on: date
    licence: bool
    unreconciled: bool


def actual_release(seen: View, planned: Planned | None, rules: Rules, now: int) -> Released | None:
    """
    The release that happened and was neither in error nor followed by a new admission, or None.

    Unreconciled: more than `unreconciled_days` before the planning date, with no superseding date, and for as long as
    the hold lasts at *now* (section 2.2).
    """
    fact = seen.facts.get("released:RELEASED")
    if fact is None or seen.at("received:ADMISSION") > fact.at or seen.at("release_in_error") >= fact.at:
        return None
    basis = None if planned is None else planned.basis
    on = rules.calendar.local_date(fact.at)
    told = fact.fields.get("licence")
    sentenced = any(True for _ in seen.named("dates")) or fact.fields.get("detail") == "TIME_SERVED"
    licence = told if isinstance(told, bool) else sentenced
    early = basis is not None and on < basis - timedelta(days=rules.limits.unreconciled_days)
    early = early and now < fact.at + rules.limits.unreconciled_hold_hours * HOUR
    return Released(fact.at, on, licence, early)


def unplanned(seen: View, freed: Released, rules: Rules) -> Plan:
    """
    What an unplanned release tells: T0U at once, to the lead alone for four hours while it is unreconciled, then
    TDNA.
    """
    limits = rules.limits
    now = circumstances(seen, freed.on, freed.licence, rules.home_authority, limits.joint_window_months)
    teams = routed(rules.routes["release"], now)
    told = {stage: [code for code in stage.teams if code in teams] for stage in (*rules.unplanned, *rules.release)}
    dues = [due for stage in rules.unplanned for due in _at_once(stage, told[stage], freed, rules)]
    if freed.licence and not freed.unreconciled:
        after = (stage for stage in rules.release if stage.offset < 0)
        dues += [_dated(stage, team, freed.on, rules) for stage in after for team in told[stage]]
    return Plan("RELEASE", freed.on, tuple(dues))


def _at_once(stage: Stage, teams: Iterable[str], freed: Released, rules: Rules) -> Iterable[Due]:
    held = freed.at + rules.limits.unreconciled_hold_hours * HOUR
    for team in teams:
        at = held if freed.unreconciled and team not in {"PROB", "YJS"} else freed.at
        yield Due(stage, team, None, at)


def _dated(stage: Stage, team: str, day: date, rules: Rules) -> Due:
    on = due_date(stage, day, rules.calendar)
    return Due(stage, team, on, rules.calendar.instant(on, stage.hour))


def at_large(seen: View) -> bool:
    """Escaped or absconded and not received since: the plan rests, nobody is told, and it resumes on return (2.2)."""
    received = (fact.at for name, fact in seen.facts.items() if name.startswith("received:"))
    return seen.at("movement:UNLAWFULLY_AT_LARGE") > max(received, default=0)


def stopped(seen: View) -> str | None:
    """
    Why no release is to be planned although a date may stand: death, further remand, hospital, removal (section 2.2).

    A return to prison, new dates or a release that came after all take each of them back, except the first.
    """
    if "died" in seen.facts:
        return "EPISODE_CLOSED"
    told = (fact.at for name, fact in seen.facts.items() if name.startswith(("dates:", "received:")))
    planned = max(told, default=0)
    since = max(planned, seen.at("released:RELEASED"))
    if seen.get("legal_status", "new") == "REMAND" and seen.at("legal_status") > since:
        return "FURTHER_REMAND"
    if seen.at("movement:RELEASED_TO_HOSPITAL") > since:
        return "HOSPITAL_TRANSFER"
    gone = seen.at("released:RELEASED") if seen.get("released:RELEASED", "detail") == "REMOVED_FROM_UK" else 0
    return "REMOVED_FROM_UK" if max(gone, seen.at("movement:REMOVED_FROM_UK")) > planned else None


def needs(seen: View) -> dict[str, Value]:
    """The needs and statuses an alert may carry where an agreement names them."""
    return {
        "care": care_status(seen) or ("LOOKED_AFTER" if looked_after(seen) else None),
        "ehcp": has_ehcp(seen) or None,
        "homeless": seen.about("homeless"),
        "substance": seen.about("substance"),
        "care_needs": seen.about("care_needs"),
    }
