"""
Are we keeping our promises? What became of each case that a promise speaks of, from the log's own records alone.

A case is one release, alert, birthday, ending support or enforcement, on a day of London's calendar; it came to one of
the outcomes that `hub/reports/promises.py` words. Records may come in any order. What is taken back is no case, so a
month is told as it is known now: a date that was corrected since counts where it belongs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from hub import words
from hub.core.calendar import HOUR, Calendar
from hub.core.rules import LEAD
from hub.reports import promises as came

LIFE = "PENDING RAISED ESCALATED ACKNOWLEDGED CLOSED SKIPPED SUPPRESSED SUPERSEDED CANCELLED"
RANK = {state: number for number, state in enumerate(LIFE.split())}  # of steps at one instant
TOLD = frozenset({"RAISED", "ESCALATED", "ACKNOWLEDGED", "CLOSED"})
TAKEN_BACK = frozenset({"SUPERSEDED", "CANCELLED"})
OVER = TAKEN_BACK | {"CLOSED"}
RELEASED, UNPLANNED, ENDED = ("T0", "TDNA", "T0U"), "T0U", ("C0", "CU")
CLIFF = ("C90", "C28", *ENDED)
LEFT, CORRECTION = "person.released", "CORRECTION"
ACCEPTANCES = ("referral.accepted", "transfer.made")
OF_AGE = timedelta(days=366)  # before the birthday, within which an acceptance is of the handover at 18
WEEKS = (
    (84, "12 weeks or more"),
    (56, "8 to 12 weeks"),
    (28, "4 to 8 weeks"),
    (14, "2 to 4 weeks"),
    (1, "less than 2 weeks"),
)


class Step(msgspec.Struct, frozen=True):
    """What is counted of one step in the life of an alert."""

    alert: str
    person: str
    kind: str
    episode: int
    stage: str
    team: str
    version: int
    state: str
    at: int
    was: str | None = None
    reason: str | None = None
    basis: date | None = None
    answer: str | None = None
    ack_by: int | None = None


class Happened(NamedTuple):
    """That a decision was made about an event of a person, of which type, and when (UTC microseconds)."""

    person: str
    subject: str
    at: int


class Case(NamedTuple):
    """One case of a promise: whose, on which day, what it *came* to, more *detail* of it, and the team it is about."""

    promise: str
    person: str
    on: date
    came: str
    detail: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules say: the calendar, the days of notice on a day, which enforcement counts and for how long."""

    calendar: Calendar
    notice_days: Callable[[date], int | None]
    enforcement: frozenset[str] = frozenset()
    quiet_days: int = 0


@dataclass(slots=True)
class Alert:
    """One alert through its steps, in their order."""

    steps: list[Step] = field(default_factory=list)

    @property
    def last(self) -> Step:
        """The newest step."""
        return self.steps[-1]

    @property
    def told(self) -> Step | None:
        """When its team was told first."""
        return next((step for step in self.steps if step.state == "RAISED"), None)

    @property
    def withheld(self) -> bool:
        """Whether it fell due and its team was not told."""
        return self.last.state == "SUPPRESSED"

    @property
    def stands(self) -> bool:
        """Whether its team was told, and it was not taken back."""
        return self.told is not None and self.last.state in TOLD


def step(told: Mapping[str, Any]) -> Step:
    """A record of `alert-changes.v1` as it is counted."""
    return msgspec.convert(dict(told), Step)


def subjects(terms: Terms) -> frozenset[str]:
    """The types of event whose decisions are counted."""
    return terms.enforcement | {LEFT, *ACCEPTANCES}


def cases(steps: Iterable[Step], happened: Iterable[Happened], terms: Terms, now: int) -> list[Case]:
    """Every case of every promise, of all months, as known at *now*: in the order of their days."""
    people: dict[str, list[Alert]] = defaultdict(list)
    for alert in _alerts(steps):
        people[alert.last.person].append(alert)
    heard: dict[str, list[Happened]] = defaultdict(list)
    for one in sorted(happened):
        heard[one.person].append(one)
    today, made = words.local(now).date(), list[Case]()
    for person in people.keys() | heard.keys():
        alerts, events = people[person], heard[person]
        made += _releases(person, alerts, events, terms, today)
        made += _answers(alerts, now)
        made += _birthdays(person, alerts, events, today)
        made += _endings(person, alerts, today)
        made += _offers(person, alerts, events, terms)
    return sorted(made, key=lambda case: (case.on, case))


def answers(steps: Iterable[Step], now: int) -> Iterator[Case]:
    """
    Every alert that a team was told, by the day on which it was, and what came of it; and every correction.

    Corrections keep no promise and break none: they ask for no answer.
    """
    alerts = list(_alerts(steps))
    yield from _answers(alerts, now)
    for alert in alerts:
        if (told := alert.told) is not None and told.kind == CORRECTION:
            yield Case("corrected", told.person, _day(told.at), words.stage(told.stage), team=told.team)


