"""
A worker that counts, for tests to start, stop and kill: `python tests/broker/counting.py SETUP.json`.

Every record is answered in its own partition with the count of its key in its topic and over both; every fifth offset
is told to the next partition as well.
"""

import asyncio
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from hub.cli import logs
from hub.edges import stream
from hub.edges.lanes import Ticks
from hub.edges.stream import run, worker
from hub.log import Out, Record


class Batch(NamedTuple):
    outs: tuple[Out, ...]
    rows: dict[tuple[str, bytes], bytes | None]
    held: Mapping[str, Any] = MappingProxyType({})


class Counting:
    """Stands in for the engine: counts are state, and so are positions."""

    def __init__(self, number: int, program: Any, state: Any) -> None:
        self.number = number
        self.names = program
        self.rows: dict[tuple[str, bytes], bytes | None] = {(topic, key): row for topic, key, row in state.rows()}

    def position(self, topic: str) -> int:
        return int(self.rows.get((self.names["positions"], topic.encode())) or -1)

    def accept(self, batch: Batch) -> None:
        self.rows.update(batch.rows)

    def apply(self, records: Sequence[Record]) -> Batch:
        outs: list[Out] = []
        changed: dict[tuple[str, bytes], bytes | None] = {}
        time.sleep(self.names.get("slow", 0) * len(records))
        for record in records:
            place = (self.names["positions"], record.topic.encode())
            if record.offset > int(self._row(changed, place, b"-1")):
                changed[place] = str(record.offset).encode()
                outs += self._answers(record, changed)
        return Batch(tuple(outs), changed)

    def _answers(self, record: Record, changed: dict[tuple[str, bytes], bytes | None]) -> list[Out]:
        key = record.key or b""
        nth = self._count(changed, record.topic.encode() + b"/" + key)
        answer = {
            "src": [record.topic, record.partition, record.offset],
            "nth": nth,
            "total": self._count(changed, key),
        }
        out = Out(self.names["answers"], self.number, key, json.dumps(answer).encode(), (("kind", b"answer"),))
        if record.offset % 5:
            return [out]
        return [out, out._replace(topic=self.names["letters"], partition=(self.number + 1) % self.names["partitions"])]

    def _count(self, changed: dict[tuple[str, bytes], bytes | None], key: bytes) -> int:
        place = (self.names["counts"], key)
        changed[place] = str(int(self._row(changed, place, b"0")) + 1).encode()
        return int(changed[place] or 0)

    def _row(self, changed: dict[tuple[str, bytes], bytes | None], place: tuple[str, bytes], none: bytes) -> bytes:
        return changed.get(place) or self.rows.get(place) or none


def die(moment: str, count: int) -> None:
    """Have this process killed at its commit number *count*: `before` the broker hears of it, or `after` it has."""
    commit, commits = AIOKafkaProducer.commit_transaction, itertools.count(1)

    async def last(producer: AIOKafkaProducer) -> None:
        this = next(commits)
        if moment == "after":
            await commit(producer)
        if this >= count:
            os.kill(os.getpid(), signal.SIGKILL)
        if moment == "before":
            await commit(producer)

    AIOKafkaProducer.commit_transaction = last


def deafen(count: int) -> None:
    """Have the consumer bring nothing any more after *count* portions, as the stalls of Faust's threads do."""
    portion, portions = stream.portion, itertools.count(1)

    async def last(consumer: Any, parts: Any) -> list[Record]:
        if next(portions) <= count:
            return await portion(consumer, parts)
        await asyncio.sleep(0.1)
        return []

    stream.portion = last


def main(path: str) -> int:
    logs.start("info")
    setup = json.loads(Path(path).read_text())
    if "die" in setup:
        die(*setup["die"])
    stream.MOST = setup.get("most", stream.MOST)
    stream.HANDFUL = min(stream.MOST, stream.HANDFUL)
    if "deaf" in setup:
        deafen(setup["deaf"])
    ticks = Ticks(setup["tick"], lambda at: str(at).encode(), setup["inputs"][0]) if setup.get("tick") else None
    return run(
        worker(
            setup,
            inputs=setup["inputs"],
            states=[setup["counts"], setup["positions"]],
            partitions=setup["partitions"],
            bootstrap=setup["bootstrap"],
            app_id=setup["app"],
            instance_id=setup.get("instance"),
            session_timeout=6.0,
            ticks=ticks,
            partition=Counting,
            folder=Path(setup["folder"]) if setup.get("folder") else None,
            serve=setup.get("serve", ""),
            still=setup.get("still", 60),
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
