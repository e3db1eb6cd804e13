"""The core's answers as records: which topic, which key, which bytes; the person's handle never leaves the hub."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from hub import topics
from hub.core.events import AlertChange, Answer, Decision, Delivery, Notice, Outcome, Value
from hub.core.identity import identity, reference
from hub.log import Headers, Out
from hub.wire.codec import CodecError, Schemas
from hub.wire.partitioner import partition_for
from hub.wire.pieces import block, boolean, long, maybe, maybe_day, maybe_long, text
from hub.wire.recipients import Recipients

SOURCE = "hub.source"  # the header that names the record from which another was made


class Wire:
    """Turns answers into records for a hub of *partitions* partitions, about the people of partition *number*."""

    def __init__(self, schemas: Schemas, recipients: Recipients, partitions: int, number: int) -> None:
        self.schemas = schemas
        self.partitions, self.number = partitions, number
        self._recipients = recipients
        self._decision, self._change = (schemas.newest[kind].header for kind in ("decision", "alert.change"))
        self._version = schemas.newest["alert"].version
        self.begin(b"")

    def begin(self, cause: bytes) -> None:
        """What follows is answered to *cause*, a record's place or a tick, about one person, as its first and so on."""
        self._cause, self._made = cause, 0

    def record(self, topic: str, key: str, kind: str, values: Mapping[str, Any], headers: Headers = ()) -> Out:
        """One record of schema *kind*, on the partition of its *key*."""
        name = key.encode()
        return Out(topic, partition_for(name, self.partitions), name, self.schemas.encode(kind, values), headers)

    def answer(self, answer: Answer) -> Out:
        """The one record that an answer of the core becomes."""
        if isinstance(answer, Decision):
            value = self._decision + decision(answer)
            self._made += 1
            cause = b"%b#%d" % (self._cause, self._made)
            headers = (*_cloud("decision", answer.id, answer.at), (SOURCE, cause))
            return self._about(topics.DECISIONS, self._recipients.decision_key(cause, value), value, headers)
        if isinstance(answer, AlertChange):
            headers = _cloud("alert.change", answer.id, answer.at)
            return self._about(topics.CHANGES, answer.person.encode(), self._change + change(answer), headers)
        person = self._recipients.seal(answer.team, answer.person)
        if isinstance(answer, Delivery):
            values = _delivery(answer, person)
            return self.record(
                topics.deliveries(answer.team), person, "delivery", values, _cloud("delivery", values["id"], answer.at)
            )
        told = "".join(f"-{mark}{count}" for mark, count in (("l", answer.level), ("r", answer.repeats)) if count)
        version, more = self._version, _more(answer.kind, answer.stage, self._version)
        headers = (*_cloud("alert", answer.alert + told, answer.raised, version), *more)
        return self.record(topics.alerts(answer.team), person, "alert", _notice(answer, person), headers)

    def _about(self, topic: str, key: bytes, value: bytes, headers: Headers) -> Out:
        if len(value) > self.schemas.limit:
            raise CodecError(f"{topic}: longer than {self.schemas.limit} bytes; hint: raise the limit on both sides")
        return Out(topic, self.number, key, value, headers)


def _shallow(answer: Any) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in answer.__slots__}


def decision(made: Decision) -> bytes:
    """A decision as the newest schema has it: put together by hand, for there are more of them than of anything."""
    who = text(made.id) + text(made.person) + text(made.subject) + text(made.event) + text(made.source)
    return who + _instant(made.at) + text(made.bundle) + _outcomes(made.outcomes)


_instant = lru_cache(maxsize=1024)(long)  # of nine bytes; the answers to one event share theirs


@lru_cache(maxsize=4096)
def _outcomes(made: tuple[Outcome, ...]) -> bytes:
    """The same few again and again: what a team gets follows from the clause, not from the person."""
    return block(tuple(map(_outcome, made)))


def _outcome(made: Outcome) -> bytes:
    by = maybe(made.agreement) + maybe(made.clause) + maybe(made.reason)
    kept = block(tuple(text(name) + text(form) for name, form in dict(made.kept).items()))
    return (
        text(made.team)
        + boolean(made.delivered)
        + by
        + kept
        + maybe(made.purpose)
        + _statute(made)
        + maybe(made.owner)
        + maybe(made.grant)
    )


def _statute(made: Outcome) -> bytes:
    """The gateway by its id; what it says stands in the bundle."""
    return maybe(None if made.gateway is None else made.gateway.partition(": ")[0])


def change(made: AlertChange) -> bytes:
    """A step in the life of an alert as the newest schema has it."""
    return b"".join(
        (
            *(text(made.id), text(made.alert), text(made.person), text(made.kind), maybe(made.about)),
            *(long(made.episode), text(made.stage), text(made.team), long(made.version)),
            *(text(made.state), maybe(made.was), maybe_day(made.due_on), _instant(made.due_at), _instant(made.at)),
            *(boolean(made.catch_up), maybe(made.urgency), maybe(made.reason), text(made.rule), maybe_day(made.basis)),
            *(maybe(made.answer), maybe_long(made.ack_by), long(made.level), long(made.repeats)),
        )
    )


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
    told = {"id": key, "decision": quoted, "person": person, "fields": _fields(made.fields)}
    return {**values, **told, "link": f"/alerts/{key}"}


def _fields(told: Mapping[str, Value]) -> dict[str, Any]:
    """The agreed fields in the order of their names, dates as text: what a subscriber in any language can read."""
    return {name: _plain(told[name]) for name in sorted(told)}


def _plain(value: Value) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _cloud(kind: str, key: str, at: int, version: int = 1) -> Headers:
    """The CloudEvents 1.0 attributes of an answer, in Kafka's binary mode."""
    return _VERSION, ("ce_id", key.encode()), _SOURCE, _type(kind, version), ("ce_time", _moment(at)), _CONTENT


def _more(kind: str, stage: str, version: int) -> Headers:
    """What a subscriber may sort alerts by before it opens them, and the schema to open them with; nothing of whom."""
    schema = f"urn:csp-hub:schema:alert.v{version}"  # it must be absolute, and the hub need not be told where it is
    return ("ce_subject", f"{kind}/{stage}".encode()), ("ce_dataschema", schema.encode())


_VERSION, _SOURCE, _CONTENT = ("ce_specversion", b"1.0"), ("ce_source", b"/hub"), ("content-type", b"application/avro")


@lru_cache(maxsize=16)
def _type(kind: str, version: int) -> tuple[str, bytes]:
    return "ce_type", f"csp.{kind}.v{version}".encode()


@lru_cache(maxsize=1024)
def _moment(at: int) -> bytes:
    """An instant as CloudEvents writes it; the answers to one event share theirs."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
