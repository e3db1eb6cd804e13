"""
A log in memory with Kafka's transactions and fences, for tests that crash its worker at any await.

It can do what the real one can and does: a commit that came through although nobody was told, a produce batch that is
rejected without failing its transaction (aiokafka 0.14.0), and a predecessor that wakes up late.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from hub import topics
from hub.edges.store import Cache
from hub.edges.transactions import Lane
from hub.log import Out, Record

ROOM = 3  # records in one produce batch


class CrashError(BaseException):
    """The process is gone, in the middle of whatever it did."""


class FencedError(Exception):
    """A successor has taken the transactional id over."""


class RejectedError(Exception):
    """The broker did not take a batch."""


class Packed(list[tuple[Any, Any, Any]]):
    """A produce batch with room for a few."""

    def append(self, *, timestamp: Any, key: Any, value: Any, headers: Any) -> object:  # type: ignore[override]
        return None if len(self) >= ROOM else super().append((key, value, tuple(headers))) or object()

    def close(self) -> None: ...

    def record_count(self) -> int:
        return len(self)


class Placed(NamedTuple):
    """What the broker answers to a batch: where its first record lies."""

    offset: int


class VirtualLog:
    """Committed records by topic and partition; *fencing* can be taken away, to see what it is good for."""

    def __init__(self, fencing: bool = True) -> None:
        self.fencing = fencing
        self.records: dict[tuple[str, int], list[Record]] = defaultdict(list)
        self.epochs: dict[int, int] = defaultdict(int)
        self.reject = -1  # the how-manieth batch is not taken
        self.batches = 0

    def append(self, outs: Sequence[Out]) -> None:
        for out in outs:
            held = self.records[out.topic, out.partition]
            held.append(Record(out.topic, out.partition, len(held), out.key, out.value, out.headers, 1 << 42))

    def read_into(self, state: Cache, number: int) -> None:
        """What a worker reads at its start: the state topics from the marks of *state* on."""
        for topic in topics.STATES:
            held = self.records[topic, number]
            rows = {(topic, record.key or b""): record.value for record in held[state.marks.get(topic, 0) :]}
            state.write(rows, {topic: len(held)})

    def contents(self) -> dict[tuple[str, int], Any]:
        """What two runs must have in common: every record of every topic, and of state the newest rows."""
        found: dict[tuple[str, int], Any] = {}
        for (topic, number), held in self.records.items():
            if topic in topics.STATES:
                found[topic, number] = {record.key: record.value for record in held}
            elif held:
                found[topic, number] = sorted((r.key or b"", r.value or b"", r.headers) for r in held)
        return {place: kept for place, kept in found.items() if kept}


class Moments:
    """Counts the awaits of one worker; at each of *stops* it waits for *then*, or else the process is gone."""

    def __init__(self, *stops: int, then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.count = 0
        self._stops = stops
        self._then = then
        self.dead = False

    async def pass_by(self) -> None:
        self.count += 1
        if self.dead:
            raise CrashError
        if self.count in self._stops:
            if self._then is not None:
                await self._then()
            else:
                self.dead = True
                raise CrashError
        await asyncio.sleep(0)


class Producer:
    """One incarnation of a partition's transactional producer."""

    create_batch = Packed

    def __init__(self, log: VirtualLog, number: int, moments: Moments) -> None:
        self._log = log
        self._number = number
        self._moments = moments
        self._staged: list[Out] = []

    async def start(self) -> None:
        await self._moments.pass_by()
        self._log.epochs[self._number] += 1
        self._epoch = self._log.epochs[self._number]
        await self._moments.pass_by()

    def _check(self) -> None:
        if self._log.fencing and self._epoch != self._log.epochs[self._number]:
            raise FencedError

    async def begin_transaction(self) -> None:
        await self._moments.pass_by()
        self._staged = []

    async def send_batch(self, batch: Packed, topic: str, *, partition: int) -> Awaitable[Placed]:
        await self._moments.pass_by()
        self._check()
        self._log.batches += 1
        answer: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        if self._log.batches == self._log.reject:
            answer.set_exception(RejectedError())
        else:
            before = [
                *self._log.records[topic, partition],
                *(out for out in self._staged if out[:2] == (topic, partition)),
            ]
            self._staged += [Out(topic, partition, key, value, headers) for key, value, headers in batch]
            answer.set_result(Placed(len(before)))
        return answer

    async def send_offsets_to_transaction(self, offsets: Any, group: str) -> None:
        await self._moments.pass_by()
        self._check()

    async def commit_transaction(self) -> None:
        await self._moments.pass_by()
        self._check()
        staged, self._staged = self._staged, []
        self._log.append(staged)
        await self._moments.pass_by()  # a crash here: it is committed, and nobody was told

    async def abort_transaction(self) -> None:
        await self._moments.pass_by()
        self._staged = []

    async def stop(self) -> None: ...


def fresh(number: int) -> Cache:
    """State that starts from nothing: its machine is another one each time."""
    return Cache(":memory:", number)


async def drain(
    log: VirtualLog,
    moments: Moments,
    partitions: Callable[[int, Cache], Any],
    numbers: Sequence[int],
    inputs: Sequence[str],
    lane: type[Lane] = Lane,
    states: Callable[[int], Cache] = fresh,
    most: int = 3,
) -> None:
    """Fence, rebuild and read, as a worker does, until nothing is left to apply."""
    with ExitStack() as stack:
        lanes = {}
        for number in numbers:
            producer = Producer(log, number, moments)
            await producer.start()
            state = states(number)
            stack.callback(state.close)
            log.read_into(state, number)
            await moments.pass_by()
            lanes[number] = lane(number, partitions(number, state), state, producer, "hub")
        while await _turn(log, moments, lanes, inputs, most):
            pass


async def _turn(log: VirtualLog, moments: Moments, lanes: Mapping[int, Lane], inputs: Sequence[str], most: int) -> bool:
    moved = False
    for number, one in lanes.items():
        records: list[Record] = []
        for topic in inputs:
            start = one.partition.position(topic) + 1
            records += log.records[topic, number][start : start + most - len(records)]
        if records:
            await moments.pass_by()
            await one.apply(records)
            moved = True
    return moved
