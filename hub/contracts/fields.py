"""The fields of a type, in words for people; and an example of the type, made up from them."""

import json
import re
from datetime import date
from typing import Any, NamedTuple

from hub.wire.schemas import ENVELOPE, Schema, Schemas

EXAMPLE = re.compile(r"(?:for example|such as) ([A-Za-z0-9_:]+)")
AT = 1_794_492_191_000_000  # 12 November 2026, in UTC microseconds
SAMPLES: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "int": 28,
    "long": AT,
    "float": 0.5,
    "double": 0.5,
    "bytes": b"made-up",
    "string": "MADE_UP",
}
NAMED = {
    "id": "e-0001",
    "agency": "HMPPS_PRISON",
    "record": "r1.made-up",
    "seq": 7,
    "person": "p1.made-up",
    "prison": "MDI",
    "team": "HOUS",
    "level": 0,
    "repeats": 0,
    "partition": 0,
    "offset": 0,
}
PLAIN = {
    "string": "text",
    "boolean": "yes or no",
    "int": "a whole number",
    "long": "a whole number",
    "bytes": "bytes",
    "null": "nothing",
}


class Field(NamedTuple):
    """One field; *may_lack* says that it need not be told."""

    name: str
    kind: str
    may_lack: bool
    says: str


def fields(schema: Schema) -> tuple[Field, ...]:
    """
    The fields of one version of a type.

    >>> from hub.wiring import schemas
    >>> fields(schemas().newest["person.registered"])[6][:3]
    ('dob', 'a date', True)
    """
    return tuple(
        Field(one["name"], _kind(one["type"], one.get("doc", "")), _may_lack(one), one.get("doc", ""))
        for one in json.loads(schema.text)["fields"]
    )


def _may_lack(field: dict[str, Any]) -> bool:
    return isinstance(field["type"], list) and "null" in field["type"]


def _kind(kind: Any, says: str) -> str:
    """
    What a field holds, in a word or two.

    >>> _kind(["null", {"type": "array", "items": "string"}], ""), _kind("long", "When, in UTC microseconds.")
    ('a list: text', 'a time')
    """
    match kind:
        case list():
            return " or ".join(dict.fromkeys(_kind(one, says) for one in kind if one != "null"))
        case {"logicalType": "date"}:
            return "a date"
        case {"type": "array", "items": items}:
            return f"a list: {_kind(items, '')}"
        case {"type": "map", "values": values}:
            return f"names with {_kind(values, '')}"
        case {"type": "record", "fields": inner}:
            return f"a group ({', '.join(one['name'] for one in inner)})"
        case {"type": inner}:
            return _kind(inner, says)
        case "long" if "microseconds" in says:
            return "a time"
    return PLAIN.get(kind, str(kind))


def document(schema: Schema) -> dict[str, Any]:
    """What the registry says of one version: its type's doc, and the rest of it."""
    told: dict[str, Any] = json.loads(schema.text)
    return told


def example(schemas: Schemas, schema: Schema) -> dict[str, Any]:
    """
    A record of this type that nobody sent: every field told, every value made up.

    >>> from hub.wiring import schemas
    >>> example(schemas(), schemas().newest["person.died"])["agency"]
    'HMPPS_PRISON'
    """
    made = {one["name"]: _value(one["name"], one["type"], one.get("doc", "")) for one in document(schema)["fields"]}
    schemas.encode(schema.type, made, schema.version)  # an example that could not be sent would be none
    return made


def _value(name: str, kind: Any, says: str) -> Any:
    match kind:
        case list():
            return _value(name, next(one for one in kind if one != "null"), says)
        case {"logicalType": "date"}:
            return date(2027, 3, 17)
        case {"type": "array", "items": items}:
            return [_value("", items, says)]
        case {"type": "map", "values": values}:
            return {"prison": _value("", "string" if isinstance(values, list) else values, "")}
        case {"type": "record", "fields": inner}:
            return {one["name"]: _value(one["name"], one["type"], one.get("doc", "")) for one in inner}
        case {"type": inner}:
            return _value(name, inner, says)
    if name in NAMED and isinstance(NAMED[name], type(SAMPLES[kind])):
        return NAMED[name]
    found = EXAMPLE.search(says)
    if kind == "string" and found:
        return found[1]
    return 1 if kind == "long" and "microseconds" not in says else SAMPLES[kind]


def enveloped(field: Field) -> bool:
    """Whether every event has this field."""
    return field.name in ENVELOPE
