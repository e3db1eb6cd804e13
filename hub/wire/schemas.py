"""The Avro files of schemas/: read and checked once, then values to bytes and back, in the Confluent wire format."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import expand_schema, to_parsing_canonical_form

MIB = 1 << 20
ENVELOPE = {"id": "string", "agency": "string", "record": "string", "at": "long", "seq": ["null", "long"]}
NAME = re.compile(r"([a-z]+(?:[._][a-z0-9]+)*)\.v([1-9][0-9]*)\.avsc")
PRIMITIVES = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}


class SchemaError(ValueError):
    """A schema file that must not be used."""


class CodecError(ValueError):
    """Bytes or values that do not fit their schema; the text never repeats a value."""


class Kind(NamedTuple):
    """What a field may hold, in a word for people and as a test that is exact: fastavro would take `True` for 1."""

    word: str
    fits: Callable[[Any], bool]
    plain: type | None = None  # whose every value fits


KINDS = {
    '"string"': Kind("a plain string", lambda value: type(value) is str, str),
    '"boolean"': Kind("a boolean", lambda value: type(value) is bool, bool),
    '"int"': Kind("a 32-bit integer", lambda value: type(value) is int and -(1 << 31) <= value < 1 << 31),
    '"long"': Kind("a 64-bit integer", lambda value: type(value) is int and -(1 << 63) <= value < 1 << 63),
    '{"logicalType": "date", "type": "int"}': Kind("a date", lambda value: type(value) is date, date),
    '{"items": "string", "type": "array"}': Kind(
        "a list of plain strings",
        lambda value: type(value) in (list, tuple) and all(type(item) is str for item in value),
    ),
}
ANYTHING = Kind("", lambda value: True)  # nested types are left to fastavro


@dataclass(frozen=True, slots=True)
class Schema:
    """One version of one type; *domain* names its fields beyond the envelope, None for an internal record."""

    type: str
    version: int
    where: str
    text: str
    id: int
    header: bytes
    parsed: Any
    kinds: Mapping[str, Kind]
    domain: tuple[str, ...] | None


class Schemas:
    """
    Every schema of a folder, ready for the hot path.

    >>> from hub.resources import folder
    >>> schemas = Schemas.load(folder("schemas"))
    >>> schemas.decode(schemas.encode("tick", {"at": 5}))
    ('tick', 1, {'at': 5})
    """

    def __init__(self, schemas: Iterable[Schema], limit: int = MIB) -> None:
        self.limit = limit
        self.by_id: dict[int, Schema] = {}
        self.newest: dict[str, Schema] = {}
        for schema in sorted(schemas, key=lambda schema: (schema.type, schema.version)):
            if schema.id in self.by_id:
                same = f"{schema.where}: same schema id as `{self.by_id[schema.id].where}`"
                raise SchemaError(f"{same}; hint: change a field's name, Avro type or order, or keep only one")
            self.by_id[schema.id] = self.newest[schema.type] = schema
        self._versions = {(schema.type, schema.version): schema for schema in self.by_id.values()}
        self._readers = {schema.header: (schema, self._newer(schema)) for schema in self.by_id.values()}

    @classmethod
    def load(cls, folder: Path, limit: int = MIB) -> "Schemas":
        """Read every file of *folder*; records above *limit* bytes will be refused both ways."""
        files = sorted(folder.glob("*.avsc"))
        if not files:
            raise SchemaError(f"{folder.name}: no schemas; hint: name the folder that holds the .avsc files")
        return cls([read(file) for file in files], limit)

    def encode(self, type: str, values: Mapping[str, Any], version: int | None = None) -> bytes:
        """Turn *values* into a record of *type*, in its newest version unless told otherwise."""
        schema = self._find(type, version)
        out = BytesIO()
        out.write(schema.header)
        fault = _misfit(schema, values) or _write(out, schema, values)
        if not fault and out.tell() > self.limit:
            fault = f"longer than {self.limit} bytes; hint: send less, or raise the limit on both sides"
        if fault:
            raise CodecError(f"{schema.type} v{schema.version}: {fault}")
        return out.getvalue()

    def decode(self, data: bytes) -> tuple[str, int, dict[str, Any]]:
        """Return the type, the version it was written in, and the values as the type's newest version has them."""
        if not isinstance(data, bytes) or not 5 <= len(data) <= self.limit or data[:5] not in self._readers:
            raise CodecError(self._unreadable(data))
        schema, newer = self._readers[data[:5]]
        values, fault = _read(data, schema, newer)
        fault = fault or _misfit(self.newest[schema.type], values)
        if fault:
            raise CodecError(f"{schema.type} v{schema.version}, {len(data)} bytes: {fault}")
        return schema.type, schema.version, values

    def written(self, data: bytes) -> dict[str, Any]:
        """The values of a record as the version it was written in has them: what a commitment was made of."""
        schema = self._readers[data[:5]][0] if data[:5] in self._readers else None
        values, fault = _read(data, schema, None) if schema else ({}, self._unreadable(data))
        if fault:
            raise CodecError(fault)
        return values

    def _newer(self, schema: Schema) -> Any:
        newest = self.newest[schema.type]
        return None if newest is schema else newest.parsed  # fastavro is twice as fast when it need not resolve

    def _find(self, type: str, version: int | None) -> Schema:
        found = self.newest.get(type) if version is None else self._versions.get((type, version))
        if found is None:
            asked = type if version is None else f"{type} v{version}"
            raise CodecError(f"{asked}: no such schema; hint: add a file to schemas/, or correct the type")
        return found

    def _unreadable(self, data: object) -> str:
        if not isinstance(data, bytes):
            return "record without bytes: nothing to decode; hint: keep tombstones away from the codec"
        where = f"record of {len(data)} bytes"
        if len(data) > self.limit:
            return f"{where}: longer than {self.limit} bytes; hint: send less, or raise the limit on both sides"
        if len(data) < 5 or data[0] != 0:
            return f"{where}: not in the Confluent wire format; hint: write 0x00, the 4-byte schema id, then the record"
        return f"{where}: unknown schema id; hint: deploy the hub with the newer schemas/ before its producers"


