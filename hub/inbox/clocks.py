"""How long is left, and since when, in the words of people who work from Monday to Friday."""

from datetime import date

from hub.core.calendar import DAY, HOUR, MINUTE, Calendar

SOON = 12 * HOUR  # nearer than this, hours say more than days


def left(until: int, now: int, calendar: Calendar) -> str:
    """
    From *now* to *until*, in UTC microseconds.

    >>> london = Calendar(frozenset(), (0,), (0,))
    >>> left(3 * HOUR, 0, london), left(0, 3 * HOUR, london), left(96 * HOUR, 0, london)
    ('3 hours left', 'overdue by 3 hours', '2 working days left')
    """
    return f"{_span(now, until, calendar)} left" if now <= until else f"overdue by {_span(until, now, calendar)}"


def ago(since: int, now: int, calendar: Calendar) -> str:
    """
    From *since* to *now*.

    >>> ago(0, 90 * MINUTE, Calendar(frozenset(), (0,), (0,)))
    '1 hour ago'
    """
    return "just now" if now - since < MINUTE else f"{_span(since, now, calendar)} ago"


def _span(start: int, end: int, calendar: Calendar) -> str:
    gap = end - start
    days = working_days(calendar.local_date(start), calendar.local_date(end), calendar)
    if gap >= SOON and days:
        return _some(days, "working day")
    return _some(gap // HOUR, "hour") if gap >= HOUR else _some(gap // MINUTE, "minute")


def working_days(after: date, until: date, calendar: Calendar) -> int:
    """How many working days come after *after*, up to and with *until*."""
    return sum(calendar.working(after + DAY * number) for number in range(1, (until - after).days + 1))


def _some(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
