"""The disclosure job as a partition of the hub: agreements compiled to plans, rows and answers in one batch."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from hub.bench.disclosure import DECISIONS, FACTS, KEEP, TEXTS, decode, encode
from hub.log import Out, Record

POSITIONS, PEOPLE = "positions", "state"
Row = dict[str, Any]


class Delivery(NamedTuple):
    """What one recipient gets: which texts, and which attributes."""

    topic: str
    texts: tuple[str, ...]
    empty: Mapping[str, str]
    attrs: tuple[str, ...]


class Plan(NamedTuple):
    """What the agreements of one stretch of time make of one type from one agency."""

    agreement: str
    recipient: str
    outcome: str
    fields: list[str]
    deliveries: tuple[Delivery, ...]


class Batch(NamedTuple):
    """One transaction's worth, and what to accept once it is committed."""

    outs: list[Out]
    rows: dict[tuple[str, bytes], bytes | None]
    people: dict[bytes, Row]
    positions: dict[str, int]


class Disclosure:
    """Partition *number* of the job; topics bear the name of the *run* before their own."""

    def __init__(self, number: int, run: str) -> None:
        self.number, self.run = number, run
        self.people: dict[bytes, Row] = {}
        self.positions: dict[str, int] = {}
        self.timelines = compiled(run)
        self.decisions = f"{run}-{DECISIONS}"

    def restore(self, rows: Iterable[tuple[str, bytes, bytes | None]]) -> None:
        """Take the rows read back from the log."""
        for topic, key, value in rows:
            if value is None:
                continue
            if topic == f"{self.run}-{POSITIONS}":
                self.positions[key.decode()] = int(value)
            else:
                self.people[key] = decode("state", value)

    def position(self, topic: str) -> int:
        """The last applied offset, -1 for none."""
        return self.positions.get(topic, -1)

    def accept(self, batch: Batch) -> None:
        """Make a committed batch ours."""
        self.people.update(batch.people)
        self.positions.update(batch.positions)

    def apply(self, records: Sequence[Record]) -> Batch:
        """Answer *records*; nothing of self changes."""
        outs: list[Out] = []
        people: dict[bytes, Row] = {}
        positions: dict[str, int] = {}
        for record in records:
            if record.offset > positions.get(record.topic, self.position(record.topic)):
                positions[record.topic] = record.offset
                self._take(record, people, outs)
        rows: dict[tuple[str, bytes], bytes | None] = {
            (f"{self.run}-{PEOPLE}", key): encode("state", row) for key, row in people.items()
        }
        rows |= {(f"{self.run}-{POSITIONS}", topic.encode()): str(at).encode() for topic, at in positions.items()}
        return Batch(outs, rows, people, positions)

    def _take(self, record: Record, people: dict[bytes, Row], outs: list[Out]) -> None:
        key, number = record.key or b"", self.number
        event = decode("event", record.value or b"")
        row = people.get(key) or self.people.get(key) or {"seq": 0, "recent": []}
        id, at, seq = event["id"], event["at"], row["seq"] + 1
        if id in row["recent"]:
            return
        people[key] = {"seq": seq, "recent": [*row["recent"], id][-KEEP:]}
        starts, plans = self.timelines[event["agency"], event["type"]]
        plan = plans[bisect_right(starts, at)]
        decision = {
            "event": id,
            "agreement": plan.agreement,
            "recipient": plan.recipient,
            "reason": f"{plan.outcome}:{seq}",
            "fields": plan.fields,
            "at": at,
        }
        outs.append(Out(self.decisions, number, key, encode("decision", decision), ()))
        attrs = event["attrs"]
        for topic, texts, empty, named in plan.deliveries:
            told = {**empty, "at": at, "seq": seq, "attrs": {name: attrs[name] for name in named if name in attrs}}
            for name in texts:
                told[name] = event[name]
            outs.append(Out(topic, number, key, encode("event", told), ()))


@lru_cache(maxsize=1)
def compiled(run: str) -> Mapping[tuple[str, str], tuple[list[int], list[Plan]]]:
    """For each agency and type the moments at which something begins or ends, and a plan for each stretch between."""
    return {
        (agency, type): _timeline(
            run, [a for a in FACTS["agreements"] if agency in a["agencies"] and type in a["types"]]
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
    return Plan(
        ",".join(agreement["id"] for agreement in first.values()),
        ",".join(first),
        "permit" if first else "deny",
        list(dict.fromkeys(field for agreement in first.values() for field in agreement["fields"])),
        tuple(_delivery(run, recipient, agreement["fields"]) for recipient, agreement in first.items()),
    )


def _delivery(run: str, recipient: str, fields: Sequence[str]) -> Delivery:
    texts = tuple(name for name in TEXTS if name in fields)
    attrs = tuple(name for name in fields if name not in TEXTS)
    return Delivery(f"{run}-to-{recipient}", texts, dict.fromkeys(TEXTS, ""), attrs)
