"""
`hub bench --flat`: what an event costs with few people and agreements, and with many, in turn on the same machine.

The hub's own pipeline on the embedded log, and the disclosure job's partition in memory; CPU time alone counts.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hub.bench import disclosure, pipeline
from hub.bench.measure import BenchError
from hub.bench.partition import ROWS, Disclosure, packed
from hub.bench.side import World, machine
from hub.edges.collector import spare
from hub.log import Record
from hub.wire.pieces import text

FEW, MANY = World(10_000, 12), {"people": World(1_000_000, 12), "agreements": World(10_000, 200)}
BATCH = 1000


def flat(
    events: int, rounds: int, few: World, many: Mapping[str, World], told: Callable[[str], None]
) -> dict[str, Any]:
    """CPU µs an event with *few* and with each of *many*, medians of *rounds*, and how many times as much it is."""
    worlds = {"few": few, **many}
    runs: dict[str, dict[str, list[float]]] = {job: {name: [] for name in worlds} for job in ("hub", "disclosure")}
    with ExitStack() as stack:
        courses = {name: _course(stack, events, world) for name, world in worlds.items()}
        for number in range(rounds):
            for name in list(worlds)[:: -1 if number % 2 else 1]:
                runs["hub"][name].append(_hub(courses[name], events))
                runs["disclosure"][name].append(_disclosure(events, worlds[name]))
                told(f"{name}, round {number + 1} of {rounds}: {runs['hub'][name][-1]:.0f} µs an event")
    medians = {job: {name: statistics.median(made) for name, made in one.items()} for job, one in runs.items()}
    return {
        "job": "flat",
        "machine": machine(),
        "rounds": rounds,
        "events": events,
        "worlds": {name: {"people": world.people, "agreements": world.agreements} for name, world in worlds.items()},
        "cpu_us_per_event": medians,
        "runs": runs,
        "ratios": {job: {name: one[name] / one["few"] for name in many} for job, one in medians.items()},
    }


def _course(stack: ExitStack, events: int, world: World) -> pipeline.Course:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="csp-hub-bench-"))
    return pipeline.prepare(Path(folder), events, world)


def _hub(course: pipeline.Course, events: int) -> float:
    made = pipeline.on_embedded(course, events)
    if not made["verified"]:
        raise BenchError("bench: a wrong answer, so no figure; hint: hub bench --events 1000 shows which log")
    return float(made["cpu_us_per_event"])


def _disclosure(events: int, world: World) -> float:
    """The job's partition alone, with a full row for everybody, and the collector as the worker has it."""
    job = Disclosure(0, "flat", disclosure.agreements(world.agreements))
    row = packed(disclosure.KEEP, b"".join(text(f"e-{number}") for number in range(disclosure.KEEP)))
    job.restore((f"flat-{ROWS}", f"p{number}".encode(), row) for number in range(world.people))
    told = disclosure.events(events, world.people)
    records = [Record("flat-in", 0, at, key, value, (), 0) for at, (key, value) in enumerate(told)]
    spare()
    begun = time.process_time()
    for start in range(0, events, BATCH):
        job.accept(job.apply(records[start : start + BATCH]))
    return (time.process_time() - begun) / events * 1e6
