"""One batch in the making: RESOLVE and DECIDE of one record after the other, and quarantine for what they refuse."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from hub import topics
from hub.core import decide
from hub.core.disclosure import break_glass
from hub.core.emergency import BREAK_GLASS
from hub.core.emergency import refusal as barred
from hub.core.events import Answer, Event
from hub.core.person import Grant, Person, Slice, outgrown
from hub.core.resolve import resolve
from hub.core.rules import Rules
from hub.core.succession import refusal
from hub.core.timers import falls_due
from hub.engine.batch import CLOCK, LATE, RULES, Batch, Change, Held, place
from hub.log import Out, Record, StoreError
from hub.wire.answers import SOURCE
from hub.wire.bundle import BundleError
from hub.wire.codec import CodecError, decode_event
from hub.wire.partitioner import partition_for
from hub.wire.recipients import RecipientError
from hub.wire.rows import RowError, pack, pack_slice, unpack_slice
from hub.wire.twofold import TwofoldError

if TYPE_CHECKING:
    from hub.engine.partition import Partition

SKEW_MS = 5 * 60 * 1000
NOT_ITS_OWN = "type: not this agency's to tell; hint: see `publishes` in policies/partnership.yaml"
NO_RULES = "rules: none in force when this was to be decided; hint: hub policy activate, then send it again"


class QuarantineError(Exception):
    """A record that the hub cannot take; the text is its reason, never its content."""


class Run:
    """One batch in the making: an overlay on the partition's state, and the records to come."""

    def __init__(self, base: "Partition") -> None:
        self.base = base
        self.wire = base.wire
        self.program = base.program
        self.change = Change({}, {}, {}, {}, base.clock, base.late, base.rules)
        self.held: dict[str, Held] = {}
        self.outs: list[Out] = []
        self.rows: dict[tuple[str, bytes], bytes | None] = {}
        self.cause = b""  # what is being answered

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
        for topic, refused in change.refused.items():
            if refused >= self.base.flood:  # a trial ends with its batch
                self.held[topic] = Held(change.positions[topic], refused)
        return Batch(tuple(self.outs), self.rows, change, self.held)

    def take(self, record: Record) -> None:
        """Apply one record, or keep it in quarantine as it came: nothing is skipped, and nobody else is affected."""
        self.change.positions[record.topic] = record.offset
        try:
            if record.value is None:
                raise QuarantineError("no value")
            self._route(record, record.value)
            self.change.refused[record.topic] = 0
        except (
            QuarantineError,
            CodecError,
            BundleError,
            TwofoldError,
            RecipientError,
            RowError,
            decide.WaitingError,
        ) as refused:
            self._quarantine(record, str(refused))
        except StoreError:  # not the record's fault
            raise
        except Exception as fault:
            if record.key is None:  # a tick or new rules concern everybody: stop rather than lose their alerts
                raise
            self._quarantine(record, f"fault: {type(fault).__name__}")

    def _route(self, record: Record, value: bytes) -> None:
        if record.topic == topics.PERSON:
            self.cause = _cause(record)
            self._decide(record, value)
        elif record.topic.startswith("acks."):
            self._acknowledge(record, value)
        else:
            self._resolve(record, value)

    def _resolve(self, record: Record, value: bytes) -> None:
        event = self._event(record, value)
        name = f"{event.agency}/{event.record}"
        held = self.change.records.get(name) or self.base.record(name)
        own = record.key == event.record.encode()
        if not (own and (held or record.partition == partition_for(record.key, self.program.partitions))):
            raise QuarantineError("key: not the record's own, or on another's partition; hint: use murmur2 of `record`")
        if event.type == "alert.ack":
            raise QuarantineError("type: an acknowledgement; hint: a team answers in its own acks topic")
        found = resolve(held, event, self.program.salt)
        if found.left is not None:
            moved = {"record": name, "at": event.at, "person": found.person}
            self._send(record, found.person, "slice.awaited", {"record": name})
            self._send(record, found.left, "slice.left", moved)
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
        headers = (*record.headers, _source(record))
        self.outs.append(Out(topics.PERSON, partition_for(key, self.program.partitions), key, value, headers))

    def _send(self, record: Record, person: str, kind: str, values: Mapping[str, Any]) -> None:
        self.outs.append(self.wire.record(topics.PERSON, person, kind, values, (_source(record),)))

    def _decide(self, record: Record, value: bytes) -> None:
        schema = self.program.schemas.by_id.get(int.from_bytes(value[1:5], "big"))
        handler = _INTERNAL.get(schema.type) if schema else None
        if handler is not None:
            handler(self, record, self.program.schemas.decode(value)[2])
            return
        event, rules = decode_event(self.program.schemas, value), self.change.rules
        if rules is None or not _its_own(event, rules):
            self._give_back(record, event, NOT_ITS_OWN if rules else NO_RULES)
            return
        handle = _handle(record)
        self._grow(handle, *decide.step(self._person(handle), handle, event, rules, self.change.clock))

    def _give_back(self, record: Record, event: Event, reason: str) -> None:
        """What must not be decided goes to its agency's quarantine as it came: its own key, partition and place."""
        headers, source = record.headers, ""
        if headers and headers[-1][0] == SOURCE:
            headers, source = headers[:-1], headers[-1][1].decode()
        key = event.record.encode()
        came = record._replace(key=key, partition=partition_for(key, self.program.partitions), headers=headers)
        self._refuse(came, topics.quarantine(event.agency), source, reason)

    def _tick(self, record: Record, values: Mapping[str, Any]) -> None:
        """
        The clock moves on, never back: fire what falls due, person by person in order of time.

        A tick fires a bounded number of people. Where more are due, the engine sends itself a tick to go on behind
        whatever is in the log by then, and other ticks only move the clock meanwhile.
        """
        at, change = values["at"], self.change
        self.cause = b"tick/%d" % at
        if at == change.late:  # believed once, when it became the clock; the log's own may have gone back since
            self._fire(record)
            return
        _in_time(record, at)
        if at > change.clock:
            change.clock = at
            if not change.late:
                self._replan(at)
                self._fire(record)

    def _fire(self, record: Record) -> None:
        change, rules, most = self.change, self.change.rules, self.program.fired
        due = [] if rules is None else list(islice(self._due(rules.reach(change.clock)), most + 1))
        for _, handle in due[:most]:
            self._advance(handle)
        late = change.clock if len(due) > most else 0
        if late != change.late:
            change.late = late
            self.rows[topics.DECIDE_STATE, LATE] = str(late).encode()
        if late:
            value = self.program.schemas.encode("tick", {"at": late})
            self.outs.append(Out(topics.PERSON, self.base.number, None, value, (_source(record),)))

    def _advance(self, handle: str) -> None:
        self._keep(handle, *decide.advance(self._person(handle), handle, self.change.clock, self.change.rules))

    def _due(self, until: int) -> Iterator[tuple[int, str]]:
        """(instant, handle) of whose timer runs up to *until*, in this order, as things are in this batch."""
        people = self.change.people
        here = ((due, handle) for handle, person in people.items() if (due := falls_due(person)) is not None)
        there = (found for found in self.base.store.due(until) if found[1] not in people)
        return merge(sorted(found for found in here if found[0] <= until), there)

    def _replan(self, until: int) -> None:
        """
        Plan some of those anew who were planned under older rules: all at once would hold everybody up.

        Who comes first is a matter of their rules and handles: a replay has other batches, and must find the same.
        """
        rules = self.change.rules
        if rules is None:
            return
        people = self.change.people
        here = sorted((person.rules, handle) for handle, person in people.items() if person.rules != rules.hash)
        there = (found for found in self.base.store.outdated(rules.hash) if found[1] not in people)
        for _, handle in list(islice(merge(here, there), self.program.replanned)):
            self._keep(handle, *decide.replan(self._person(handle), handle, rules, until))

    def _activate(self, record: Record, values: Mapping[str, Any]) -> None:
        """New rules come into force here, if they are signed and follow those in force; these again change nothing."""
        _in_time(record, values["at"])
        rules, held = self.program.open_rules(values, True), self.change.rules
        if held is not None and rules.hash == held.hash:
            return
        why = refusal(held, rules, values["at"], self.change.clock)
        if why is not None:
            raise QuarantineError(why)
        self.change.rules = rules
        self.rows[topics.DECIDE_STATE, RULES] = record.value

    def _access(self, record: Record, values: Mapping[str, Any]) -> None:
        """The glass is broken for a team, if two people signed it and the rules in force allow it."""
        handle, rules, at = self._fired(record), self.change.rules, values["at"]
        _in_time(record, at)
        self.program.signed(values["what"], values)
        if rules is None or (values["what"], values["person"]) != (BREAK_GLASS, handle):
            raise QuarantineError("access: not for here; hint: `hub break-glass` writes it where it belongs")
        person = self._person(handle)
        now = max(self.change.clock, person.clock, at)
        grant = Grant(values["id"], values["of"] or "", at, values["until"] or 0)
        why = barred(person, grant, values["reason"], rules.emergency, now)
        if why is not None:
            raise QuarantineError(f"emergency access: {why}")
        self._keep(handle, *break_glass(person, handle, grant, rules, now))

    def _awaited(self, record: Record, values: Mapping[str, Any]) -> None:
        handle = _handle(record)
        self._grow(handle, decide.await_slice(self._person(handle), values["record"]), ())

    def _left(self, record: Record, values: Mapping[str, Any]) -> None:
        handle, now = self._fired(record), max(self.change.clock, values["at"])
        name, to = values["record"], values["person"]
        person, part, answers = decide.leave(self._person(handle), handle, name, to, self.change.rules, now)
        self._keep(handle, person, answers)
        if part is not None:
            self._hand_over(record, values, to, part)

    def _arrived(self, record: Record, values: Mapping[str, Any]) -> None:
        handle, now = self._fired(record), max(self.change.clock, values["at"])
        name, part = values["record"], unpack_slice(values["facts"])
        person, onward, answers = decide.arrive(self._person(handle), handle, name, part, self.change.rules, now)
        self._grow(handle, person, answers)
        if onward is not None:
            self._hand_over(record, values, *onward)

    def _fired(self, record: Record) -> str:
        """Whom *record* is about; what the clock owes them comes first."""
        handle = _handle(record)
        if self.change.late:
            self._advance(handle)
        return handle

    def _hand_over(self, record: Record, values: Mapping[str, Any], to: str, part: Slice) -> None:
        told = {"record": values["record"], "at": values["at"], "agency": part.agency, "facts": pack_slice(part)}
        self._send(record, to, "slice.arrived", told)

    def _person(self, handle: str) -> Person:
        return self.change.people.get(handle) or self.base.person(handle)

    def _grow(self, handle: str, person: Person, answers: Iterable[Answer]) -> None:
        if outgrown(person, self._person(handle)):
            raise QuarantineError(
                "person: more is said of them than one holds; hint: look whom their links say they are"
            )
        self._keep(handle, person, answers)

    def _keep(self, handle: str, person: Person, answers: Iterable[Answer]) -> None:
        try:
            self.wire.begin(self.cause)
            made = [self.wire.answer(answer) for answer in answers]
        except CodecError as ours:
            raise RuntimeError(f"an answer that our own schemas refuse: {ours}") from ours
        self.change.people[handle] = person
        self.outs += made

    def _quarantine(self, record: Record, reason: str) -> None:
        owner = "hub"
        if record.topic != topics.PERSON:  # that one concerns everybody and is never held back
            owner = record.topic.split(".")[1]
            self._count(record)
        self._refuse(record, topics.quarantine(owner), place(record), reason)

    def _refuse(self, record: Record, topic: str, source: str, reason: str) -> None:
        self.change.aside.append((source, reason))
        headers = (*record.headers, ("quarantine.reason", reason.encode()), ("quarantine.source", source.encode()))
        self.outs.append(Out(topic, record.partition, record.key, record.value, headers))

    def _count(self, record: Record) -> None:
        """One more in a row; order between topics is arbitrary, so to hold one back changes no outcome, only when."""
        refused = self.change.refused.get(record.topic, self.base.refused.get(record.topic, 0)) + 1
        self.change.refused[record.topic] = refused
        if trial_over(refused, self.base.flood):
            self.held[record.topic] = Held(record.offset, refused)


