"""
`hub bench`: the hub itself, from connectors' Avro to decisions, deliveries and alerts, on both logs.

The same events for both, loaded before the start. Every run is verified: each event has its decision, once, and
everything that was answered is byte for byte what the first run on the embedded log answered.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from hub import topics, wiring
from hub.bench import traffic
from hub.bench.ground import HubGround, delete
from hub.bench.measure import BenchError, latency, load, subject, throughput
from hub.bench.side import Size, World, machine, median
from hub.demo.diary import AGENCIES
from hub.demo.digest import digest
from hub.demo.play import TEAMS
from hub.edges.broker import ensure
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import Home, create, synthetic_secret
from hub.engine import Program
from hub.log import Out, Record

AT_ONCE = 20_000  # rows and records of one transaction before the start
Scan = Callable[[str], Iterable[Record]]


@dataclass(frozen=True, slots=True)
class Course:
    """What every run has in common: a home with keys, the rules in force, and the *told* events by their ids."""

    home: Home
    program: Program
    world: World
    rules: Mapping[str, Any]
    told: list[tuple[str, Out]]

    @property
    def answers(self) -> tuple[str, ...]:
        """The topics that hold answers."""
        return topics.answers(self.program.agencies, self.program.teams)


def both_logs(
    bootstrap: str, broker: int | None, size: Size, world: World, told: Callable[[str], None]
) -> dict[str, Any]:
    """Run both *size.rounds* times in turn, and return runs and medians."""
    with tempfile.TemporaryDirectory(prefix="csp-hub-bench-") as folder:
        course = prepare(Path(folder), size.events + size.more, world)
        runs: dict[str, list[dict[str, Any]]] = {"embedded": [], "kafka": []}
        wanted: dict[str, Any] | None = None
        for number in range(size.rounds):
            runs["embedded"].append(on_embedded(course, size.events, wanted))
            wanted = wanted or runs["embedded"][0]
            runs["kafka"].append(on_kafka(course, size, bootstrap, broker, wanted))
            for name, made in runs.items():
                told(f"{name}, round {number + 1} of {size.rounds}: {made[-1]['events_per_s']:,.0f} events/s")
    for name in ("half2_events_per_s", "half2_cpu_us_per_event"):  # half of the answers is not half of the work here
        for run in (run for made in runs.values() for run in made):
            run.pop(name, None)
    return {
        "job": "hub",
        "machine": machine(),
        "rounds": size.rounds,
        "workers": size.workers,
        "people": world.people,
        "agreements": world.agreements,
        "mix": _mix(course, size.events),
        "subjects": {name: {**median(made), "runs": made} for name, made in runs.items()},
    }


def prepare(folder: Path, events: int, world: World) -> Course:
    """A synthetic home in *folder*, and its events."""
    keys = synthetic_secret(1)
    home = create(folder / "home", AGENCIES, TEAMS, synthetic=True, secret=keys)
    program = wiring.program(home)
    rules = traffic.policies(home, program, world.agreements)
    return Course(home, program, world, rules, traffic.events(home, program, events, world.people, world.mix))


def on_embedded(course: Course, events: int, wanted: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One run on a fresh log, whose answers have to be *wanted*'s, if there are any."""
    with _log(course) as log:
        fill(log, course, events)
        busy = load()
        with subject({"subject": "embedded", "home": str(course.home.path)}) as it:
            made = throughput(it, _Ends(log, course), events, None, None)
            made["peak_mib"] = it.peak_mib()
        return {**made, "load_before": busy, **verdict(course, events, log.scan, wanted)}


def fill(log: EmbeddedLog, course: Course, events: int) -> None:
    """Put the state before the start, and the first *events*, into *log*."""
    rows: list[dict[tuple[str, bytes], bytes | None]] = [{} for _ in range(log.partitions)]
    for number, topic, key, value in traffic.known(course.home, course.program, course.world.people, course.rules):
        rows[number][topic, key] = value
        if len(rows[number]) == AT_ONCE:
            log.commit(number, (), rows[number])
            rows[number] = {}
    for number, left in enumerate(rows):
        log.commit(number, (), left)
    log.append([out for _, out in course.told[:events]])


