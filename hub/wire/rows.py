"""
State rows: a person or a slice as MessagePack, one tuple a value, so that a row is small and reads back the same.

Before a person's stands, at a fixed place, what a store looks people up by: when they fall due, and their rules.
"""

import struct
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from hub.core.events import Event
from hub.core.person import Alert, Awaited, Fact, Grant, Person, Planned, Slice
from hub.core.timers import falls_due

VERSION = 5
_FRONT = struct.Struct(">BqB")  # version, instant due (below 0: never), length of the rules' hash that follows
_DATE = 1
_WORDS = 2
_ENCODER = msgspec.msgpack.Encoder()
_MARKED = {date, tuple}  # they need a mark of their own, or they would read back as text and lists
CURE = "hint: start the release of the hub that wrote it"


class RowError(Exception):
    """A state row of another version, or not a row at all."""


def pack(person: Person) -> bytes:
    """
    *person* as a row.

    >>> unpack(pack(Person(clock=5))).clock
    5
    """
    due, rules = falls_due(person), person.rules.encode()
    row = (
        {name: _slice(part) for name, part in person.slices.items()},
        {key: _values(alert) for key, alert in person.alerts.items()},
        {key: _values(plan) for key, plan in person.plans.items()},
        {mark: None if day is None else _day(day) for mark, day in person.raised.items()},
        person.episode,
        person.clock,
        person.recent,
        {name: tuple(map(_stay, waits)) for name, waits in person.awaited.items()},
        person.again,
        person.glass,
    )
    return _FRONT.pack(VERSION, -1 if due is None else due, len(rules)) + rules + _ENCODER.encode(row)


def front(row: bytes) -> tuple[int | None, str]:
    """
    When the person of a row falls due, and the rules they are planned under, without reading the rest.

    >>> front(pack(Person(clock=5, again=7, rules="r-1")))
    (7, 'r-1')
    """
    try:
        version, due, length = _FRONT.unpack_from(row)
    except struct.error as bad:
        raise RowError(f"state row that cannot be read; {CURE}") from bad
    if version != VERSION:
        raise RowError(f"state row of another version; {CURE}")
    return None if due < 0 else due, row[_FRONT.size : _FRONT.size + length].decode()


def unpack(row: bytes) -> Person:
    """The person of a row."""
    _, rules = front(row)
    body = memoryview(row)[_FRONT.size + row[_FRONT.size - 1] :]
    try:
        slices, alerts, plans, raised, episode, clock, recent, awaited, again, glass = _read(body)
    except (TypeError, ValueError) as bad:
        raise RowError(f"state row that cannot be read; {CURE}") from bad
    return Person(
        {name: _slice_from(part) for name, part in slices.items()},
        {key: Alert(*alert) for key, alert in alerts.items()},
        {key: Planned(*plan) for key, plan in plans.items()},
        raised,
        episode,
        clock,
        recent,
        {name: tuple(map(_stay_from, waits)) for name, waits in awaited.items()},
        again,
        rules,
        tuple(Grant(*grant) for grant in glass),
    )


def pack_slice(part: Slice) -> bytes:
    """A slice on its way to another person."""
    return _ENCODER.encode(_slice(part))


def unpack_slice(data: bytes) -> Slice:
    """
    The slice that was packed.

    >>> unpack_slice(pack_slice(Slice("YJS", {"died": Fact(None, 1, "e", {})}))).agency
    'YJS'
    """
    return _slice_from(_read(data))


def _read(data: bytes | memoryview) -> Any:
    try:
        return msgspec.msgpack.decode(data, ext_hook=_ext)
    except msgspec.DecodeError as bad:
        raise RowError(f"state row that cannot be read; {CURE}") from bad


def _slice(part: Slice) -> tuple[Any, ...]:
    return part.agency, {name: (fact.seq, fact.at, fact.id, _fields(fact.fields)) for name, fact in part.facts.items()}


def _event(event: Event) -> tuple[Any, ...]:
    return event.id, event.type, event.agency, event.record, event.at, event.seq, _fields(event.fields)


def _stay(stay: Awaited) -> tuple[Any, ...]:
    return tuple(map(_event, stay.events)), stay.then


def _stay_from(made: Any) -> Awaited:
    events, then = made
    return Awaited(tuple(Event(*event) for event in events), then)


def _slice_from(made: Any) -> Slice:
    agency, facts = made
    return Slice(agency, {name: Fact(*fact) for name, fact in facts.items()})


def _fields(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _mark(value) if type(value) in _MARKED else value for name, value in told.items()}


def _values(told: tuple[Any, ...]) -> list[Any]:
    return [_mark(value) if type(value) in _MARKED else value for value in told]


def _mark(value: date | tuple[str, ...]) -> msgspec.msgpack.Ext:
    return _day(value) if isinstance(value, date) else _several(value)


@lru_cache(maxsize=4096)
def _day(value: date) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(_DATE, value.toordinal().to_bytes(4, "big"))


@lru_cache(maxsize=4096)
def _several(value: tuple[str, ...]) -> msgspec.msgpack.Ext:
    return msgspec.msgpack.Ext(_WORDS, _ENCODER.encode(value))


def _ext(code: int, data: memoryview) -> Any:
    if code == _DATE:
        return date.fromordinal(int.from_bytes(data, "big"))
    return tuple(msgspec.msgpack.decode(data))