def trial_over(refused: int, flood: float) -> bool:
    """
    Whether a topic of which *refused* records in a row had to be refused has had its trial: of 1, 2, 4, 8 and so on.

    >>> [count for count in range(1, 150) if trial_over(count, 100)]
    [100, 101, 103, 107, 115, 131]
    """
    return refused >= flood and (int(refused - flood) + 1).bit_count() == 1


def _handle(record: Record) -> str:
    """Whom a record of person.v1 is about."""
    return (record.key or b"").decode()


def _cause(record: Record) -> bytes:
    """The record that led to one of person.v1, or nothing."""
    headers = record.headers
    return headers[-1][1] if headers and headers[-1][0] == SOURCE else b""


def _source(record: Record) -> tuple[str, bytes]:
    return SOURCE, place(record).encode()


def _its_own(event: Event, rules: Rules) -> bool:
    """Whether this is the agency's to tell; that an acknowledgement came by its team's own topic, RESOLVE has seen."""
    return event.type == "alert.ack" or event.type in rules.publishes.get(event.agency, frozenset())


@lru_cache(maxsize=16)
def _owners(agencies: tuple[str, ...], teams: tuple[str, ...]) -> Mapping[str, str]:
    """Who may publish to each topic."""
    return {topics.intake(code): code for code in agencies} | {topics.acks(code): code for code in teams}


def _in_time(record: Record, at: int) -> None:
    """Whose clock is ahead of the log's would move everybody's clock; the log's own time is part of the log."""
    if 0 <= record.timestamp < at // 1000 - SKEW_MS:
        raise QuarantineError("at: more than five minutes ahead of the log; hint: correct the sender's clock")


_INTERNAL: Mapping[str, Callable[[Run, Record, Mapping[str, Any]], None]] = {
    "tick": Run._tick,
    "rules.activated": Run._activate,
    "slice.awaited": Run._awaited,
    "slice.left": Run._left,
    "slice.arrived": Run._arrived,
    "access": Run._access,
}
