"""The circuit breaker of a partition number: whoever sends nothing but what must be refused is heard less often."""

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import structlog

from hub.engine import Held
from hub.log import Record

log = structlog.get_logger()
CURE = "quarantine has the reasons: correct the sender; a restart of the worker tries again at once"


class Breaker:
    """
    Which topics of partition *number* are held back; *clock* is in seconds.

    A topic is held for *first* seconds, then tried, and held twice as long, up to *most*, each time that all of a trial
    must be refused too; the engine says how many records a trial is. Nothing of this is in the log: after a restart
    everybody is heard again. What the engine keeps *sealed* is held until it no longer does.

    >>> now = [0.0]
    >>> breaker = Breaker(3, clock=lambda: now[0])
    >>> breaker.note([], {"intake.school.v1": Held(99, 100)})
    >>> breaker.free(), list(breaker.held)
    ([], ['intake.school.v1'])
    >>> now[0] = breaker.first
    >>> breaker.free(), list(breaker.held)
    (['intake.school.v1'], [])
    """

    first, most = 60.0, 900.0

    def __init__(self, number: int, clock: Callable[[], float] = time.monotonic, sealed: Sequence[str] = ()) -> None:
        self.number = number
        self.sealed: Sequence[str] = ()
        self._clock = clock
        self._waits: dict[str, float] = {}  # seconds, of a topic that is held or on trial
        self._refused: dict[str, int] = {}  # in a row, when it was last held
        self._until: dict[str, float] = {}
        self.seal(sealed)

    def seal(self, topics: Sequence[str]) -> None:
        """Hold back *topics*, and of those that were sealed no others: the next `free` names them."""
        if topics == self.sealed:
            return
        self._until |= dict.fromkeys(self.sealed, -math.inf) | dict.fromkeys(topics, math.inf)
        self.sealed = topics
        if topics:
            log.info("first rules awaited", partition=self.number, hint="hub policy activate")
        else:
            log.info("first rules came", partition=self.number)

    @property
    def held(self) -> Collection[str]:
        """The topics to leave alone; one that was held stays so until `free` names it."""
        return self._until.keys()

    def free(self) -> list[str]:
        """Let go of the topics whose wait is over, and name them: each goes on after its last applied offset."""
        now = self._clock()
        free = [topic for topic, until in self._until.items() if until <= now]
        for topic in free:
            del self._until[topic]
        return free

    def note(self, records: Iterable[Record], held: Mapping[str, Held]) -> None:
        """Take note of a committed batch of *records*: what is *held* waits, and of the rest is nobody on trial."""
        if not (held or self._waits):
            return
        for topic in {record.topic for record in records} & self._waits.keys() - held.keys():
            del self._waits[topic]
            log.info("topic taken in again", topic=topic, partition=self.number)
        for topic, left in held.items():
            again = topic in self._waits and left.refused > self._refused[topic]  # or one in between was good
            wait = min(2 * self._waits[topic], self.most) if again else self.first
            self._waits[topic], self._refused[topic] = wait, left.refused
            self._until[topic] = self._clock() + wait
            facts = {"topic": topic, "partition": self.number, "refused": left.refused, "seconds": wait}
            log.warning("topic held back", **facts, hint=CURE)


def taken(records: Sequence[Record], held: Mapping[str, Held]) -> Sequence[Record]:
    """Of *records* those that the engine took, when it left some of the topics *held*."""
    if not held:
        return records
    return [record for record in records if record.topic not in held or record.offset <= held[record.topic].offset]
