"""
The disclosure job as a partition of the hub.

Agreements are compiled to plans, one for each agency, type and stretch of time between two changes; a plan holds
whatever of its answers does not depend on the event, encoded. An event is cut into pieces that stay encoded, and an
answer is joined from these and its plan's: nothing is decoded to be encoded again. A person stays as written, too: a
million of them are out of the processor's cache, and one object each is fetched sooner than eleven.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from hub.bench.disclosure import DECISIONS, FACTS, HEADERS, KEEP, TEXTS, decode
from hub.log import Out, Record
from hub.wire.pieces import block, long, text

POSITIONS, ROWS = "positions", "state"
EVENT, DECISION, STATE = HEADERS["event"], HEADERS["decision"], HEADERS["state"]
NOTHING = text("")
NOBODY = STATE + long(0) + long(0) + b"\0"


class Pieces(NamedTuple):
    """An event in pieces: all but *at* encoded; *kind* is agency and type, *texts* begin with the empty one."""

    kind: bytes
    texts: tuple[bytes, ...]
    at: int
    moment: bytes
    attrs: dict[bytes, bytes]


class Delivery(NamedTuple):
    """What one recipient gets: which of an event's texts, and the names of which attributes."""

    topic: str
    texts: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    attrs: tuple[bytes, ...]


class Plan(NamedTuple):
    """What the agreements of one stretch of time make of one type from one agency."""

    who: bytes
    outcome: str
    fields: bytes
    deliveries: tuple[Delivery, ...]


Timelines = Mapping[bytes, tuple[list[int], list[Plan]]]


class Batch(NamedTuple):
    """One transaction's worth, and what to accept once it is committed."""

    outs: list[Out]
    rows: dict[tuple[str, bytes], bytes | None]
    people: dict[bytes, bytes]
    positions: dict[str, int]
    held: Mapping[str, Any] = MappingProxyType({})  # nothing is refused here


class Disclosure:
    """Partition *number* of the job; topics bear the name of the *run* before their own."""

    def __init__(self, number: int, run: str, agreements: Sequence[Mapping[str, Any]] = FACTS["agreements"]) -> None:
        self.number = number
        self.people: dict[bytes, bytes] = {}
        self.positions: dict[str, int] = {}
        self._timelines = _timelines(run, agreements)
        self._decisions, self._people, self._positions = (f"{run}-{name}" for name in (DECISIONS, ROWS, POSITIONS))

    def restore(self, rows: Iterable[tuple[str, bytes, bytes | None]]) -> None:
        """Take the rows read back from the log."""
        for topic, key, value in rows:
            if value is None:
                continue
            if topic == self._positions:
                self.positions[key.decode()] = int(value)
            else:
                row = decode("state", value)
                self.people[key] = packed(row["seq"], b"".join(map(text, row["recent"])))

    def position(self, topic: str) -> int:
        """The last applied offset, -1 for none."""
        return self.positions.get(topic, -1)

    def accept(self, batch: Batch) -> None:
        """Make a committed batch ours."""
        self.people.update(batch.people)
        self.positions.update(batch.positions)

    def apply(self, records: Sequence[Record]) -> Batch:
        """Answer *records*; nothing of self changes."""
        batch = Batch([], {}, {}, {})
        for record in records:
            if record.offset > batch.positions.get(record.topic, self.position(record.topic)):
                batch.positions[record.topic] = record.offset
                self._take(record, batch)
        batch.rows.update({(self._people, key): row for key, row in batch.people.items()})
        for topic, at in batch.positions.items():
            batch.rows[self._positions, topic.encode()] = str(at).encode()
        return batch

    def _take(self, record: Record, batch: Batch) -> None:
        key = record.key or b""
        kind, pieces, at, moment, attrs = cut(record.value or b"")
        row = batch.people.get(key) or self.people.get(key) or NOBODY
        id = pieces[1]
        seq, recent = unpacked(row)
        if id in recent and among(id, recent):
            return
        seq += 1
        batch.people[key] = packed(seq, (recent if seq <= KEEP else recent[_after(recent, 0) :]) + id)
        starts, plans = self._timelines[kind]
        plan = plans[bisect_right(starts, at)]
        decision = b"".join((DECISION, id, plan.who, text(f"{plan.outcome}:{seq}"), plan.fields, moment))
        out, number = batch.outs.append, self.number
        out(Out(self._decisions, number, key, decision, ()))
        moment += long(seq)
        for topic, told, named in plan.deliveries:
            agreed = tuple([name + attrs[name] for name in named if name in attrs])
            out(Out(topic, number, key, b"".join((EVENT, *told(pieces), moment, block(agreed))), ()))


def packed(seq: int, recent: bytes) -> bytes:
    """A person's row as it is written: how many events, and the ids of the newest KEEP, encoded and joined."""
    return b"".join((STATE, long(seq), long(min(seq, KEEP)), recent, b"\0"))


def unpacked(row: bytes) -> tuple[int, bytes]:
    """How many events, and the ids of the newest."""
    seq, after = _number(row, len(STATE))
    return seq, row[after + 1 : -1]


