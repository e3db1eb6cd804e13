"""What the newest records of an agency look like: which fields it fills, and how often it sends an event again."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from hub import topics
from hub.edges.reader import Reader
from hub.wire.codec import CodecError, Schemas, decode_event

MOST = 200  # records of each partition


@dataclass(frozen=True, slots=True)
class Filled:
    """Of *count* records of a type: how many say something of each of its fields."""

    type: str
    count: int
    fields: tuple[tuple[str, int], ...]


class Sample(NamedTuple):
    """The newest *records*, of which some could not be read and some were sent before (as ids say)."""

    records: int
    unread: int
    again: int
    types: tuple[Filled, ...]

    @property
    def never(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """By type, the fields of which none of these records says anything."""
        told = ((one.type, tuple(name for name, count in one.fields if not count)) for one in self.types)
        return tuple((type, names) for type, names in told if names)


def sample(schemas: Schemas, reader: Reader, agency: str) -> Sample:
    """The newest records of an agency's own topic."""
    return looked(schemas, (record.value or b"" for record in reader.tail(topics.intake(agency), MOST)))


def looked(schemas: Schemas, values: Iterable[bytes]) -> Sample:
    """What *values* are, field by field; what they say is counted and forgotten."""
    records, unread, again = 0, 0, 0
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    said: Counter[tuple[str, str]] = Counter()
    for value in values:
        records += 1
        try:
            event = decode_event(schemas, value)
        except CodecError:
            unread += 1
            continue
        again += event.id in seen
        seen.add(event.id)
        counts[event.type] += 1
        said.update((event.type, name) for name in event.fields)
    made = []
    for type, count in sorted(counts.items()):
        names = schemas.newest[type].domain or ()
        made.append(Filled(type, count, tuple((name, said[type, name]) for name in names)))
    return Sample(records, unread, again, tuple(made))
