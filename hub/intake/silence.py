"""When an agency's silence is a fault: by its own usual rhythm, which policies/intake.yaml says from which day on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from hub import words
from hub.words import LONDON

SATURDAY = 5


class Heard(NamedTuple):
    """
    How an agency stands: `heard`, `silent`, `never` heard, or `unset` where no rhythm is agreed.

    *quiet* is how long it has said nothing, in hours of the days that count; *longest* how long it may; *since* from
    which day on that has been so.
    """

    state: str
    quiet: float
    longest: int | None
    weekdays: bool
    since: date | None


def heard(lines: Sequence[Mapping[str, Any]], newest: int | None, now: int) -> Heard:
    """
    How an agency stands at *now*, last heard at *newest* (UTC microseconds), by its lines of `silence`.

    >>> hour = 3_600_000_000
    >>> friday = 1_795_190_400_000_000  # 20 November 2026, 16:00
    >>> school = [{"since": "2026-09-01", "hours": 30, "on": "weekdays"}]
    >>> heard(school, friday, friday + 60 * hour)[:2], heard(school, friday, friday + 80 * hour)[:2]
    (('heard', 12.0), ('silent', 32.0))
    >>> heard([], friday, friday)[0], heard(school, None, friday)[0]
    ('unset', 'never')
    """
    today = words.local(now).date()
    line = next((one for one in reversed(lines) if date.fromisoformat(one["since"]) <= today), None)
    if line is None:
        return Heard("unset" if newest else "never", _hours(newest or now, now, False), None, False, None)
    since, weekdays = date.fromisoformat(line["since"]), line["on"] == "weekdays"
    if newest is None:
        return Heard("never", 0.0, line["hours"], weekdays, since)
    begun = round(datetime.combine(since, time(), LONDON).timestamp() * 1_000_000)
    quiet = _hours(max(newest, begun), now, weekdays)  # the holidays before it count for nothing
    return Heard("silent" if quiet > line["hours"] else "heard", quiet, line["hours"], weekdays, since)


def _hours(start: int, end: int, weekdays: bool) -> float:
    """How many hours lie between two instants, on London's Mondays to Fridays alone if they count alone."""
    if not weekdays or end <= start:
        return max(0.0, (end - start) / 3_600_000_000)
    at, until, found = words.local(start), words.local(end), timedelta()
    while at < until:
        day = datetime.combine(at.date() + timedelta(days=1), time(), LONDON)
        if at.weekday() < SATURDAY:
            found += min(day, until) - at
        at = day
    return found.total_seconds() / 3600


def span(hours: float) -> str:
    """
    A time in words, as exact as anybody needs it.

    >>> span(0.2), span(1), span(30.4), span(100)
    ('12 minutes', '1 hour', '30 hours', '4 days')
    """
    if hours < 1:
        return words.counted(round(hours * 60), "minute")
    return words.counted(round(hours), "hour") if hours < 72 else words.counted(round(hours / 24), "day")
