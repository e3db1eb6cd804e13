"""Civil days in London as the rules count them (section 1), from the tz database and the rules of bank holidays."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
HOUR = 3_600_000_000
LAST_YEAR = 2028  # as far as bank holidays are proclaimed; later ones are not known to anybody yet


def day_of(at: int) -> date:
    """The London day of an instant in UTC microseconds."""
    return datetime.fromtimestamp(at // 1_000_000, LONDON).date()


@cache
def instant(day: date, hour: int = 9) -> int:
    """UTC microseconds of an hour of a London day (K1)."""
    return round(datetime.combine(day, time(hour), LONDON).astimezone(UTC).timestamp()) * 1_000_000


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """
    Of England and Wales, by their rules.

    >>> [day.isoformat() for day in sorted(bank_holidays(2027))][-2:]
    ['2027-12-27', '2027-12-28']
    """
    if year > LAST_YEAR:
        return frozenset()
    easter = _easter(year)
    made = {easter - 2 * DAY, easter + DAY, _monday(date(year, 5, 1)), _monday(date(year, 5, 25))}
    made.add(_monday(date(year, 8, 25)))
    for day in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        while day.weekday() > 4 or day in made:
            day += DAY
        made.add(day)
    return frozenset(made)


def _monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _easter(year: int) -> date:
    """Gauss and Butcher: Easter Sunday of the Gregorian calendar."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


@cache
def working(day: date) -> bool:
    """Monday to Friday and no bank holiday (K2)."""
    return day.weekday() < 5 and day not in bank_holidays(day.year)


def eligible(day: date) -> bool:
    """A working day that no day off follows (R4)."""
    return working(day) and working(day + DAY)


def back_to_working(day: date) -> date:
    """The working day on or before (K3, R3)."""
    while not working(day):
        day -= DAY
    return day


def working_days_before(day: date, count: int) -> date:
    """The working day that lies *count* working days before."""
    while count:
        day -= DAY
        count -= working(day)
    return day


def next_working(day: date) -> date:
    """The first working day after."""
    day += DAY
    while not working(day):
        day += DAY
    return day


def birthday(born: date, age: int) -> date:
    """The day whose first moment is that age (K4); of a leap day, 1 March in common years (K5)."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def months_from(day: date, months: int) -> date:
    """The same day so many months on, or before if negative, clamped to the month's end (K6)."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def last_friday_of_june(year: int) -> date:
    """When compulsory schooling ends (section 3.1)."""
    day = date(year, 6, 30)
    return day - timedelta(days=(day.weekday() - 4) % 7)
