"""The calendar of a bundle, computed as it is compiled: the core needs neither a library nor the tz database."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from hub.edges.policy_models import CalendarFile

LONDON = ZoneInfo("Europe/London")


def bank_holidays(told: CalendarFile) -> list[date]:
    """
    The weekdays that are bank holidays in England and Wales in the years that *told* covers.

    >>> from hub.edges.policy_models import Covers
    >>> december = Covers(first=date(2026, 12, 1), last=date(2026, 12, 31))
    >>> bank_holidays(CalendarFile(covers=december, withdrawn=(date(2026, 12, 28),)))
    [datetime.date(2026, 12, 25)]
    """
    first, last = told.covers.first, told.covers.last
    known = country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1))
    days = ({*known} | {*told.proclaimed}) - {*told.withdrawn}
    return sorted(day for day in days if first <= day <= last and day.weekday() < 5)


@cache
def clock_changes(first: int, last: int) -> tuple[tuple[int, int], ...]:
    """
    When London's UTC offset changes, as (UTC second, offset in seconds), from the tz database.

    >>> clock_changes(2026, 2026)[1:]
    ((1774746000, 3600), (1792890000, 0))
    """
    day, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    made = [(int(day.timestamp()), _offset(day))]
    while day < end:
        if _offset(day + timedelta(days=1)) != made[-1][1]:
            hour = next(h for n in range(25) if _offset(h := day + timedelta(hours=n)) != made[-1][1])
            made.append((int(hour.timestamp()), _offset(hour)))
        day += timedelta(days=1)
    return tuple(made)


def _offset(moment: datetime) -> int:
    return int((moment.astimezone(LONDON).utcoffset() or timedelta()).total_seconds())
