"""
The disclosure job as a partition of the hub.

Agreements are compiled to plans, one for each agency, type and stretch of time between two changes; a plan holds
whatever of its answers does not depend on the event, encoded. An event is decoded once, what its answers share is
encoded once, and an answer is joined from pieces.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from hub.bench.disclosure import DECISIONS, FACTS, HEADERS, KEEP, TEXTS, decode
from hub.log import Out, Record
from hub.wire.pieces import long, text, texts

POSITIONS, PEOPLE = "positions", "state"
EVENT, DECISION, STATE = HEADERS["event"], HEADERS["decision"], HEADERS["state"]
NOTHING = text("")


class Row(NamedTuple):
    """A person: how many events, and the newest ids, encoded."""

    seq: int
    recent: tuple[bytes, ...]


class Delivery(NamedTuple):
    """What one recipient gets: which of an event's texts, and which attributes with their names encoded."""

    topic: str
    texts: Callable[[Sequence[bytes]], tuple[bytes, ...]]
    attrs: tuple[tuple[str, bytes], ...]


class Plan(NamedTuple):
    """What the agreements of one stretch of time make of one type from one agency."""

    who: bytes
    outcome: str
    fields: bytes
    deliveries: tuple[Delivery, ...]


Timelines = Mapping[tuple[str, str], tuple[list[int], list[Plan]]]


class Batch(NamedTuple):
    """One transaction's worth, and what to accept once it is committed."""

    outs: list[Out]
    rows: dict[tuple[str, bytes], bytes | None]
    people: dict[bytes, Row]
    positions: dict[str, int]
    held: Mapping[str, Any] = MappingProxyType({})  # nothing is refused here


class Disclosure:
    """Partition *number* of the job; topics bear the name of the *run* before their own."""

    def __init__(self, number: int, run: str, agreements: Sequence[Mapping[str, Any]] = FACTS["agreements"]) -> None:
        self.number = number
        self.people: dict[bytes, Row] = {}
        self.positions: dict[str, int] = {}
        self._timelines = _timelines(run, agreements)
        self._decisions, self._people, self._positions = (f"{run}-{name}" for name in (DECISIONS, PEOPLE, POSITIONS))

    def restore(self, rows: Iterable[tuple[str, bytes, bytes | None]]) -> None:
        """Take the rows read back from the log."""
        for topic, key, value in rows:
            if value is None:
                continue
            if topic == self._positions:
                self.positions[key.decode()] = int(value)
            else:
                row = decode("state", value)
                self.people[key] = Row(row["seq"], tuple(map(text, row["recent"])))

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
        for key, row in batch.people.items():
            batch.rows[self._people, key] = STATE + long(row.seq) + texts(row.recent)
        for topic, at in batch.positions.items():
            batch.rows[self._positions, topic.encode()] = str(at).encode()
        return batch

    def _take(self, record: Record, batch: Batch) -> None:
        key = record.key or b""
        event = decode("event", record.value or b"")
        row = batch.people.get(key) or self.people.get(key) or Row(0, ())
        id = text(event["id"])
        if id in row.recent:
            return
        seq = row.seq + 1
        batch.people[key] = Row(seq, (*row.recent, id)[-KEEP:])
        starts, plans = self._timelines[event["agency"], event["type"]]
        plan = plans[bisect_right(starts, event["at"])]
        at = long(event["at"])
        decision = b"".join((DECISION, id, plan.who, text(f"{plan.outcome}:{seq}"), plan.fields, at))
        out, number = batch.outs.append, self.number
        out(Out(self._decisions, number, key, decision, ()))
        pieces = (NOTHING, id, *[text(event[name]) for name in TEXTS[1:]])
        moment, attrs = at + long(seq), event["attrs"]
        for topic, told, named in plan.deliveries:
            agreed = tuple([name + text(attrs[plain]) for plain, name in named if plain in attrs])
            out(Out(topic, number, key, b"".join((EVENT, *told(pieces), moment, texts(agreed))), ()))


def _timelines(run: str, agreements: Sequence[Mapping[str, Any]]) -> Timelines:
    """For each agency and type: the moments at which something begins or ends, and a plan for each stretch between."""
    return {
        (agency, type): _timeline(run, [a for a in agreements if agency in a["agencies"] and type in a["types"]])
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
        texts(tuple(map(text, fields))),
        tuple(_delivery(run, recipient, agreement["fields"]) for recipient, agreement in first.items()),
    )


def _delivery(run: str, recipient: str, fields: Sequence[str]) -> Delivery:
    places = [place if name in fields else 0 for place, name in enumerate(TEXTS, 1)]  # 0 is the empty text
    attrs = tuple((name, text(name)) for name in fields if name not in TEXTS)
    return Delivery(f"{run}-to-{recipient}", itemgetter(*places), attrs)
