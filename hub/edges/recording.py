"""A log as it was at one moment, whole and consistent, for a replay: never writes, never joins a group."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub import topics
from hub.edges.reader import PATIENCE, EmbeddedReader, KafkaReader, ReadError
from hub.log import Record

LOOK = 0.02  # seconds between two looks for a moment of rest


class EmbeddedRecording(EmbeddedReader):
    """An embedded log at the moment this is made: one read transaction, whatever its worker goes on to write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rows("select 1", ())
        if self._sql is None:
            raise ReadError(f"{path}: nothing recorded yet; hint: name the home of a hub that has run")
        self._sql.execute("begin")
        self._rows("select 1 from log limit 1", ())  # it begins with the first read

    def close(self) -> None:
        """Let go of the file."""
        if self._sql is not None:
            self._sql.close()

    def start(self, topic: str, partition: int) -> int:
        found = self._rows('select min("offset") from log where topic = ? and partition = ?', (topic, partition))
        return int(found[0][0] or 0)

    def every(self, names: Sequence[str]) -> Iterator[Record]:
        return (record for topic in names for record in self.scan(topic))

    def read(self, names: Sequence[str], partition: int) -> Iterator[Record]:
        return (record for topic in names for record in self._after(topic, partition, -1))

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        return next(self._after(topic, partition, offset - 1), None)

    def rows(self, partition: int, names: Sequence[str]) -> Iterator[tuple[str, bytes, bytes]]:
        for topic in names:
            query = "select topic, key, value from state where partition = ? and topic = ? order by key"
            yield from self._rows(query, (partition, topic))


class KafkaRecording(KafkaReader):
    """
    The committed records of *names*, up to one end of each partition.

    *still* asks for a moment at which nothing moves: no transaction open, every marker written. Then records, rows and
    positions fit together. Without it the ends are no earlier than the positions, and rows may be newer than either.
    """

    def __init__(
        self,
        bootstrap: str,
        auth: Mapping[str, Any] | None,
        names: Sequence[str],
        partitions: int,
        still: bool = True,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(bootstrap, auth, patience)
        self._reader, self._plain = self._consumer(), self._consumer("read_uncommitted")
        self._parts = [self._part(topic, number) for topic in names for number in range(partitions)]
        self._check(names, partitions)
        self._starts = self._reader.beginning_offsets(self._parts)
        self._ends = self._rest() if still else self._settled()

    def close(self) -> None:
        """Let go of the broker."""
        self._reader.close()
        self._plain.close()

    def _check(self, names: Sequence[str], partitions: int) -> None:
        for topic in names:
            found = len(self._reader.partitions_for_topic(topic) or ())
            if not found:
                raise ReadError(f"{topic}: no such topic; hint: `hub run --kafka` makes the topics of a hub")
            if found != partitions:
                why = f"{topic}: has {found} partitions, and the home says {partitions}"
                raise ReadError(f"{why}; hint: name the home of the hub that wrote it")

    def _rest(self) -> dict[Any, int]:
        """The ends, once they are the same before, at and after a look at what is committed."""
        until = time.monotonic() + self._patience
        while time.monotonic() < until:
            before = self._plain.end_offsets(self._parts)
            if before == self._reader.end_offsets(self._parts) == self._plain.end_offsets(self._parts):
                return dict(before)
            time.sleep(LOOK)
        why = f"kafka: no moment of rest in {self._patience:.0f} s, the hub is at work"
        raise ReadError(f"{why}; hint: stop it first, or say --until a moment ago and compare the outputs alone")

    def _settled(self) -> dict[Any, int]:
        """
        Ends behind which lies every output of what the positions say is applied.

        A transaction's markers reach its partitions one by one: what was written when the positions were read may be
        committed and not yet to be seen.
        """
        first = [part for part in self._parts if part.topic == topics.POSITIONS]
        ends = dict(self._reader.end_offsets(first))
        rest = [part for part in self._parts if part.topic != topics.POSITIONS]
        written = self._plain.end_offsets(rest)
        until = time.monotonic() + self._patience
        while any((now := self._reader.end_offsets(rest))[part] < end for part, end in written.items()):
            if time.monotonic() > until:
                raise ReadError("kafka: a transaction stays open; hint: `kafka-transactions.sh find-hanging` names it")
            time.sleep(LOOK)
        return ends | dict(now)

    def start(self, topic: str, partition: int) -> int:
        return int(self._starts[self._part(topic, partition)])

    def every(self, names: Sequence[str]) -> Iterator[Record]:
        return self._read(self._reader, [part for part in self._parts if part.topic in names])

    def read(self, names: Sequence[str], partition: int) -> Iterator[Record]:
        return self._read(self._reader, [self._part(topic, partition) for topic in names])

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        """One record, by a consumer of its own: another may be reading meanwhile."""
        consumer = self._consumer()
        try:
            return next(self._read(consumer, [self._part(topic, partition)], offset), None)
        finally:
            consumer.close()

    def rows(self, partition: int, names: Sequence[str]) -> Iterator[tuple[str, bytes, bytes]]:
        newest: dict[tuple[str, bytes], bytes] = {}
        for record in self._read(self._reader, [self._part(topic, partition) for topic in names]):
            if record.value is not None:
                newest[record.topic, record.key or b""] = record.value
            else:
                newest.pop((record.topic, record.key or b""), None)
        return ((topic, key, value) for (topic, key), value in sorted(newest.items()))

    def _read(self, consumer: Any, parts: Sequence[Any], start: int | None = None) -> Iterator[Record]:
        ends = {part: self._ends[part] for part in parts}
        consumer.assign(list(parts))
        for part in parts:
            consumer.seek(part, self._starts[part] if start is None else start)
        yield from self._up_to(consumer, parts[0].topic if parts else "", ends)

    @staticmethod
    def _part(topic: str, partition: int) -> Any:
        from kafka import TopicPartition

        return TopicPartition(topic, partition)
