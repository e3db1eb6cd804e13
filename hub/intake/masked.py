"""
One record of quarantine as people may see it: which type and fields it has and why it was refused, never a value.

Nothing of the payload, the key or the sender's own headers leaves here; a field is named only if its schema names it.
"""

import re
from typing import NamedTuple

from hub import topics
from hub.contracts.fields import fields
from hub.engine import SOURCE, place
from hub.log import Headers, Out, Record
from hub.wire.codec import CodecError, decode_event
from hub.wire.schemas import Schema, Schemas

REASON, CAME_FROM, AGAIN = "quarantine.reason", "quarantine.source", "hub.redrive"
OURS = (REASON, CAME_FROM)
PLACE = re.compile(r"([\w.-]+)/(\d{1,9})/(\d{1,18})", re.ASCII)
QUOTED = re.compile(r"`([a-z][a-z0-9_]*)`")
TAKEN_BACK = ("intake.", "acks.")


class Told(NamedTuple):
    """A field of a refused record: its name and kind, and whether anything was said of it; None: nobody can tell."""

    name: str
    kind: str
    may_lack: bool
    given: bool | None


class Entry(NamedTuple):
    """
    A record in quarantine. *place* is where it lies there, *came* where it was first; *at* is when it was refused, in
    UTC microseconds; *size* and *key* are in bytes; *field* is where in its schema the fault is, if it is in one.
    """

    place: str
    owner: str
    at: int
    came: str
    reason: str
    cure: str
    size: int
    key: int
    headers: int
    type: str | None
    version: int | None
    form: str
    fields: tuple[Told, ...]
    field: str | None
    again: str | None


def masked(schemas: Schemas, record: Record) -> Entry:
    """What may be told of a record of a quarantine topic."""
    told = dict(record.headers)
    reason, _, cure = told.get(REASON, b"").decode("utf-8", "replace").partition("; hint: ")
    value = record.value or b""
    schema = _schema(schemas, value)
    given = _given(schemas, value)
    again = told.get(AGAIN, b"").decode("ascii", "replace")
    return Entry(
        place(record),
        record.topic.split(".")[1],
        record.timestamp * 1000,
        told.get(CAME_FROM, b"").decode("ascii", "replace"),
        reason,
        cure,
        len(value),
        len(record.key or b""),
        sum(name not in (*OURS, SOURCE, AGAIN) for name, _ in record.headers),
        schema.type if schema else None,
        schema.version if schema else None,
        _form(schemas, record.value, schema, given is not None),
        _told(schema, given) if schema else (),
        _field(schema, reason) if schema else None,
        again if re.fullmatch(rf"{re.escape(record.topic)}/\d+/\d+", again, re.ASCII) else None,
    )


def _schema(schemas: Schemas, value: bytes) -> Schema | None:
    if len(value) < 5 or value[0] != 0:
        return None
    return schemas.by_id.get(int.from_bytes(value[1:5], "big"))


def _given(schemas: Schemas, value: bytes) -> frozenset[str] | None:
    """The names of the fields of which something is said; None when it cannot be read."""
    try:
        return frozenset(name for name, one in schemas.written(value).items() if one is not None)
    except CodecError:
        return None


def _form(schemas: Schemas, value: bytes | None, schema: Schema | None, readable: bool) -> str:
    if value is None:
        return "nothing at all"
    if schema is not None:
        return "a record of its schema" if readable else "names a schema, and is not a record of it"
    if len(value) >= 5 and value[0] == 0:
        return "names a schema that the hub does not have"
    return "not in the form that the hub reads"


def _told(schema: Schema, given: frozenset[str] | None) -> tuple[Told, ...]:
    return tuple(
        Told(one.name, one.kind, one.may_lack, None if given is None else one.name in given) for one in fields(schema)
    )


def _field(schema: Schema, reason: str) -> str | None:
    """Where in the schema the fault is: the first name in the reason that is one of its fields."""
    found = next((name for name in QUOTED.findall(reason) if name in schema.kinds), None)
    return found and f"{schema.type}.v{schema.version} / {found}"


def original(schemas: Schemas, record: Record) -> Out | None:
    """
    A record of quarantine as it came, to where it came from; None where no agency or team published it.

    What RESOLVE had passed on and DECIDE refused goes back to its agency's own topic, under the agency's own key.
    """
    headers, key = _without(_without(record.headers, CAME_FROM), REASON), record.key
    came = dict(record.headers).get(CAME_FROM, b"").decode("ascii", "replace")
    if came.startswith(f"{topics.PERSON}/"):
        came = dict(headers).get(SOURCE, b"").decode("ascii", "replace")
        headers, key = _without(headers, SOURCE), _own_key(schemas, record.value)
    headers = _without(headers, AGAIN)
    found = PLACE.fullmatch(came)
    if found is None or key is None or not found[1].startswith(TAKEN_BACK):
        return None
    return Out(found[1], int(found[2]), key, record.value, (*headers, (AGAIN, place(record).encode())))


def _without(headers: Headers, last: str) -> Headers:
    """The headers without the last, if it is of that name: what the hub added, and nothing that came so."""
    return headers[:-1] if headers and headers[-1][0] == last else headers


def _own_key(schemas: Schemas, value: bytes | None) -> bytes | None:
    try:
        return decode_event(schemas, value or b"").record.encode()
    except CodecError:
        return None
