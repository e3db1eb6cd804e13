"""What else changes from one bundle to another: every entry of every table, by its path."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

NAMES = ("id", "name")  # what a line of a table is known by, if it is known by anything


class Edit(NamedTuple):
    """One entry that is not as it was; None where it was not there, or is there no longer."""

    path: str
    before: Any
    after: Any


def edits(before: Any, after: Any, path: str = "") -> Iterator[Edit]:
    """
    Every entry that differs, in order of its path.

    >>> list(edits({"stages": [{"name": "T4W", "offset": 28}]}, {"stages": [{"name": "T4W", "offset": 21}]}))
    [Edit(path='stages.T4W.offset', before=28, after=21)]
    """
    one, other = _named(before), _named(after)
    if one is None or other is None:
        if before != after:
            yield Edit(path, before, after)
        return
    for name in sorted(one.keys() | other.keys()):
        yield from edits(one.get(name), other.get(name), f"{path}.{name}" if path else name)


def _named(part: Any) -> Mapping[str, Any] | None:
    """A table by the names of its entries; None for a plain value, or a list whose lines have no names of their own."""
    if isinstance(part, Mapping):
        return part
    if isinstance(part, list | tuple) and part and all(isinstance(line, Mapping) for line in part):
        for name in NAMES:
            known = [line.get(name) for line in part]
            if None not in known and len({*known}) == len(part):
                return {str(line[name]): line for line in part}
    return None
