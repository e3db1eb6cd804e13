"""
Rows to events by a table: which columns name the person, which row makes which event, and what may stand in a cell.

For the formats that are our own (CSV or JSON with the same names). A cell is a date, a number, a code of a closed list
or a code of a fixed shape; no column takes free text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors import identifiers
from connectors.mapping import Draft, RefusedError
from connectors.people import link, register, sex
from connectors.reading import columns, csv_rows, is_json, json_items, table
from connectors.times import day, instant, london_day, start_of
from hub.core.events import Value

Row = Mapping[str, str]
WARD = re.compile(r"[EW]05\d{6}", re.ASCII)
CODE = re.compile(r"[A-Z0-9_]{1,32}", re.ASCII)
LOCAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{0,39}", re.ASCII)
STRANGE = "columns this connector does not know"
TRUTHS = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One partner's row format, as its YAML says."""

    keys: Mapping[str, str]
    rows: Mapping[str, Mapping[str, Any]]
    lists: Mapping[str, Mapping[str, str]]


def sheet(path: Path) -> Sheet:
    """Read a row format; a list may lie in a CSV beside it."""
    told = table(path)
    return Sheet(told["keys"], told["rows"], {name: _list(path.parent, one) for name, one in told["lists"].items()})


def _list(folder: Path, told: Any) -> Mapping[str, str]:
    if isinstance(told, dict) and "file" in told:
        return {row[told["from"]]: row[told["to"]] for row in table(folder / told["file"])}
    return told if isinstance(told, dict) else {one: one for one in told}


def map_rows(draft: Draft, read: str, spoken: Sheet) -> None:
    """Map every row of a CSV or JSON file; a row that cannot be read is refused and the rest goes on."""
    if not is_json(read) and not _fits(columns(read), spoken):
        raise RefusedError(STRANGE, "name them as the README does", ":1")
    for place, row in _rows(read):
        with draft.item(place):
            if isinstance(row, RefusedError):
                raise row
            map_row(draft, row, spoken)


def _fits(names: Iterable[str], spoken: Sheet) -> bool:
    have = set(names)
    return "event" in have or any("columns" in rule and set(rule["columns"]) <= have for rule in spoken.rows.values())


def _rows(read: str) -> Iterator[tuple[str, Row | RefusedError]]:
    if is_json(read):
        for place, value in json_items(read):
            if isinstance(value, list):
                yield from ((f"{place}[{index}]", _plain(one)) for index, one in enumerate(value))
            else:
                yield place, _plain(value)
    else:
        yield from ((f":{line}", row) for line, row in csv_rows(read))


def _plain(value: Any) -> Row | RefusedError:
    if isinstance(value, RefusedError):
        return value
    if not isinstance(value, dict):
        return RefusedError("not an object", "send one object a row")
    cells = {name.strip().lower(): _cell(cell) for name, cell in value.items()}
    bad = next((name for name, cell in cells.items() if cell is None), None)
    if bad is not None:
        return RefusedError("a nested value where a cell is meant", "use the columns of the README")
    return {name: cell for name, cell in cells.items() if cell is not None}


def _cell(value: Any) -> str | None:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ";".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip() if isinstance(value, str | int | float) else None


def map_row(draft: Draft, row: Row, spoken: Sheet) -> None:
    """Map one row: who it is about, then what happened."""
    rule = _rule(row, spoken)
    record = _record(draft, row, spoken.keys)
    at = _at(draft, row, rule)
    born = row.get("date_of_birth")
    register(
        draft,
        record,
        at,
        draft.context.as_of,
        link=link(draft, row.get("link_reference")),
        dob=day(born, "date_of_birth") if born else None,
        sex=sex(row.get("sex")),
    )
    if "type" in rule:
        _happen(draft, row, rule, record, at, spoken)


def _happen(draft: Draft, row: Row, rule: Mapping[str, Any], record: str, at: int, spoken: Sheet) -> None:
    fields = {name: _value(row.get(name, ""), name, kind, spoken.lists) for name, kind in rule["fields"].items()}
    missing = next((name for name in rule.get("required", ()) if fields[name] is None), None)
    if missing:
        raise RefusedError(f"`{missing}` is empty", "fill it in")
    seq = _number(row["version"], "version") if "version" in row else draft.context.as_of
    draft.tell(rule["type"], record, at, seq, **fields)
    if "ends" in rule and (end := row.get("end")):
        over = day(end, "end")
        if over <= london_day(draft.context.as_of):
            with_it = {name: fields[name] for name in rule.get("ends with", ())}
            draft.tell(rule["ends"], record, start_of(over), seq, end=over, **with_it)


