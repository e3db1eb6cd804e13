"""Reads a partition's state back from its compacted topics."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from hub.edges.failstop import StreamError
from hub.edges.store import Rows

log = structlog.get_logger()

PATIENCE = 60.0  # seconds without a step forward before a rebuild is given up
LOOK = 100  # milliseconds a read waits for more
FETCH = 2_097_152  # bytes of a topic in one fetch
SAY = 5.0  # seconds between two lines on how far a read has come


class Keeper(Protocol):
    """What rows are read into: a cache of them on disk, or memory."""

    @property
    def marks(self) -> Mapping[str, int]: ...
    def write(self, rows: Rows, marks: Mapping[str, int]) -> None: ...
    def wipe(self, why: str) -> None: ...
    def close(self) -> None: ...


Show = Callable[[int, float, int], None]  # partition number, share of the log that is read, rows so far


async def rebuild(
    number: int,
    states: Sequence[str],
    client: Mapping[str, Any],
    keeper: Keeper,
    patience: float = PATIENCE,
    show: Show | None = None,
) -> int:
    """
    Read the rows of partition *number* of every state topic into *keeper*, from its marks on; return how many.

    Ask after the predecessor is fenced, not before.
    """
    parts = [TopicPartition(topic, number) for topic in states]
    if not parts:
        return 0
    ends = await _ends(parts, client)
    reader = AIOKafkaConsumer(
        **client,
        isolation_level="read_committed",
        auto_offset_reset="none",
        enable_auto_commit=False,
        fetch_max_wait_ms=LOOK,
        max_partition_fetch_bytes=FETCH,
    )
    async with reader:
        reader.assign(parts)
        starts = await reader.beginning_offsets(parts)
        for part in parts:
            if not starts[part] <= keeper.marks.get(part.topic, starts[part]) <= ends[part]:
                keeper.wipe(f"{part.topic}/{number} does not reach to where it was read")
        for part in parts:
            starts[part] = keeper.marks.get(part.topic, starts[part])
            reader.seek(part, starts[part])
        return await _read(reader, Reading(number, starts, ends, show), keeper, patience)


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


async def _read(reader: AIOKafkaConsumer, reading: "Reading", keeper: Keeper, patience: float) -> int:
    ends = reading.ends
    looks = {part: Look() for part in ends}
    deadline = time.monotonic() + patience
    while behind := [part for part, look in looks.items() if not look.done]:
        found = await reader.getmany(*behind, timeout_ms=LOOK)
        at = {part: await reader.position(part) for part in behind}
        rows = {(r.topic, r.key): r.value for records in found.values() for r in records if r.key is not None}
        keeper.write(rows, {part.topic: position for part, position in at.items()})
        reading.passed(len(rows), at)
        for part, position in at.items():
            if looks[part].moved(position, ends[part], _stable(reader, part)):
                deadline = time.monotonic() + patience
        if time.monotonic() > deadline:
            raise StreamError(f"{_where(behind)}: {HELD}")
        await asyncio.sleep(0)
    return reading.rows


class Reading:
    """How far a read from *starts* to *ends* has come, told to *show* and every few seconds to the log."""

    def __init__(
        self,
        number: int,
        starts: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
        show: Show | None = None,
    ) -> None:
        self.ends = ends
        self.rows = 0
        self._number = number
        self._at = dict(starts)
        self._length = sum(ends[part] - start for part, start in starts.items())
        self._show = show
        self._begun = self._said = time.monotonic()

    def passed(self, rows: int, at: Mapping[TopicPartition, int]) -> None:
        """Take note of *rows* more, and of where the reader is *at* now."""
        self.rows += rows
        self._at |= at
        left = sum(max(end - self._at[part], 0) for part, end in self.ends.items())
        share = 1 - left / self._length if self._length else 1.0
        if self._show is not None:
            self._show(self._number, share, self.rows)
        if (now := time.monotonic()) - self._said >= SAY:
            self._said, rate = now, self.rows / (now - self._begun)
            facts = {"partition": self._number, "percent": int(100 * share), "rows": self.rows}
            log.info("state read", **facts, rows_per_second=int(rate))


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
