"""Where the demo plays: what it asks of a log, and the embedded log's answer. Kafka's is in `kafka.py`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from time import time_ns
from typing import Protocol

from connectors.outbox import Outbox, avro
from hub import wiring
from hub.demo.diary import NOW
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import Home
from hub.edges.ledger import EmbeddedLedger
from hub.edges.outbox import EmbeddedOutbox
from hub.engine import Program
from hub.log import Out, Record


class GroundError(Exception):
    """A log that does not do its part; the text says the cure."""


class Ground(Protocol):
    """A log with a hub at work on it."""

    @property
    def source(self) -> str:
        """What this is, for the first line of the demo."""

    @property
    def lies(self) -> str:
        """Where the data lies when the demo is over."""

    @property
    def lasts(self) -> bool:
        """Whether it is still there when the demo is over."""

    @property
    def reach(self) -> str:
        """What a command needs to be told to find it."""

    def outbox(self, agency: str) -> Outbox:
        """Where one agency's connector publishes."""

    def append(self, outs: Sequence[Out]) -> None:
        """Append records as one transaction."""

    def published(self) -> None:
        """All of a wave is in the log."""

    def work(self) -> bool:
        """Let the hub work for a moment; False when waiting any longer would not help."""

    def clocked(self) -> None:
        """Return when the last tick has done all its work, and all that was decided is in the ledger."""

    def fresh(self, topics: Sequence[str]) -> Sequence[Record]:
        """What is new in *topics* since the last time."""

    def scan(self, topic: str) -> Iterable[Record]:
        """Everything in *topic*."""


class EmbeddedGround:
    """The embedded log, and a worker in this very process."""

    source = "the embedded log (one file, no broker)"
    lasts, reach = True, ""

    def __init__(self, home: Home, program: Program) -> None:
        self.lies = f"{home.log}, an SQLite file"
        self._program = program
        self._log = EmbeddedLog(home.log, home.partitions, durable=False, clock=_clock)
        self._worker = Worker(self._log, program)
        self._ledger = EmbeddedLedger(self._log, wiring.ledger(home, program))
        self._read: dict[tuple[str, int], int] = defaultdict(int)

    def outbox(self, agency: str) -> Outbox:
        return EmbeddedOutbox(self._log, agency, avro(self._program.schemas))

    def append(self, outs: Sequence[Out]) -> None:
        self._log.append(outs)

    def published(self) -> None:
        """Nothing has to be told: the worker reads when it works."""

    def work(self) -> bool:
        return self._worker.drain() > 0

    def clocked(self) -> None:
        self._worker.drain()
        self._ledger.grow(_clock() // 1000)

    def fresh(self, topics: Sequence[str]) -> Sequence[Record]:
        return [
            record for topic in topics for number in range(self._log.partitions) for record in self._new(topic, number)
        ]

    def _new(self, topic: str, number: int) -> Iterator[Record]:
        while found := self._log.read(topic, number, self._read[topic, number]):
            self._read[topic, number] = found[-1].offset + 1
            yield from found

    def scan(self, topic: str) -> Iterable[Record]:
        return self._log.scan(topic)

    def close(self) -> None:
        self._log.close()


def _clock() -> int:
    """Nanoseconds since 1970, and never before the end of the simulated year."""
    return max(int(NOW.timestamp()) * 1_000_000_000, time_ns())
