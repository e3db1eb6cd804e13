"""
What brings one endpoint its messages, on a thread of its own, so that a slow receiver holds up nobody else.

It reads the team's topics, sends, and has a receipt in the log before it goes on. So a restart repeats at most what was
on its way, under the same id, and loses nothing; the receipts are the position.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Protocol

import structlog

from hub.edges.reader import Reader
from hub.log import Record
from hub.outbound.endpoints import Endpoint
from hub.outbound.message import Message, message, named, place
from hub.outbound.post import Answer
from hub.outbound.schedule import following
from hub.outbound.standing import BEGUN, DEAD, DELIVERED, GONE, RETRY, Place, Receipt, Standing
from hub.wire.codec import CodecError, Schemas

log = structlog.get_logger()
PAUSE = 0.3  # seconds between two looks while there is nothing to do
SETTLE = 10_000_000  # microseconds for which a notice waits, so that what comes at once is told of at once


class Carrier(Protocol):
    """How messages are sent: so *many* at once at most, and not within *every* microseconds of each other."""

    @property
    def many(self) -> int: ...

    @property
    def every(self) -> int: ...

    def ready(self, at: int) -> None:
        """Refuse to begin where something is missing."""

    def name(self, messages: Sequence[Message], at: int) -> str:
        """The id under which the receiver knows them."""

    def carry(self, messages: Sequence[Message], at: int) -> Answer:
        """Send them; whatever goes wrong is an answer."""

    def test(self, at: int) -> Answer:
        """Send what tells of nothing."""


def microseconds() -> int:
    """This machine's clock."""
    return time.time_ns() // 1000


