"""
The disclosure job, as a plain program would do it: its events, its answers, and the digest that tells right from wrong.

An event is decoded, its person's row looked up, a repeat dropped; of twelve agreements the first that permits counts
for each recipient. Out go one decision and, reduced to what is agreed, two deliveries on average. The row's counter is
in all of them, so a row lost, doubled or read too early shows. This is the judge; what is measured is `partition.py`.
"""

import hashlib
import json
import random
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro

FACTS = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
PARTITIONS = 4
PEOPLE = 5000
KEEP = 8  # ids of events remembered for each person
TEXTS = ("id", "agency", "type", "token", "place")
DECISIONS = "decisions"
OUTPUTS = (DECISIONS, *(f"to-{recipient}" for recipient in FACTS["recipients"]))
SCHEMAS = {name: fastavro.parse_schema(FACTS["schemas"][name]) for name in ("event", "decision", "state")}
HEADERS = {name: struct.pack(">bI", 0, number) for number, name in enumerate(SCHEMAS, 1)}


def encode(name: str, values: Mapping[str, Any]) -> bytes:
    """Confluent's wire format: a zero, the schema's number, and the record."""
    data = BytesIO()
    data.write(HEADERS[name])
    fastavro.schemaless_writer(data, SCHEMAS[name], values)
    return data.getvalue()


def decode(name: str, data: bytes) -> dict[str, Any]:
    """The values of a record of schema *name*; ValueError when it is of another."""
    if data[:5] != HEADERS[name]:
        raise ValueError(f"not a record of schema `{name}`")
    values: Any = fastavro.schemaless_reader(BytesIO(data[5:]), SCHEMAS[name], None)
    found: dict[str, Any] = values
    return found


def agreements(count: int) -> list[dict[str, Any]]:
    """
    The twelve agreements and, up to *count*, others that concern no event there is.

    >>> len(agreements(200)), agreements(12) == FACTS["agreements"]
    (200, True)
    """
    made: list[dict[str, Any]] = list(FACTS["agreements"])
    more = range(len(made), count)
    return made + [made[n % len(made)] | {"id": f"other-{n}", "types": [f"other-{n}.noted"]} for n in more]


def events(count: int, people: int = PEOPLE) -> list[tuple[bytes, bytes]]:
    """
    The first *count* events of *people* as (key, value), the same every time; every hundredth repeats a recent one.

    >>> len(events(300)), len(set(events(300)))
    (300, 297)
    """
    draw = random.Random(7)  # noqa: S311 - made-up people
    made: list[tuple[bytes, bytes]] = []
    for number in range(count):
        made.append(made[number - draw.randint(1, 90)] if number % 100 == 99 else _event(number, draw, people))
    return made


def _event(number: int, draw: random.Random, people: int) -> tuple[bytes, bytes]:
    token = f"p{draw.randrange(people)}"
    values = {
        "id": f"e{number}",
        "agency": draw.choice(FACTS["agencies"]),
        "type": draw.choice(FACTS["types"]),
        "token": token,
        "place": f"E0{8_000_000 + draw.randrange(300)}",
        "at": FACTS["base"] + number * FACTS["step"],
        "seq": number,
        "attrs": {
            "crd": "2027-04-14",
            "confirmed": "",
            "served": str(draw.randrange(900)),
            "listed": "2027-02-01",
            "risk": draw.choice(("low", "medium", "high")),
        },
    }
    return token.encode(), encode("event", values)


class Plain:
    """The job with nothing clever about it."""

    def __init__(self, agreements: Sequence[Mapping[str, Any]] = FACTS["agreements"]) -> None:
        self.people: dict[bytes, tuple[int, list[str]]] = {}
        self._agreements = agreements

    def step(self, key: bytes, data: bytes) -> list[tuple[str, str, dict[str, Any]]]:
        """What one event leads to, as (output, schema, values)."""
        event = decode("event", data)
        seq, recent = self.people.get(key, (0, []))
        if event["id"] in recent:
            return []
        self.people[key] = (seq + 1, [*recent, event["id"]][-KEEP:])
        permits: dict[str, Mapping[str, Any]] = {}
        for agreement in self._agreements:
            if permitted(agreement, event):
                permits.setdefault(agreement["recipient"], agreement)
        decision = {
            "event": event["id"],
            "agreement": ",".join(agreement["id"] for agreement in permits.values()),
            "recipient": ",".join(permits),
            "reason": f"{'permit' if permits else 'deny'}:{seq + 1}",
            "fields": list(dict.fromkeys(name for agreement in permits.values() for name in agreement["fields"])),
            "at": event["at"],
        }
        deliveries = [(f"to-{to}", "event", reduced(event, by["fields"], seq + 1)) for to, by in permits.items()]
        return [(DECISIONS, "decision", decision), *deliveries]


def permitted(agreement: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether *agreement* lets its recipient know of *event*."""
    return (
        event["agency"] in agreement["agencies"]
        and event["type"] in agreement["types"]
        and agreement["from"] <= event["at"] < agreement["to"]
    )


def reduced(event: Mapping[str, Any], fields: Iterable[str], seq: int) -> dict[str, Any]:
    """*event* with the agreed *fields* only: texts that are not agreed are empty, attributes are not there."""
    agreed = frozenset(fields)
    texts = {name: event[name] if name in agreed else "" for name in TEXTS}
    attrs = {name: value for name, value in event["attrs"].items() if name in agreed}
    return {**texts, "at": event["at"], "seq": seq, "attrs": attrs}


class Digest:
    """
    A sum over the hashes of answers: their order does not count, their repetition does.

    >>> one, other = Digest(), Digest()
    >>> one.add("decisions", {"event": "e1"}); one.add("decisions", {"event": "e2"})
    >>> other.add("decisions", {"event": "e2"}); other.add("decisions", {"event": "e1"})
    >>> one.told() == other.told()
    True
    """

    def __init__(self) -> None:
        self.total, self.counts = 0, Counter[str]()

    def add(self, output: str, values: Mapping[str, Any]) -> None:
        text = output + json.dumps(values, sort_keys=True)
        self.total += int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")
        self.counts[output] += 1

    def told(self) -> dict[str, Any]:
        """The digest in hexadecimal digits and the number of records."""
        return {"digest": f"{self.total % 2**128:032x}", "records": self.counts.total()}


def wanted(rows: Iterable[tuple[bytes, bytes]], marks: frozenset[int]) -> dict[int, dict[str, Any]]:
    """The right digest after the first n events, for each n of *marks*."""
    return dict(_wanted(rows, marks))


def _wanted(rows: Iterable[tuple[bytes, bytes]], marks: frozenset[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    job, digest = Plain(), Digest()
    for number, (key, data) in enumerate(rows, 1):
        for output, _, values in job.step(key, data):
            digest.add(output, values)
        if number in marks:
            yield number, digest.told()
