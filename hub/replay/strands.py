"""
What production wrote, in the order that a replay must find again.

Several partitions may write to one partition of a topic, and how they interleave is nobody's promise. What one of them
wrote there is in order: that is a strand, and strands are compared from end to end. Of each record 32 bytes are kept.
"""

from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from hub import topics
from hub.engine import SOURCE, Program
from hub.log import Out, Record
from hub.wire.partitioner import partition_for
from hub.wire.recipients import RecipientError

FAR = 1000  # records to look ahead for one that comes later than it should
WIDTH = 16
ERASED = bytes(WIDTH)
NOBODY = ""
FROM_OUTSIDE = frozenset(
    {"tick", "rules.activated", "access"}
)  # in person.v1, if they name no record they were made from
_ENCODER = msgspec.msgpack.Encoder()


class Strand(NamedTuple):
    """What *source* (`topic/partition`; of quarantined records also the offset) wrote to one partition of a topic."""

    topic: str
    partition: int
    source: str

    @property
    def number(self) -> int | None:
        """The partition that wrote it; None when that cannot be told: RESOLVE here or DECIDE elsewhere, or nobody."""
        topic, _, number = self.source.rpartition("/")
        return None if topic.count("/") or not number.isdecimal() else int(number)


class Written:
    """
    The records of one strand as digests, and how many of them the replay has found.

    >>> written = Written()
    >>> for value in b"event a", b"event b":
    ...     written.add(Record("decisions.v1", 0, written.count, b"k", value, (), 0))
    >>> [written.take(Out("decisions.v1", 0, b"k", value, ())) for value in (b"event a", b"event c")]
    [None, Fault(kind='altered', offset=1, many=1)]
    """

    def __init__(self) -> None:
        self._digests = bytearray()
        self._names = array("Q")
        self._offsets = array("q")
        self._next = 0

    def add(self, record: Record) -> None:
        """Production wrote this."""
        self._digests += digest(record)
        self._names.append(name(record))
        self._offsets.append(record.offset)

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self._offsets)

    def gap(self, offset: int) -> None:
        """Production wrote something here that is erased."""
        self._digests += ERASED
        self._names.append(0)
        self._offsets.append(offset)

    def fits(self, out: Out) -> bool:
        """Whether *out* is what production wrote next, as far as it is still there."""
        return self._next < self.count and self._digest(self._next) in (ERASED, digest(out))

    def take(self, out: Out) -> "Fault | None":
        """Go on by one record of the replay; what is wrong, if it is not what production wrote."""
        if self.fits(out):
            self._next += 1
            return None
        at = self._next
        if at == self.count:
            return Fault("missing", None, 1)
        if self._names[at] == name(out):
            self._next += 1
            return Fault("altered", self._offsets[at], 1)
        later = self._later(out)
        if later is None:
            return Fault("missing", self._offsets[at], 1)
        self._next = later + 1
        return Fault(self._extra(at), self._offsets[at], later - at)

    def _later(self, out: Out) -> int | None:
        wanted = digest(out)
        ahead = range(self._next + 1, min(self._next + FAR, self.count))
        return next((index for index in ahead if self._digest(index) == wanted), None)

    def rest(self) -> "Fault | None":
        """What production wrote and the replay did not."""
        at, self._next = self._next, self.count
        return Fault(self._extra(at), self._offsets[at], self.count - at) if at < self.count else None

    def _extra(self, at: int) -> str:
        return "doubled" if self._before(at) else "extra"

    def _before(self, at: int) -> bool:
        found, wanted = -1, self._digest(at)
        while (found := self._digests.find(wanted, found + 1, at * WIDTH)) >= 0:
            if found % WIDTH == 0:
                return True
        return False

    def _digest(self, index: int) -> bytes:
        return bytes(self._digests[index * WIDTH : (index + 1) * WIDTH])