def read(file: Path) -> Schema:
    """
    Read one schema file and refuse whatever could hurt later.

    >>> from hub.resources import folder
    >>> read(folder("schemas") / "person.died.v1.avsc").domain
    ()
    """
    where = f"{file.parent.name}/{file.name}"
    try:
        return _compile(where, file.name, file.read_text(encoding="utf-8"))
    except SchemaError as error:
        raise SchemaError(f"{where}: {error}") from None


def fullname(type: str) -> str:
    """
    Return the Avro name of *type*.

    >>> fullname("release_dates.changed")
    'csp.ReleaseDatesChanged'
    """
    return "csp." + "".join(word.capitalize() for word in re.split("[._]", type))


def schema_id(raw: Any) -> int:
    """
    Return an id that follows from what a schema says, so that no registry has to hand ids out.

    >>> hex(schema_id("string"))
    '0x69e5c1c9'
    """
    digest = sha256(to_parsing_canonical_form(raw).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFF_FFFF  # some clients hold the id as a signed int


def _compile(where: str, name: str, text: str) -> Schema:
    named = NAME.fullmatch(name)
    if named is None:
        raise SchemaError("not a schema's file name; hint: write `<type>.v<version>.avsc`, in lower case")
    type, version = named[1], int(named[2])
    raw, parsed = _parse(text, fullname(type))
    _least(expand_schema(raw))
    kinds = {field["name"]: _kind(field["type"]) for field in raw["fields"]}
    id = schema_id(raw)
    return Schema(type, version, where, text, id, id.to_bytes(5, "big"), parsed, kinds, _domain(raw["fields"]))


def _parse(text: str, expected: str) -> tuple[Any, Any]:
    try:
        raw = json.loads(text)
        parsed: Any = parse_schema(raw, {})
    except Exception as error:  # fastavro answers a bad schema with almost any exception
        fault = f"not an Avro schema ({type(error).__name__}: {error})"
        raise SchemaError(f"{fault}; hint: see schemas/README.md") from error
    if not isinstance(parsed, dict) or parsed["type"] != "record":
        raise SchemaError("not a record; hint: write an Avro record")
    if parsed["name"] != expected:
        raise SchemaError(f"named `{parsed['name']}`; hint: name it `{expected}`, or rename the file")
    return raw, parsed


def _least(schema: Any) -> int:
    """
    Return the fewest bytes *schema* can take, and refuse what lets few bytes cost much memory or stack.

    >>> _least({"type": "array", "items": "null"})
    Traceback (most recent call last):
    hub.wire.schemas.SchemaError: an array of nothing; hint: its items must take at least a byte each
    """
    match schema:
        case str() if schema not in PRIMITIVES:  # what `expand_schema` leaves unexpanded refers to itself
            raise SchemaError(f"`{schema}` holds itself; hint: flatten it, a short record could nest without end")
        case str():
            return int(schema != "null")
        case list():
            return 1 + min((_least(branch) for branch in schema), default=0)
        case {"type": "array", "items": items}:
            if not _least(items):
                raise SchemaError("an array of nothing; hint: its items must take at least a byte each")
        case {"type": "map", "values": values}:
            _least(values)  # may be nothing: the key takes a byte
        case {"type": "record", "fields": fields}:
            return sum(_least(field["type"]) for field in fields)
        case {"type": "fixed", "size": size}:
            return int(size)
        case {"type": inner} if inner != "enum":
            return _least(inner)
    return 1


def _kind(type: Any) -> Kind:
    nullable = isinstance(type, list) and len(type) == 2 and type[0] == "null"
    return KINDS.get(json.dumps(type[1] if nullable else type, sort_keys=True), ANYTHING)


def _domain(fields: list[dict[str, Any]]) -> tuple[str, ...] | None:
    names = [field["name"] for field in fields]
    for name in names:
        if names.count(name) > 1:
            raise SchemaError(f"`{name}` is there twice; hint: rename one; the envelope's names are for the envelope")
    if not ENVELOPE.keys() <= set(names):
        return None
    if [(field["name"], field["type"]) for field in fields[:5]] != list(ENVELOPE.items()):
        raise SchemaError("the envelope is not as agreed; hint: begin with `id`, `agency`, `record`, `at` and `seq`")
    for field in fields[5:]:
        if field.get("default", "") is not None or _kind(field["type"]) is ANYTHING:
            raise SchemaError(f"`{field['name']}` is no nullable plain field; hint: see the types in schemas/README.md")
    return tuple(names[5:])


def _misfit(schema: Schema, values: Mapping[str, Any]) -> str | None:
    """Name the first field that does not fit; both ways, since fastavro writes and reads more than Avro allows."""
    kinds = schema.kinds
    for name, value in values.items():
        if name not in kinds:
            return f"unknown field `{name}`; hint: correct the name, or add it in a new version of the schema"
        if value is not None and type(value) is not kinds[name].plain and not kinds[name].fits(value):
            return f"`{name}` is not {kinds[name].word}; hint: convert it before it reaches the codec"
    return None


def _write(out: BytesIO, schema: Schema, values: Mapping[str, Any]) -> str | None:
    try:  # without tuple notation, since it would take ("a", "b") for a value of type `a`
        schemaless_writer(out, schema.parsed, values, strict_allow_default=True, disable_tuple_notation=True)
    except Exception as error:
        return f"cannot be written as Avro ({type(error).__name__}); hint: {_absent(schema, values)}"
    return None


def _absent(schema: Schema, values: Mapping[str, Any]) -> str:
    required = [field["name"] for field in schema.parsed["fields"] if "default" not in field]
    missing = [f"`{name}`" for name in required if values.get(name) is None]
    return f"fill in {', '.join(missing)}" if missing else "check each value against the schema"


def _read(data: bytes, schema: Schema, newer: Any) -> tuple[dict[str, Any], str | None]:
    stream = BytesIO(data)
    stream.seek(5)
    try:
        values: Any = schemaless_reader(stream, schema.parsed, newer)
    except Exception as error:  # named and dropped, never chained: its text may quote the data
        return {}, f"cannot be read as Avro ({type(error).__name__}); hint: write it with the schema its id names"
    if stream.tell() != len(data):
        return {}, "bytes left over after the record; hint: write one record a message"
    return values, None
