"""A whole made-up partnership-year judged, on every core there is, and the certificate of what came of it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from hub.core.events import Event
from hub.core.rules import compile_rules
from hub.simulate.answers import answered
from hub.simulate.compare import KINDS, judge
from hub.simulate.disorder import disturb, outages
from hub.simulate.lives import MERGED, live
from hub.simulate.oracle.days import instant
from hub.simulate.oracle.relive import Arrival

FIRST = date(2026, 1, 5)
PORTION = 50
REVISED = {
    "person.merged": "records merged",
    "person.unmerged": "records split apart",
    "person.dob_corrected": "dates of birth corrected",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be simulated."""

    people: int
    seed: int
    days: int = 365
    kinds: tuple[str, ...] = KINDS
    processes: int | None = None
    merged: float = MERGED

    @property
    def until(self) -> int:
        """The moment at which the simulated time ends, in UTC microseconds."""
        return instant(FIRST + timedelta(days=self.days))


@dataclass(slots=True)
class Certificate:
    """What was simulated and found: counts, and the people on whom hub and oracle do not agree."""

    people: int = 0
    inputs: str = ""
    disorder: Counter[str] = field(default_factory=Counter)
    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: int = 0
    uncalled: int = 0
    broken: int = 0
    wrong: list[int] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every alert was agreed upon."""
        return not self.wrong

    def add(self, other: "Certificate") -> None:
        """What was found on more people."""
        self.people += other.people
        self.inputs = sha256((self.inputs + other.inputs).encode()).hexdigest()
        self.disorder += other.disorder
        self.alerts += other.alerts
        self.missed += other.missed
        self.uncalled += other.uncalled
        self.broken += other.broken
        self.wrong += other.wrong


def history(options: Options, number: int) -> tuple[list[Arrival], Counter[str]]:
    """What the hub hears of one person; what befell it on the way, and what took back something said before."""
    silent = outages(options.seed, FIRST, options.days)
    life = live(number, options.seed, FIRST, options.days, options.merged)
    arrivals, counts = disturb(life, options.seed, silent)
    arrivals = answered(arrivals, options.until, options.seed, number)
    told = Counter(event.type for event in life.told)
    counts += Counter({what: told[kind] for kind, what in REVISED.items()})
    counts["answers of teams"] = sum(arrival.event.type == "alert.ack" for arrival in arrivals)
    counts["release dates told anew"] += max(0, told["release_dates.changed"] - 1)
    return arrivals, +counts


def simulate(options: Options, bundle: Mapping[str, Any], digest: str, progress: Callable[[int], None]) -> Certificate:
    """Everybody's year; *progress* is told how many people are done."""
    made = Certificate()
    portions = _portions(range(options.people))
    with ProcessPoolExecutor(options.processes, initializer=_begin, initargs=(options, bundle, digest)) as pool:
        for part in pool.map(_portion, portions):
            made.add(part)
            progress(made.people)
    return made


def _portions(numbers: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while portion := list(islice(rest, PORTION)):
        yield portion


_given: dict[str, Any] = {}


def _begin(options: Options, bundle: Mapping[str, Any], digest: str) -> None:
    """Once a process: the rules are compiled there, for they do not travel."""
    _given.update(options=options, rules=compile_rules(digest, bundle))


def _portion(numbers: Sequence[int]) -> Certificate:
    made, options, rules = Certificate(), _given["options"], _given["rules"]
    digest = sha256()
    for number in numbers:
        arrivals, counts = history(options, number)
        digest.update(canonical(arrivals))
        verdict = judge(arrivals, options.until, rules, options.kinds)
        made.people += 1
        made.disorder += counts
        made.alerts += verdict.counts
        made.missed += len(verdict.missed)
        made.uncalled += len(verdict.uncalled)
        made.broken += len(verdict.broken)
        made.wrong += [] if verdict.agrees else [number]
    made.inputs = digest.hexdigest()
    return made


def canonical(arrivals: Iterable[Arrival]) -> bytes:
    """The one byte form of a history, to name it by its digest."""
    return b"".join(json.dumps(_plain(one), sort_keys=True, default=str).encode() + b"\n" for one in arrivals)


def _plain(arrival: Arrival) -> list[Any]:
    event: Event = arrival.event
    return [arrival.at, event.id, event.type, event.agency, event.record, event.at, event.seq, dict(event.fields)]
