"""How long a team has to answer, and when somebody above hears if it does not (section 2.7), in working time."""

from collections.abc import Mapping
from datetime import date, timedelta

from hub.simulate.oracle.days import DAY, HOUR, back_to_working, day_of, instant, next_working, working

GRAVEST = ("IMMEDIATE", "URGENT", "HIGH", "SOON", "ROUTINE")
OPENS = 9 * HOUR
SHUTS: Mapping[str, int] = {"HOUS": 16 * HOUR + HOUR // 2}
USUAL = 17 * HOUR
AT_ONCE = frozenset({"T0U"})
GRAVE = frozenset({"C0", "COLLAPSE", "STATUS_AGE_CHECK"})
REPEAT_DAYS = 3


def urgency(kind: str, stage: str, day: date | None, today: date) -> str:
    """By the days that are left when it is told, or what the stage says of itself."""
    days = (day - today).days if day is not None else 0
    if stage in AT_ONCE:
        return "IMMEDIATE"
    if stage in GRAVE or (kind == "RELEASE" and days <= 3):
        return "URGENT"
    return "HIGH" if days <= 14 else "SOON" if days <= 56 else "ROUTINE"


def rings(word: str, team: str, at: int, day: date | None) -> list[int]:
    """When each level above hears of what *team* was told at *at* and has not answered."""
    shuts = SHUTS.get(team, USUAL)
    if word == "IMMEDIATE":
        return [at + hours * HOUR for hours in (1, 2, 4)]
    if word == "URGENT":
        deadline = _hours(at, 4, shuts)
        first = _hours(deadline, 2, shuts)
        evening = instant(day_of(first), 0) + shuts
        return _rising(deadline, [first, *(min(_hours(deadline, more, shuts), evening) for more in (3, 4))])
    if word == "HIGH":
        deadline = _days(at, 1, shuts)
        return _rising(deadline, [_days(deadline, 1, shuts), *(_before(day, left, deadline) for left in (3, 2))])
    if word == "SOON":
        deadline = _days(at, 3 if team == "HOUS" else 2, shuts)
        last = instant(back_to_working(day - timedelta(days=14))) if day else deadline
        return _rising(deadline, [_days(deadline, 2, shuts), _days(deadline, 4, shuts), last])
    deadline = _days(at, 5, shuts)
    return _rising(deadline, [_days(deadline, 5, shuts)])


def again(stage: str, team: str, told: date, day: date | None) -> int | None:
    """When housing hears of the fortnight's stage once more: an answer is no address (2.7)."""
    if (stage, team) != ("T2W", "HOUS") or day is None:
        return None
    for _ in range(REPEAT_DAYS):
        told = next_working(told)
    return instant(told) if told < day else None


def _rising(deadline: int, levels: list[int]) -> list[int]:
    """No level hears before the deadline, nor before the one below it."""
    made: list[int] = []
    for at in levels:
        made.append(max([at, deadline, *made]))
    return made


def _before(day: date | None, left: int, deadline: int) -> int:
    if day is None:
        return deadline
    for _ in range(left):
        day = back_to_working(day - DAY)
    return instant(day)


def _open(at: int, shuts: int) -> tuple[date, int]:
    """The day and the time of day from which people are at work, at *at* or next."""
    day, clock = day_of(at), at - instant(day_of(at), 0)
    if working(day) and OPENS <= clock <= shuts:
        return day, clock
    before = working(day) and clock < OPENS
    return (day if before else next_working(day)), OPENS


def _days(at: int, count: int, shuts: int) -> int:
    day, clock = _open(at, shuts)
    for _ in range(count):
        day = next_working(day)
    return instant(day, 0) + clock


def _hours(at: int, count: int, shuts: int) -> int:
    day, clock = _open(at, shuts)
    left = count * HOUR
    while clock + left > shuts:
        left -= shuts - clock
        day, clock = next_working(day), OPENS
    return instant(day, 0) + clock + left
