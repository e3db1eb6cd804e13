"""The partition numbers a worker owns, each served on its own."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from hub.edges.breaker import taken
from hub.edges.failstop import StreamError
from hub.edges.health import LOOK, Health, Stands
from hub.edges.transactions import Lane, Partition, expires, lapses
from hub.log import Out, Record

AGAIN = 1.0  # seconds until what has not ended is cancelled once more

T = TypeVar("T")


class Feed(Protocol):
    """Where the records of one partition number come from."""

    async def seek(self, number: int, positions: Mapping[str, int]) -> None:
        """Go on after the last applied offset of every topic; -1 is the beginning."""

    async def hold(self, number: int, topics: Collection[str]) -> None:
        """Leave *topics* out of every poll, until `seek` names them."""

    async def poll(self, number: int) -> Sequence[Record]:
        """Return what has arrived, or nothing after a while."""

    async def stand(self, numbers: Collection[int]) -> Stands:
        """Return how far every topic of *numbers* is read and how far it goes; nothing when that is not to be had."""


class Ticks(NamedTuple):
    """The clock, as data: it goes through the log, so that a replay sees the same hours."""

    every: float  # seconds
    value: Callable[[int], bytes]  # of UTC microseconds
    topic: str = "person.v1"


class Lanes:
    """
    Serves the numbers it is told to own.

    A lane takes in nothing while it commits: what waits, waits in the broker. Whatever goes wrong in a lane goes to
    *fail*, which ends the process: only the position row can tell whether a commit came through, and it is read at the
    next start.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        feed: Feed,
        open_lane: Callable[[int], Awaitable[Lane]],
        fail: Callable[[BaseException], None],
        ticks: Ticks | None = None,
        health: Health | None = None,
    ) -> None:
        self._inputs = inputs
        self._feed = feed
        self._open = open_lane
        self._fail = fail
        self._ticks = ticks
        self._health = health or Health()
        self._lanes: dict[int, Lane] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._late: asyncio.TimerHandle | None = None

    async def own(self, numbers: Collection[int]) -> None:
        """Own exactly *numbers* from now on; new ones open in the background, so that heartbeats go on."""
        await self.rest()
        await self._close(self._lanes.keys() - set(numbers))
        self._health.own(numbers, self._lanes)
        if self._late:
            self._late.cancel()
            self._late = None
        self._tasks = [self._start(self._serve(number)) for number in sorted(numbers)]
        self._tasks.append(self._start(self._look()))
        if self._ticks and numbers:
            self._tasks.append(self._start(self._tick(self._ticks)))

    async def rest(self) -> None:
        """
        Finish what is in flight and take in nothing more; the state stays, for most numbers come straight back.

        A rest without an `own` after it ends the worker, as a partition that stands still does.
        """
        tasks, self._tasks = self._tasks, []
        self._health.rest()
        if self._late is None:
            self._late = asyncio.get_running_loop().call_later(self._health.limit, self._end)
        await ended(tasks)

    def _end(self) -> None:
        self._fail(StreamError(self._health.still(0)))

    async def close(self) -> None:
        """Finish what is in flight and let go of everything; Faust asks for it in each rebalance, too."""
        await self.rest()
        await self._close(set(self._lanes))

    async def _close(self, numbers: Collection[int]) -> None:
        await asyncio.gather(*(self._lanes.pop(number).close() for number in numbers))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(self._check)
        return task

    def _check(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)

    async def _serve(self, number: int) -> None:
        lane = self._lanes.get(number)
        if lane is None:
            lane = self._lanes[number] = await self._open(number)
        # At every start, not only the first: a poll cut short may have passed records that nobody applied.
        await self._seek(lane, self._inputs)
        self._health.opened(number)
        while True:
            self._health.ruled(number, expires(lane.partition), bool(lane.breaker.sealed), lapses(lane.partition))
            if lane.breaker.held:
                await self._seek(lane, lane.breaker.free())
                await self._feed.hold(number, lane.breaker.held)
            if records := await self._feed.poll(number):
                begun = time.monotonic()
                batch = await whole(lane.apply(records))
                self._health.applied(number, taken(records, batch.held), batch.outs, time.monotonic() - begun)

    async def _seek(self, lane: Lane, topics: Collection[str]) -> None:
        if topics:
            await self._feed.seek(lane.number, {topic: lane.partition.position(topic) for topic in topics})

    async def _tick(self, ticks: Ticks) -> None:
        while True:
            await asyncio.sleep(ticks.every)
            for number, lane in list(self._lanes.items()):
                value = ticks.value(time.time_ns() // 1000)
                await whole(lane.append(Out(ticks.topic, number, None, value, ())))
                self._health.ticked(number)

    async def _look(self) -> None:
        """See to it that every lane steps forward; `Health.look` raises where one does not."""
        pause = min(LOOK, self._health.limit / 4)
        while True:
            await asyncio.sleep(pause)
            stands: Stands = {}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * LOOK):
                    stands = await self._feed.stand(list(self._lanes))
            self._health.look(stands, {number: overdue(lane.partition) for number, lane in self._lanes.items()})


def overdue(partition: Partition) -> int:
    """Return how many timers of *partition* have run out and not fired yet, at most ten thousand; not all keep any."""
    due = getattr(partition, "due", None)
    return sum(1 for _ in itertools.islice(due(time.time_ns() // 1000), 10_000)) if due else 0


async def ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel *tasks* until they have ended: a cancellation that finds an aiokafka client closing is lost there."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """Do *work* to its end even when cancelled meanwhile: a transaction is not left in the middle."""
    task = asyncio.create_task(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:
            break  # the task's own: `result` raises it again
    result = task.result()
    if cancelled:
        raise asyncio.CancelledError
    return result
