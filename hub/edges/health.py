"""What a worker knows of itself: what it has done, how far it is, and what stands still."""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from statistics import median
from typing import NamedTuple

import structlog

from hub.core.lapse import SOON
from hub.edges.failstop import CURE, StreamError
from hub.log import Out, Record

log = structlog.get_logger()

LOOK = 5.0  # seconds between two looks at how far the topics go
STILL = 120.0  # seconds without a step forward, though records wait, until the worker is given up
HOT = 60.0  # seconds over which the rates of partitions are compared
TIMES, BEHIND = 3, 1000  # hot is so many times the median's rate, and so many records behind
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
DAY = 86_400  # seconds
NO_AGREEMENTS: Mapping[str, int] = {}
RECORDS = (1.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 2000.0, 4000.0)


class Stand(NamedTuple):
    """How far a partition of a topic is read, and how far it goes; *paused* on purpose, it may stand still."""

    position: int
    end: int
    paused: bool = False

    @property
    def lag(self) -> int:
        return max(0, self.end - self.position)


Stands = Mapping[tuple[str, int], Stand]


class Histogram:
    """
    How often which size occurred.

    >>> sizes = Histogram((1.0, 10.0))
    >>> for size in 0.5, 1.0, 3.0, 99.0:
    ...     sizes.add(size)
    >>> sizes.counts, sizes.total
    ([2, 1, 1], 103.5)
    """

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, size: float) -> None:
        self.counts[bisect_left(self.bounds, size)] += 1
        self.total += size


