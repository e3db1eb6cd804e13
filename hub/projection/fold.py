"""
Folds records of the log into rows: pure, so that the same records make the same rows.

What cannot be read makes no row: of agencies and teams it lies in quarantine, of the hub itself it is spoken of in the
log. A value that no agreement let out is in none of these records, and so in no row.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
import structlog

from hub import topics
from hub.core.calendar import HOUR
from hub.log import Record
from hub.projection.spans import cells, day
from hub.wire.codec import CodecError, Schemas, decode_event
from hub.wire.twofold import PEOPLE

log = structlog.get_logger()
Row = dict[str, Any]
Use = tuple[int, int, str, str, str]  # level and number of the time, team, clause, field
KIND = ("source", "subject", "team", "outcome", "agreement", "clause", "purpose", "gateway", "reason", "owner", "grant")
OF_TEAM = ("agreement", "clause", "purpose", "gateway", "reason", "owner", "grant")
DELIVERED, WITHHELD, NOBODY = "delivered", "withheld", "nobody asked"
DAY = 24 * HOUR
_json = msgspec.json.Encoder(order="sorted").encode


def text(told: Any) -> str:
    """
    A value as JSON, always in the same words.

    >>> text({"b": [1], "a": None})
    '{"a":null,"b":[1]}'
    """
    return _json(told).decode()


@dataclass(slots=True)
class Rows:
    """What some records make: rows by table, and counts to be added."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    kinds: dict[int, Row] = field(default_factory=dict)
    uses: Counter[Use] = field(default_factory=Counter)
    last: dict[Use, int] = field(default_factory=dict)
    intake: dict[tuple[str, int, str], list[int]] = field(default_factory=dict)
    receipts: dict[tuple[str, ...], Row] = field(default_factory=dict)  # the newest of each that was sent

    def add(self, table: str, record: Record, **row: Any) -> None:
        """One row that stands at its record's place."""
        row["partition"], row["offset"] = record.partition, record.offset
        self.rows[table].append(row)

    def used(self, team: str, clause: str, names: Iterable[str], at: int) -> None:
        """One disclosure under a clause, with the fields that it really carried."""
        for level, number in enumerate(cells(at)):
            for name in ("", *names):
                key = level, number, team, clause, name
                self.uses[key] += 1
                self.last[key] = max(at, self.last.get(key, at))


Take = Callable[[Record, Rows], None]