def _rule(row: Row, spoken: Sheet) -> Mapping[str, Any]:
    """The rule a row asks for by its `event`, or the one whose columns it has."""
    if "event" in row:
        found = spoken.rows.get(row["event"])
        if found is None:
            raise RefusedError("`event` is not in the list", f"one of {', '.join(spoken.rows)}")
        return found
    for rule in spoken.rows.values():
        if rule.get("columns") and set(rule["columns"]) <= set(row):
            return _chosen(row, rule, spoken)
    raise RefusedError(STRANGE, "name them as the README does")


def _chosen(row: Row, rule: Mapping[str, Any], spoken: Sheet) -> Mapping[str, Any]:
    if "choose" not in rule:
        return rule
    name = rule["choose"].get(row[rule["by"]])
    if name is None:
        raise RefusedError(f"`{rule['by']}` is not in the list", f"one of {', '.join(rule['choose'])}")
    return spoken.rows[name]


def _at(draft: Draft, row: Row, rule: Mapping[str, Any]) -> int:
    name = rule["at"]
    if name == "as of":
        return draft.context.as_of
    if name != "at":
        hour = rule.get("hours", {}).get(row.get(rule.get("hour by", ""), ""), 0)
        return start_of(day(row.get(name), name), hour)
    at, assumed = instant(row.get("at"), "at")
    if assumed:
        draft.note("`at` has no zone: read as Europe/London")
    return at


def _record(draft: Draft, row: Row, keys: Mapping[str, str]) -> str:
    """The record's pseudonym, by the best number the row has; one whose check letter fails is never used in silence."""
    for column, kind in keys.items():
        if told := row.get(column):
            read = KEYS[kind](told)
            if read is None:
                raise RefusedError(f"`{column}` has not the shape of its kind", "correct it in the sending system")
            if not read.verified:
                draft.note(f"`{column}` fails its check letter: used as this record's key, kept out of matching")
            return draft.context.pseudonyms.seal(read.canonical if kind == "noms" else f"{kind}:{read.canonical}")
    raise RefusedError("nothing says whom the row is about", f"fill in one of {', '.join(keys)}")


def _local(told: str) -> identifiers.Checked | None:
    return identifiers.Checked(told, True) if LOCAL.fullmatch(told) else None


def _noms(told: str) -> identifiers.Checked | None:
    number = identifiers.prisoner(told)
    return None if number is None else identifiers.Checked(number, True)


KEYS: Mapping[str, Callable[[str], identifiers.Checked | None]] = {
    "noms": _noms,
    "ref": _local,
    "pnc": identifiers.pnc,
    "cro": identifiers.cro,
    "asn": identifiers.asn,
    "upn": identifiers.upn,
}


def _value(told: str, name: str, kind: str, lists: Mapping[str, Mapping[str, str]]) -> Value:
    """One cell as its kind; an empty one is no value."""
    if not told:
        return None
    if kind in KINDS:
        return KINDS[kind](told, name)
    if kind.startswith("many "):
        many = [one for one in re.split(r"[;\s]+", told) if one]
        return tuple(str(_listed(one, name, lists[kind.removeprefix("many ")])) for one in many)
    return _listed(told, name, lists[kind])


def _listed(told: str, name: str, allowed: Mapping[str, str]) -> str:
    if told not in allowed:
        raise RefusedError(f"`{name}` is not in its list", "see the lists in the README")
    return allowed[told]


def _number(told: str, name: str) -> int:
    if not re.fullmatch(r"\d{1,18}", told, re.ASCII):
        raise RefusedError(f"`{name}` is not a whole number", "write digits only")
    return int(told)


def _truth(told: str, name: str) -> bool:
    if told.lower() not in TRUTHS:
        raise RefusedError(f"`{name}` is neither yes nor no", "write true or false")
    return TRUTHS[told.lower()]


def _shape(shape: re.Pattern[str], cure: str) -> Callable[[str, str], str]:
    def read(told: str, name: str) -> str:
        if not shape.fullmatch(told):
            raise RefusedError(f"`{name}` is not a code", cure)
        return told

    return read


KINDS: Mapping[str, Callable[[str, str], Value]] = {
    "date": day,
    "number": _number,
    "truth": _truth,
    "ward": _shape(WARD, "write the ward's GSS code, E05 and six digits"),
    "code": _shape(CODE, "write capitals, digits and underscores"),
}
