"""Which fields differ, by name: a divergence is told without a value, for a value could be personal."""

from collections.abc import Iterator, Mapping
from typing import Any

from hub import topics
from hub.log import Out, Record
from hub.wire.rows import RowError, unpack
from hub.wire.schemas import CodecError, Schemas

MOST = 8


def of_records(schemas: Schemas, ours: Out, theirs: Record) -> tuple[str, ...]:
    """The parts of a record, and the fields of its value, in which replay and production differ."""
    parts = [name for name in ("key", "headers") if getattr(ours, name) != getattr(theirs, name)]
    if ours.value != theirs.value:
        parts += _of_values(schemas, ours.value or b"", theirs.value or b"")
    return tuple(parts[:MOST])


def _of_values(schemas: Schemas, ours: bytes, theirs: bytes) -> list[str]:
    try:
        kind, version, made = schemas.decode(ours)
        other, another, told = schemas.decode(theirs)
    except CodecError:
        return ["value (not readable)"]
    if (kind, version) != (other, another):
        return ["schema"]
    return list(differing(made, told)) or ["value (encoded otherwise)"]


def of_rows(topic: str, key: bytes, ours: bytes, theirs: bytes) -> tuple[str, ...]:
    """The fields in which two state rows differ."""
    if topic == topics.POSITIONS:
        return ("position",)
    if topic == topics.RESOLVE_STATE:
        return ("person",)
    if key.startswith(b"!"):  # one of the partition's own, not a person's
        return (key[1:].decode(),)
    try:
        one, other = unpack(ours), unpack(theirs)
    except (RowError, TypeError, ValueError):
        return ("row (not readable)",)
    found = [name for name in one._fields if getattr(one, name) != getattr(other, name)]
    return tuple(found) or ("row (encoded otherwise)",)


def differing(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """
    The paths at which two decoded values differ.

    >>> list(differing({"a": 1, "of": [{"b": 1}]}, {"a": 1, "of": [{"b": 2}]}))
    ['of[0].b']
    """
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        for name in sorted({*ours, *theirs}):
            yield from differing(ours.get(name), theirs.get(name), f"{path}.{name}" if path else name)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differing(one, other, f"{path}[{index}]")
    elif ours != theirs:
        yield path
