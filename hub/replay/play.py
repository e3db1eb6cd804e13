"""
The recorded log through the core again, partition by partition.

Each partition of an input topic is replayed in its own order, up to the position that production had committed; nothing
else decides an outcome, neither how the topics interleaved nor where batches ended. So every output must come out
again, in order along its strand, and every state row must be the same to the byte. Kept in memory: 32 bytes of each
output, and the people and the rows of one partition at a time.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from typing import Protocol

from hub import topics
from hub.core.person import Person
from hub.edges.store import Cache
from hub.engine import SOURCE, Batch, Partition, Program, place
from hub.log import Out, Record
from hub.replay import differences
from hub.replay.strands import NOBODY, Fault, Production, Strand, header, shortened
from hub.wire.partitioner import partition_for

BATCH = 1000
PEEK = 50  # records without an output that are looked past, when a position may stand too low
KEPT_BACK = "(kept back)"
PLACE = r"[\w.-]+/\d+/\d+"
PERSON = r"p-[0-9a-f]{32}|p1\.[\w-]{43}"  # a handle, or a team's pseudonym of one
ROWS = {topics.DECIDE_STATE: r"!\w+", topics.RESOLVE_STATE: r"\w+/r\d+\.[\w-]+", topics.POSITIONS: r"[\w.-]+\.v\d+"}


class ReplayError(Exception):
    """A log that cannot be replayed; the text says the cure."""


class Recording(Protocol):
    """A log as it was at one moment, every partition of it."""

    def start(self, topic: str, partition: int) -> int:
        """The offset at which it begins: 0, unless something has been deleted."""

    def scan(self, topic: str) -> Iterator[Record]:
        """Every record of one topic, as it is now."""

    def every(self, names: Sequence[str]) -> Iterator[Record]:
        """All records of some topics, in order within each partition."""

    def read(self, names: Sequence[str], partition: int) -> Iterator[Record]:
        """One partition number of some topics, each in order."""

    def at(self, topic: str, partition: int, offset: int) -> Record | None:
        """One record."""

    def rows(self, partition: int, names: Sequence[str]) -> Iterator[tuple[str, bytes, bytes]]:
        """The newest state rows of some topics."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What may be told of bytes: how many, and their digest."""

    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Divergence:
    """
    The first place where production is not as the replay; *source* led to it, *kind* is a fault's, of an output or row.

    For `missing`, *offset* is the one before which it should be; None is the end, or no matter for a row.
    """

    kind: str
    topic: str
    partition: int
    offset: int | None
    row: bool
    key: str
    source: str
    fields: tuple[str, ...]
    production: Shape | None
    replay: Shape | None


@dataclass(slots=True)
class Counted:
    """One partition in figures; *waiting* records were not yet applied."""

    partition: int
    records: int = 0
    waiting: int = 0
    outputs: int = 0
    rows: int = 0
    divergences: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Report:
    """What a replay found: the figures, divergences by topic, and the first of them."""

    partitions: list[Counted] = field(default_factory=list)
    divergent: Counter[str] = field(default_factory=Counter)
    first: Divergence | None = None


def refuse_cut(recording: Recording, topic: str, partitions: int) -> None:
    """A topic whose beginning is deleted cannot be replayed."""
    for number in range(partitions):
        if start := recording.start(topic, number):
            why = f"{topic}/{number}: begins at offset {start}, what came before is deleted"
            cure = "replay a log that is whole: a copy, or topics with retention.ms=-1"
            raise ReplayError(f"{why}; hint: {cure}")