def among(id: bytes, recent: bytes) -> bool:
    """
    Whether *id* is one of the ids in *recent*, not merely found across two of them.

    >>> among(text("b"), text("a") + text("b")), among(text(""), text("\\0"))
    (True, False)
    """
    start = 0
    while start < len(recent):
        begun, start = start, _after(recent, start)
        if recent[begun:start] == id:
            return True
    return False


def _after(recent: bytes, start: int) -> int:
    """Where the id from *start* ends."""
    length, begun = _number(recent, start)
    return begun + length


def _number(data: bytes, start: int) -> tuple[int, int]:
    """The long from *start*, which is not negative, and where it ends."""
    zigzag = shift = 0
    while (digit := data[start]) > 127:
        zigzag |= (digit & 127) << shift
        start, shift = start + 1, shift + 7
    return (zigzag | digit << shift) >> 1, start + 1


def cut(data: bytes) -> Pieces:
    """The pieces of an event: at once where it has the usual shape, by way of its values where it has not."""
    return _cut(data) or _encoded(decode("event", data))


def _cut(data: bytes) -> Pieces | None:
    """The pieces of an event of short ASCII texts, sliced out of it; None whenever there is the least doubt."""
    try:
        id = 6 + (data[5] >> 1)
        agency = id + 1 + (data[id] >> 1)
        type = agency + 1 + (data[agency] >> 1)
        token = type + 1 + (data[type] >> 1)
        place = token + 1 + (data[token] >> 1)
        odd = data[5] | data[id] | data[agency] | data[type] | data[token]  # an odd length is below zero
        zigzag, shift, after = 0, 0, place
        while (digit := data[after]) > 127:
            zigzag |= (digit & 127) << shift
            shift, after = shift + 7, after + 1
        zigzag, after = zigzag | digit << shift, after + 1
        last = after
        while data[last] > 127:
            last += 1
        attrs = _attributes(data, last + 1)
    except IndexError:
        return None
    plain = data[:5] == EVENT and not odd & 1 and data[5:place].isascii()  # as ASCII, a length has one byte
    if attrs is None or not plain or shift > 56 or last - after > 8 or (shift and not digit):
        return None
    pieces = (NOTHING, data[5:id], data[id:agency], data[agency:type], data[type:token], data[token:place])
    return Pieces(data[id:type], pieces, zigzag >> 1 ^ -(zigzag & 1), data[place:after], attrs)


def _attributes(data: bytes, start: int) -> dict[bytes, bytes] | None:
    """The map from *start* to the end, if it is one block or none, of short ASCII texts."""
    count = odd = data[start]
    attrs, name = {}, start + 1
    for _ in range(count >> 1):
        value = name + 1 + (data[name] >> 1)
        after = value + 1 + (data[value] >> 1)
        odd |= data[name] | data[value]
        attrs[data[name:value]] = data[value:after]
        name = after
    whole = data[name:] == (b"\0" if count else b"")
    return attrs if whole and not odd & 1 and data[start:].isascii() else None


def _encoded(event: Mapping[str, Any]) -> Pieces:
    pieces = (NOTHING, *[text(event[name]) for name in TEXTS])
    attrs = {text(name): text(value) for name, value in event["attrs"].items()}
    return Pieces(pieces[2] + pieces[3], pieces, event["at"], long(event["at"]), attrs)


def _timelines(run: str, agreements: Sequence[Mapping[str, Any]]) -> Timelines:
    """For each agency and type: the moments at which something begins or ends, and a plan for each stretch between."""
    return {
        text(agency) + text(type): _timeline(
            run, [a for a in agreements if agency in a["agencies"] and type in a["types"]]
        )
        for agency in FACTS["agencies"]
        for type in FACTS["types"]
    }


def _timeline(run: str, agreements: Sequence[Mapping[str, Any]]) -> tuple[list[int], list[Plan]]:
    moments = sorted({moment for agreement in agreements for moment in (agreement["from"], agreement["to"])})
    stretches = [-1, *moments]
    return moments, [_plan(run, [a for a in agreements if a["from"] <= start < a["to"]]) for start in stretches]


def _plan(run: str, agreements: Sequence[Mapping[str, Any]]) -> Plan:
    first: dict[str, Mapping[str, Any]] = {}
    for agreement in agreements:
        first.setdefault(agreement["recipient"], agreement)
    fields = dict.fromkeys(field for agreement in first.values() for field in agreement["fields"])
    return Plan(
        text(",".join(agreement["id"] for agreement in first.values())) + text(",".join(first)),
        "permit" if first else "deny",
        block(tuple(map(text, fields))),
        tuple(_delivery(run, recipient, agreement["fields"]) for recipient, agreement in first.items()),
    )


def _delivery(run: str, recipient: str, fields: Sequence[str]) -> Delivery:
    places = [place if name in fields else 0 for place, name in enumerate(TEXTS, 1)]  # 0 is the empty text
    attrs = tuple(text(name) for name in fields if name not in TEXTS)
    return Delivery(f"{run}-to-{recipient}", itemgetter(*places), attrs)
