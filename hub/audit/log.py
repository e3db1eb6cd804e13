"""The ledger as it lies in a log: step by step, every topic read along once, so that a step is all that is held."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any

from hub import topics
from hub.audit.book import DROPPED, KINDS, MISSING, Line, Log, Proved, Step, Told
from hub.core.ledger import BLANK, DECISION, WIDTH, derived
from hub.engine.ledger import hashes
from hub.log import Record
from hub.wire.codec import CodecError, Schemas
from hub.wire.witnesses import NONE, read_policy

Row = Mapping[str, Any]


class LogBook:
    """A ledger in the *log* of a hub of *partitions* partitions and these *teams*."""

    def __init__(self, log: Log, schemas: Schemas, partitions: int, teams: Sequence[str], policy: str) -> None:
        self._log, self._schemas, self._partitions, self._teams = log, schemas, partitions, teams
        self.policy = policy
        self._strays: list[str] = []
        self._waiting: list[Row] = []
        self._first: dict[bytes, tuple[int, int]] = {}  # where each key of a decision was first

    @cached_property
    def _read(self) -> tuple[list[Row], list[str]]:
        """Steps and notes. Each step writes both at once, so what came while these were read is left for later."""
        steps = self._leaves()
        notes = [(record.value or b"").decode("utf-8", "replace") for record in self._log.scan(topics.CHECKPOINTS)]
        return (self._leaves()[: len(notes)] if len(notes) > len(steps) else steps), notes

    def _leaves(self) -> list[Row]:
        return [self._schemas.written(record.value or b"") for record in self._log.scan(topics.LEAVES)]

    @property
    def _steps(self) -> list[Row]:
        return self._read[0]

    @cached_property
    def _erased(self) -> dict[int, Row]:
        """What was erased, by the offset of its erasure."""
        found = self._log.scan(topics.ERASURES)
        return {record.offset: self._schemas.written(record.value or b"") for record in found}

    def newest(self) -> str | None:
        """The last step's note: with the cosignatures that it got, where the policy asks for some."""
        if not self._read[1] or read_policy(self.policy).quorum == NONE:
            return None
        last = self._read[1][-1]
        notes = [(record.value or b"").decode("utf-8", "replace") for record in self._log.scan(topics.COSIGNED)]
        text = last.rpartition("\n\n")[0]
        return next((note for note in reversed(notes) if note.rpartition("\n\n")[0] == text), last)

    def steps(self) -> list[Step]:
        ends: list[tuple[int, int]] = [(one["at"], one["first"] + len(one["partitions"])) for one in self._steps]
        both = zip_longest(ends, self._read[1])
        return [Step(end[0], end[1], note or "") if end else Step(0, 0, note or "") for end, note in both]

    def grown(self) -> int:
        steps = self._leaves()
        return steps[-1]["first"] + len(steps[-1]["partitions"]) if steps else 0

    def leaves(self) -> list[bytes]:
        return [leaf for step in self._steps for leaf in hashes(step["hashes"])]

    def lines(self) -> Iterator[Line]:
        """
        Every leaf with what it is made of.

        Decisions are read along by partition, for each step took the next of each; salts lie in the order of the tree.
        """
        streams = [_Stream(self._log.scan(topics.DECISIONS, number)) for number in range(self._partitions)]
        salts = _Salts(self._log.scan(topics.SALTS))
        gone = {(row["partition"], row["offset"]) for row in self._erased.values()}
        self._strays.clear()
        self._first.clear()
        for step in self._steps:
            found: dict[tuple[int, int], Record] = {}
            for number, end in enumerate(step["positions"]):
                found |= {(number, record.offset): record for record in streams[number].before(end)}
            for index, place in enumerate(zip(step["partitions"], step["offsets"], strict=True), step["first"]):
                yield self._line(index, place, step, found.pop(place, None), place in gone, salts)
            self._strays += [f"{topics.DECISIONS}/{number}/{offset}" for number, offset in sorted(found)]
        self._waiting = [self._schemas.written(one.value or b"") for stream in streams for one in stream.rest()]

    def line(self, index: int) -> Line | None:
        """
        Leaf *index* with what it is made of, as `lines` has it; None beyond the newest step.

        No other decision is decoded: it costs a read along one partition and along the salts.
        """
        step = next((one for one in self._steps if 0 <= index - one["first"] < len(one["partitions"])), None)
        if step is None:
            return None
        at = index - step["first"]
        place = step["partitions"][at], step["offsets"][at]
        found: Record | None = None
        self._first.clear()
        for record in self._log.scan(topics.DECISIONS, place[0]) if place[0] not in KINDS else ():
            if record.value is not None:
                self._first.setdefault(record.key or b"", (place[0], record.offset))
            if record.offset >= place[1]:
                found = record if record.offset == place[1] and record.value is not None else None
                break
        gone = place in {(row["partition"], row["offset"]) for row in self._erased.values()}
        return self._line(index, place, step, found, gone, _Salts(self._log.scan(topics.SALTS)))

    def _line(
        self, index: int, place: tuple[int, int], step: Row, record: Record | None, gone: bool, salts: "_Salts"
    ) -> Line:
        kind = KINDS.get(place[0], DECISION)
        if kind != DECISION:
            told = {"kind": BLANK} if kind == BLANK else self._receipt(place[1])
            return Line(index, kind, derived(step["seed"], kind, place[1]), told, *place)
        salt = salts.of(index)
        if gone:
            return Line(index, kind, b"", {}, *place, DROPPED)
        if record is None or salt is None:
            return Line(index, kind, b"", {}, *place, MISSING)
        place = self._first.setdefault(record.key or b"", place)  # a copy stands for what it is a copy of
        try:
            return Line(index, kind, salt[:WIDTH], self._schemas.written(record.value or b""), *place)
        except CodecError:
            return Line(index, kind, b"", {}, *place, MISSING)

    def _receipt(self, offset: int) -> Row:
        row = self._erased.get(offset)
        if row is None:
            return {"kind": "erasure", "index": -1, "leaf": "", "at": 0, "told": 0}
        told = {name: row[name] for name in ("index", "at", "told")}
        return {"kind": "erasure", "leaf": row["leaf"].hex(), **told}

    def told(self) -> Iterator[Told]:
        for team in self._teams:
            for topic in (topics.deliveries(team), topics.alerts(team)):
                for record in self._log.scan(topic):
                    quoted = self._schemas.decode(record.value or b"")[2]["decision"]
                    yield Told(team, topic, record.partition, record.offset, quoted)

    def proved(self) -> Iterator[Proved]:
        """Every proof that teams were given."""
        for team in self._teams:
            for record in self._log.scan(topics.proofs(team)):
                if record.value is not None:
                    yield Proved(team, record.partition, record.offset, self._schemas.written(record.value))

    def strays(self) -> Sequence[str]:
        return self._strays

    def waiting(self) -> Sequence[Row]:
        return self._waiting

    def pending(self) -> Mapping[int, int]:
        done = self._steps[-1]["erasures"] if self._steps else 0
        return {row["index"]: row["told"] for offset, row in self._erased.items() if offset >= done}


class _Stream:
    """The records of one partition that have a value, as far as one asks."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = (record for record in records if record.value is not None)
        self._next = next(self._records, None)

    def before(self, end: int) -> Iterator[Record]:
        while self._next is not None and self._next.offset < end:
            yield self._next
            self._next = next(self._records, None)

    def rest(self) -> Iterator[Record]:
        return self.before(1 << 62)


class _Salts:
    """Salts by index, read along: they lie in the order of the tree, with gaps where one is erased."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = ((int(record.key or b"-1"), record.value) for record in records if record.value is not None)
        self._next = next(self._records, None)

    def of(self, index: int) -> bytes | None:
        while self._next is not None and self._next[0] < index:
            self._next = next(self._records, None)
        return self._next[1] if self._next is not None and self._next[0] == index else None