class Health:
    """
    Kept by the worker once a batch and once a look; read by whoever asks, from any thread.

    Its keys are topic names and partition numbers, never a record's key.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        limit: float = STILL,
    ) -> None:
        self._clock, self._now, self.limit = clock, now, limit
        self.joined = False
        self.owned: frozenset[int] = frozenset()
        self.open: frozenset[int] = frozenset()
        self.rebuilt: dict[int, float] = {}
        self.records: Counter[tuple[str, int]] = Counter()
        self.answers: Counter[str] = Counter()
        self.batches: Counter[int] = Counter()
        self.ticks: Counter[int] = Counter()
        self.seconds, self.sizes = Histogram(SECONDS), Histogram(RECORDS)
        self.committed: dict[int, float] = {}
        self.stands: dict[tuple[str, int], Stand] = {}
        self.due: dict[int, int] = {}
        self.hot: frozenset[int] = frozenset()
        self.unruled: frozenset[int] = frozenset()
        self.expires: dict[int, int] = {}
        self.lapses: dict[int, Mapping[str, int]] = {}
        self._said: dict[str, int] = {}
        self._marks: dict[int, object] = {}
        self._moved: dict[int, float] = {}
        self._resting: float | None = None
        self._sampled, self._sample = clock(), Counter[int]()

    def own(self, numbers: Collection[int], open_: Collection[int] = ()) -> None:
        """Note the partition numbers that are ours from now on, and which of them are open still."""
        self.owned, self.open, self.joined = frozenset(numbers), frozenset(open_), True
        self.rebuilt, self.stands, self.due, self.hot, self.unruled = {}, {}, {}, frozenset(), frozenset()
        self.expires, self.lapses = {}, {}
        self._marks, self._moved, self._resting = {}, dict.fromkeys(self.open, self._clock()), None

    def rest(self) -> None:
        """Judge no partition for standing still until `own`, but the rest itself if that does not come."""
        self._moved = {}
        if self._resting is None:
            self._resting = self._clock()

    def opening(self, number: int, share: float) -> None:
        """Note how far the rebuild of *number* is, up to 1."""
        self.rebuilt[number] = share

    def opened(self, number: int) -> None:
        self.open |= {number}
        self._moved[number] = self._clock()
        self.rebuilt.pop(number, None)

    def ruled(self, number: int, expires: int | None, waits: bool, lapses: Mapping[str, int] = NO_AGREEMENTS) -> None:
        """
        Note when the rules of *number* end, in UTC microseconds, and whether it still *waits* for its first ones.

        *lapses* says from when on which agreement discloses nothing.
        """
        self.lapses[number] = lapses
        self.unruled = self.unruled | {number} if waits else self.unruled - {number}
        if expires is not None:
            self.expires[number] = expires

    def ticked(self, number: int) -> None:
        self.ticks[number] += 1

    def applied(self, number: int, records: Sequence[Record], outs: Sequence[Out], seconds: float) -> None:
        """Note a batch that is committed."""
        for topic, count in Counter(map(itemgetter(0), records)).items():
            self.records[topic, number] += count
        self.answers.update(map(itemgetter(0), outs))
        self.batches[number] += 1
        self.seconds.add(seconds)
        self.sizes.add(len(records))
        self.committed[number] = self._now()
        log.debug("batch committed", partition=number, records=len(records), seconds=round(seconds, 3))

    def look(self, stands: Stands, due: Mapping[int, int]) -> None:
        """Note where everything stands, nothing where Kafka does not say; raise when a partition stands still."""
        self.stands, self.due = dict(stands), dict(due)
        now = self._clock()
        for number in self.open:
            mine = {topic: stand for (topic, its), stand in stands.items() if its == number}
            mark = self._mark(number, mine)
            if mark != self._marks.get(number) or not waiting(mine):
                self._marks[number], self._moved[number] = mark, now
        if still := self.still(self.limit):
            raise StreamError(still)
        self._warn()
        if now - self._sampled >= HOT:
            self._compare(now)

    def _mark(self, number: int, mine: Mapping[str, Stand]) -> object:
        """What changes when *number* steps forward; unknown is no step. Ticks are none: they need no reading."""
        if not mine:
            return self._marks.get(number)
        return self.batches[number], tuple((topic, mine[topic].position) for topic in sorted(mine))

    def still(self, limit: float) -> str:
        """Say what has stood still for *limit* seconds: a partition though records wait, or a rebalance; or nothing."""
        now, resting = self._clock(), self._resting
        if resting is not None and now - resting > limit:
            return f"group: a rebalance has not ended for {now - resting:.0f} s; hint: {CURE}"
        for number, moved in dict(self._moved).items():
            if now - moved > limit:
                return (
                    f"partition {number}: no step forward for {now - moved:.0f} s, {self._what(number)}; hint: {CURE}"
                )
        return ""

    def _what(self, number: int) -> str:
        for (topic, its), stand in sorted(self.stands.items()):
            if its == number and stand.lag and not stand.paused:
                return f"though {topic}/{number} is read to {stand.position} and goes to {stand.end}"
        return "and Kafka does not say how far its topics go"

    def unready(self) -> Iterator[str]:
        """Yield what is missing until every owned partition is open."""
        if not self.joined:
            yield "group: no partitions assigned yet"
        rebuilt = dict(self.rebuilt)
        for number in sorted(self.owned - self.open):
            read = f", {int(100 * rebuilt[number])} % read" if number in rebuilt else ""
            yield f"partition {number}: opening{read}"

    def unfed(self) -> Iterator[str]:
        """Yield what keeps open partitions from taking in what partners tell: a cure that only people have."""
        if self.unruled:
            numbers = ", ".join(map(str, sorted(self.unruled)))
            yield f"rules: none in force in partition {numbers}, so nothing is taken in; hint: hub policy activate"
        for number, at in sorted(dict(self.expires).items()):
            days = int((at / 1_000_000 - self._now()) // DAY)
            if days < SOON:
                told = f"end in {days} days" if days >= 0 else "have ended, so nothing is disclosed"
                yield f"rules: those of partition {number} {told}; hint: review the policies, then hub policy activate"

        for name, days in self._lapsing():
            told = f"discloses nothing in {days} days" if days > 0 else "discloses nothing any more"
            yield f"agreement {name}: {told}; hint: review it, then hub policy activate"

    def agreements(self) -> dict[str, int]:
        """When each agreement in force stops disclosing (UTC microseconds): in one partition it may be sooner."""
        made: dict[str, int] = {}
        for lapses in list(self.lapses.values()):
            for name, at in lapses.items():
                made[name] = min(at, made.get(name, at))
        return made

    def _lapsing(self) -> Iterator[tuple[str, int]]:
        """Which agreements disclose nothing within a month, and in how many days."""
        for name, at in sorted(self.agreements().items()):
            days = int((at / 1_000_000 - self._now()) // DAY)
            if days < SOON:
                yield name, days

    def _warn(self) -> None:
        """Say once a day which agreements are about to lapse."""
        for name, days in self._lapsing():
            if self._said.get(name) != days:
                self._said[name] = days
                log.warning("agreement lapses", agreement=name, days=days)

    def _compare(self, now: float) -> None:
        """Find the partitions that take in far more than the others, and are behind."""
        counts: Counter[int] = Counter()
        for (_, number), count in self.records.items():
            counts[number] += count
        rates = {number: (counts[number] - self._sample[number]) / (now - self._sampled) for number in self.open}
        lags: Counter[int] = Counter()
        for (_, number), stand in self.stands.items():
            lags[number] += 0 if stand.paused else stand.lag
        self._sampled, self._sample = now, counts
        usual = median(rates.values()) if rates else 0.0
        self.hot = frozenset(n for n, rate in rates.items() if rate > TIMES * usual and lags[n] > BEHIND)
        for number in sorted(self.hot):
            rate = {"records_per_second": round(rates[number], 1), "median": round(usual, 1)}
            log.warning("partition was hot", partition=number, **rate, lag=lags[number])


def waiting(mine: Mapping[str, Stand]) -> bool:
    """
    Say whether there is something to read, or nobody knows.

    >>> waiting({"a": Stand(7, 7), "b": Stand(3, 9, paused=True)}), waiting({"a": Stand(6, 7)}), waiting({})
    (False, True, True)
    """
    return not mine or any(stand.lag and not stand.paused for stand in mine.values())