class Courier:
    """Serves the endpoint *name*; *write* returns once the receipts are in the log."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        carrier: Carrier,
        reader: Reader,
        schemas: Schemas,
        standing: Standing,
        write: Callable[[Sequence[Receipt]], None],
        clock: Callable[[], int] = microseconds,
    ) -> None:
        self.name, self.standing = name, standing
        self.heard: deque[Receipt] = deque()  # what others wrote of it: what is to be sent after all
        self._endpoint, self._carrier, self._reader = endpoint, carrier, reader
        self._schemas, self._write, self._clock = schemas, write, clock
        self._fresh: list[Message] = []
        self._unreadable: list[Receipt] = []
        self._since = 0  # when the first of these came

    def run(self, stop: threading.Event) -> None:
        """Send what there is and what comes, until told to stop."""
        self._begin()
        seen = dict(self.standing.read)
        while not stop.is_set():
            self._turn(stop)
            if not self._takes():
                stop.wait(PAUSE)
                continue
            until = self._until(stop)
            with closing(self._reader.follow(self._endpoint.topics, seen, until)) as portions:  # type: ignore[type-var]
                for portion in portions:  # an empty one where there is nothing new
                    for record in portion:
                        if until():
                            break
                        seen[record.topic, record.partition] = record.offset
                        self._take(record)
                        self._turn(stop)
                    self._turn(stop)

    def _until(self, stop: threading.Event) -> Callable[[], bool]:
        """When to read no further."""
        return lambda: stop.is_set() or not self._takes()

    def _begin(self) -> None:
        """What lies in a topic before its team has an endpoint for it is not sent."""
        new = [topic for topic in self._endpoint.topics if not self.standing.begun(topic)]
        ends = {(topic, 0): 0 for topic in new} | self._reader.ends(new)
        if ends:
            self._keep([self._receipt((*where, end - 1), None, 0, BEGUN) for where, end in ends.items()])

    def _turn(self, stop: threading.Event) -> None:
        """Whatever is to be done beside reading on."""
        while self.heard:
            self.standing.take(self.heard.popleft())
        self._again(stop)
        if self._ripe():
            self._flush()

    def _takes(self) -> bool:
        begin = self.standing.fresh()
        return begin is not None and begin <= self._clock() and len(self._fresh) < self._carrier.many

    def _ripe(self) -> bool:
        """Whether what has come should be sent now."""
        told, every = self.standing.told, self._carrier.every
        some = bool(self._fresh or self._unreadable)
        return some and self._clock() >= max(told + every, self._since + (SETTLE if every else 0))

    def _take(self, record: Record) -> None:
        if not (self._fresh or self._unreadable):
            self._since = self._clock()
        try:
            self._fresh.append(message(self._schemas, record))
        except CodecError as bad:
            log.error("cannot be sent", endpoint=self.name, topic=record.topic, offset=record.offset, why=str(bad))
            self._unreadable.append(self._receipt(place(record), None, 1, DEAD, named(record), "UNREADABLE"))

    def _flush(self) -> None:
        """Send what has come; a notice takes along what waits, and what lies between and cannot be read goes along."""
        room = self._carrier.many - len(self._fresh) if self._carrier.every else 0
        waited = self._found(list(self.standing.waiting)[:room])
        fresh, self._fresh = self._fresh, []
        bad, self._unreadable = self._unreadable, []
        self._send([*waited, *fresh], bad)

    def _again(self, stop: threading.Event) -> None:
        """Try once more what is due."""
        due = self.standing.due(self._clock())
        if due and self._carrier.every:
            self._flush()
            return
        for one in due:
            if not stop.is_set():
                self._send(self._found([one]))

    def _found(self, places: Sequence[Place]) -> list[Message]:
        """Those messages again, from the log; what is not there, or cannot be read, is dead."""
        found = []
        for one in places:
            record = self._reader.one(*one)
            try:
                if record is not None and record.value is not None:
                    found.append(message(self._schemas, record))
                    continue
                why = "NOT_IN_THE_LOG"
            except CodecError:
                why = "UNREADABLE"
            last = self.standing.waiting[one].last
            self._keep([last._replace(outcome=DEAD, why=why, at=self._clock(), next=None)])
        return found

    def _send(self, messages: Sequence[Message], also: Sequence[Receipt] = ()) -> None:
        receipts = list(also)
        if messages:
            at = self._clock()
            answer, name = self._carrier.carry(messages, at), self._carrier.name(messages, at)
            done = self._clock()
            receipts += [self._answered(one, name, answer, done) for one in messages]
        if receipts:
            self._keep(receipts)

    def _answered(self, one: Message, name: str, answer: Answer, at: int) -> Receipt:
        before = self.standing.waiting.get(one.place)
        attempt = before.last.attempt + 1 if before else 1
        if answer.why is None:
            return self._receipt(one.place, one, attempt, DELIVERED, name, at=at)
        tries = attempt - (before.forgiven if before else 0)
        again = None if answer.gone else following(at, tries, name, answer.after)
        outcome = GONE if answer.gone else DEAD if again is None else RETRY
        return self._receipt(one.place, one, attempt, outcome, name, answer.why, at, again)

    def _receipt(
        self,
        where: Place,
        one: Message | None,
        attempt: int,
        outcome: str,
        name: str | None = None,
        why: str | None = None,
        at: int | None = None,
        again: int | None = None,
    ) -> Receipt:
        told, channel, moment = self._endpoint.team, self._endpoint.channel, self._clock() if at is None else at
        of, decision = (one.of, one.decision) if one else (None, None)
        return Receipt(self.name, told, channel, *where, of, decision, name, attempt, outcome, why, moment, again)

    def _keep(self, receipts: Sequence[Receipt]) -> None:
        """Into the log, then into what we know; a fact for the operator, once a state changes."""
        was = self.standing.down, self.standing.off
        self._write(receipts)
        for receipt in receipts:
            self.standing.take(receipt)
        self._say(receipts[-1], len(receipts), was)

    def _say(self, last: Receipt, number: int, was: tuple[bool, bool]) -> None:
        facts = {"endpoint": self.name, "channel": last.channel.lower(), "number": number, "attempt": last.attempt}
        tell = log.info if last.outcome in {DELIVERED, BEGUN} else log.warning
        tell(last.outcome.lower(), **facts, **({"why": last.why} if last.why else {}))
        now = self.standing.down, self.standing.off
        if now[1] and not was[1]:
            log.error("endpoint off", endpoint=self.name, hint="it answered 410; hub outbound redrive turns it on")
        elif now[0] != was[0] and not now[1]:
            (log.error if now[0] else log.info)("endpoint down" if now[0] else "endpoint up", endpoint=self.name)
