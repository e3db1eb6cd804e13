"""
Release from prison: which date to plan on, when each stage falls due, and what an actual release means.

The hub never computes a sentence: it picks one of the prison's dates (rule R1) and, while that date is unconfirmed,
applies the day-of-week rules to it (R3, R4).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from hub.core.calendar import DAY, HOUR, Calendar, months_before
from hub.core.events import Value
from hub.core.person import Fact, Planned
from hub.core.routing import Circumstances, joint, routed
from hub.core.rules import LEAD, Rules, Stage
from hub.core.view import View

STOPS = frozenset({"detained", "removed", "hospital"})
STATUTORY, RECALLED = ("prrd", "dto", "crd", "ard"), ("prrd", "dprrd")


class Due(NamedTuple):
    """
    One stage for one team: *on* is its civil date (None: at once), *at* the instant it falls due.

    *reason* is an audit code where the team is not the one that the stage names; *done*, what it asks for has happened.
    """

    stage: Stage
    team: str
    on: date | None
    at: int
    reason: str | None = None
    done: bool = False


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


def planning_date(seen: View, rules: Rules) -> Dates | None:
    """
    The date to plan on: confirmed, parole, HDC, post-recall or DTO, conditional, automatic (rules R1 and R2).

    Told before a return to custody and past by then, it was of the time before; but who was at large resumes (2.2).
    """
    newest = _newest(seen)
    dates = None if newest is None else _chosen(seen, current_dates(seen, rules), rules)
    if newest is None or dates is None:
        return None
    entered = seen.last("admission")
    spent = seen.last("at_large") < newest.at < entered and dates.day < rules.calendar.local_date(entered)
    return None if spent else dates


def dated(seen: View, rules: Rules) -> date | None:
    """The day that the newest dates name, be it that a release has used them up."""
    found = _chosen(seen, _newest_dates(seen, rules), rules)
    return None if found is None else found.day


def _chosen(seen: View, told: dict[str, Value], rules: Rules) -> Dates | None:
    statutory = next(((name, day) for name in _open(seen, told, rules) if (day := _statutory(told, name))), None)
    confirmed = told.get("confirmed")
    if isinstance(confirmed, date):
        if not _implausible(told, confirmed):
            return Dates(confirmed, confirmed, "confirmed")
        if statutory is not None:
            day = rules.calendar.working_day_on_or_before(statutory[1])
            return Dates(day, day, statutory[0])
    for name in ("apd", "hdcad"):
        granted = told.get(name)
        if isinstance(granted, date):
            return Dates(granted, granted, name)
    return None if statutory is None else _earliest(seen, told, *statutory, rules)


def doubted(seen: View, rules: Rules) -> tuple[date, date] | None:
    """The confirmed date that cannot be right, and the day planned on instead (rule R2), or None."""
    told = current_dates(seen, rules)
    confirmed = told.get("confirmed")
    if not isinstance(confirmed, date) or not _implausible(told, confirmed):
        return None
    dates, chosen = planning_date(seen, rules), _chosen(seen, told, rules)
    if dates is None and chosen is not None:  # it was of the time before the return
        return None
    return confirmed, dates.day if dates else confirmed


def current_dates(seen: View, rules: Rules) -> dict[str, Value]:
    """What the prison last said of the dates of this booking; a release uses them up, unless it was in error."""
    newest = _newest(seen)
    if newest is None:
        return {}
    freed = seen.last("release", "removed")
    used = newest.at <= freed and seen.at("release_in_error") < freed
    return {} if used else _newest_dates(seen, rules)


def _newest_dates(seen: View, rules: Rules) -> dict[str, Value]:
    newest = _newest(seen)
    return {} if newest is None else _post_recall(seen, dict(newest.fields), rules)


def _newest(seen: View) -> Fact | None:
    """What was last told of the dates of this booking, or else of any."""
    entered = seen.moved("admission")
    booking = entered[2].fields.get("booking") if entered else None
    newest = seen.facts.get(f"dates:{booking}") if booking else None
    return newest or seen.custody.dates


def _post_recall(seen: View, told: dict[str, Value], rules: Rules) -> dict[str, Value]:
    """A fixed-term recall whose end the prison does not tell ends on the day of return + days - 1 (rule K8)."""
    kind, entered = told.get("recall"), seen.moved("admission")
    if not isinstance(kind, str) or entered is None or any(isinstance(told.get(name), date) for name in RECALLED):
        return told
    at, _, fact = entered
    back = fact.fields.get("return_to_custody")
    first = back if isinstance(back, date) else rules.calendar.local_date(at)
    days = rules.law.recall_days(kind, first)
    return told if days is None else {**told, "prrd": first + timedelta(days=days - 1)}


def _open(seen: View, told: dict[str, Value], rules: Rules) -> tuple[str, ...]:
    """
    Which dates set by law may release: none from an indeterminate sentence or a standard recall, which wait for parole,
    and after a recall not those of before it.
    """
    if told.get("sentence", seen.about("sentence")) in rules.law.indeterminate or told.get("recall") == "STANDARD":
        return ()
    return RECALLED if "recall" in told else STATUTORY


def _statutory(told: dict[str, Value], name: str) -> date | None:
    """
    One of the dates set by law; a DTO's is that after its recall, the late one when ordered, the early one when
    approved, else the mid-term one.
    """
    if name == "dto":
        late, early = ("ltd" if told.get("ltd_ordered") else None), ("etd" if told.get("etd_approved") else None)
        name = next((key for key in ("dprrd", late, early, "mtd") if key and key in told), "mtd")
    day = told.get(name)
    return day if isinstance(day, date) else None


def _implausible(told: dict[str, Value], confirmed: date) -> bool:
    """After the statutory date, which no prison can choose to pass, or for a recall not after the conditional date."""
    conditional, post_recall = told.get("crd"), told.get("prrd")
    if (isinstance(post_recall, date) or "recall" in told) and isinstance(conditional, date):
        early = confirmed <= conditional
    else:
        early = False
    statutory = next((day for name in ("prrd", "crd", "ard") if isinstance(day := told.get(name), date)), None)
    return early or (statutory is not None and confirmed > statutory)


def _earliest(seen: View, told: dict[str, Value], name: str, day: date, rules: Rules) -> Dates:
    """
    Back from a day off (Criminal Justice Act 1961 s.23), then from a Friday or eve of a holiday (R4; R4b for
    children).
    """
    calendar = rules.calendar
    until = calendar.working_day_on_or_before(day)
    presumed = rules.law.day_of_release(until)
    served = told.get("cumulative_served_days", told.get("served_days_at_release"))
    if presumed is None or calendar.eligible(until) or (isinstance(served, int) and served < presumed.served_days):
        return Dates(until, until, name)
    age = seen.age(until)
    first = until + DAY
    for _ in range(presumed.eligible_days_child if age is not None and age < 18 else presumed.eligible_days):
        first = calendar.eligible_day_on_or_before(first - DAY)
    return Dates(first, until, name)


def due_date(stage: Stage, day: date, calendar: Calendar) -> date:
    """
    When *stage* falls due before (or after) *day*; on a day off it rolls back, unless its row says it stays (rule
    K3).
    """
    if stage.unit == "working_days":
        walk = calendar.working_days_before if stage.offset > 0 else calendar.working_days_after
        return walk(day, abs(stage.offset))
    due = months_before(day, stage.offset) if stage.unit == "months" else day - timedelta(days=stage.offset)
    due -= timedelta(days=stage.and_days)
    return calendar.working_day_on_or_before(due) if stage.rolls else due


def plan(seen: View, rules: Rules) -> Plan | None:
    """Every stage of the planned release for every team routed on that day; None when there is no date to plan on."""
    dates = planning_date(seen, rules)
    if dates is None:
        return None
    now = Circumstances(seen, dates.day, True, rules)
    teams = routed(rules.routes["release"], now)
    dues: list[Due] = []
    for stage in rules.release:
        told = [team for team in stage.teams if team in teams]
        dues += _dated(seen, stage, told, dates.day, rules)
    return Plan("RELEASE", dates.day, tuple(dues))


def to_hospital(seen: View, at: int, rules: Rules) -> Plan:
    """Who is told at once of a transfer to hospital: the lead of the release, and those its row names beside them."""
    day = rules.calendar.local_date(at)
    dates = planning_date(seen, rules)
    basis = dates.day if dates else day
    now = Circumstances(seen, basis, dates is not None, rules)
    leads = routed(rules.routes["release"], now) & {*LEAD}
    told = (
        Due(stage, team, None, at)
        for stage in rules.hospital
        for team in stage.teams
        if team in leads or team not in LEAD
    )
    return Plan("RELEASE", basis, tuple(told))


def primary(seen: View, day: date | None, rules: Rules) -> str | None:
    """Who of the two leads of a release near the 18th birthday is the first, in the joint window alone (rule J1)."""
    adult = seen.eighteenth
    if day is None or adult is None or not joint(day, adult, rules.limits.joint_window_months):
        return None
    return "PROB" if day >= adult else "YJS"


def held_in_youth_estate(seen: View, rules: Rules) -> bool:
    """Whether the release follows the 18th birthday so soon that a move to an adult prison may not be worth it (J3)."""
    dates = None if stopped(seen) else planning_date(seen, rules)
    after = None if dates is None or seen.eighteenth is None else (dates.day - seen.eighteenth).days
    return after is not None and 0 < after <= rules.limits.hold_youth_estate_days


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
    out = seen.moved("release")
    if out is None or seen.last("admission") > out[0] or seen.at("release_in_error") >= out[0]:
        return None
    at, how, fact = out
    basis = None if planned is None else planned.basis
    on = rules.calendar.local_date(at)
    told = fact.fields.get("licence", how.licence)
    licence = told if isinstance(told, bool) else seen.custody.dates is not None
    held = now < at + rules.limits.unreconciled_hold_hours * HOUR and basis is not None and _early(on, basis, rules)
    newest = _chosen(seen, _newest_dates(seen, rules), rules) if held else None
    return Released(at, on, licence, held and (newest is None or _early(on, newest.day, rules)))


def _early(on: date, day: date, rules: Rules) -> bool:
    return on < day - timedelta(days=rules.limits.unreconciled_days)


def unplanned(seen: View, freed: Released, rules: Rules) -> Plan:
    """
    What an unplanned release tells: T0U at once, to the lead alone for four hours while it is unreconciled, then
    TDNA.
    """
    now = Circumstances(seen, freed.on, freed.licence, rules)
    teams = routed(rules.routes["unplanned"], now)
    told = {stage: [code for code in stage.teams if code in teams] for stage in (*rules.unplanned, *rules.release)}
    dues = [due for stage in rules.unplanned for due in _at_once(stage, told[stage], freed, rules)]
    if freed.licence and not freed.unreconciled:
        after = (stage for stage in rules.release if stage.offset < 0)
        dues += [due for stage in after for due in _dated(seen, stage, told[stage], freed.on, rules)]
    return Plan("RELEASE", freed.on, tuple(dues))


def _at_once(stage: Stage, teams: Iterable[str], freed: Released, rules: Rules) -> Iterable[Due]:
    held = freed.at + rules.limits.unreconciled_hold_hours * HOUR
    for team in teams:
        at = held if freed.unreconciled and team not in LEAD else freed.at
        yield Due(stage, team, None, at)


def _dated(seen: View, stage: Stage, teams: Iterable[str], day: date, rules: Rules) -> list[Due]:
    on = due_date(stage, day, rules.calendar)
    at = rules.calendar.instant(on, stage.hour)
    done = stage.unless == "appointment.attended" and attended(seen, day, rules)
    return [Due(stage, team, on, at, done=done) for team in teams]


def attended(seen: View, day: date, rules: Rules) -> bool:
    """Whether an appointment was kept on the *day* of release, or since."""
    return seen.at("appointment.attended") >= rules.calendar.instant(day, 0)


def at_large(seen: View) -> bool:
    """Escaped or absconded and not back since: the plan rests, nobody is told, and it resumes on return (2.2)."""
    gone = seen.last("at_large")
    return gone > 0 and gone > max(seen.custody.received, seen.last("release", "removed", "hospital"))


def in_hospital(seen: View) -> int | None:
    """When the person was transferred to hospital, unless back or let go since (Mental Health Act ss.47-48)."""
    gone = seen.last("hospital")
    return gone if gone > 0 and gone > max(seen.custody.received, seen.last("release", "removed")) else None


def unanswered(seen: View) -> int | None:
    """When the person went to court, if nothing is told since of where they went from there (section 2.2)."""
    gone = seen.last("court")
    since = "release", "admission", "transfer", "absence", "hospital", "removed", "at_large"
    return gone if gone > 0 and gone > seen.last(*since) else None


def stopped(seen: View) -> str | None:
    """
    Why no release is to be planned although a date may stand: death, further detention, hospital, removal (section
    2.2).

    A return takes back a hospital or a removal, new dates, another legal status or a new stay a detention, a release
    all but death; one in error, and the return from it, leave a detention as it was. The date itself is kept, and is
    there again on return.
    """
    if "died" in seen.facts:
        return "EPISODE_CLOSED"
    if STOPS.isdisjoint(seen.custody.moves):
        return None
    dates = seen.custody.dates
    planned = 0 if dates is None else dates.at
    entered, out = seen.last("admission"), seen.last("release")
    freed = 0 if seen.at("release_in_error") >= out else out
    anew = entered if entered > max(freed, seen.last("removed")) > 0 else 0
    back = {"detained": max(planned, anew, freed), "removed": max(entered, out)}
    found = [seen.moved(effect) for effect, until in back.items() if seen.last(effect) > until]
    if in_hospital(seen) is not None:
        found.append(seen.moved("hospital"))
    return max(((at, how.reason) for at, how, _ in filter(None, found)), default=(0, None))[1]
