"""
Reads the topics of either log for people who ask: never writes, never joins a group, never sees an aborted record.

Records come in order within a partition; across partitions a reader who needs an order sorts by `timestamp`.
"""

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from hub.log import Record

PATIENCE = 20.0  # seconds without a step forward before a read is given up
PAUSE = 0.3  # seconds between two looks for something new
PAGE = 1000
MOST = 4000  # records of one poll
MARKS = 20  # offsets at the end of a partition, among which its newest record is: transactions leave marks
RETRY = 20  # milliseconds until a consumer that has just been told where to read asks again
ANSWER = 10_000  # milliseconds until a broker that says nothing counts as out of reach
Places = Mapping[tuple[str, int], int]  # the last offset seen of each topic's partition


class ReadError(Exception):
    """A log that cannot be read; the text says the cure."""


class Reader(Protocol):
    """What a command asks of a log."""

    def scan(self, topic: str, partition: int | None = None) -> Iterator[Record]:
        """Every record there is now, of all partitions or of one; nothing for a topic that is not there."""

    def one(self, topic: str, partition: int, offset: int) -> Record | None:
        """The record there; None where there is none, or none any more."""

    def tail(self, topic: str, most: int) -> Iterator[Record]:
        """The newest records of each partition of a topic, *most* or fewer of each."""

    def row(self, topic: str, partition: int, key: bytes) -> bytes | None:
        """The newest row of *key* in a topic of the hub's state."""

    def newest(self, topic: str, partition: int, keys: Collection[bytes]) -> dict[bytes, bytes]:
        """The newest rows of *keys*, those there are: one reading for all of them."""

    def held(self, topic: str) -> Iterator[tuple[int, bytes, bytes]]:
        """Partition, key and newest row of every key in a topic of the hub's state."""

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset that the next record of each partition will have; nothing for one that holds nothing."""

    def last(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        """The offset of each partition's newest record; on Kafka, marks and what was aborted may come after it."""

    def follow(self, topics: Sequence[str], seen: Places, until: Callable[[], bool]) -> Iterator[Sequence[Record]]:
        """
        Every record after *seen*, and those to come, in portions until told to stop.

        A portion is empty when there is nothing more for now.
        """


def forever() -> bool:
    """The end that never comes: a follower stops at Ctrl-C."""
    return False


