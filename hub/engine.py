"""
The engine: one partition of the hub, from records in the log to one batch of everything they change.

RESOLVE and DECIDE of partition *p* of every topic are one task. A batch holds the outputs, the changed state rows and
the positions, and becomes visible in one transaction of whichever log it came from; the engine changes nothing itself
until the log says that the batch is committed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from typing import Any, NamedTuple

import structlog

from hub import topics
from hub.core import decide
from hub.core.alerts import next_due
from hub.core.events import Answer, Event
from hub.core.person import Person, Slice
from hub.core.resolve import resolve
from hub.core.rules import Rules
from hub.log import Out, Record
from hub.wire.answers import Wire
from hub.wire.bundle import BundleError
from hub.wire.codec import CodecError, Schemas, decode_event
from hub.wire.partitioner import partition_for
from hub.wire.recipients import RecipientError, Recipients
from hub.wire.rows import RowError, pack, pack_slice, unpack, unpack_slice

log = structlog.get_logger()
NOBODY = Person()
REPLANNED = 200  # people a tick plans anew under new rules
CLOCK, RULES = b"!clock", b"!rules"
SKEW_MS = 5 * 60 * 1000


class Batch(NamedTuple):
    """What one transaction makes visible: records, state rows by (topic, key), and what to accept afterwards."""

    outs: tuple[Out, ...]
    rows: dict[tuple[str, bytes], bytes | None]
    change: "Change"


@dataclass(slots=True)
class Change:
    """What accepting a batch changes in memory."""

    people: dict[str, Person]
    records: dict[str, str]
    positions: dict[str, int]
    clock: int
    rules: Rules | None


class QuarantineError(Exception):
    """A record that the hub cannot take; the text is its reason, never its content."""


@dataclass(frozen=True, slots=True)
class Program:
    """What every partition of one hub shares: schemas, keys, partition count, and who checks new rules."""

    schemas: Schemas
    recipients: Recipients
    partitions: int
    agencies: tuple[str, ...]
    teams: tuple[str, ...]
    open_rules: Callable[[Mapping[str, Any], bool], Rules]
    salt: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics to read."""
        return topics.inputs(self.agencies, self.teams)


class Partition:
    """One partition number of the hub: RESOLVE and DECIDE of partition p of every topic, one transaction a batch."""

    def __init__(self, number: int, program: Program) -> None:
        self.number = number
        self.program = program
        self.wire = Wire(program.schemas, program.recipients, program.partitions, number)
        self.people: dict[str, Person] = {}
        self.records: dict[str, str] = {}
        self.positions: dict[str, int] = {}
        self.clock = 0
        self.rules: Rules | None = None
        self.timers: list[tuple[int, str]] = []
        self.outdated: dict[str, None] = {}
        self.order = {topic: number for number, topic in enumerate(program.inputs)}

    def restore(self, rows: Iterable[tuple[str, bytes, bytes | None]]) -> None:
        """Take the state rows of this partition, oldest first."""
        last = {(topic, key): value for topic, key, value in rows}
        for (topic, key), value in last.items():
            if value is not None:
                self._restore(topic, key, value)
        self.timers = [(due[0], handle) for handle, person in self.people.items() if (due := next_due(person))]
        heapify(self.timers)
        self._find_outdated()

    def _find_outdated(self) -> None:
        """Who was planned under other rules than those in force; ticks work this off, some people at a time."""
        now = self.rules.hash if self.rules else ""
        self.outdated = {handle: None for handle, person in self.people.items() if person.rules != now}

    def _restore(self, topic: str, key: bytes, value: bytes) -> None:
        if topic == topics.POSITIONS:
            self.positions[key.decode()] = int(value)
        elif topic == topics.RESOLVE_STATE:
            self.records[key.decode()] = value.decode()
        elif key == CLOCK:
            self.clock = int(value)
        elif key == RULES:
            # Its signatures were good when it came into force; a key that has been changed since must not stop the hub.
            self.rules = self.program.open_rules(self.program.schemas.decode(value)[2], False)
        else:
            self.people[key.decode()] = unpack(value)

    def position(self, topic: str) -> int:
        """The last applied offset of *topic*'s partition, -1 when none."""
        return self.positions.get(topic, -1)

    def apply(self, records: Sequence[Record]) -> Batch:
        """What *records* lead to; nothing in self is changed. What was applied before is skipped."""
        run = _Run(self)
        for record in sorted(records, key=lambda record: (self.order[record.topic], record.offset)):
            if record.offset > run.change.positions.get(record.topic, self.position(record.topic)):
                run.take(record)
        return run.batch()

    def accept(self, batch: Batch) -> None:
        """The batch is committed: make its change ours."""
        change = batch.change
        before = {handle: self.people.get(handle, NOBODY) for handle in change.people}
        self.people.update(change.people)
        self.records.update(change.records)
        self.positions.update(change.positions)
        new, self.clock, self.rules = change.rules is not self.rules, change.clock, change.rules
        while self.timers and self.timers[0][0] <= self.clock:
            heappop(self.timers)
        for handle, person in change.people.items():
            due = next_due(person)
            if due and (due[0] <= self.clock or next_due(before[handle]) != due):
                heappush(self.timers, (due[0], handle))
            self.outdated.pop(handle, None)
        if new:
            self._find_outdated()

    def due(self, until: int, index: int = 0) -> Iterable[str]:
        """The people with a timer up to *until*, found by walking the heap without taking it apart."""
        if index < len(self.timers) and self.timers[index][0] <= until:
            yield self.timers[index][1]
            yield from self.due(until, 2 * index + 1)
            yield from self.due(until, 2 * index + 2)


