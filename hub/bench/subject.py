"""
The process that is measured: `python -m hub.bench.subject SETUP.json`.

It says once when it had the first event in hand, and how much CPU had gone by until then; everything else is read from
outside, as it would be of anybody's program. On the embedded log, which nobody else is to disturb, it also says when it
was through; the hub's own job on Kafka says of each partition when its state was there.
"""

import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from hub.log import Record

READY, FIRST, LAST = "ready", "first", "last"


class Notes:
    """What the process says of itself; whoever reads a note finds it whole."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._seen = folder, False

    def seen(self) -> None:
        """The first event is in hand; only the first time counts."""
        if not self._seen:
            self._seen = True
            self.write(FIRST)

    def write(self, name: str) -> None:
        """The time and the CPU seconds so far."""
        part = self._folder / f"{name}.part"
        part.write_text(json.dumps({"at": time.time(), "cpu": time.process_time()}))
        part.rename(self._folder / f"{name}.json")

    def on(self, partition: Any) -> Any:
        """*partition*, saying when its first records come."""
        apply = partition.apply

        def first(records: Sequence[Record]) -> Any:
            self.seen()
            partition.apply = apply
            return apply(records)

        partition.apply = first
        return partition


def disclosure(setup: dict[str, Any], notes: Notes) -> int:
    """The job under the hub's own worker, exactly once."""
    from hub.bench.disclosure import agreements
    from hub.bench.partition import POSITIONS, ROWS, Disclosure
    from hub.edges.stream import run, worker

    name, asked = setup["run"], agreements(setup["agreements"])

    def opened(number: int, run: str, state: Any) -> Any:
        partition = Disclosure(number, run, asked)
        partition.restore(state.rows())
        return notes.on(partition)

    hub = worker(
        name,
        inputs=[f"{name}-in"],
        states=[f"{name}-{ROWS}", f"{name}-{POSITIONS}"],
        partitions=setup["partitions"],
        bootstrap=setup["bootstrap"],
        app_id=name,
        partition=opened,
    )
    return run(hub)


def loop(setup: dict[str, Any], notes: Notes) -> int:
    """The yardstick, for as long as it is let."""
    from hub.bench.loop import forever

    forever(setup["bootstrap"], setup["run"], setup["partitions"], setup["agreements"], notes.seen)


def embedded(setup: dict[str, Any], notes: Notes) -> int:
    """The hub of a home on its own log: everything there is to do, then nothing until the end."""
    from hub.edges.collector import spare
    from hub.edges.embedded import EmbeddedLog, Worker
    from hub.edges.home import open_home
    from hub.wiring import program

    spare()
    home = open_home(Path(setup["home"]))
    worker = Worker(EmbeddedLog(home.log, home.partitions), program(home))
    for partition in worker.partitions:
        notes.on(partition)
    worker.drain()
    notes.write(LAST)
    signal.pause()
    return 0


def kafka(setup: dict[str, Any], notes: Notes) -> int:
    """The hub of a home on Kafka, as `hub run --kafka` runs it, without a clock."""
    from hub import topics
    from hub.edges.home import open_home
    from hub.edges.stream import run, worker
    from hub.engine import Partition
    from hub.wiring import program

    home = open_home(Path(setup["home"]))
    made = program(home)

    def opened(number: int, program: Any, state: Any) -> Any:
        notes.write(f"{READY}-{number}")
        return notes.on(Partition(number, program, state))

    hub = worker(
        made,
        inputs=made.inputs,
        states=topics.STATES,
        partitions=made.partitions,
        bootstrap=setup["bootstrap"],
        app_id=setup["run"],
        partition=opened,
        folder=home.path / "state" / setup["run"],
    )
    return run(hub)


SUBJECTS: dict[str, Callable[[dict[str, Any], Notes], int]] = {
    "hub": disclosure,
    "loop": loop,
    "embedded": embedded,
    "kafka": kafka,
}


def main(path: Path) -> int:
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    setup = json.loads(path.read_text())
    return SUBJECTS[setup["subject"]](setup, Notes(path.parent))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