@contextmanager
def _log(course: Course) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(course.home.log, course.home.partitions, durable=False)
    try:
        yield log
    finally:
        log.close()
        for file in course.home.path.glob(f"{course.home.log.name}*"):
            file.unlink()


class _Ends:
    """The ends of the answers' topics in an embedded log."""

    def __init__(self, log: EmbeddedLog, course: Course) -> None:
        self._log = log
        self._places = [(topic, number) for topic in course.answers for number in range(log.partitions)]

    def ends(self, committed: bool = True) -> Mapping[Any, int]:
        return {place: self._log.end(*place) for place in self._places}


def on_kafka(
    course: Course, size: Size, bootstrap: str, broker: int | None, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """
    One run on fresh topics: first what is loaded before the start, then the open loop.

    The state has been read back before, or a partition would be at work while others still read.
    """
    run = f"bench-{os.urandom(3).hex()}"
    with _topics(course, bootstrap) as names:
        ground = HubGround(bootstrap, run, names, course.home.partitions)
        ground.load(_rows(course))
        setup = {"subject": "kafka", "home": str(course.home.path), "bootstrap": bootstrap, "run": run}
        with subject(setup, size.workers) as it:
            it.ready(course.home.partitions)
        ground.load(out for _, out in course.told[: size.events])
        busy = load()
        with subject(setup, size.workers) as it:
            made = throughput(it, ground, size.events, wanted["records"], broker)
            made |= {"peak_mib": it.peak_mib(), **verdict(course, size.events, ground.scan, wanted)}
            if size.more:
                made |= _open_loop(course, size, HubGround(bootstrap, run, [topics.DECISIONS], course.home.partitions))
                made["verified"] &= once(course, len(course.told), ground.scan)
        return {**made, "load_before": busy}


def _rows(course: Course) -> Iterator[Out]:
    known = traffic.known(course.home, course.program, course.world.people, course.rules)
    return (Out(topic, number, key, value, ()) for number, topic, key, value in known)


def _open_loop(course: Course, size: Size, ground: HubGround) -> dict[str, Any]:
    """How long after its scheduled time an event's decision is committed, and with it all that follows from it."""
    rest = course.told[size.events :]
    new = [one for one in rest if one[0] not in {id for id, _ in course.told[: size.events]}]
    decode = course.program.schemas.decode
    outs, ids = [out for _, out in new], [id for id, _ in new]
    return latency(ground, outs, size.rate, len({*ids}), lambda _, value: str(decode(value)[2]["event"]), ids)


@contextmanager
def _topics(course: Course, bootstrap: str) -> Iterator[tuple[str, ...]]:
    """The hub's topics, made for one run; those of a hub that is there already are left alone."""
    home = course.home
    wanted = topics.catalogue(home.agencies, home.teams, home.partitions)
    made = ensure(bootstrap, wanted)
    try:
        if len(made) < len(wanted):
            raise BenchError(f"{bootstrap}: a hub's topics are there already; hint: name a Kafka without a hub")
        yield course.answers
    finally:
        delete(bootstrap, made)


def verdict(course: Course, events: int, scan: Scan, wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    """Whether each of the first *events* was decided once, and the answers are *wanted*'s; and what they are."""
    records = 0

    def counted(topic: str) -> Iterator[Record]:
        nonlocal records
        for record in scan(topic):
            records += 1
            yield record

    made = digest(course.answers, counted)["all"]
    right = wanted is None or (made, records) == (wanted["digest"], wanted["records"])
    return {"verified": right and once(course, events, scan), "digest": made, "records": records}


def once(course: Course, events: int, scan: Scan) -> bool:
    """Whether each of the first *events* has one decision, and no other event has any."""
    told = {id for id, _ in islice(course.told, events)}
    decode = course.program.schemas.decode
    decisions = (decode(record.value or b"")[2] for record in scan(topics.DECISIONS))
    seen = Counter(one["event"] for one in decisions if not one["subject"].startswith("alert."))
    return seen == Counter(told)


def _mix(course: Course, events: int) -> dict[str, int]:
    """How many events there are of each type."""
    kinds = course.program.schemas.by_id
    told = (kinds[int.from_bytes((out.value or b"")[1:5], "big")].type for _, out in course.told[:events])
    return dict(Counter(told).most_common())