def _alerts(steps: Iterable[Step]) -> Iterable[Alert]:
    """The steps of each alert in their order."""
    found: dict[str, Alert] = defaultdict(Alert)
    for one in steps:
        found[one.alert].steps.append(one)
    for alert in found.values():
        alert.steps.sort(key=_order)
    return found.values()


def _order(one: Step) -> tuple[int, int, str, str]:
    return one.at, RANK.get(one.state, len(RANK)), one.reason or "", one.answer or ""


def _day(at: int) -> date:
    return _hour(at // HOUR)


@lru_cache(maxsize=1 << 14)
def _hour(number: int) -> date:
    return words.local(number * HOUR).date()  # London's days begin on whole hours of UTC


def _releases(
    person: str, alerts: Sequence[Alert], events: Iterable[Happened], terms: Terms, today: date
) -> Iterator[Case]:
    """The releases that stand, each with the notice its lead had; then other ways out of prison, once a month."""
    mine = [alert for alert in alerts if alert.last.kind == "RELEASE"]
    episodes: dict[int, list[Alert]] = defaultdict(list)
    for alert in mine:
        if alert.last.stage in RELEASED:
            episodes[alert.last.episode].append(alert)
    days: dict[date, bool] = {}
    for rows in episodes.values():
        if (found := _released(rows)) is not None and found[0] <= today:
            days[found[0]] = days.get(found[0], False) or found[1]
    before = date.min
    for day in sorted(days):
        if (days_before := terms.notice_days(day)) is not None:
            yield _notice(person, mine, (before, day), days[day], days_before, terms)
        before = day
    months = {(day.year, day.month) for day in days}
    for one in events:
        on = _day(one.at)
        if one.subject == LEFT and (on.year, on.month) not in months and terms.notice_days(on) is not None:
            months.add((on.year, on.month))
            yield Case("notice", person, on, came.OTHERWISE_OUT)


def _standing(rows: Sequence[Alert]) -> list[Alert]:
    """
    The rows that were told and not taken back; where there is none, those withheld, if nothing of their version was
    taken back or is yet to come. The newest version comes last.
    """
    found = [alert for alert in rows if alert.stands]
    if not found and rows:
        newest = max(alert.last.version for alert in rows)
        found = [alert for alert in rows if alert.last.version == newest]
        if any(alert.last.state in TAKEN_BACK or alert.last.state == "PENDING" for alert in found):
            return []
    return sorted(
        (alert for alert in found if alert.stands or alert.withheld),
        key=lambda alert: (alert.last.version, alert.last.at, alert.last.alert),
    )


def _released(rows: Sequence[Alert]) -> tuple[date, bool] | None:
    """The day of release of one stay in prison, if one stands, and whether it was planned."""
    newest = next((alert.last for alert in reversed(_standing(rows)) if alert.last.basis is not None), None)
    return None if newest is None or newest.basis is None else (newest.basis, newest.stage != UNPLANNED)


def _notice(
    person: str, rows: Sequence[Alert], span: tuple[date, date], planned: bool, days: int, terms: Terms
) -> Case:
    """What notice the lead had of the release that ends the *span*, which begins with the release before it."""
    before, day = span
    if not planned:
        return Case("notice", person, day, came.UNPLANNED, "no notice")
    latest = terms.calendar.working_day_on_or_before(day - timedelta(days=days))
    steps = [one for alert in rows for one in alert.steps if before < _day(one.at) <= day]
    known = min((_day(one.at) for one in steps if one.basis is not None and one.basis <= day), default=None)
    told = [on for team in LEAD if (on := _told(rows, team, before, day)) is not None]
    if not told:
        return Case("notice", person, day, came.NO_LEAD, "no notice")
    gap = (day - min(told)).days
    detail = next((name for least, name in WEEKS if gap >= least), "on the day")
    if min(told) <= latest:
        return Case("notice", person, day, came.IN_TIME, detail)
    late = known is None or known > latest
    return Case("notice", person, day, came.UNKNOWN if late else came.TOO_LATE, detail)


def _told(rows: Sequence[Alert], team: str, before: date, day: date) -> date | None:
    """Since when *team* knew of a release on *day*: from when it was told last that there was none."""
    mine = [one for alert in rows if alert.last.team == team for one in alert.steps if before < _day(one.at) <= day]
    lost = max((one.at for one in mine if one.state == "CANCELLED" and one.was == "RAISED"), default=-1)
    return min((_day(one.at) for one in mine if one.state == "RAISED" and one.at > lost), default=None)


def _answers(alerts: Iterable[Alert], now: int) -> Iterator[Case]:
    for alert in alerts:
        if (told := alert.told) is not None and told.kind != CORRECTION:
            kind = words.happening(f"alert.{told.kind}")
            yield Case("answered", told.person, _day(told.at), _answer(alert, told, now), kind, told.team)


def _answer(alert: Alert, told: Step, now: int) -> str:
    """What came of an alert that its team was to answer by a certain time."""
    if told.ack_by is None:
        return came.NOT_ASKED
    answered = next((one.at for one in alert.steps if one.state == "ACKNOWLEDGED"), None)
    if answered is not None:
        return came.ANSWERED if answered <= told.ack_by else came.ANSWERED_LATE
    if alert.last.state in OVER and alert.last.at <= told.ack_by:
        return came.OVER_BEFORE
    return came.WAITS if now <= told.ack_by else came.UNANSWERED


def _birthdays(person: str, alerts: Sequence[Alert], events: Iterable[Happened], today: date) -> Iterator[Case]:
    """The 18th birthday that a transition was planned for, if it has come and the plan still stood."""
    rows = _standing([alert for alert in alerts if alert.last.kind == "TRANSITION"])
    day = rows[-1].last.basis if rows else None
    if day is None or day > today:
        return
    accepted = any(one.subject in ACCEPTANCES and day - OF_AGE <= _day(one.at) <= day for one in events)
    done = any(
        alert.last.stage == "T1M" and alert.last.reason == "DONE" and _day(alert.last.at) <= day
        for alert in alerts
        if alert.last.kind == "TRANSITION" and alert.last.basis == day and alert.last.state in {"SKIPPED", "CLOSED"}
    )
    gap = any(one.on == day and one.came in came.NOBODY for one in _endings(person, alerts, today))
    if accepted or done:
        yield Case("handover", person, day, came.ACCEPTED_WITH_GAP if gap else came.ACCEPTED)
    else:
        yield Case("handover", person, day, came.NOT_ACCEPTED_GAP if gap else came.NOT_ACCEPTED)


def _endings(person: str, alerts: Sequence[Alert], today: date) -> Iterator[Case]:
    """Each day on which services of one team end, of those that the hub warned of."""
    plans: dict[tuple[int, str], list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.last.kind == "CLIFF_EDGE" and alert.last.stage in CLIFF:
            plans[alert.last.episode, alert.last.team].append(alert)
    for (number, team), rows in plans.items():
        day = _of_number(number)
        if day is not None and day <= today and (found := _ended(rows)) is not None:
            yield Case("cliff", person, day, found, team, team)


def _ended(rows: Sequence[Alert]) -> str | None:
    if any(alert.last.stage in ENDED and alert.last.state == "PENDING" for alert in rows):
        return None  # it is the day, and the hour has not come
    if last := _standing([alert for alert in rows if alert.last.stage in ENDED]):
        taken_on = all(alert.last.reason == "ACCEPTED" for alert in last)
        return came.TAKEN_ON_LATER if taken_on else came.NOBODY_THERE
    reasons = {alert.last.reason for alert in rows if alert.last.state in {"CLOSED", "CANCELLED"}}
    if "ACCEPTED" in reasons:
        return came.TAKEN_ON
    return came.NO_CLIFF if any(alert.told is not None for alert in rows) else None


def _offers(person: str, alerts: Sequence[Alert], events: Iterable[Happened], terms: Terms) -> Iterator[Case]:
    """Each episode of enforcement for which a service was looked for; then, once a month, enforcement without."""
    plans: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        if alert.last.kind == "OFFER_OF_SUPPORT" and alert.last.stage == "OFFER":
            plans[alert.last.episode].append(alert)
    days = []
    for number, rows in plans.items():
        day, found = _of_number(number), _offered(rows)
        if day is not None and found is not None:
            days.append(day)
            yield Case(
                "offers",
                person,
                day,
                found,
                team=max((row.last.version, row.last.alert, row.last.team) for row in rows)[2],
            )
    months = set[tuple[int, int]]()
    quiet = timedelta(days=terms.quiet_days)
    for one in events:
        on = _day(one.at)
        asked = one.subject not in terms.enforcement or any(abs(on - day) <= quiet for day in days)
        if not asked and (on.year, on.month) not in months:
            months.add((on.year, on.month))
            yield Case("offers", person, on, came.NOT_LOOKED_FOR)


def _offered(rows: Sequence[Alert]) -> str | None:
    asked = _standing(rows)
    if not asked or asked[0].withheld:
        return came.NONE_TOLD if asked else None
    answers = {one.answer for alert in asked for one in alert.steps if one.state == "ACKNOWLEDGED"}
    if answers & {"ACCEPTED", "ALREADY_HELD"}:
        return came.OFFER_TAKEN_ON
    return came.OFFER_NOT_OURS if answers else came.OFFER_NO_ANSWER


def _of_number(number: int) -> date | None:
    """A day from the number YYYYMMDD, by which plans of its kind are named; None of any other number."""
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        return None
