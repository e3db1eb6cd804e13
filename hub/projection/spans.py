"""
Days, months and years of London's calendar, by which outcomes are counted: a long time is the sum of a few long spans.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from hub import words
from hub.core.calendar import HOUR

DAY, MONTH, YEAR = 0, 1, 2  # levels
EPOCH = date(1970, 1, 1).toordinal()
NEVER, EVER = date(1900, 1, 1).toordinal() - EPOCH, date(2200, 1, 1).toordinal() - EPOCH


class Span(NamedTuple):
    """Days, months or years from *first* on and before *last*."""

    level: int
    first: int
    last: int


def day(at: int) -> int:
    """
    The day of an instant (UTC microseconds) in London, in days since 1970.

    >>> day(1_782_860_400_000_000), day(1_782_860_399_999_999)
    (20635, 20634)
    """
    return cells(at)[DAY]


def cells(at: int) -> tuple[int, int, int]:
    """
    The day, the month and the year in which an instant is counted.

    >>> cells(1_782_860_400_000_000)
    (20635, 24318, 2026)
    """
    return _cells(at // HOUR)


@lru_cache(maxsize=4096)
def _cells(hour: int) -> tuple[int, int, int]:
    on = words.local(hour * HOUR).date()  # London's days begin on whole hours of UTC
    return on.toordinal() - EPOCH, on.year * 12 + on.month - 1, on.year


def calendar_day(number: int) -> date:
    """
    The date of a day since 1970.

    >>> calendar_day(20635)
    datetime.date(2026, 7, 1)
    """
    return date.fromordinal(number + EPOCH)


def begins(level: int, number: int) -> int:
    """
    The first day of a day, month or year.

    >>> begins(DAY, 20635), begins(MONTH, 24318), begins(YEAR, 2026)
    (20635, 20635, 20454)
    """
    if level == DAY:
        return number
    year, month = divmod(number, 12) if level == MONTH else (number, 0)
    return date(year, month + 1, 1).toordinal() - EPOCH


def midnight(number: int) -> int:
    """
    When a day (since 1970) begins in London, in UTC microseconds.

    >>> midnight(20635)
    1782860400000000
    """
    on = calendar_day(number)
    return round(datetime(on.year, on.month, on.day, tzinfo=words.LONDON).timestamp()) * 1_000_000


def spans(first: int, last: int, level: int = YEAR) -> Iterator[Span]:
    """
    The fewest spans that are the days from *first* on and before *last*.

    >>> list(spans(20635, 20635 + 33)), list(spans(20454, 20454 + 365))
    ([Span(level=1, first=24318, last=24319), Span(level=0, first=20666, last=20668)], [Span(level=2, first=2026, \
last=2027)])
    """
    if first >= last:
        return
    if level == DAY:
        yield Span(DAY, first, last)
        return
    low, high = _of(first, level), _of(last, level)
    low += begins(level, low) < first
    if low < high:
        yield from spans(first, begins(level, low), level - 1)
        yield Span(level, low, high)
        yield from spans(begins(level, high), last, level - 1)
    else:
        yield from spans(first, last, level - 1)


def _of(number: int, level: int) -> int:
    on = calendar_day(number)
    return on.year * 12 + on.month - 1 if level == MONTH else on.year
