"""Bytes to values, and no trust on the way: every surprise becomes a RefusedError with a cure, never a traceback."""

import csv
import io
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import yaml

from connectors.mapping import RefusedError

DEPTH = 100
UTF16 = (b"\xff\xfe", b"\xfe\xff")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
NOT_JSON = "check the export; a list, one object, or one object a line"


def text(data: bytes, limit: int) -> str:
    """
    Decode a file: UTF-8 with or without a byte order mark, any line ends.

    >>> text(b"\\xef\\xbb\\xbfupn,dob\\r\\n", 100)
    'upn,dob\\r\\n'
    """
    if len(data) > limit:
        raise RefusedError(f"larger than {limit} bytes", "split the export into smaller files")
    if data.startswith(UTF16):
        raise RefusedError("text in UTF-16", "save the export as UTF-8")
    try:
        read = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError(f"bytes that are not UTF-8, from byte {error.start}", "save the export as UTF-8") from None
    if not read.strip():
        raise RefusedError("nothing in the file", "check that the export finished")
    return read


def strict_json(read: str) -> Any:
    """
    Parse JSON, refusing what JSON itself leaves loose: a name given twice, NaN, bottomless nesting, broken characters.

    >>> strict_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    connectors.mapping.RefusedError: a name is given twice in one object
    """
    try:
        value = json.loads(read, object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite)
        if SURROGATE.search(read):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f":{error.lineno}:{error.colno}"
        raise RefusedError("not JSON", NOT_JSON, place) from None
    except RecursionError:
        raise RefusedError("nested too deeply", "send the record itself, not a dump around it") from None
    except UnicodeEncodeError:
        raise RefusedError("half a character in a string", "export the text as UTF-8") from None
    except ValueError:
        raise RefusedError("a number too long to be one", "check the export") from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise RefusedError("a name is given twice in one object", "keep the one that is meant")
    return made


def _finite(told: str) -> float:
    number = float(told)
    if not math.isfinite(number):
        raise RefusedError("a number that is no number (NaN or infinite)", "leave the value out, or write null")
    return number


def json_items(read: str) -> Iterator[tuple[str, Any]]:
    """
    Yield (place, value): the one document of a file, or each of its lines; an unreadable line yields its RefusedError.

    >>> list(json_items('{"a": 1}\\n{"a": 2}'))
    [(':1', {'a': 1}), (':2', {'a': 2})]
    """
    lines = [(number, line) for number, line in enumerate(read.splitlines(), 1) if line.strip()]
    if len(lines) > 1 and _whole(lines[0][1]):
        for number, line in lines:
            try:
                yield f":{number}", strict_json(line)
            except RefusedError as refused:
                yield f":{number}", RefusedError(refused.why, refused.cure)
    else:
        yield "", strict_json(read)


def _whole(line: str) -> bool:
    if not line.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def columns(read: str) -> list[str]:
    """The lower-case column names of a CSV file."""
    try:
        header = [name.strip().lower() for name in next(csv.reader(io.StringIO(read, newline=""), strict=True))]
    except csv.Error:
        raise RefusedError("not CSV", "quote cells that hold commas or quotes", ":1") from None
    if len(set(header)) != len(header):
        raise RefusedError("a column name is given twice", "name every column once", ":1")
    return header


def csv_rows(read: str) -> Iterator[tuple[int, dict[str, str] | RefusedError]]:
    """
    Yield (line, row) by lower-case column name; a row of the wrong length yields its RefusedError.

    >>> list(csv_rows("UPN, Date\\nX1,2026-09-01\\n"))
    [(2, {'upn': 'X1', 'date': '2026-09-01'})]
    """
    reader = csv.reader(io.StringIO(read, newline=""), strict=True)
    header = columns(read)
    try:
        for row in itertools.islice(reader, 1, None):
            if any(cell.strip() for cell in row):
                yield reader.line_num, _row(header, row)
    except csv.Error:
        cure = "quote cells that hold commas or quotes"
        raise RefusedError("not CSV from here on", cure, f":{reader.line_num}") from None


def _row(header: list[str], row: list[str]) -> dict[str, str] | RefusedError:
    if len(row) != len(header):
        return RefusedError(f"{len(row)} cells under {len(header)} columns", "give every column one cell")
    return {name: cell.strip() for name, cell in zip(header, row, strict=True)}


def xml(read: str) -> Element:
    """
    Parse XML without ever looking outside it: a document type, an entity or bottomless nesting is refused.

    >>> xml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    Traceback (most recent call last):
    connectors.mapping.RefusedError: a document type declaration
    """
    builder, parser, depth = TreeBuilder(), expat.ParserCreate(namespace_separator="}"), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH:
            raise RefusedError("nested too deeply", "send the message itself, not a dump around it")
        builder.start(name.rpartition("}")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name.rpartition("}")[2])

    def refuse(*_: object) -> None:
        raise RefusedError("a document type declaration", "export without a DOCTYPE; entities are never read")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, refuse
    try:
        parser.Parse(read, True)
    except expat.ExpatError as error:
        raise RefusedError("not well-formed XML", "check the export", f":{error.lineno}") from None
    return builder.close()


def is_xml(read: str) -> bool:
    """Whether a file starts as XML does."""
    return read.lstrip().startswith("<")


def is_json(read: str) -> bool:
    """Whether a file starts as JSON does."""
    return read.lstrip()[:1] in {"{", "["}


@cache
def table(path: Path) -> Any:
    """Read a data table that lies beside its connector: YAML, or CSV with a header."""
    read = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(read, newline="")))
    return yaml.safe_load(read)


def objects(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Only the objects of a list."""
    return [one for one in found if isinstance(one, dict)]
