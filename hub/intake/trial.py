"""
Would a record be taken now? By the engine itself, on the hub's state as it is, and without any effect.

Nothing is kept of what the engine answers: the records and rows of its batch are looked at and dropped.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from hub import topics
from hub.edges.reader import Reader
from hub.engine import Batch, Partition, Program
from hub.engine.batch import CLOCK, LATE, RULES
from hub.intake.masked import original
from hub.log import Out, Record
from hub.wire.codec import CodecError, decode_event

NOT_OURS = "not an agency's or a team's; hint: it is the hub's own, look at its log for the reason"
NO_RULES = "no rules in force; hint: hub policy activate"
OWN = (CLOCK, LATE, RULES)


class Verdict(NamedTuple):
    """Whether a record would be taken now; *type* is the event's, *reason* why not, with the cure."""

    taken: bool
    type: str | None
    reason: str | None


class Looked:
    """The rows of one partition as they are in the log; nobody falls due here, for nothing is fired."""

    def __init__(self, reader: Reader, number: int, inputs: tuple[str, ...]) -> None:
        self._reader, self._number = reader, number
        self._known: dict[tuple[str, bytes], bytes | None] = {}
        self._look(topics.POSITIONS, tuple(name.encode() for name in inputs))
        self._look(topics.DECIDE_STATE, OWN)

    def _look(self, topic: str, keys: tuple[bytes, ...]) -> None:
        found = self._reader.newest(topic, self._number, keys)
        self._known |= {(topic, key): found.get(key) for key in keys}

    def get(self, topic: str, key: bytes) -> bytes | None:
        if (topic, key) not in self._known:
            self._look(topic, (key,))
        return self._known[topic, key]

    def some(self, topic: str, keys: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
        return ((key, row) for key in keys if (row := self.get(topic, key)) is not None)

    def due(self, until: int) -> Iterator[tuple[int, str]]:
        return iter(())

    def outdated(self, rules: str) -> Iterator[tuple[str, str]]:
        return iter(())


class Trial:
    """Tries records of quarantine on the hub that *reader* reads; *now* is in UTC microseconds."""

    def __init__(self, program: Program, reader: Reader, now: int) -> None:
        self._program, self._reader, self._now = program, reader, now
        self._partitions: dict[int, Partition] = {}

    def run(self, record: Record) -> Verdict:
        """What would become of it if it were sent again now."""
        out = original(self._program.schemas, record)
        kind = _type(self._program, record)
        if out is None:
            return Verdict(False, kind, NOT_OURS)
        if out.topic not in self._program.inputs or out.partition >= self._program.partitions:
            return Verdict(False, kind, f"{out.topic}: no topic of this hub; hint: its agency has left")
        partition = self._partition(out.partition)
        if partition.sealed:
            return Verdict(False, kind, NO_RULES)
        batch = partition.apply([self._record(out, partition, 1)])
        reason = _refused(batch) or self._decided(batch)
        return Verdict(reason is None, kind, reason)

    def _decided(self, batch: Batch) -> str | None:
        """Why DECIDE would refuse what RESOLVE passes on, if it would."""
        onward: dict[int, list[Record]] = defaultdict(list)
        for out in batch.outs:
            if out.topic == topics.PERSON:
                there = onward[out.partition]
                there.append(self._record(out, self._partition(out.partition), len(there) + 1))
        for number, records in onward.items():
            if reason := _refused(self._partition(number).apply(records)):
                return reason
        return None

    def _partition(self, number: int) -> Partition:
        if number not in self._partitions:
            store = Looked(self._reader, number, self._program.inputs)
            self._partitions[number] = Partition(number, self._program, store)
        return self._partitions[number]

    def _record(self, out: Out, partition: Partition, ahead: int) -> Record:
        return Record(
            out.topic,
            out.partition,
            partition.position(out.topic) + ahead,
            out.key,
            out.value,
            out.headers,
            self._now // 1000,
        )


def _refused(batch: Batch) -> str | None:
    return batch.change.aside[0][1] if batch.change.aside else None


def _type(program: Program, record: Record) -> str | None:
    try:
        return decode_event(program.schemas, record.value or b"").type
    except CodecError:
        return None