class Fault(NamedTuple):
    """
    Where production is not as the replay: `altered`, `missing` before *offset* (None: at the end), `extra`, `doubled`.
    """

    kind: str
    offset: int | None
    many: int


class Production:
    """Everything a hub wrote, by strand."""

    def __init__(self, program: Program, erased: Iterable[tuple[int, int]] = ()) -> None:
        self._program = program
        self._erased: dict[int, list[int]] = {}
        for number, offset in sorted(erased, reverse=True):
            self._erased.setdefault(number, []).append(offset)
        self._teams = {topics.slug(team): team for team in program.teams}
        self._strands: dict[Strand, Written] = {}

    def add(self, record: Record) -> None:
        """Note a record of an output topic; ticks, rules and signed access in it are nobody's output."""
        if record.topic == topics.DECISIONS and self._gone(record.partition, record.offset, record.value):
            return
        if not self._from_outside(record):
            self.written(self.strand(record)).add(record)

    def whole(self) -> None:
        """All is noted: what was erased at the end of a partition is due as well."""
        for number in self._erased:
            self._gone(number, 1 << 62, None)

    def _gone(self, number: int, offset: int, value: bytes | None) -> bool:
        """Note what was erased up to here; whether this record was, or is the tombstone of one."""
        left, found = self._erased.get(number, []), False
        while left and left[-1] <= offset:
            found = left[-1] == offset
            place = Strand(topics.DECISIONS, number, f"{topics.PERSON}/{number}")
            self.written(place).gap(left.pop())
        return found or value is None

    def _from_outside(self, record: Record) -> bool:
        if record.topic != topics.PERSON or header(record, SOURCE):
            return False
        schema = self._program.schemas.by_id.get(int.from_bytes((record.value or b"")[1:5], "big"))
        return schema is not None and schema.type in FROM_OUTSIDE

    def written(self, strand: Strand) -> Written:
        """What production wrote on *strand*."""
        return self._strands.setdefault(strand, Written())

    def of(self, number: int | None) -> Iterator[tuple[Strand, Written]]:
        """The strands that partition *number* wrote; None: those of which that cannot be told."""
        return (item for item in self._strands.items() if item[0].number == number)

    def strand(self, one: Out | Record) -> Strand:
        """Who wrote it: the header says it, or the person does, who lives in one partition."""
        if one.topic == topics.PERSON:
            return Strand(one.topic, one.partition, header(one, SOURCE).rpartition("/")[0])
        if one.topic.startswith("quarantine."):
            return Strand(one.topic, one.partition, header(one, "quarantine.source"))
        return Strand(one.topic, one.partition, self._home(one))

    def _home(self, one: Out | Record) -> str:
        kind, _, rest = one.topic.partition(".")
        handle = (one.key or b"").decode("utf-8", "replace")
        if kind in {"alerts", "deliveries"}:
            try:
                handle = self._program.recipients.open(self._teams[rest.removesuffix(".v1")], handle)
            except (RecipientError, KeyError):
                return NOBODY
            return f"{topics.PERSON}/{partition_for(handle.encode(), self._program.partitions)}"
        return f"{topics.PERSON}/{one.partition}"


def header(one: Out | Record, wanted: str) -> str:
    """The last header of that name, which is the hub's own."""
    told = next((value for known, value in reversed(one.headers) if known == wanted), None)
    return (told or b"").decode("utf-8", "replace")  # a sender's own may be null


def digest(one: Out | Record) -> bytes:
    """BLAKE2b of key, value and headers."""
    return shortened((one.key, one.value, one.headers))


def name(one: Out | Record) -> int:
    """What stays the same when a record is altered: its key, type, id and source."""
    told = (one.key, (one.value or b"")[:5], header(one, "ce_id"), header(one, SOURCE))
    return int.from_bytes(shortened(told)[:8], "big")


def shortened(value: Any) -> bytes:
    """BLAKE2b of any plain value, 16 bytes."""
    return blake2b(_ENCODER.encode(value), digest_size=WIDTH).digest()
