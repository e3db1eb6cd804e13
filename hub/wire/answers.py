"""The core's answers as records: which topic, which key, which bytes; the person's handle never leaves the hub."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from hub import topics
from hub.core.events import AlertChange, Answer, Decision, Delivery, Notice, Value
from hub.core.identity import identity, reference
from hub.core.ledger import leaf
from hub.log import Headers, Out
from hub.wire.codec import Schemas
from hub.wire.partitioner import partition_for
from hub.wire.recipients import Recipients


class Wire:
    """Turns answers into records for a hub of *partitions* partitions."""

    def __init__(self, schemas: Schemas, recipients: Recipients, partitions: int) -> None:
        self.schemas = schemas
        self.partitions = partitions
        self._recipients = recipients

    def record(self, topic: str, key: str, kind: str, values: Mapping[str, Any], headers: Headers = ()) -> Out:
        """One record of schema *kind*, on the partition of its *key*."""
        name = key.encode()
        return Out(topic, partition_for(name, self.partitions), name, self.schemas.encode(kind, values), headers)

    def answer(self, answer: Answer) -> Out:
        """The one record that an answer of the core becomes."""
        if isinstance(answer, Decision):
            made = self.record(
                topics.DECISIONS, answer.person, "decision", _decision(answer), _cloud("decision", answer.id, answer.at)
            )
            return made._replace(headers=(*made.headers, *self._leaf(made.value or b"")))
        if isinstance(answer, AlertChange):
            headers = _cloud("alert.change", answer.id, answer.at)
            return self.record(topics.CHANGES, answer.person, "alert.change", _shallow(answer), headers)
        person = self._recipients.seal(answer.team, answer.person)
        if isinstance(answer, Delivery):
            values = _delivery(answer, person)
            return self.record(
                topics.deliveries(answer.team), person, "delivery", values, _cloud("delivery", values["id"], answer.at)
            )
        headers = _cloud("alert", answer.alert, answer.raised)
        return self.record(topics.alerts(answer.team), person, "alert", _notice(answer, person), headers)

    def _leaf(self, record: bytes) -> Headers:
        """A decision's leaf in the ledger, and what whoever holds the record needs to show that it is this one's."""
        salt = self._recipients.ledger_salt(record)
        return ("ledger-leaf", leaf(record, salt)), ("ledger-salt", salt)


def _shallow(answer: Any) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in answer.__slots__}


def _decision(made: Decision) -> dict[str, Any]:
    outcomes = [{**_shallow(outcome), "kept": dict(outcome.kept)} for outcome in made.outcomes]
    return {**_shallow(made), "outcomes": outcomes}


def _delivery(made: Delivery, person: str) -> dict[str, Any]:
    values = _shallow(made)
    values.pop("team")
    key = identity("delivery", made.decision, made.team)
    quoted = reference(made.decision, made.team)
    return {**values, "id": key, "decision": quoted, "person": person, "fields": _fields(made.fields)}


def _notice(made: Notice, person: str) -> dict[str, Any]:
    values = _shallow(made)
    values.pop("team")
    key = values.pop("alert")
    quoted = reference(made.decision, made.team)
    return {**values, "id": key, "decision": quoted, "person": person, "fields": _fields(made.fields)}


def _fields(told: Mapping[str, Value]) -> dict[str, Any]:
    """The agreed fields in the order of their names, dates as text: what a subscriber in any language can read."""
    return {name: _plain(told[name]) for name in sorted(told)}


def _plain(value: Value) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _cloud(kind: str, key: str, at: int) -> Headers:
    """The CloudEvents 1.0 attributes of an answer, in Kafka's binary mode."""
    moment = datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", key.encode()),
        ("ce_source", b"/hub"),
        ("ce_type", f"csp.{kind}.v1".encode()),
        ("ce_time", moment.encode()),
        ("content-type", b"application/avro"),
    )
