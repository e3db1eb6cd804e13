"""
The process that is measured: `python -m hub.bench.subject SETUP.json`.

It says once when it had the first event in hand, and how much CPU had gone by until then; everything else is read from
outside, as it would be of anybody's program.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hub.bench.partition import PEOPLE, POSITIONS, Disclosure
from hub.edges.stream import run, worker
from hub.edges.transactions import Partition
from hub.log import Record

FIRST = "first.json"


class First:
    """Notes the first event; whoever reads the note finds it whole."""

    def __init__(self, folder: Path) -> None:
        self._note: Path | None = folder / FIRST

    def seen(self) -> None:
        if self._note:
            part = self._note.with_suffix(".part")
            part.write_text(json.dumps({"at": time.time(), "cpu": time.process_time()}))
            part.rename(self._note)
            self._note = None


def noted(partition: Partition, seen: Callable[[], None]) -> Partition:
    """*partition*, saying when its first records come."""
    apply = partition.apply

    def first(records: Sequence[Record]) -> Any:
        seen()
        partition.apply = apply  # type: ignore[method-assign]
        return apply(records)

    partition.apply = first  # type: ignore[method-assign]
    return partition


def disclosure(setup: dict[str, Any], seen: Callable[[], None]) -> int:
    """The job under the hub's own worker, exactly once."""
    name = setup["run"]

    def opened(number: int, run: str, state: Any) -> Any:
        partition = Disclosure(number, run)
        partition.restore(state.rows())
        return noted(partition, seen)

    hub = worker(
        name,
        inputs=[f"{name}-in"],
        states=[f"{name}-{PEOPLE}", f"{name}-{POSITIONS}"],
        partitions=setup["partitions"],
        bootstrap=setup["bootstrap"],
        app_id=name,
        partition=opened,
    )
    return run(hub)


def loop(setup: dict[str, Any], seen: Callable[[], None]) -> int:
    """The yardstick, for as long as it is let."""
    from hub.bench.loop import forever

    forever(setup["bootstrap"], setup["run"], setup["partitions"], seen)


SUBJECTS: dict[str, Callable[[dict[str, Any], Callable[[], None]], int]] = {"hub": disclosure, "loop": loop}


def main(path: Path) -> int:
    logging.basicConfig(level=logging.WARNING)
    setup = json.loads(path.read_text())
    return SUBJECTS[setup["subject"]](setup, First(path.parent).seen)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
