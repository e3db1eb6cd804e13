"""Events to bytes and back, and the CloudEvents headers beside them."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from hub.core.events import Event
from hub.wire.schemas import ENVELOPE, CodecError, SchemaError, Schemas

__all__ = ["CodecError", "SchemaError", "Schemas", "cloud_headers", "decode_event", "encode_event", "vocabulary"]

WORD = re.compile(r"[!-~]{1,200}")
EARLIEST, LATEST = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900-01-01 and 2200-01-01 in UTC microseconds
CODE = re.compile(r"[!-~]{1,120}")  # what a field may say: a code, never words of a case file
MOST = 50
KEPT = 4096  # bytes of a record up to which what was read is kept; a number may be written in as many as one likes
FIRST, LAST = 1900, 2200  # years; the rules count from a date, and a stand-in like 9999-12-31 leaves no room for it
SMALL: dict[type, Callable[[Any], bool]] = {
    str: lambda value: CODE.fullmatch(value) is not None,
    tuple: lambda value: len(value) <= MOST and all(CODE.fullmatch(item) for item in value),
    bool: lambda value: True,
    int: lambda value: True,
    date: lambda value: FIRST <= value.year < LAST,
}
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - printed with a Z of our own
SPECIFICATION, CONTENT = ("ce_specversion", b"1.0"), ("content-type", b"application/avro")


def encode_event(schemas: Schemas, event: Event) -> bytes:
    """
    Turn *event* into a record of the newest version of its type.

    >>> from hub.resources import folder
    >>> schemas = Schemas.load(folder("schemas"))
    >>> encode_event(schemas, Event("e-1", "person.died", "HMPPS_PRISON", "r-1", 0, None, {}))[5:]
    b'\\x06e-1\\x18HMPPS_PRISON\\x06r-1\\x00\\x00'
    """
    _insist(schemas, event.type)
    if not ENVELOPE.keys().isdisjoint(event.fields):
        raise CodecError(f"{event.type}: a field bears a name of the envelope; hint: set it on the event itself")
    envelope = {"id": event.id, "agency": event.agency, "record": event.record, "at": event.at, "seq": event.seq}
    data = schemas.encode(event.type, envelope | dict(event.fields))
    _check(event)  # after encoding, which has made sure of the types
    return data


def decode_event(schemas: Schemas, data: bytes) -> Event:
    """
    Return the event that *data* holds, or raise CodecError whatever the bytes are.

    >>> from hub.resources import folder
    >>> schemas = Schemas.load(folder("schemas"))
    >>> died = Event("e-1", "person.died", "HMPPS_PRISON", "r-1", 0, None, {})
    >>> decode_event(schemas, encode_event(schemas, died)) == died
    True
    >>> decode_event(schemas, b"Dear hub")
    Traceback (most recent call last):
    hub.wire.schemas.CodecError: record of 8 bytes: not in the Confluent wire format; hint: ...
    """
    told = bytes(data) if isinstance(data, bytearray) else data
    return _decoded(schemas, told) if told is None or len(told) <= KEPT else _read(schemas, told)


def _read(schemas: Schemas, data: bytes) -> Event:
    kind, _, values = schemas.decode(data)
    _insist(schemas, kind)
    id, agency, record, at, seq = (values.pop(name) for name in ENVELOPE)
    present = {name: value for name, value in values.items() if value is not None}
    fields = {name: tuple(value) if type(value) is list else value for name, value in present.items()}
    event = Event(id, kind, agency, record, at, seq, fields)
    _check(event)
    return event


_decoded = lru_cache(maxsize=8192)(_read)  # what RESOLVE took in, DECIDE takes in next; in one process it is read once


def cloud_headers(event: Event, version: int) -> tuple[tuple[str, bytes], ...]:
    """
    Return the CloudEvents 1.0 attributes of *event* for Kafka's binary mode.

    >>> died = Event("e-1", "person.died", "HMPPS_PRISON", "r-1", 0, None, {})
    >>> dict(cloud_headers(died, 1))["ce_type"]
    b'csp.person.died.v1'
    """
    return (
        SPECIFICATION,
        ("ce_id", event.id.encode()),
        ("ce_source", _source(event.agency)),
        ("ce_type", _type(event.type, version)),
        ("ce_time", f"{(EPOCH + timedelta(microseconds=event.at)).isoformat()}Z".encode()),
        CONTENT,
    )


def vocabulary(schemas: Schemas) -> dict[str, tuple[str, ...]]:
    """
    Return every event type with its domain fields: all that an agreement can speak of.

    >>> from hub.resources import folder
    >>> vocabulary(Schemas.load(folder("schemas")))["transfer.made"]
    ('to', 'date')
    """
    return {type: schema.domain for type, schema in schemas.newest.items() if schema.domain is not None}


def _insist(schemas: Schemas, type: str) -> None:
    if type in schemas.newest and schemas.newest[type].domain is None:
        raise CodecError(f"{type}: an internal record, not an event; hint: use `encode` and `decode`")


def _check(event: Event) -> None:
    fault = _envelope_fault(event) or _field_fault(event)
    if fault:
        raise CodecError(f"{event.type}: {fault}")


def _envelope_fault(event: Event) -> str | None:
    for name, word in (("id", event.id), ("agency", event.agency), ("record", event.record)):
        if not WORD.fullmatch(word):
            return f"`{name}` is not a word; hint: write 1 to 200 printable ASCII characters without spaces"
    if not EARLIEST <= event.at < LATEST:
        return "`at` is not between 1900 and 2200; hint: count microseconds from 1970 in UTC"
    return None


def _field_fault(event: Event) -> str | None:
    for name, value in event.fields.items():
        small = SMALL.get(type(value))
        if small is None:
            return f"`{name}` is not a value an event holds; hint: leave nulls out and write arrays as tuples"
        if type(value) is date and not small(value):
            return f"`{name}` is not between {FIRST} and {LAST}; hint: leave out a date that is not known"
        if not small(value):
            return f"`{name}` is no code; hint: 1 to 120 printable characters without spaces, at most {MOST} in a list"
    return None


@lru_cache(maxsize=256)
def _source(agency: str) -> bytes:
    return f"/agencies/{quote(agency.lower().replace('_', '-'), safe='')}".encode()


@lru_cache(maxsize=256)
def _type(type: str, version: int) -> bytes:
    return f"csp.{type}.v{version}".encode()
