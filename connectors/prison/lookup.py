"""A folder of prisoner records as a look-up, for the events that only say `go and fetch`."""

from collections.abc import Callable
from pathlib import Path

from connectors.identifiers import prisoner
from connectors.mapping import MIB, RefusedError, Seen
from connectors.prison.envelopes import leaves
from connectors.reading import json_items, text


def folder_of_records(folder: Path, limit: int = 64 * MIB) -> Callable[[str], Seen | None]:
    """Return a look-up by prisoner number over every record in *folder*; of two, the file later in name order wins."""
    found: dict[str, Seen] = {}
    for path in sorted(folder.glob("*.json*")):
        for record in _records(path.read_bytes(), limit):
            if number := prisoner(record.get("prisonerNumber")):
                found[number] = record
    return found.get


def _records(data: bytes, limit: int) -> list[Seen]:
    try:
        found = [leaf.body for place, value in json_items(text(data, limit)) for leaf in leaves(place, value)]
    except RefusedError:
        return []  # the file is refused, with its reason, when it is mapped
    return [body for body in found if isinstance(body, dict)]
