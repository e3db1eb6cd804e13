"""Agencies' dates and times: instants in UTC microseconds, civil dates, Europe/London where a zone is missing."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.mapping import RefusedError

LONDON = ZoneInfo("Europe/London")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?([.,]\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T[\d:.]+Z?)?", re.ASCII)
YEARS = range(1900, 2200)
HOW = "write it as 2027-04-14T09:30:00Z"


def instant(told: object, name: str) -> tuple[int, bool]:
    """
    Return an instant in UTC microseconds, and whether London had to be assumed because no zone was given.

    >>> instant("2024-12-11T16:33:20.437982210Z", "publishedAt")
    (1733934800437982, False)
    >>> instant("2020-07-25T11:24:32", "eventDatetime")
    (1595672672000000, True)
    """
    found = INSTANT.fullmatch(told) if isinstance(told, str) else None
    if found is None:
        raise RefusedError(f"`{name}` is not a date and time", HOW)
    day, clock, seconds, fraction, zone = found.groups()
    micros = int((fraction or ".0")[1:7].ljust(6, "0"))
    try:
        read = datetime.fromisoformat(f"{day}T{clock}{seconds or ':00'}{zone or ''}")
        when = (read if zone else read.replace(tzinfo=LONDON)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(f"`{name}` is not a date and time", HOW) from None
    if when.year not in YEARS:
        raise RefusedError(f"`{name}` is outside {YEARS.start} to {YEARS.stop - 1}", HOW)
    return (when - EPOCH) // MICROSECOND + micros, zone is None


def day(told: object, name: str) -> date:
    """
    Return a civil date.

    >>> day("2027-04-14", "start")
    datetime.date(2027, 4, 14)
    """
    found = DAY.fullmatch(told) if isinstance(told, str) else None
    try:
        read = date.fromisoformat(found[1]) if found else None
    except ValueError:
        read = None
    if read is None or read.year not in YEARS:
        raise RefusedError(f"`{name}` is not a date", "write it as 2027-04-14")
    return read


def start_of(on: date, hour: int = 0) -> int:
    """
    The instant a civil day (or an hour of it) begins in London.

    >>> start_of(date(2026, 7, 1)) - start_of(date(2026, 6, 30), 12)
    43200000000
    """
    return (datetime(on.year, on.month, on.day, hour, tzinfo=LONDON).astimezone(UTC) - EPOCH) // MICROSECOND


def london_day(at: int) -> date:
    """
    The civil date in London at an instant.

    >>> london_day(start_of(date(2026, 7, 1)))
    datetime.date(2026, 7, 1)
    """
    return (EPOCH + timedelta(microseconds=at)).astimezone(LONDON).date()
