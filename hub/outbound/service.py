"""All endpoints of a hub at once: a thread each to send, one to hear of redrives, and one that alone writes."""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import structlog

from hub import topics
from hub.edges.reader import Reader
from hub.log import Out
from hub.outbound.courier import PAUSE, Courier
from hub.outbound.standing import REDRIVEN, Receipt, Standing, receipt, standings
from hub.wire.codec import Schemas

log = structlog.get_logger()
PATIENCE = 30.0  # seconds that whoever is sending has to finish, once told to stop
MOST = 500  # receipts written at once
Places = dict[tuple[str, int], int]


class StoppedError(Exception):
    """The log takes no more receipts; whoever sends must stop, too."""


class Lot(NamedTuple):
    """Receipts on their way into the log, and who waits for them."""

    receipts: Sequence[Receipt]
    done: threading.Event
    failed: list[BaseException]


def out(schemas: Schemas, one: Receipt) -> Out:
    """A receipt as a record, keyed by its endpoint."""
    return Out(topics.RECEIPTS, 0, one.endpoint.encode(), schemas.encode("receipt", one._asdict()), ())


def recorded(schemas: Schemas, reader: Reader) -> tuple[dict[str, Standing], Places]:
    """Where every endpoint stands by the receipts in the log, and up to where these were read."""
    seen: Places = {}

    def read() -> Iterable[Receipt]:
        for record in reader.scan(topics.RECEIPTS):
            seen[record.topic, record.partition] = record.offset
            yield receipt(schemas.decode(record.value or b"")[2])

    return standings(read()), seen


class Outbox:
    """Where couriers leave receipts: they wait until these are in the log."""

    def __init__(self) -> None:
        self._lots: queue.Queue[Lot] = queue.Queue()
        self._closed = threading.Event()

    def write(self, receipts: Sequence[Receipt]) -> None:
        """Return once *receipts* are in the log; StoppedError if they are not and will not be."""
        lot = Lot(receipts, threading.Event(), [])
        self._lots.put(lot)
        while not lot.done.wait(1.0):
            if self._closed.is_set():
                raise StoppedError("receipts: not written")
        if lot.failed:
            raise StoppedError("receipts: not written") from lot.failed[0]

    def empty(self, append: Callable[[Sequence[Receipt]], None], patience: float) -> None:
        """Append what waits, or wait that long for something to come."""
        try:
            lots = [self._lots.get(timeout=patience)]
        except queue.Empty:
            return
        while sum(len(lot.receipts) for lot in lots) < MOST and not self._lots.empty():
            lots.append(self._lots.get_nowait())
        try:
            append([one for lot in lots for one in lot.receipts])
        except BaseException as bad:
            for lot in lots:
                lot.failed.append(bad)
            raise
        finally:
            for lot in lots:
                lot.done.set()

    def close(self) -> None:
        """Nobody empties it any more."""
        self._closed.set()


class Service:
    """
    Runs *couriers*; *append* puts receipts into the log, on the thread that runs.

    What goes wrong in any thread ends them all, for whoever watches over the process to start it again: nothing is lost
    by that.
    """

    def __init__(
        self,
        couriers: Mapping[str, Courier],
        outbox: Outbox,
        append: Callable[[Sequence[Receipt]], None],
        reader: Reader,
        schemas: Schemas,
        seen: Places,
    ) -> None:
        self._couriers, self._outbox, self._append = couriers, outbox, append
        self._reader, self._schemas, self._seen = reader, schemas, seen
        self._faults: list[BaseException] = []

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        works = {name: courier.run for name, courier in self._couriers.items()} | {"receipts": self._hear}
        threads = [
            threading.Thread(target=self._work, args=(work, stop), name=name, daemon=True)
            for name, work in works.items()
        ]
        for thread in threads:
            thread.start()
        try:
            while not stop.is_set():
                self._outbox.empty(self._append, PAUSE)
            left = PATIENCE
            while left > 0 and any(thread.is_alive() for thread in threads):
                self._outbox.empty(self._append, PAUSE)
                left -= PAUSE
        finally:
            stop.set()
            self._outbox.close()
        if self._faults:
            raise self._faults[0]

    def _work(self, work: Callable[[threading.Event], None], stop: threading.Event) -> None:
        try:
            work(stop)
        except StoppedError:
            pass  # whoever writes says why
        except BaseException as bad:
            self._faults.append(bad)
        finally:
            stop.set()

    def _hear(self, stop: threading.Event) -> None:
        """What somebody redrives is told to the courier whose it is."""
        for portion in self._reader.follow((topics.RECEIPTS,), self._seen, stop.is_set):
            for record in portion:
                told = receipt(self._schemas.decode(record.value or b"")[2])
                if told.outcome == REDRIVEN and told.endpoint in self._couriers:
                    self._couriers[told.endpoint].heard.append(told)