class _Run:
    """One batch in the making: an overlay on the partition's state, and the records to come."""

    def __init__(self, base: Partition) -> None:
        self.base = base
        self.wire = base.wire
        self.program = base.program
        self.change = Change({}, {}, {}, base.clock, base.rules)
        self.outs: list[Out] = []
        self.rows: dict[tuple[str, bytes], bytes | None] = {}

    def batch(self) -> Batch:
        change = self.change
        for handle, person in change.people.items():
            self.rows[topics.DECIDE_STATE, handle.encode()] = pack(person)
        for record, handle in change.records.items():
            self.rows[topics.RESOLVE_STATE, record.encode()] = handle.encode()
        if change.clock != self.base.clock:
            self.rows[topics.DECIDE_STATE, CLOCK] = str(change.clock).encode()
        for topic, offset in change.positions.items():
            self.rows[topics.POSITIONS, topic.encode()] = str(offset).encode()
        return Batch(tuple(self.outs), self.rows, change)

    def take(self, record: Record) -> None:
        """Apply one record, or keep it in quarantine as it came: nothing is skipped, and nobody else is affected."""
        self.change.positions[record.topic] = record.offset
        try:
            if record.value is None:
                raise QuarantineError("no value")
            self._route(record, record.value)
        except (QuarantineError, CodecError, BundleError, RecipientError, RowError, decide.WaitingError) as refused:
            self._quarantine(record, str(refused))
        except Exception as fault:
            if record.key is None:  # a tick or new rules concern everybody: stop rather than lose their alerts
                raise
            self._quarantine(record, f"fault: {type(fault).__name__}")

    def _route(self, record: Record, value: bytes) -> None:
        if record.topic == topics.PERSON:
            self._decide(record, value)
        elif record.topic.startswith("acks."):
            self._acknowledge(record, value)
        else:
            self._resolve(record, value)

    def _resolve(self, record: Record, value: bytes) -> None:
        event = self._event(record, value)
        name = f"{event.agency}/{event.record}"
        held = self.change.records.get(name) or self.base.records.get(name)
        own = record.key == event.record.encode()
        if not (own and (held or record.partition == partition_for(record.key, self.program.partitions))):
            raise QuarantineError("key: not the record's own, or on another's partition; hint: use murmur2 of `record`")
        if event.type == "alert.ack":
            raise QuarantineError("type: an acknowledgement; hint: a team answers in its own acks topic")
        rules = self.change.rules
        if rules is not None and event.type not in rules.publishes.get(event.agency, frozenset()):
            raise QuarantineError("type: not this agency's to tell; hint: see `publishes` in policies/partnership.yaml")
        found = resolve(held, event, self.program.salt)
        if found.left is not None:
            moved = {"record": name, "at": event.at, "person": found.person}
            self.outs.append(self.wire.record(topics.PERSON, found.person, "slice.awaited", {"record": name}))
            self.outs.append(self.wire.record(topics.PERSON, found.left, "slice.left", moved))
        self._forward(found.person, record, value)
        if found.person != held:
            self.change.records[name] = found.person

    def _acknowledge(self, record: Record, value: bytes) -> None:
        event = self._event(record, value)
        if event.type != "alert.ack":
            raise QuarantineError("type: not an acknowledgement; hint: publish events to the intake topic")
        self._forward(self.program.recipients.open(event.agency, event.record), record, value)

    def _event(self, record: Record, value: bytes) -> Event:
        """The event, if the topic's owner published it and its clock is not ahead of the log's."""
        event = decode_event(self.program.schemas, value)
        if _owners(self.program.agencies, self.program.teams).get(record.topic) != event.agency:
            raise QuarantineError("agency: not the owner of this topic; hint: publish to your own")
        _in_time(record, event.at)
        return event

    def _forward(self, person: str, record: Record, value: bytes) -> None:
        key = person.encode()
        self.outs.append(Out(topics.PERSON, partition_for(key, self.program.partitions), key, value, record.headers))

    def _decide(self, record: Record, value: bytes) -> None:
        schema = self.program.schemas.by_id.get(int.from_bytes(value[1:5], "big"))
        handler = _INTERNAL.get(schema.type) if schema else None
        if handler is not None:
            handler(self, record, self.program.schemas.decode(value)[2])
            return
        event = decode_event(self.program.schemas, value)
        handle = (record.key or b"").decode()
        self._keep(handle, *decide.step(self._person(handle), handle, event, self.change.rules, self.change.clock))

    def _tick(self, record: Record, values: Mapping[str, Any]) -> None:
        """The clock moves on, never back: fire what falls due, person by person in order of time."""
        until = values["at"]
        _in_time(record, until)
        if until <= self.change.clock:
            return
        self._replan(until)
        waiting = {
            handle: due[0]
            for handle in {*self.base.due(until), *self.change.people}
            if (due := next_due(self._person(handle)))
        }
        for handle in sorted(waiting, key=lambda handle: (waiting[handle], handle)):
            if waiting[handle] <= until:
                self._keep(handle, *decide.advance(self._person(handle), handle, until, self.change.rules))
        self.change.clock = until

    def _replan(self, until: int) -> None:
        """Plan some of those anew who were planned under older rules: all at once would hold everybody up."""
        rules = self.change.rules
        for handle in [*self.base.outdated][:REPLANNED]:
            person = self._person(handle)
            if rules is not None and person.rules != rules.hash:
                self._keep(handle, *decide.replan(person, handle, rules, until))

    def _activate(self, record: Record, values: Mapping[str, Any]) -> None:
        """New rules come into force here, if they are signed and not older than those in force."""
        _in_time(record, values["at"])
        rules = self.program.open_rules(values, True)
        held = self.change.rules
        if held is not None and rules.sequence <= held.sequence and rules.hash != held.hash:
            raise QuarantineError("sequence: not newer than the rules in force; hint: raise the bundle's sequence")
        self.change.rules = rules
        self.rows[topics.DECIDE_STATE, RULES] = record.value

    def _awaited(self, record: Record, values: Mapping[str, Any]) -> None:
        handle = (record.key or b"").decode()
        self._keep(handle, decide.await_slice(self._person(handle), values["record"]), ())

    def _left(self, record: Record, values: Mapping[str, Any]) -> None:
        handle, now = (record.key or b"").decode(), max(self.change.clock, values["at"])
        name, to = values["record"], values["person"]
        person, part, answers = decide.leave(self._person(handle), handle, name, to, self.change.rules, now)
        sent = [] if part is None else [self._handed(values, to, part)]
        self._keep(handle, person, answers)
        self.outs += sent

    def _arrived(self, record: Record, values: Mapping[str, Any]) -> None:
        handle, now = (record.key or b"").decode(), max(self.change.clock, values["at"])
        name, part = values["record"], unpack_slice(values["facts"])
        person, then, answers = decide.arrive(self._person(handle), handle, name, part, self.change.rules, now)
        sent = []
        if then is not None:
            person, gone, more = decide.leave(person, handle, name, then, self.change.rules, now)
            answers += more
            sent = [self._handed(values, then, gone)] if gone else []
        self._keep(handle, person, answers)
        self.outs += sent

    def _handed(self, values: Mapping[str, Any], to: str, part: Slice) -> Out:
        told = {"record": values["record"], "at": values["at"], "agency": part.agency, "facts": pack_slice(part)}
        return self.wire.record(topics.PERSON, to, "slice.arrived", told)

    def _person(self, handle: str) -> Person:
        return self.change.people.get(handle) or self.base.people.get(handle) or Person()

    def _keep(self, handle: str, person: Person, answers: Iterable[Answer]) -> None:
        try:
            made = [self.wire.answer(answer) for answer in answers]
        except CodecError as ours:
            raise RuntimeError(f"an answer that our own schemas refuse: {ours}") from ours
        self.change.people[handle] = person
        self.outs += made

    def _quarantine(self, record: Record, reason: str) -> None:
        owner = record.topic.split(".")[1] if record.topic != topics.PERSON else "hub"
        source = f"{record.topic}/{record.partition}/{record.offset}"
        log.warning("quarantined", source=source, reason=reason)
        headers = (*record.headers, ("quarantine.reason", reason.encode()), ("quarantine.source", source.encode()))
        topic = f"quarantine.{owner}.v1"
        self.outs.append(Out(topic, record.partition, record.key, record.value, headers))


@lru_cache(maxsize=16)
def _owners(agencies: tuple[str, ...], teams: tuple[str, ...]) -> Mapping[str, str]:
    """Who may publish to each topic."""
    return {topics.intake(code): code for code in agencies} | {topics.acks(code): code for code in teams}


def _in_time(record: Record, at: int) -> None:
    """Whose clock is ahead of the log's would move everybody's clock; the log's own time is part of the log."""
    if 0 <= record.timestamp < at // 1000 - SKEW_MS:
        raise QuarantineError("at: more than five minutes ahead of the log; hint: correct the sender's clock")


_INTERNAL: Mapping[str, Callable[[_Run, Record, Mapping[str, Any]], None]] = {
    "tick": _Run._tick,
    "rules.activated": _Run._activate,
    "slice.awaited": _Run._awaited,
    "slice.left": _Run._left,
    "slice.arrived": _Run._arrived,
}
