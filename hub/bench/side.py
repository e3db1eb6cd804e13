"""`hub bench --job disclosure`: the hub and the yardstick, turn by turn on one broker, every answer verified."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hub.bench import disclosure
from hub.bench.disclosure import DECISIONS, OUTPUTS, PARTITIONS, Digest, Plain, agreements, decode
from hub.bench.ground import Ground, Rows
from hub.bench.measure import WARM, latency, load, subject, throughput
from hub.bench.partition import POSITIONS, ROWS

SUBJECTS = ("hub", "loop")
WARMING = 2  # discarded runs of the yardstick: a broker just started is slow
FIGURES = (
    "events_per_s",
    "cpu_us_per_event",
    "half2_events_per_s",
    "half2_cpu_us_per_event",
    "broker_cpu_us_per_event",
    "peak_mib",
    "p50_ms",
    "p99_ms",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it: *rate* 0 leaves the open loop out; *workers* share the hub's work on Kafka."""

    events: int
    rounds: int
    rate: int
    seconds: int
    workers: int = 1

    @property
    def more(self) -> int:
        """Events of the open loop."""
        return int(self.rate * (self.seconds + WARM)) if self.rate else 0


@dataclass(frozen=True, slots=True)
class World:
    """Who is known, how many agreements there are, and (of the hub's own events) whether attendance marks count too."""

    people: int
    agreements: int = 12
    mix: str = "day"


@dataclass(frozen=True, slots=True)
class Race:
    """What every run has in common; *broker* is the process whose CPU counts too, if it is ours."""

    bootstrap: str
    broker: int | None
    world: World
    rows: Rows
    wanted: Mapping[int, Mapping[str, Any]]


def side_by_side(
    bootstrap: str, broker: int | None, size: Size, world: World, told: Callable[[str], None]
) -> dict[str, Any]:
    """Run everybody *size.rounds* times, forwards and backwards in turn, and return runs, medians and ratios."""
    race, plain = line_up(bootstrap, broker, size, world)
    for number in range(WARMING):
        told(f"warming the broker, {number + 1} of {WARMING}")
        run_once("loop", race, Size(min(size.events, 20_000), 1, 0, 0))
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in SUBJECTS}
    for number in range(size.rounds):
        for name in SUBJECTS[:: -1 if number % 2 else 1]:
            runs[name].append(run_once(name, race, size))
            told(f"{name}, round {number + 1} of {size.rounds}: {runs[name][-1]['events_per_s']:,.0f} events/s")
    medians = {name: median(made) for name, made in runs.items()}
    return {
        "job": "disclosure",
        "machine": machine(),
        "rounds": size.rounds,
        "workers": size.workers,
        "people": world.people,
        "agreements": world.agreements,
        "plain": plain,
        "subjects": {name: {**medians[name], "runs": runs[name]} for name in SUBJECTS},
        "ratios": ratios(medians),
    }


def machine() -> dict[str, Any]:
    """What the figures of a run were taken on."""
    return {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}


def line_up(bootstrap: str, broker: int | None, size: Size, world: World) -> tuple[Race, dict[str, float]]:
    """The events and their right answers; and what the plain job costs in memory, the ceiling of its own code."""
    rows = disclosure.events(max(size.events + size.more, 20_000), world.people)
    marks = frozenset({size.events, size.events + size.more, min(size.events, 20_000)})
    wanted = disclosure.wanted(rows, marks)
    job, begun = Plain(agreements(world.agreements)), time.process_time()
    for key, value in islice(rows, size.events):
        for _, schema, values in job.step(key, value):
            disclosure.encode(schema, values)
    return Race(bootstrap, broker, world, rows, wanted), {
        "cpu_us_per_event": (time.process_time() - begun) / size.events * 1e6
    }


def run_once(name: str, race: Race, size: Size) -> dict[str, Any]:
    """One run of one subject on topics of its own."""
    run = f"bench-{name}-{os.urandom(3).hex()}"
    ground = Ground(race.bootstrap, run, PARTITIONS, OUTPUTS, (ROWS, POSITIONS))
    last = size.events + size.more
    setup: dict[str, Any] = {"subject": name, "run": run, "partitions": PARTITIONS, "bootstrap": race.bootstrap}
    setup["agreements"] = race.world.agreements
    try:
        ground.load(race.rows[: size.events])
        busy = load()
        with subject(setup, size.workers if name == "hub" else 1) as it:
            made = throughput(it, ground, size.events, race.wanted[size.events]["records"], race.broker)
            made["peak_mib"] = it.peak_mib()
            if size.more:
                rows = race.rows[size.events : last]
                expected = race.wanted[last]["records"] - race.wanted[size.events]["records"]
                names = [decode("event", value)["id"] for _, value in rows]
                made |= latency(ground, rows, size.rate, expected, event_of, names)
        return {**made, "load_before": busy, "verified": digest(ground.answers()) == race.wanted[last]}
    finally:
        ground.close()


def event_of(output: str, value: bytes) -> str:
    """The event that an answer belongs to."""
    schema, name = ("decision", "event") if output == DECISIONS else ("event", "id")
    return str(decode(schema, value)[name])


def digest(answers: Iterable[tuple[str, bytes]]) -> dict[str, Any]:
    """The digest of everything that was written."""
    made = Digest()
    for output, value in answers:
        made.add(output, decode("decision" if output == DECISIONS else "event", value))
    return made.told()


def median(runs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """
    The median of each figure over the runs that have it, and whether all of them were right.

    >>> median([{"p50_ms": 3, "verified": True}, {"p50_ms": 1, "verified": True}, {"p50_ms": 9, "verified": True}])
    {'verified': True, 'p50_ms': 3}
    """
    made = list(runs)
    found = {name: [run[name] for run in made if run.get(name) is not None] for name in FIGURES}
    figures = {name: statistics.median(values) for name, values in found.items() if values}
    return {"verified": all(run["verified"] for run in made), **figures}


def ratios(medians: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """How many times the yardstick's speed, and how many times its thrift, the hub has: above 1 is better."""
    hub, loop = medians["hub"], medians["loop"]
    found = {
        "events_per_s": hub["events_per_s"] / loop["events_per_s"],
        "cpu_us_per_event": loop["cpu_us_per_event"] / hub["cpu_us_per_event"],
    }
    if "p99_ms" in hub:
        found["p99_ms"] = loop["p99_ms"] / hub["p99_ms"]
    return found
