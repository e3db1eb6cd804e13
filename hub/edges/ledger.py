"""The ledger of a home's own log: one more turn beside the worker's, in a transaction of its own."""

from hub import topics
from hub.edges.embedded import EmbeddedLog
from hub.engine.ledger import MOST, Ledger
from hub.log import Record


class EmbeddedLedger:
    """Grows the ledger that lies in *log*; whoever runs it has the log to themselves."""

    def __init__(self, log: EmbeddedLog, ledger: Ledger) -> None:
        self._log, self._ledger = log, ledger
        self.state = ledger.resume(self._newest())

    def grow(self, now: int) -> int:
        """Make leaves of all that was decided up to *now*, in UTC microseconds; how many decisions it was."""
        done = 0
        while True:
            decisions = self._fresh()
            erasures = self._log.read(topics.ERASURES, 0, self.state.erasures, MOST - len(decisions))
            step = self._ledger.step(self.state, decisions, erasures, now)
            self._log.append(step.outs)
            self.state = step.state
            done += len(decisions)
            if len(decisions) + len(erasures) < MOST:
                return done

    def _newest(self) -> Record | None:
        end = self._log.end(topics.LEAVES, 0)
        return self._log.read(topics.LEAVES, 0, end - 1)[0] if end else None

    def _fresh(self) -> list[Record]:
        found: list[Record] = []
        for number, position in enumerate(self.state.positions):
            found += self._log.read(topics.DECISIONS, number, position, MOST - len(found))
        return found