class Fold:
    """
    What a record of each topic becomes, for a hub of these *agencies* and *teams*.

    >>> from hub.resources import folder
    >>> fold = Fold(Schemas.load(folder("schemas")), ["GMP"], ["HOUS"])
    >>> fold.names[-3:]
    ('deliveries.hous.v1', 'acks.hous.v1', 'quarantine.hous.v1')
    """

    def __init__(self, schemas: Schemas, agencies: Iterable[str], teams: Iterable[str]) -> None:
        self._schemas = schemas
        self._takes: dict[str, Take] = {
            topics.ERASURES: self._erasure,
            topics.DECISIONS: self._decision,
            topics.CHANGES: self._step,
            topics.RULES: self._rules,
            topics.ACCESS: self._access,
            topics.READS: self._read,
            topics.RECEIPTS: self._receipt,
            topics.LEAVES: self._leaves,
            topics.CHECKPOINTS: _checkpoint,
            topics.COSIGNED: _checkpoint,
            topics.quarantine("HUB"): _quarantine("HUB"),
        }
        for agency in agencies:
            self._takes[topics.intake(agency)] = self._intake(agency)
            self._takes[topics.quarantine(agency)] = _quarantine(agency)
        for team in teams:
            self._takes[topics.alerts(team)] = self._notice(team)
            self._takes[topics.deliveries(team)] = self._delivery(team)
            self._takes[topics.acks(team)] = self._answer(team)
            self._takes[topics.quarantine(team)] = _quarantine(team)

    @property
    def names(self) -> tuple[str, ...]:
        """The topics that are read."""
        return tuple(self._takes)

    def take(self, record: Record, rows: Rows) -> None:
        """Add what *record* makes to *rows*."""
        if record.value is None:  # a tombstone: what it takes away has its receipt in ledger.erasures.v1
            return
        try:
            self._takes[record.topic](record, rows)
        except (CodecError, OverflowError) as bad:  # a time beyond all calendars; only the hub and leads could write it
            why = str(bad) if isinstance(bad, CodecError) else type(bad).__name__
            log.warning("undecodable", topic=record.topic, partition=record.partition, offset=record.offset, why=why)

    def _told(self, record: Record, kind: str) -> Row:
        found, _, told = self._schemas.decode(record.value or b"")
        if found != kind:
            raise CodecError(f"{found}: not a record of this topic; hint: look who may write to it")
        return told

    def _decision(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "decision")
        at = told["at"]
        about = {name: told[name] for name in ("id", "person", "source", "subject", "event", "at", "bundle")}
        rows.add("decisions", record, **about)
        found = {}
        for one in told["outcomes"] or (None,):
            kind, row = _kind(told["source"], told["subject"], text(one))
            found[kind] = row
        rows.kinds |= found
        for kind in found:
            rows.add("outcomes", record, kind=kind, at=at)

    def _erasure(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "ledger.erasure")
        row = {"partition": told["partition"], "offset": told["offset"], "leaf": told["index"], "at": told["at"]}
        rows.rows["erased"].append(row)

    def _leaves(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "ledger.leaves")
        places = zip(told["partitions"], told["offsets"], strict=True)
        rows.rows["leaves"] += [
            {"partition": partition, "offset": offset, "leaf": told["first"] + number}
            for number, (partition, offset) in enumerate(places)
            if partition >= 0
        ]

    def _notice(self, team: str) -> Take:
        def take(record: Record, rows: Rows) -> None:
            told = self._told(record, "alert")
            about = {name: told[name] for name in ("id", "person", "kind", "about", "stage", "raised")}
            rows.add("notices", record, team=team, **about, told=text(told))
            rows.used(team, told["clause"], told["fields"], told["raised"])

        return take

    def _step(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "alert.change")
        about = {name: told[name] for name in ("alert", "person", "team", "kind", "stage", "state", "at")}
        rows.add("steps", record, **about, step=text(told))

    def _delivery(self, team: str) -> Take:
        def take(record: Record, rows: Rows) -> None:
            told = self._told(record, "delivery")
            about = {name: told[name] for name in ("id", "decision", "clause", "subject", "source", "at")}
            rows.add("deliveries", record, team=team, **about, fields=text(sorted(told["fields"])))
            rows.used(team, told["clause"], told["fields"], told["at"])

        return take

    def _answer(self, team: str) -> Take:
        def take(record: Record, rows: Rows) -> None:
            try:
                event = decode_event(self._schemas, record.value or b"")
            except CodecError:
                return  # it is in the team's quarantine
            if event.type != "alert.ack" or event.agency != team:
                return
            said = {name: event.fields.get(name) for name in ("alert", "stage", "reason", "role")}
            about = {"id": event.id, "person": event.record, "agency": event.agency, "at": event.at}
            rows.add("answers", record, team=team, **about, **said, answer=event.fields.get("answer") or "ACCEPTED")

        return take

    def _intake(self, agency: str) -> Take:
        def take(record: Record, rows: Rows) -> None:
            came = max(record.timestamp, 0) * 1000
            try:
                event = decode_event(self._schemas, record.value or b"")
                type, late = event.type, came - event.at
            except CodecError:
                type, late = "", 0
            sums = rows.intake.setdefault((agency, day(came), type), [0] * 7)
            sums[0] += 1
            sums[1] = max(sums[1], came)
            sums[2 + sum(late > limit for limit in (HOUR, DAY, 7 * DAY))] += 1
            sums[6] = max(sums[6], late)

        return take

    def _rules(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "rules.activated")
        keys = text([one["key"] for one in told["signatures"]])
        rows.add(
            "bundles",
            record,
            **_plain({"hash": told["hash"], "at": told["at"], "keys": keys}),
            bundle=_clean(told["bundle"]),
        )

    def _access(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "access")
        for name in ("signatures", *PEOPLE):
            told.pop(name)
        rows.add("accesses", record, **_plain(told))

    def _read(self, record: Record, rows: Rows) -> None:
        rows.add("reads", record, **_plain(self._told(record, "read")))

    def _receipt(self, record: Record, rows: Rows) -> None:
        told = self._told(record, "receipt")
        told.pop("decision")
        told = _plain(told)
        rows.receipts[tuple(told[name] for name in ("endpoint", "topic", "partition", "offset"))] = told


@lru_cache(maxsize=1 << 14)
def _kind(source: str, subject: str, outcome: str) -> tuple[int, Row]:
    """All that an outcome has in common with others, and a number that follows from it."""
    told = msgspec.json.decode(outcome)
    row: Row = {"source": source, "subject": subject, "team": "", "outcome": NOBODY, "kept": "{}"}
    row |= dict.fromkeys(OF_TEAM)
    if told is not None:
        row |= {name: told[name] for name in ("team", *OF_TEAM)}
        row["outcome"], row["kept"] = DELIVERED if told["delivered"] else WITHHELD, text(told["kept"])
    number = int.from_bytes(sha256(text(row).encode()).digest()[:8], "big") >> 1
    return number, {"kind": number, **row}


def _checkpoint(record: Record, rows: Rows) -> None:
    note = _clean(record.value or b"")
    row = {"topic": record.topic, "offset": record.offset, "at": record.timestamp * 1000, "note": note}
    rows.rows["checkpoints"].append(row)


def _quarantine(owner: str) -> Take:
    def take(record: Record, rows: Rows) -> None:
        told: Mapping[str, bytes] = dict(record.headers)
        why, source = (_clean(told.get(f"quarantine.{name}", b"unknown")) for name in ("reason", "source"))
        size = len(record.value or b"")
        rows.add("quarantine", record, owner=owner, at=record.timestamp * 1000, source=source, reason=why, size=size)

    return take


def _plain(told: Row) -> Row:
    """What people and their tools wrote, without the one character that PostgreSQL does not take."""
    return {name: value.replace("\0", "�") if isinstance(value, str) else value for name, value in told.items()}


def _clean(told: bytes) -> str:
    return told.decode("utf-8", "replace").replace("\0", "�")
