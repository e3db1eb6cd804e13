"""The ledger of a home's own log: one more turn beside the worker's, in a transaction of its own."""

from hub import topics
from hub.edges.cosigner import Cosigner
from hub.edges.embedded import EmbeddedLog
from hub.engine.ledger import MOST, Ledger
from hub.log import Record


class EmbeddedLedger:
    """Grows the ledger that lies in *log*; whoever runs it has the log to themselves."""

    def __init__(self, log: EmbeddedLog, ledger: Ledger) -> None:
        self._log, self._ledger, self._behind = log, ledger, False
        self.state = ledger.resume(self._newest())
        self.cosigner: Cosigner | None = None

    def grow(self, now: int) -> int:
        """Make leaves of all that was decided up to *now*, in UTC microseconds; how many decisions it was."""
        done = self.turn(now)
        while self._behind:
            done += self.turn(now)
        return done

    def turn(self, now: int) -> int:
        """One step of it, so that a worker need not wait for all of them; how many decisions it was."""
        decisions = self._fresh()
        erasures = self._log.read(topics.ERASURES, 0, self.state.erasures, MOST - len(decisions))
        step = self._ledger.step(self.state, decisions, erasures, now)
        self._log.append(step.outs)
        if self.cosigner:
            self.cosigner.grown(step.tiles, step.note)
        self.state, self._behind = step.state, len(decisions) + len(erasures) == MOST
        return len(decisions)

    def due(self, now: int, every: float) -> bool:
        """Whether there is a step to make at *now*: a period has begun, or the last step did not take in everything."""
        return self._behind or self.state.due(now, every)

    def publish(self) -> None:
        """Write down the newest checkpoint that enough witnesses have cosigned, if there is one to write."""
        if self.cosigner and (note := self.cosigner.take()):
            self._log.append([self._ledger.cosigned(note)])

    def _newest(self) -> Record | None:
        end = self._log.end(topics.LEAVES, 0)
        return self._log.read(topics.LEAVES, 0, end - 1)[0] if end else None

    def _fresh(self) -> list[Record]:
        found: list[Record] = []
        for number, position in enumerate(self.state.positions):
            found += self._log.read(topics.DECISIONS, number, position, MOST - len(found))
        return found
