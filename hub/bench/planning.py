"""
`hub bench --job planning`: what it costs to plan a person's alerts anew after one event.

The events are whole made-up lives, those that plan nothing left out. Then one person, to whom the same few events
happen after ever longer histories: what a person's past holds must not make the next event dearer.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from hub.bench import pipeline
from hub.bench.side import World, machine
from hub.core import decide
from hub.core.calendar import HOUR
from hub.core.events import Event
from hub.core.person import Person, remember
from hub.core.rules import Rules
from hub.demo.diary import FIRST, OPENING, PRISON
from hub.edges.collector import spare
from hub.wire.codec import decode_event

PEOPLE = 1000  # the fewest pupils the traffic knows; nobody of them is in it
PASTS = (10, 100, 1000)  # events that happened before
PROBES = 200
HANDLE = "p-" + "0" * 32


def planning(events: int, rounds: int, told: Callable[[str], None]) -> dict[str, Any]:
    """µs to plan after one event: the median and the 99th percentile of lives, the median after each past."""
    with tempfile.TemporaryDirectory(prefix="csp-hub-bench-") as folder:
        course = pipeline.prepare(Path(folder), events, World(PEOPLE, mix="justice"))
        rules = course.program.open_rules(course.rules, False)
        lives = [decode_event(course.program.schemas, out.value or b"") for _, out in course.told]
    spare()
    costs: list[int] = []
    pasts: dict[int, list[int]] = {past: [] for past in PASTS}
    for number in range(rounds):
        costs += _lives(lives, rules)
        for past, found in pasts.items():
            found += _after(past, rules)
        told(f"round {number + 1} of {rounds}: {statistics.median(costs) / 1000:.0f} µs to plan after an event")
    medians = {past: statistics.median(found) / 1000 for past, found in pasts.items()}
    return {
        "job": "planning",
        "machine": machine(),
        "rounds": rounds,
        "events": len(costs) // rounds,
        "median_us": statistics.median(costs) / 1000,
        "p99_us": statistics.quantiles(costs, n=100)[98] / 1000,
        "median_us_after": medians,
        "ratio": medians[PASTS[-1]] / medians[PASTS[0]],
    }


def _lives(events: Iterable[Event], rules: Rules) -> list[int]:
    people: dict[str, Person] = {}
    costs = []
    for event in events:
        handle = f"p-{event.record}"
        before = people.get(handle, Person())
        if event.type in decide.ACTS:
            costs.append(_cost(before, event, rules))
        people[handle], _ = decide.step(before, handle, event, rules)
    return costs


def _after(past: int, rules: Rules) -> list[int]:
    """What each of the same events costs one person to whom *past* others happened before."""
    person = Person()
    costs = []
    for number, event in enumerate(_life(past + PROBES)):
        if number >= past:
            costs.append(_cost(person, event, rules))
        person, _ = decide.step(person, HANDLE, event, rules)
    return costs


def _cost(before: Person, event: Event, rules: Rules) -> int:
    kept, _ = remember(before, event)
    begun = time.thread_time_ns()
    decide.replan(kept, HANDLE, rules, event.at)
    return time.thread_time_ns() - begun


def _life(count: int) -> Iterator[Event]:
    """A prisoner's dates move day by day, and are at the end where they began; the needs are told in between."""
    for number in range(count):
        left = count - number  # what comes last is the same whatever came before
        at = OPENING - left * HOUR
        kind, fields = _told(left)
        yield Event(f"e-{left}", kind, PRISON, "r-1", at, number, fields)


def _told(number: int) -> tuple[str, dict[str, Any]]:
    if number % 4 == 0:
        return "needs.flagged", {"homeless": number % 8 == 0, "lha": "MANCHESTER", "consent": ("HOUS",)}
    return "release_dates.changed", {"crd": FIRST + timedelta(days=200 + number % 30)}
