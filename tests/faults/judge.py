"""
The judge: is what the log holds exactly what the pure model makes of it, nothing lost, doubled or otherwise?

Inputs are read from the same log as outputs, so the model sees what the worker saw: RESOLVE rests on its intake
partition alone, DECIDE on its partition of the person log alone. There is no worker, transaction or restart in here.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from hub import topics
from hub.audit.check import check
from hub.audit.log import LogBook
from hub.core.timers import falls_due
from hub.engine import Partition, Program
from hub.log import Headers, Out, Record
from hub.wire.codec import CodecError, decode_event
from hub.wire.rows import unpack

Place = tuple[str, int]  # topic and partition
Log = Mapping[Place, Sequence[Record]]
Content = tuple[bytes | None, Headers]
Thread = tuple[str, int, bytes | None]  # topic, partition and key: what has an order
Claims = dict[Thread, dict[Place, list[Content]]]  # what each source leads to there
Rows = dict[tuple[int, str, bytes], bytes]

PUBLISHED = ("published", 0)
STABLE = 60.0  # seconds until every transaction has ended, one way or the other
CHUNK = 500
SHOWN = 8
LEDGER = ("ledger.", "proofs.")  # of them the audit speaks: their salts are drawn, so no model makes them


@dataclass
class Verdict:
    """What is wrong with a log of *records*: a line for each fault, which names its place and never its content."""

    records: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    divergent: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        return len(self.lost) + len(self.duplicated) + len(self.divergent)

    def __str__(self) -> str:
        kinds = {"lost": self.lost, "duplicated": self.duplicated, "divergent": self.divergent}
        named = [f"  {name}: {line}" for name, lines in kinds.items() for line in lines[:SHOWN]]
        return "\n".join([", ".join(f"{len(lines)} {name}" for name, lines in kinds.items()), *named])


class Memory:
    """Rows in a table, all of them looked through for whoever falls due: slow, and too simple to be wrong."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, bytes], bytes] = {}
        self.people: dict[str, tuple[int | None, str]] = {}  # by handle: when they fall due, and their rules

    def put(self, rows: Mapping[tuple[str, bytes], bytes | None]) -> None:
        for (topic, key), row in rows.items():
            assert row is not None  # the engine forgets nobody
            self.rows[topic, key] = row
            if topic == topics.DECIDE_STATE and not key.startswith(b"!"):
                person = unpack(row)
                self.people[key.decode()] = falls_due(person), person.rules

    def get(self, topic: str, key: bytes) -> bytes | None:
        return self.rows.get((topic, key))

    def some(self, topic: str, keys: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
        return ((key, self.rows[topic, key]) for key in keys if (topic, key) in self.rows)

    def due(self, until: int) -> Iterator[tuple[int, str]]:
        yield from sorted((at, who) for who, (at, _) in self.people.items() if at is not None and at <= until)

    def outdated(self, rules: str) -> Iterator[tuple[str, str]]:
        yield from sorted((under, who) for who, (_, under) in self.people.items() if under != rules)


def judge(program: Program, log: Log, published: Iterable[Out]) -> Verdict:
    """Compare *log* with the model of its own inputs, and those inputs with what was *published*."""
    verdict = Verdict(sum(map(len, log.values())))
    claims, rows = _model(program, log)
    for out in published:
        _claim(claims, PUBLISHED, out)
    found = _threads(log)
    for thread in claims.keys() | found.keys():
        _compare(verdict, thread, claims.get(thread, {}), found.get(thread, []))
    _compare_rows(verdict, rows, _newest(log))
    _account(verdict, program, log)
    return verdict


def audit(verdict: Verdict, program: Program, log: Log, policy: str) -> None:
    """Never a delivery without its decision, never a decision without its leaf: the ledger, by its own audit."""
    found = check(LogBook(Held(log), program.schemas, program.partitions, program.teams, policy))
    waiting = found.counts["waiting"]
    verdict.lost += [f"{waiting} decisions without a leaf"] if waiting else []
    kinds = {"unrecorded": verdict.lost, "missing": verdict.lost, "untold": verdict.lost, "doubled": verdict.duplicated}
    for kind, where in found.faults:
        kinds.get(kind, verdict.divergent).append(f"{kind}: {where}")


class Held:
    """The log as the audit reads it."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def scan(self, topic: str, partition: int | None = None) -> Iterator[Record]:
        for (name, number), held in sorted(self._log.items(), key=lambda one: one[0]):
            if name == topic and partition in (None, number):
                yield from held


def _model(program: Program, log: Log) -> tuple[Claims, Rows]:
    """Every record that the inputs lead to, by its source, and the state they leave."""
    claims: Claims = {}
    rows: Rows = {}
    for number in range(program.partitions):
        memory = Memory()
        partition = Partition(number, program, memory)
        for topic in program.inputs:
            held = log.get((topic, number), ())
            for start in range(0, len(held), CHUNK):
                batch = partition.apply(held[start : start + CHUNK])
                for out in batch.outs:
                    _claim(claims, (topic, number), out)
                rows |= {(number, *place): row for place, row in batch.rows.items() if row is not None}
                memory.put(batch.rows)
                partition.accept(batch)
    return claims, rows


def _claim(claims: Claims, source: Place, out: Out) -> None:
    thread = claims.setdefault((out.topic, out.partition, _ordered(out.topic, out.key)), {})
    thread.setdefault(source, []).append((out.value, tuple(out.headers)))


def _threads(log: Log) -> dict[Thread, list[Content]]:
    found: dict[Thread, list[Content]] = defaultdict(list)
    for (topic, number), held in log.items():
        for record in held if topic not in topics.STATES and not topic.startswith(LEDGER) else ():
            found[topic, number, _ordered(topic, record.key)].append((record.value, record.headers))
    return found


def _ordered(topic: str, key: bytes | None) -> bytes | None:
    """By what a topic's records have an order; a decision's key is its own, and all of a partition's are in order."""
    return None if topic == topics.DECISIONS else key


def _compare(verdict: Verdict, thread: Thread, claims: Mapping[Place, list[Content]], found: list[Content]) -> None:
    wanted = Counter(content for contents in claims.values() for content in contents)
    have, where = Counter(found), f"{thread[0]}/{thread[1]}"
    verdict.lost += [f"{where} {_name(content)}" for content in (wanted - have).elements()]
    for content in (have - wanted).elements():
        (verdict.duplicated if content in wanted else verdict.divergent).append(f"{where} {_name(content)}")
    if wanted == have:
        for source, contents in claims.items():
            rest = iter(found)
            if not all(content in rest for content in contents):
                verdict.divergent.append(f"{where} not in the order of {source[0]}/{source[1]}")


def _name(content: Content) -> str:
    """A record's CloudEvents id and type, or how long it is."""
    value, headers = content
    told = dict(headers)
    return (
        " ".join(told[name].decode() for name in ("ce_type", "ce_id") if name in told) or f"{len(value or b'')} bytes"
    )


def _newest(log: Log) -> Rows:
    rows: Rows = {}
    for (topic, number), held in log.items():
        for record in held if topic in topics.STATES else ():
            rows.pop((number, topic, record.key or b""), None)
            if record.value is not None:
                rows[number, topic, record.key or b""] = record.value
    return rows


def _compare_rows(verdict: Verdict, wanted: Rows, found: Rows) -> None:
    for place in sorted(wanted.keys() | found.keys()):
        if wanted.get(place) != found.get(place):
            number, topic, key = place
            what = "missing" if place not in found else "not in the model" if place not in wanted else "otherwise"
            verdict.divergent.append(f"{topic}/{number} row {key.decode()} {what}")


def _account(verdict: Verdict, program: Program, log: Log) -> None:
    """Each input that an agency or a team published is decided, in quarantine, or waits for a slice on its way."""
    known = _decided(program, log) | _waiting(log)
    aside = {dict(r.headers).get("quarantine.source", b"").decode() for r in _of(log, "quarantine.")}
    known |= {_id(program, r) for r in _of(log, topics.PERSON) if f"{r.topic}/{r.partition}/{r.offset}" in aside}
    for record in (*_of(log, "intake."), *_of(log, "acks.")):
        source = f"{record.topic}/{record.partition}/{record.offset}"
        if source not in aside and _id(program, record) not in known:
            verdict.lost.append(f"{source} neither decided, nor in quarantine, nor waiting")


def _decided(program: Program, log: Log) -> set[str | None]:
    return {program.schemas.decode(record.value or b"")[2]["event"] for record in _of(log, topics.DECISIONS)}


def _waiting(log: Log) -> set[str | None]:
    people = [
        row
        for (_, topic, key), row in _newest(log).items()
        if topic == topics.DECIDE_STATE and not key.startswith(b"!")
    ]
    stays = [stay for row in people for waits in unpack(row).awaited.values() for stay in waits]
    return {event.id for stay in stays for event in stay.events}


def _id(program: Program, record: Record) -> str | None:
    try:
        return decode_event(program.schemas, record.value or b"").id
    except CodecError:
        return None


def _of(log: Log, start: str) -> Iterator[Record]:
    for (topic, _), held in log.items():
        if topic.startswith(start):
            yield from held


def read(bootstrap: str, names: Sequence[str], partitions: int) -> dict[Place, list[Record]]:
    """Every committed record of topics *names*, once no transaction is open any more."""
    parts = [TopicPartition(name, number) for name in names for number in range(partitions)]
    client: dict[str, Any] = {"bootstrap_servers": bootstrap, "group_id": None}
    consumer = KafkaConsumer(**client, isolation_level="read_committed", auto_offset_reset="earliest")
    consumer.assign(parts)
    consumer.seek_to_beginning(*parts)
    ends = _stable_ends(client, consumer, parts)
    log: dict[Place, list[Record]] = {(part.topic, part.partition): [] for part in parts}
    until = time.monotonic() + STABLE
    while any((consumer.position(part) or 0) < end for part, end in ends.items()):
        for part, some in consumer.poll(timeout_ms=200).items():
            log[part.topic, part.partition] += map(_record, some)
        assert time.monotonic() < until, "the committed end of the log stays out of reach"
    consumer.close()
    return log


def _stable_ends(client: Mapping[str, Any], consumer: Any, parts: Sequence[Any]) -> dict[Any, int]:
    """The ends of *parts*, when what is written and what is committed end in one place."""
    written = KafkaConsumer(**client)
    until = time.monotonic() + STABLE
    while (ends := written.end_offsets(parts)) != consumer.end_offsets(parts):
        assert time.monotonic() < until, "a transaction stays open"
        time.sleep(0.2)
    written.close()
    return dict(ends)


def _record(one: Any) -> Record:
    return Record(one.topic, one.partition, one.offset, one.key, one.value, tuple(one.headers), one.timestamp)


def longest_wait(program: Program, log: Log) -> float:
    """The longest time in seconds that an event, once in its intake topic, waited for its decision."""
    came: dict[str | None, int] = {}
    for record in _of(log, "intake."):
        came.setdefault(_id(program, record), record.timestamp)
    when = {program.schemas.decode(r.value or b"")[2]["event"]: r.timestamp for r in _of(log, topics.DECISIONS)}
    return max((at - came[name] for name, at in when.items() if name in came), default=0) / 1000