class EmbeddedReader:
    """
    Reads an embedded log beside the worker that writes it; a log nobody has written yet is an empty one.

    >>> list(EmbeddedReader(Path("nothing-here.db")).scan("decisions.v1"))
    []
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sql: sqlite3.Connection | None = None

    def scan(self, topic: str, partition: int | None = None) -> Iterator[Record]:
        for number in range(self._partitions()) if partition is None else (partition,):
            yield from self._after(topic, number, -1)

    def one(self, topic: str, partition: int, offset: int) -> Record | None:
        found = next(self._after(topic, partition, offset - 1), None)
        return found if found is not None and found.offset == offset else None

    def tail(self, topic: str, most: int) -> Iterator[Record]:
        for (_, number), end in self.ends((topic,)).items():
            yield from self._after(topic, number, end - 1 - most)

    def row(self, topic: str, partition: int, key: bytes) -> bytes | None:
        return self.newest(topic, partition, (key,)).get(key)

    def newest(self, topic: str, partition: int, keys: Collection[bytes]) -> dict[bytes, bytes]:
        query = "select value from state where partition = ? and topic = ? and key = ?"
        found = {key: self._rows(query, (partition, topic, key)) for key in keys}
        return {key: rows[0][0] for key, rows in found.items() if rows}

    def held(self, topic: str) -> Iterator[tuple[int, bytes, bytes]]:
        yield from self._rows("select partition, key, value from state where topic = ? order by 1, 2", (topic,))

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        query = 'select max("offset") from log where topic = ? and partition = ?'
        places = [(topic, number) for topic in topics for number in range(self._partitions())]
        found = {place: self._rows(query, place)[0][0] for place in places}
        return {place: last + 1 for place, last in found.items() if last is not None}

    def last(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        return {place: end - 1 for place, end in self.ends(topics).items()}

    def follow(
        self, topics: Sequence[str], seen: Places, until: Callable[[], bool] = forever
    ) -> Iterator[Sequence[Record]]:
        last, moment = dict(seen), None
        while not until():
            now = self._rows("pragma data_version", ())  # another as soon as somebody has written
            if now == moment:  # or there is no log yet
                yield ()
                time.sleep(PAUSE)
                continue
            portion: list[Record] = []
            for record in self._beyond(topics, last):
                portion.append(record)
                if len(portion) >= MOST:
                    yield portion
                    portion = []
                    if until():
                        return
            yield portion
            moment = None if portion else now

    def _beyond(self, topics: Sequence[str], last: dict[tuple[str, int], int]) -> Iterator[Record]:
        for topic in topics:
            for number in range(self._partitions()):
                for record in self._after(topic, number, last.get((topic, number), -1)):
                    last[topic, number] = record.offset
                    yield record

    def _after(self, topic: str, partition: int, offset: int) -> Iterator[Record]:
        while found := self._rows(
            'select * from log where topic = ? and partition = ? and "offset" > ? order by "offset" limit ?',
            (topic, partition, offset, PAGE),
        ):
            for row in found:
                yield Record(row[0], row[1], row[2], row[3], row[4], _headers(row[5]), row[6])
            offset = found[-1][2]

    def _partitions(self) -> int:
        found = self._rows("select value from hub where name = 'partitions'", ())
        return int(found[0][0]) if found else 0

    def _rows(self, query: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            if self._sql is None:
                if not self._path.exists():
                    return []
                self._sql = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
            return self._sql.execute(query, values).fetchall()
        except sqlite3.Error as bad:
            why = f"{self._path}: not a hub log, or not readable ({type(bad).__name__})"
            raise ReadError(f"{why}; hint: name the home of a hub, as its user") from bad


def _headers(text: str) -> tuple[tuple[str, bytes], ...]:
    return tuple([(name, value.encode("latin-1")) for name, value in _pairs(text)]) if text else ()


_pairs = msgspec.json.Decoder(list[tuple[str, str]]).decode


class KafkaReader:
    """Reads a Kafka cluster: committed records only, up to the last stable offset at the moment of asking."""

    def __init__(self, bootstrap: str, auth: Mapping[str, Any] | None = None, patience: float = PATIENCE) -> None:
        self._client = {"bootstrap_servers": bootstrap, "bootstrap_timeout_ms": ANSWER, **(auth or {})}
        self._patience = patience

    def scan(self, topic: str, partition: int | None = None) -> Iterator[Record]:
        consumer = self._consumer()
        try:
            parts = [part for part in _parts(consumer, topic) if partition in (None, part.partition)]
            if parts:
                consumer.assign(parts)
                consumer.seek_to_beginning(*parts)
                yield from self._up_to(consumer, topic, consumer.end_offsets(parts))
        finally:
            consumer.close()

    def one(self, topic: str, partition: int, offset: int) -> Record | None:
        consumer = self._consumer()
        try:
            parts = [part for part in _parts(consumer, topic) if part.partition == partition]
            ends = consumer.end_offsets(parts) if parts else {}
            if not parts or not consumer.beginning_offsets(parts)[parts[0]] <= offset < ends[parts[0]]:
                return None
            consumer.assign(parts)
            consumer.seek(parts[0], offset)
            found = next(self._up_to(consumer, topic, ends), None)
            return found if found is not None and found.offset == offset else None
        finally:
            consumer.close()

    def tail(self, topic: str, most: int) -> Iterator[Record]:
        consumer = self._consumer()
        try:
            parts = _parts(consumer, topic)
            if parts:
                ends, starts = consumer.end_offsets(parts), consumer.beginning_offsets(parts)
                consumer.assign(parts)
                for part in parts:
                    consumer.seek(part, max(starts[part], ends[part] - most))
                yield from self._up_to(consumer, topic, ends)
        finally:
            consumer.close()

    def row(self, topic: str, partition: int, key: bytes) -> bytes | None:
        return self.newest(topic, partition, (key,)).get(key)

    def newest(self, topic: str, partition: int, keys: Collection[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes | None] = {}
        for record in self.scan(topic, partition):
            if record.key is not None and record.key in keys:
                found[record.key] = record.value
        return {key: value for key, value in found.items() if value is not None}

    def _up_to(self, consumer: Any, topic: str, ends: Mapping[Any, int]) -> Iterator[Record]:
        """Until every position has passed its end: transaction markers and aborted records move it too."""
        before: dict[Any, int] = {}
        behind, since = list(ends), time.monotonic()
        while behind := [part for part in behind if _position(consumer, part) < ends[part]]:
            found = consumer.poll(timeout_ms=200, max_records=MOST)
            yield from (_record(one) for part, some in found.items() for one in some if one.offset < ends[part])
            now = {part: _position(consumer, part) for part in behind}
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > self._patience:
                raise ReadError(f"{topic}: no step forward in {self._patience:.0f} s; hint: is every broker up?")

    def held(self, topic: str) -> Iterator[tuple[int, bytes, bytes]]:
        newest: dict[tuple[int, bytes], bytes | None] = {}
        for record in self.scan(topic):
            newest[record.partition, record.key or b""] = record.value
        return ((*place, row) for place, row in newest.items() if row is not None)

    def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        consumer = self._consumer()
        try:
            parts = [part for topic in topics for part in _parts(consumer, topic)]
            return {(part.topic, part.partition): end for part, end in consumer.end_offsets(parts).items() if end}
        finally:
            consumer.close()

    def last(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        consumer, made = self._consumer(), dict[tuple[str, int], int]()
        try:
            parts = [part for topic in topics for part in _parts(consumer, topic)]
            starts, ends = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
            held = [part for part in parts if ends[part] > starts[part]]
            consumer.assign(held)
            for part in held:
                low = max(starts[part], ends[part] - MARKS)
                consumer.seek(part, low)
                made[part.topic, part.partition] = low - 1
            for record in self._up_to(consumer, "topics", {part: ends[part] for part in held}):
                made[record.topic, record.partition] = record.offset
        finally:
            consumer.close()
        return made

    def follow(
        self, topics: Sequence[str], seen: Places, until: Callable[[], bool] = forever
    ) -> Iterator[Sequence[Record]]:
        consumer = self._consumer()
        try:
            parts = [part for topic in topics for part in _parts(consumer, topic)]
            if not parts:
                raise ReadError(f"{topics[0]}: no such topic; hint: `hub run --kafka` makes the topics of a hub")
            consumer.assign(parts)
            consumer.seek_to_beginning(*parts)
            for part in parts:
                if (part.topic, part.partition) in seen:
                    consumer.seek(part, seen[part.topic, part.partition] + 1)
            while not until():
                found = consumer.poll(timeout_ms=int(PAUSE * 1000), max_records=MOST)
                yield [_record(one) for some in found.values() for one in some]
        finally:
            consumer.close()

    def _consumer(self, sees: str = "read_committed") -> Any:
        from kafka import KafkaConsumer

        from hub.edges import header_names

        header_names.install()
        return KafkaConsumer(
            **self._client,
            group_id=None,
            isolation_level=sees,
            auto_offset_reset="earliest",
            retry_backoff_ms=RETRY,
        )


def _parts(consumer: Any, topic: str) -> list[Any]:
    from kafka import TopicPartition

    return [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]


def _position(consumer: Any, part: Any) -> int:
    return consumer.position(part) or 0


def _record(one: Any) -> Record:
    return Record(one.topic, one.partition, one.offset, one.key, one.value, tuple(one.headers), one.timestamp)
