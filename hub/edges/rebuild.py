"""Reads a partition's state back from its compacted topics."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.edges.failstop import StreamError

PATIENCE = 60.0  # seconds without a step forward before a rebuild is given up
LOOK = 100  # milliseconds a read waits for more


class Rows:
    """
    The newest row of every key.

    >>> rows = Rows()
    >>> for value in b"old", b"new":
    ...     rows.put("state.people.v1", b"a", value)
    >>> rows.put("state.people.v1", b"b", None)
    >>> list(rows)
    [('state.people.v1', b'a', b'new')]
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[str, bytes], bytes] = {}

    def put(self, topic: str, key: bytes, value: bytes | None) -> None:
        self._rows.pop((topic, key), None)  # a key moves to the end: oldest first
        if value is not None:
            self._rows[topic, key] = value

    def __iter__(self) -> Iterator[tuple[str, bytes, bytes]]:
        return ((topic, key, value) for (topic, key), value in self._rows.items())

    def __len__(self) -> int:
        return len(self._rows)


async def rebuild(number: int, states: Sequence[str], client: Mapping[str, Any], patience: float = PATIENCE) -> Rows:
    """Return the rows of partition *number* of every state topic; ask after the predecessor is fenced, not before."""
    parts = [TopicPartition(topic, number) for topic in states]
    rows = Rows()
    if not parts:
        return rows
    ends = await _ends(parts, client)
    reader = AIOKafkaConsumer(
        **client,
        isolation_level="read_committed",
        auto_offset_reset="none",
        enable_auto_commit=False,
        fetch_max_wait_ms=LOOK,
    )
    async with reader:
        reader.assign(parts)
        for part, offset in (await reader.beginning_offsets(parts)).items():
            reader.seek(part, offset)
        await _read(reader, ends, rows, patience)
    return rows


async def _ends(parts: Sequence[TopicPartition], client: Mapping[str, Any]) -> dict[TopicPartition, int]:
    """
    Return the true ends of *parts*.

    A read_committed reader would answer the last *stable* offset, which a stranger's open transaction holds back: the
    state would look whole and be old. So a plain reader is asked, and the read below waits until the log is stable up
    to there.
    """
    async with AIOKafkaConsumer(**client, enable_auto_commit=False) as plain:
        ends: dict[TopicPartition, int] = await plain.end_offsets(parts)
    return ends


async def _read(reader: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], rows: Rows, patience: float) -> None:
    looks = {part: Look() for part in ends}
    deadline = time.monotonic() + patience
    while behind := [part for part, look in looks.items() if not look.done]:
        for part, records in (await reader.getmany(*behind, timeout_ms=LOOK)).items():
            for record in records:
                if record.key is not None:
                    rows.put(part.topic, record.key, record.value)
        for part in behind:
            if looks[part].moved(await reader.position(part), ends[part], _stable(reader, part)):
                deadline = time.monotonic() + patience
        if time.monotonic() > deadline:
            raise StreamError(f"{_where(behind)}: {HELD}")
        await asyncio.sleep(0)


HELD = (
    "the committed end stays out of reach; hint: look for a transaction that never ended "
    "(`kafka-transactions.sh find-hanging`), then start the worker again"
)


def _where(parts: Sequence[TopicPartition]) -> str:
    return ", ".join(f"{part.topic}/{part.partition}" for part in parts)


def _stable(reader: AIOKafkaConsumer, part: TopicPartition) -> tuple[int, int]:
    """Return (last stable offset, when the broker last answered), as the latest fetch told them."""
    return reader.last_stable_offset(part) or 0, reader.last_poll_timestamp(part) or 0


class Look:
    """
    How far one partition has been read.

    Usually the position passes the end: control batches and aborted ones move it too. Compaction can remove the very
    last batches, though, and then no record will ever carry the position there (faust-streaming threads #176 and #597:
    recovery hangs). What ends such a read is the broker itself: two empty answers in a row at a log that is stable up
    to the end.

    >>> look = Look()
    >>> [look.moved(7, 9, (9, stamp)) for stamp in (1, 2, 3)], look.done
    ([True, False, False], True)
    """

    def __init__(self) -> None:
        self.position = -1
        self.stamp = 0
        self.empty = 0
        self.done = False

    def moved(self, position: int, end: int, stable: tuple[int, int]) -> bool:
        """Take note of where the reader stands, and say whether that is further than before."""
        offset, stamp = stable
        ahead = position > self.position
        if ahead:
            self.empty = 0
        elif stamp > self.stamp and offset >= end:
            self.empty += 1
        self.position, self.stamp = position, stamp
        self.done = position >= end or self.empty >= 2
        return ahead
