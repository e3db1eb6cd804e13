"""
Civil time for England and Wales: working days, legal birthdays, months before, and Europe/London.

Instants are UTC microseconds; dates are civil dates. Bank holidays and clock changes are data in the signed rules, so a
replay on another machine reads the same calendar.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    The calendar of one rules bundle: *starts* and *offsets* say from which instant which UTC offset (µs) holds.

    >>> christmas = Calendar(frozenset({date(2026, 12, 25), date(2026, 12, 28)}), (0,), (0,))
    >>> christmas.working_day_on_or_before(date(2026, 12, 28))
    datetime.date(2026, 12, 24)
    """

    bank_holidays: frozenset[date]
    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    def local_date(self, at: int) -> date:
        """The civil date in London at the instant *at*."""
        return date.fromordinal((at + self._offset(at)) // (24 * HOUR) + _EPOCH)

    def local_time(self, at: int) -> str:
        """
        The instant *at* as London's clocks show it, in ISO 8601 with its offset; to the second.

        >>> Calendar(frozenset(), (0,), (HOUR,)).local_time(1_782_900_000_000_000)
        '2026-07-01T11:00:00+01:00'
        """
        offset = self._offset(at)
        seconds = (at + offset) // SECOND % 86_400
        minutes = abs(offset) // (60 * SECOND)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        zone = f"{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
        return f"{self.local_date(at).isoformat()}T{clock}{zone}"

    def instant(self, day: date, hour: int) -> int:
        """
        The instant of *hour* o'clock London time on *day*; clock changes happen at 01:00 UTC, never at an hour used
        here.
        """
        return self.moment(day, hour * HOUR)

    def moment(self, day: date, clock: int) -> int:
        """The instant at which London's clocks show *clock*, in microseconds after midnight, on *day*."""
        naive = (day.toordinal() - _EPOCH) * 24 * HOUR + clock
        return naive - self._offset(naive - HOUR)

    def clock(self, at: int) -> int:
        """What London's clocks show at the instant *at*, in microseconds after midnight."""
        return (at + self._offset(at)) % (24 * HOUR)

    def _offset(self, at: int) -> int:
        return self.offsets[max(bisect_right(self.starts, at) - 1, 0)]

    def working(self, day: date) -> bool:
        """Monday to Friday and not a bank holiday (rule K2)."""
        return day.weekday() < 5 and day not in self.bank_holidays

    def eligible(self, day: date) -> bool:
        """A working day that a working day follows (rule R4: the day of release from detention)."""
        return self.working(day) and self.working(day + DAY)

    def working_day_on_or_before(self, day: date) -> date:
        """The nearest working day, not later (rules K3 and R3)."""
        while not self.working(day):
            day -= DAY
        return day

    def eligible_day_on_or_before(self, day: date) -> date:
        """The nearest eligible day, not later (rule R4c)."""
        while not self.eligible(day):
            day -= DAY
        return day

    def working_days_before(self, day: date, count: int) -> date:
        """*count* working days before *day*."""
        return self._walk(day, -DAY, count)

    def working_days_after(self, day: date, count: int) -> date:
        """*count* working days after *day*."""
        return self._walk(day, DAY, count)

    def _walk(self, day: date, step: timedelta, count: int) -> date:
        while count:
            day += step
            count -= self.working(day)
        return day


def birthday(born: date, age: int) -> date:
    """
    The date on which *age* is attained: at its first moment (Family Law Reform Act 1969, s.9; rules K4 and K5).

    >>> birthday(date(2008, 2, 29), 18)
    datetime.date(2026, 3, 1)
    """
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def age_on(born: date, day: date) -> int:
    """
    Completed years on *day*.

    >>> age_on(date(2009, 6, 15), date(2027, 6, 14)), age_on(date(2009, 6, 15), date(2027, 6, 15))
    (17, 18)
    """
    age = day.year - born.year
    return age - (day < birthday(born, age))


def months_before(day: date, months: int) -> date:
    """
    The same day number *months* earlier, clamped to the month's end (the corresponding-date rule, K6).

    >>> months_before(date(2026, 8, 31), 6)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def school_year(born: date, number: int) -> int:
    """
    The year in whose September the school year *number* begins: who is born from September on is in the year below.

    >>> school_year(date(2011, 8, 31), 9), school_year(date(2011, 9, 1), 9)
    (2024, 2025)
    """
    return born.year + number + (4 if born.month < 9 else 5)


def calendar(bank_holidays: Iterable[str], clock_changes: Iterable[tuple[int, int]]) -> Calendar:
    """The calendar of a bundle: ISO dates, and (from this UTC second, offset in seconds) pairs in order."""
    changes = tuple(clock_changes)
    return Calendar(
        frozenset(map(date.fromisoformat, bank_holidays)),
        tuple(start * SECOND for start, _ in changes),
        tuple(offset * SECOND for _, offset in changes),
    )