class Fresh:
    """A partition that knows nothing yet, and the rows it comes to: the one place that makes one."""

    def __init__(self, number: int, program: Program, rows: Mapping[tuple[str, bytes], bytes] | None = None) -> None:
        self._number, self._program = number, program
        self._state = Cache(":memory:", number)
        self._state.write(rows or {}, {})
        self._partition = Partition(number, program, self._state, inf)  # what is over holds nobody up

    def with_row(self, row: tuple[str, bytes], value: bytes) -> "Fresh":
        """Another partition, in the state of this one but for one row."""
        rows = {(topic, key): held for topic, key, held in self.rows()}
        return Fresh(self._number, self._program, rows | {row: value})

    def apply(self, records: Sequence[Record]) -> Batch:
        """What *records* lead to; nothing is changed."""
        return self._partition.apply(records)

    def commit(self, batch: Batch) -> None:
        """Make a batch ours."""
        self._state.write(batch.rows, {})
        self._partition.accept(batch)

    def person(self, handle: str) -> Person:
        """A person as they are now."""
        return self._partition.person(handle)

    def get(self, topic: str, key: bytes) -> bytes | None:
        """A row as it is now."""
        return self._state.get(topic, key)

    def rows(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Every row."""
        return self._state.rows()


class Replay:
    """
    Replays *recording* under *program*; *numbers* names some partitions, *until* (ms) an end.

    With an end, only what was made of the records before it is compared, and no rows: those are of now.
    """

    def __init__(
        self,
        program: Program,
        recording: Recording,
        numbers: Iterable[int] | None = None,
        until: int | None = None,
        batch: int = BATCH,
        told: Callable[[int, str], None] = lambda done, what: None,
    ) -> None:
        self.program, self.recording = program, recording
        self.numbers = tuple(range(program.partitions) if numbers is None else numbers)
        self.whole = until is None and numbers is None
        self.until, self.batch, self.told = until, batch, told
        self.production = Production(program, self._erased())
        self.report = Report()

    def run(self) -> Report:
        """Read what production wrote, then replay every partition and compare."""
        outputs = (topics.PERSON, *topics.answers(self.program.agencies, self.program.teams))
        for topic in dict.fromkeys((*self.program.inputs, *outputs)):
            refuse_cut(self.recording, topic, self.program.partitions)
        for count, record in enumerate(self.recording.every(outputs), 1):
            self.production.add(record)
            if count % BATCH == 0:
                self.told(count, "outputs read")
        self.production.whole()
        for number in self.numbers:
            counted = Counted(number)
            self.report.partitions.append(counted)
            begun = time.monotonic()
            _Task(self, number, counted).run()
            counted.seconds = time.monotonic() - begun
        if self.whole:
            for strand, written in self.production.of(None):
                self.note(written.rest(), strand)
        return self.report

    def _erased(self) -> Iterator[tuple[int, int]]:
        """Where decisions are gone that production had written: whatever comes out again there is right."""
        for record in self.recording.scan(topics.ERASURES):
            told = self.program.schemas.written(record.value or b"")
            yield told["partition"], told["offset"]

    def note(self, fault: Fault | None, strand: Strand, out: Out | None = None, source: str = "") -> int:
        """Count a fault of an output, and describe it if it is the first; how many divergences it is."""
        if fault is None:
            return 0
        self.report.divergent[strand.topic] += fault.many
        if self.report.first is None:
            self.report.first = self._described(fault, strand, out, source)
        return fault.many

    def _described(self, fault: Fault, strand: Strand, out: Out | None, source: str) -> Divergence:
        topic, number, offset = strand.topic, strand.partition, fault.offset
        theirs = None if offset is None or fault.kind == "missing" else self.recording.at(topic, number, offset)
        ours = out if fault.kind in {"altered", "missing"} else None
        found: tuple[str, ...] = ()
        if ours is not None and theirs is not None:
            found = differences.of_records(self.program.schemas, ours, theirs)
        elif theirs is not None:
            source = _shown(header(theirs, SOURCE) or header(theirs, "quarantine.source"), PLACE)
            found = self._astray(theirs)
        one = theirs or ours
        key = _shown(_text(one.key if one else None), PERSON)
        return Divergence(fault.kind, topic, number, offset, False, key, source, found, _shape(theirs), _shape(ours))

    def _astray(self, record: Record) -> tuple[str, ...]:
        """A record on a partition that is not its key's has been put there by somebody else."""
        home = partition_for(record.key, self.program.partitions) if record.key else record.partition
        return () if home == record.partition else (f"partition (its key's is {home})",)


class _Task:
    """One partition number on its way through the log."""

    def __init__(self, replay: Replay, number: int, counted: Counted) -> None:
        self.replay, self.number, self.counted = replay, number, counted
        self.fresh = Fresh(number, replay.program)
        self.positions = {
            key.decode(): int(value) for _, key, value in replay.recording.rows(number, (topics.POSITIONS,))
        }
        self.order = {topic: index for index, topic in enumerate(replay.program.inputs)}
        self.waiting: dict[str, list[Record]] = {topic: [] for topic in replay.program.inputs}

    def run(self) -> None:
        records = self._recorded()
        while some := [*islice(records, self.replay.batch)]:
            self._apply(some)
            self.replay.told(self.counted.records, f"records of partition {self.number} replayed")
        if self.replay.until is None:
            self._beyond()
            for strand, written in self.replay.production.of(self.number):
                self._count(self.replay.note(written.rest(), strand))
            self._compare_rows()

    def _recorded(self) -> Iterator[Record]:
        """What production has applied, up to the end asked for; what waits for it is only counted."""
        over = set[str]()
        for record in self.replay.recording.read(self.replay.program.inputs, self.number):
            topic = record.topic
            if self.replay.until is not None and record.timestamp >= self.replay.until:
                over.add(topic)
            if topic in over:
                continue
            if record.offset <= self.positions.get(topic, -1):
                yield record
                continue
            self.counted.waiting += 1
            if len(self.waiting[topic]) < PEEK:
                self.waiting[topic].append(record)

    def _apply(self, records: list[Record]) -> None:
        records.sort(key=lambda record: (self.order[record.topic], record.offset))  # as the engine does
        batch = self._batch(records)
        self.counted.records += len(records)
        self.counted.outputs += len(batch.outs)
        for index, out in enumerate(batch.outs):
            strand = self.replay.production.strand(out)
            fault = self.replay.production.written(strand).take(out)
            if fault is not None:
                source = self._source(records, index) if self.replay.report.first is None else NOBODY
                self._count(self.replay.note(fault, strand, out, source))
        self.fresh.commit(batch)

    def _batch(self, records: Sequence[Record]) -> Batch:
        try:
            return self.fresh.apply(records)
        except Exception as fault:
            where = f"{place(records[0])} to {records[-1].offset}: the core fails on one of these"
            hint = "this release of the hub would stop there too; HUB_DEBUG=1 shows where"
            raise ReplayError(f"{where} ({type(fault).__name__}); hint: {hint}") from fault

    def _source(self, records: Sequence[Record], index: int) -> str:
        """The record that led to output *index*: the end of the shortest beginning that leads to it."""
        low, high = 1, len(records)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if len(self._batch(records[:middle]).outs) > index else (middle + 1, high)
        return place(records[low - 1])

    def _beyond(self) -> None:
        """
        Go on past a position that stands too low.

        The answers to a record and the position after it are one transaction: if the answers are there, it was applied.
        """
        for records in self.waiting.values():
            some: list[Record] = []
            for record in records:
                some.append(record)
                outs = self._batch(some).outs
                if outs and self._written(outs[0]):
                    self._apply(some)
                    self.counted.waiting -= len(some)
                    some.clear()

    def _written(self, out: Out) -> bool:
        production = self.replay.production
        return production.written(production.strand(out)).fits(out)

    def _compare_rows(self) -> None:
        seen = set[tuple[str, bytes]]()
        for topic, key, theirs in self.replay.recording.rows(self.number, topics.STATES):
            self.counted.rows += 1
            seen.add((topic, key))
            ours = self.fresh.get(topic, key)
            if ours != theirs:
                self._row("extra" if ours is None else "altered", topic, key, ours, theirs)
        for topic, key, ours in self.fresh.rows():
            if (topic, key) not in seen:
                self._row("missing", topic, key, ours, None)

    def _row(self, kind: str, topic: str, key: bytes, ours: bytes | None, theirs: bytes | None) -> None:
        report = self.replay.report
        report.divergent[topic] += 1
        self._count(1)
        if report.first is None:
            found = _differing(topic, key, ours, theirs)
            shapes = _row_shape(theirs), _row_shape(ours)
            shown = _shown(_text(key), f"{PERSON}|{ROWS[topic]}")
            report.first = Divergence(kind, topic, self.number, None, True, shown, NOBODY, found, *shapes)

    def _count(self, divergences: int) -> None:
        self.counted.divergences += divergences


def _differing(topic: str, key: bytes, ours: bytes | None, theirs: bytes | None) -> tuple[str, ...]:
    if ours is None or theirs is None:
        return ()
    if topic == topics.POSITIONS:
        with suppress(ValueError):
            return (f"position (production {int(theirs)}, replay {int(ours)})",)
    return differences.of_rows(topic, key, ours, theirs)


def _shape(one: Out | Record | None) -> Shape | None:
    return one and Shape(len(one.value or b""), shortened((one.key, one.value, one.headers)).hex())


def _row_shape(row: bytes | None) -> Shape | None:
    return None if row is None else Shape(len(row), shortened(row).hex())


def _text(key: bytes | None) -> str:
    return (key or b"").decode("ascii", "replace")


def _shown(text: str, ours: str) -> str:
    """
    What may be told of a key or a header: what looks as the hub makes it, for others write there what they like.

    >>> _shown("p-559ebd8546f4015ae3c20663d9b63d0f", PERSON), _shown("JOHN SMITH", PERSON), _shown("", PERSON)
    ('p-559ebd8546f4015ae3c20663d9b63d0f', '(kept back)', '')
    """
    return text if not text or re.fullmatch(ours, text, re.ASCII) else KEPT_BACK
