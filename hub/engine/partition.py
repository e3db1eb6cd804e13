"""One partition of the hub: its state as last committed, and what records lead to from there."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import structlog

from hub import topics
from hub.core.person import Person
from hub.core.rules import Rules
from hub.engine.batch import CLOCK, FLOOD, LATE, RULES, Batch, Program
from hub.engine.run import Run
from hub.log import Record, Store, StoreError
from hub.wire.answers import Wire
from hub.wire.rows import RowError, unpack

log = structlog.get_logger()
NOBODY = Person()
MET = 4096  # people kept unpacked, those met last


class Partition:
    """One partition number of the hub: RESOLVE and DECIDE of partition p of every topic, one transaction a batch."""

    def __init__(self, number: int, program: Program, store: Store, flood: float = FLOOD) -> None:
        self.number = number
        self.program = program
        self.store = store
        self.flood = flood
        self.wire = Wire(program.schemas, program.recipients, program.partitions, number)
        self.refused: dict[str, int] = {}  # in a row, by topic; not in the log, for it changes only when, never what
        self.order = {topic: number for number, topic in enumerate(program.inputs)}
        self.positions = {topic: self._number(topics.POSITIONS, topic.encode(), -1) for topic in program.inputs}
        self.clock = self._number(topics.DECIDE_STATE, CLOCK, 0)
        self.late = self._number(topics.DECIDE_STATE, LATE, 0)  # the tick that is to go on firing; 0 when all has fired
        self.rules = self._rules()
        self._met: OrderedDict[str, Person] = OrderedDict()

    def _number(self, topic: str, key: bytes, none: int) -> int:
        return none if (row := self.store.get(topic, key)) is None else int(row)

    def _rules(self) -> Rules | None:
        # Its signatures were good when it came into force; a key that has been changed since must not stop the hub.
        row = self.store.get(topics.DECIDE_STATE, RULES)
        return None if row is None else self.program.open_rules(self.program.schemas.decode(row)[2], False)

    def person(self, handle: str) -> Person:
        """The person as last committed."""
        met = self._met
        person = met.get(handle)
        if person is None:
            row = self.store.get(topics.DECIDE_STATE, handle.encode())
            person = NOBODY if row is None else _unpacked(row)
            self._meet(handle, person)
        else:
            met.move_to_end(handle)
        return person

    def _meet(self, handle: str, person: Person) -> None:
        self._met[handle] = person
        self._met.move_to_end(handle)
        if len(self._met) > MET:
            self._met.popitem(last=False)

    def record(self, name: str) -> str | None:
        """Whose record *name* is, as last committed."""
        row = self.store.get(topics.RESOLVE_STATE, name.encode())
        return None if row is None else row.decode()

    def position(self, topic: str) -> int:
        """The last applied offset of *topic*'s partition, -1 when none."""
        return self.positions[topic]

    @property
    def sealed(self) -> Sequence[str]:
        """
        The topics to leave unread for now: until the first rules are in force here, all but the one they come by.

        Nobody could say whether an agency may tell an event's type. What to make of a record of these rests on no other
        topic, so to wait with them changes no outcome, only when.
        """
        return () if self.rules is not None else tuple(name for name in self.program.inputs if name != topics.PERSON)

    @property
    def expires(self) -> int | None:
        """The instant from which the rules in force here tell nobody anything; None without rules."""
        return None if self.rules is None else self.rules.expire

    @property
    def lapses(self) -> Mapping[str, int]:
        """The instants from which each agreement of the rules in force here discloses nothing."""
        return {} if self.rules is None else self.rules.lapses

    def apply(self, records: Sequence[Record]) -> Batch:
        """
        What *records* lead to; nothing in self is changed. What was applied before is skipped.

        A topic of which *flood* records in a row had to be refused is held back, and again after 1, 2, 4, 8 more and so
        on, as many as there are in *records* at most.
        """
        self._expect(records)
        run = Run(self)
        for record in sorted(records, key=lambda record: (self.order[record.topic], record.offset)):
            if record.topic in run.held:
                continue
            if record.offset > run.change.positions.get(record.topic, self.position(record.topic)):
                run.take(record)
        return run.batch()

    def _expect(self, records: Sequence[Record]) -> None:
        """Meet at once whom *records* are about; who is not found is asked for again when their turn comes."""
        keys = {record.key for record in records if record.topic == topics.PERSON and record.key is not None}
        people = [key for key in keys if not key.startswith(b"!")]  # what is no person's key is refused in its turn
        new = [key for key in people if key.decode(errors="replace") not in self._met]
        for key, row in self.store.some(topics.DECIDE_STATE, new):
            self._meet(key.decode(), _unpacked(row))

    def accept(self, batch: Batch) -> None:
        """The batch is committed, and its rows are in the store: make its change ours, and say what it quarantined."""
        change = batch.change
        for handle, person in change.people.items():
            self._meet(handle, person)
        self.positions |= change.positions
        self.refused |= change.refused
        self.clock, self.late, self.rules = change.clock, change.late, change.rules
        for source, reason in change.aside:
            log.warning("quarantined", source=source, reason=reason)

    def due(self, until: int) -> Iterator[str]:
        """The people with a timer up to *until* that the rules in force let run out."""
        rules = self.rules
        return iter(()) if rules is None else (handle for _, handle in self.store.due(rules.reach(until)))

    def outdated(self) -> Iterator[str]:
        """The people who are to be planned anew under the rules in force."""
        rules = self.rules
        return iter(()) if rules is None else (handle for _, handle in self.store.outdated(rules.hash))


def _unpacked(row: bytes) -> Person:
    try:
        return unpack(row)
    except RowError as bad:
        raise StoreError(f"{topics.DECIDE_STATE}: {bad}") from bad
