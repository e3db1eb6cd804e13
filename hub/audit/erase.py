"""What must go so that a person's decisions are gone: records, salts, proofs. A receipt for each leaf stays."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hub import topics
from hub.audit.book import AuditError, Log
from hub.core.identity import reference
from hub.core.ledger import WIDTH
from hub.engine.ledger import ERASED, hashes
from hub.log import Out, Record
from hub.wire.codec import Schemas
from hub.wire.partitioner import partition_for
from hub.wire.recipients import Recipients


class Erasure(NamedTuple):
    """What to do in one transaction: append *receipts*, and empty the records *gone*, each with its leaf."""

    receipts: tuple[Out, ...]
    gone: tuple[tuple[Record, int], ...]

    def tombstones(self) -> Iterator[Out]:
        """What empties the records in a compacted topic."""
        for record, index in self.gone:
            yield Out(record.topic, record.partition, record.key, None, ((ERASED, str(index).encode()),))


def erasure(log: Log, schemas: Schemas, recipients: Recipients, partitions: int, person: str, now: int) -> Erasure:
    """What erases the decisions on *person*, for whom `person.erased` must have been decided."""
    number = partition_for(person.encode(), partitions)
    theirs = _living(log, topics.DECISIONS, number, lambda value: schemas.written(value)["person"] == person)
    made = {record.key or b"": schemas.written(record.value or b"") for record in theirs}
    if not made:
        raise AuditError(f"{person}: no decision is on this pseudonym; hint: take it from `hub decisions`")
    if not any(told["subject"] == "person.erased" for told in made.values()):
        raise AuditError(f"{person}: no agency erased them; hint: the agency publishes `person.erased` first")
    steps = [schemas.written(record.value or b"") for record in log.scan(topics.LEAVES)]
    after = steps[-1]["positions"][number] if steps else 0
    if any(record.offset >= after for record in theirs):
        raise AuditError(f"{person}: a decision waits for its leaf; hint: again after the next checkpoint")
    salts = _living(log, topics.SALTS, 0, lambda value: value[WIDTH:] in made)
    receipts = [_receipt(schemas, steps, record, made, now) for record in salts]
    of = {(record.value or b"")[WIDTH:]: int(record.key or b"") for record in salts}
    gone = [(record, of[record.key or b""]) for record in theirs]
    gone += [(record, int(record.key or b"")) for record in salts]
    gone += _proofs(log, recipients, partitions, made, of)
    return Erasure(tuple(receipts), tuple(gone))


def _living(log: Log, topic: str, partition: int, wanted: Callable[[bytes], bool]) -> list[Record]:
    """The records *wanted* by their value that no tombstone has emptied."""
    found: list[Record] = []
    for record in log.scan(topic, partition):
        if record.value is None:
            found = [one for one in found if one.key != record.key]
        elif wanted(record.value):
            found.append(record)
    return found


Made = Mapping[bytes, Mapping[str, Any]]


def _receipt(schemas: Schemas, steps: Sequence[Mapping[str, Any]], salt: Record, made: Made, now: int) -> Out:
    index, told = int(salt.key or b""), made[(salt.value or b"")[WIDTH:]]
    step = next(step for step in reversed(steps) if step["first"] <= index)
    at = index - step["first"]
    values = {
        "index": index,
        "leaf": hashes(step["hashes"])[at],
        "partition": step["partitions"][at],
        "offset": step["offsets"][at],
        "told": sum(one["delivered"] for one in told["outcomes"]),
        "at": now,
    }
    return Out(topics.ERASURES, 0, None, schemas.encode("ledger.erasure", values), ())


def _proofs(
    log: Log, recipients: Recipients, partitions: int, made: Made, of: Mapping[bytes, int]
) -> Iterator[tuple[Record, int]]:
    """The proofs that teams were given: they open what is to stay shut."""
    wanted: dict[tuple[str, int], dict[bytes, int]] = {}
    for key, told in made.items():
        for one in told["outcomes"]:
            if one["delivered"]:
                team = one["team"]
                number = partition_for(recipients.seal(team, told["person"]).encode(), partitions)
                names = wanted.setdefault((topics.proofs(team), number), {})
                names[reference(told["id"], team).encode()] = of[key]
    for (topic, number), names in wanted.items():
        for record in log.scan(topic, number):
            if record.value is not None and (record.key or b"") in names:
                yield record, names[record.key or b""]
