"""What happens to events on their way: sent twice, late, out of order, or all at once after an outage."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hub.simulate.life import DAY, Life
from hub.simulate.oracle.days import HOUR, instant
from hub.simulate.oracle.relive import Arrival

AGENCIES = ("HMPPS_PRISON", "YJS", "MCC_CHILDRENS", "SCHOOL", "NHS_CAMHS", "PROBATION")
LATE, TWICE = 0.4, 0.06
MOST_LATE = 45 * DAY
STRAIGHT = frozenset({"person.registered", "person.merged", "person.unmerged"})
Outages = dict[str, list[tuple[int, int]]]


def outages(seed: int, first: date, length: int) -> Outages:
    """When each agency is silent: twice a year, for two to five days."""
    roll = Random(f"csp-hub outages {seed}")  # noqa: S311 - no secret
    made: Outages = {}
    for agency in AGENCIES:
        starts = sorted(roll.randrange(max(1, length)) for _ in range(2))
        spans = [(instant(first + timedelta(days=start)), roll.randint(48, 120)) for start in starts]
        made[agency] = [(at, at + hours * HOUR) for at, hours in spans]
    return made


def disturb(life: Life, seed: int, silent: Outages) -> tuple[list[Arrival], Counter[str]]:
    """The life's events as they reach the hub, and how many of them went astray in which way."""
    roll = Random(f"csp-hub disorder {seed} {life.number}")  # noqa: S311 - no secret
    counts: Counter[str] = Counter()
    made: list[tuple[int, int, Arrival]] = []
    for number, event in enumerate(life.told):
        at = event.at
        straight = event.type in STRAIGHT or event.record.startswith("B.")
        if not straight and roll.random() < LATE:
            following = life.told[number + 1].at if number + 1 < len(life.told) else at
            overtaken = following - at + HOUR if following - at < MOST_LATE else HOUR
            at += roll.choice((HOUR // 6, DAY, *[overtaken] * 5))
            counts["late"] += 1
        for start, end in silent.get(event.agency, ()):
            if not straight and start <= at < end:
                at = end
                counts["held up by an outage"] += 1
        made.append((at, number, Arrival(at, event)))
        if not straight and roll.random() < TWICE:
            again = event if roll.random() < 0.5 else replace(event, id=f"{event.id}-again")
            later = at + roll.choice((0, HOUR, DAY))
            made.append((later, number, Arrival(later, again)))
            counts["sent twice" if again is event else "sent twice under a new id"] += 1
    arrivals = [arrival for *_, arrival in sorted(made, key=lambda one: one[:2])]
    counts["events"] = len(life.told)
    counts["out of order"] = sum(one.event.at > two.event.at for one, two in pairwise(arrivals))
    return arrivals, counts
