"""
The recorded log decided again under other rules: which disclosures that were made would not have been, and which would.

From one moment on two partitions take the same records: one with the rules as they were, which `hub replay` shows to be
what production did, and one with the others in force. What they tell the teams is compared, record by record. What fell
due before that moment is told before it, by the rules as they were, though the clock ticked later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from hub import topics
from hub.engine import Program
from hub.engine.batch import RULES
from hub.log import Out, Record
from hub.replay.play import BATCH, Fresh, Recording, refuse_cut
from hub.wire.bundle import activated, canonical
from hub.wire.schemas import CodecError

ACTIVATED = "rules.activated"
EVERYBODY = 2**31


class Told(NamedTuple):
    """One disclosure that a team was told, or would have been: by which clause, when (UTC µs), and which fields."""

    team: str
    person: str
    subject: str
    clause: str
    id: str
    decision: str
    at: int
    fields: Mapping[str, Any]


class Turn(NamedTuple):
    """One disclosure that the other rules open or close; only some *fields* of it, unless it is the *whole*."""

    opened: bool
    whole: bool
    told: Told
    fields: tuple[str, ...]


@dataclass(slots=True)
class Turned:
    """
    What a replay under other rules found: how many disclosures are the same, and every one that is not.

    *moved* are those that tell a team the same of the same person, at another time or as another version of an alert.
    """

    records: int = 0
    same: int = 0
    moved: int = 0
    turns: list[Turn] = field(default_factory=list)


def under(
    program: Program,
    recording: Recording,
    bundle: Mapping[str, Any],
    since: int,
    progress: Callable[[int, str], None] = lambda done, what: None,
) -> Turned:
    """Decide the records of *recording* from *since* (UTC µs) on again, under *bundle*; nothing is written."""
    refuse_cut(recording, topics.PERSON, program.partitions)
    rules = program.schemas.encode(ACTIVATED, activated(canonical(bundle), 0, ()))
    program = replace(program, fired=EVERYBODY, replanned=EVERYBODY)  # the log has no ticks for what one leaves over
    made = Turned()
    for number in range(program.partitions):
        _Task(program, recording, number, rules, since, made).run(progress)
    made.turns.sort(key=lambda turn: (turn.told.at, turn.told.team, turn.told.id, turn.opened))
    return made


class _Task:
    """One partition, as it was and under the other rules."""

    def __init__(
        self, program: Program, recording: Recording, number: int, rules: bytes, since: int, made: Turned
    ) -> None:
        self.program, self.recording, self.number, self.rules = program, recording, number, rules
        self.since, self.made = since, made
        self.teams = {name(team): team for team in program.teams for name in (topics.deliveries, topics.alerts)}
        self.open: dict[str, Told] = {}  # told under the rules as they were, and not yet under the others
        self.more: dict[str, Told] = {}  # the other way about

    def run(self, progress: Callable[[int, str], None]) -> None:
        was, other = Fresh(self.number, self.program), None
        records = self._applied()
        while some := [*islice(records, BATCH)]:
            if other is None:
                turn = next((index for index, record in enumerate(some) if self._reaches(record)), len(some))
                was.commit(was.apply(some[:turn]))
                if some := some[turn:]:
                    was.commit(was.apply([self._tick(some[0].offset)]))
                    other = was.with_row((topics.DECIDE_STATE, RULES), self.rules)
            if other is not None:
                some = [record._replace(offset=record.offset + 1) for record in some]  # behind the tick
                self._both(was, other, some)
                self.made.records += len(some)
                progress(self.made.records, "records decided both ways")
        self._leave()

    def _applied(self) -> Iterator[Record]:
        """What the hub has decided of the person log."""
        rows = self.recording.rows(self.number, (topics.POSITIONS,))
        last = next((int(value) for _, key, value in rows if key.decode() == topics.PERSON), -1)
        records = self.recording.read((topics.PERSON,), self.number)
        return (record for record in records if record.offset <= last)

    def _reaches(self, record: Record) -> bool:
        try:
            return bool(self.program.schemas.decode(record.value or b"")[2].get("at", 0) >= self.since)
        except CodecError:
            return False

    def _tick(self, offset: int) -> Record:
        value = self.program.schemas.encode("tick", {"at": self.since - 1})
        return Record(topics.PERSON, self.number, offset, None, value, (), -1)

    def _both(self, was: Fresh, other: Fresh, some: Sequence[Record]) -> None:
        header = self.program.schemas.newest[ACTIVATED].header
        before, after = was.apply(some), other.apply([one for one in some if not (one.value or b"").startswith(header)])
        for told in self._told(before.outs):
            self._meet(told, self.more.pop(told.decision, None), True)
        for told in self._told(after.outs):
            self._meet(told, self.open.pop(told.decision, None), False)
        was.commit(before)
        other.commit(after)

    def _meet(self, told: Told, there: Told | None, real: bool) -> None:
        if there is None:
            (self.open if real else self.more)[told.decision] = told
            return
        before, after = (told, there) if real else (there, told)
        closed, opened = _less(before, after), _less(after, before)
        self.made.turns += [Turn(False, False, before, closed)] if closed else []
        self.made.turns += [Turn(True, False, after, opened)] if opened else []
        self.made.same += not (closed or opened)

    def _leave(self) -> None:
        """What was told one way alone; where the other way says the same, it is told at another time."""
        others: dict[tuple[str, ...], list[Told]] = {}
        for told in self.more.values():
            others.setdefault(_said(told), []).append(told)
        for told in self.open.values():
            if alike := others.get(_said(told)):
                alike.pop()
                self.made.moved += 1
            else:
                self.made.turns.append(Turn(False, True, told, (*told.fields,)))
        self.made.turns += [Turn(True, True, told, (*told.fields,)) for some in others.values() for told in some]

    def _told(self, outs: Sequence[Out]) -> Iterator[Told]:
        for out in outs:
            team = self.teams.get(out.topic)
            if team is not None and out.value is not None:
                kind, _, made = self.program.schemas.decode(out.value)
                event = kind == "delivery"
                subject = made["subject"] if event else f"alert.{made['kind']}"
                at = made["at"] if event else made["raised"]
                yield Told(
                    team, made["person"], subject, made["clause"], made["id"], made["decision"], at, made["fields"]
                )


def _said(told: Told) -> tuple[str, ...]:
    """Who is told what of whom."""
    return (told.team, told.person, told.subject, *(f"{name}={value}" for name, value in sorted(told.fields.items())))


def _less(one: Told, other: Told) -> tuple[str, ...]:
    """The fields of *one* that *other* does not tell, or not so."""
    return tuple(name for name, value in one.fields.items() if name not in other.fields or other.fields[name] != value)
