"""
How long a team has to answer an alert, and who hears of it when nobody does (section 2.7), in working time.

Nothing is kept here: an alert that is raised gets the instants of its deadline and of each level from the table of its
urgency, and carries them. Working days and hours are those of the team, by the calendar and the clocks of London.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hub.core.calendar import DAY, HOUR, MINUTE, Calendar


@dataclass(frozen=True, slots=True)
class Hours:
    """From when until when people work, in microseconds after midnight in London."""

    start: int
    until: int


@dataclass(frozen=True, slots=True)
class Span:
    """*count* of *unit*: `working_days` and `working_hours` pass while people work, `hours` and `days` always."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Level:
    """
    When one more person hears: *late* after the deadline, on its day's working time if *same_day*, or *before* the
    planning date.
    """

    late: Span | None = None
    before: Span | None = None
    same_day: bool = False


@dataclass(frozen=True, slots=True)
class Urgency:
    """
    One line of the table: up to how many *days* before the planning date it holds (None: any), and its clock.

    *kinds* are the kinds of alert it holds for, none meaning all; with *only_named*, for stages alone that name it.
    """

    name: str
    days: int | None
    kinds: frozenset[str]
    only_named: bool
    acknowledge: Span
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Clocks:
    """
    The table of urgencies, gravest first, and what local practice adds to it.

    *addressees* names who hears at each level: a role in the alert's own team, or another team, by a copy.
    """

    urgencies: tuple[Urgency, ...]
    hours: Hours
    addressees: tuple[str, ...]
    not_ours: frozenset[str]
    own_hours: Mapping[str, Hours]
    own_acknowledge: Mapping[tuple[str, str], Span]

    def urgency(self, kind: str, days: int) -> str:
        """The name of the urgency of an alert of *kind* raised *days* before its planning date."""
        lines = (line for line in self.urgencies if not line.only_named and (not line.kinds or kind in line.kinds))
        return next(line.name for line in lines if line.days is None or days <= line.days)

    def graver(self, one: str, other: str | None) -> str:
        """The graver of two urgencies."""
        names = [line.name for line in self.urgencies]
        return one if other is None else min(one, other, key=names.index)

    def gravest(self, found: Iterable[str | None]) -> str | None:
        """The gravest of the urgencies *found*; None of none."""
        names = [line.name for line in self.urgencies]
        return min((word for word in found if word), key=names.index, default=None)

    def start(
        self, urgency: str, team: str, at: int, basis: date | None, calendar: Calendar
    ) -> tuple[int, tuple[int, ...]]:
        """
        By when *team* is to answer an alert raised at the instant *at*, and when each level hears if it does not.

        No level hears before the deadline or before the level below it: where D is nearer than that, they hear at once.
        """
        line = next(one for one in self.urgencies if one.name == urgency)
        hours = self.own_hours.get(team, self.hours)
        deadline = after(at, self.own_acknowledge.get((team, urgency), line.acknowledge), hours, calendar)
        rings: list[int] = []
        for level in line.levels:
            told = self._level(level, deadline, rings[0] if rings else deadline, basis, hours, calendar)
            rings.append(max([told, deadline, *rings]))
        return deadline, tuple(rings)

    def _level(
        self, level: Level, deadline: int, first: int, basis: date | None, hours: Hours, calendar: Calendar
    ) -> int:
        if level.before is not None:
            return (
                deadline if basis is None else calendar.moment(_day_before(basis, level.before, calendar), hours.start)
            )
        told = deadline if level.late is None else after(deadline, level.late, hours, calendar)
        return min(told, calendar.moment(calendar.local_date(first), hours.until)) if level.same_day else told


def _day_before(day: date, span: Span, calendar: Calendar) -> date:
    if span.unit == "working_days":
        return calendar.working_days_before(day, span.count)
    return calendar.working_day_on_or_before(day - timedelta(days=span.count))


def after(at: int, span: Span, hours: Hours, calendar: Calendar) -> int:
    """
    The instant at which *span* has passed since *at*.

    >>> weekend = Calendar(frozenset(), (0,), (0,))
    >>> friday_noon, nine_to_five = 36 * HOUR, Hours(9 * HOUR, 17 * HOUR)  # 2 January 1970
    >>> after(friday_noon, Span(6, "working_hours"), nine_to_five, weekend) == (4 * 24 + 10) * HOUR
    True
    """
    if span.unit == "hours":
        return at + span.count * HOUR
    at = working_time(at, hours, calendar)
    day, clock = calendar.local_date(at), calendar.clock(at)
    if span.unit == "working_days":
        return calendar.moment(calendar.working_days_after(day, span.count), clock)
    left = span.count * HOUR
    while left > hours.until - clock:
        left -= hours.until - clock
        day, clock = calendar.working_days_after(day, 1), hours.start
    return calendar.moment(day, clock + left)


def working_time(at: int, hours: Hours, calendar: Calendar) -> int:
    """*at* if people work then, else the instant at which they next begin to."""
    day, clock = calendar.local_date(at), calendar.clock(at)
    if calendar.working(day) and hours.start <= clock <= hours.until:
        return at
    if not calendar.working(day) or clock > hours.until:
        day += DAY
    while not calendar.working(day):
        day += DAY
    return calendar.moment(day, hours.start)


def clocks(told: Mapping[str, Any]) -> Clocks:
    """The clocks of a bundle; the edge that compiled it has checked its shape."""
    teams = told["teams"]
    return Clocks(
        urgencies=tuple(_urgency(line) for line in told["urgencies"]),
        hours=_hours(told["working_hours"]),
        addressees=tuple(told["addressees"]),
        not_ours=frozenset(told["not_ours"]),
        own_hours={code: _hours(own["working_hours"]) for code, own in teams.items() if own["working_hours"]},
        own_acknowledge={
            (code, name): _span(span) for code, own in teams.items() for name, span in own["acknowledge"].items()
        },
    )


def _urgency(line: Mapping[str, Any]) -> Urgency:
    return Urgency(
        line["name"],
        line["days"],
        frozenset(line["kinds"]),
        line["only_named"],
        _span(line["acknowledge"]),
        tuple(_a_level(level) for level in line["levels"]),
    )


def _a_level(told: Mapping[str, Any]) -> Level:
    late, before = (None if told[name] is None else _span(told[name]) for name in ("late", "before"))
    return Level(late, before, told["same_day"])


def _span(told: Mapping[str, int | None]) -> Span:
    return next(Span(count, unit) for unit, count in told.items() if count is not None)


def _hours(told: Sequence[str]) -> Hours:
    start, until = (int(hour) * HOUR + int(minute) * MINUTE for hour, minute in (clock.split(":") for clock in told))
    return Hours(start, until)
