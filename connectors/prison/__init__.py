"""Prisons: HMPPS domain events, old NOMIS Offender Events, prisoner records, and our own rows of needs and consents."""

from pathlib import Path

from connectors.mapping import Context, Draft, Mapped, RefusedError
from connectors.prison.envelopes import Leaf, leaves
from connectors.prison.happenings import happen
from connectors.prison.records import compare
from connectors.reading import is_json, json_items, text
from connectors.rows import map_rows, sheet

AGENCY = "HMPPS_PRISON"
ROWS = sheet(Path(__file__).parent / "rows.yaml")


def map_file(name: str, data: bytes, context: Context) -> Mapped:
    """Map one file of messages or records, in whatever wrapping it came."""
    draft = Draft(name, context)
    with draft.reading():
        read = text(data, context.limit)
        if read.strip() and not is_json(read):
            map_rows(draft, read, ROWS)
            return draft.mapped()
        for place, value in json_items(read):
            for leaf in leaves(place, value):
                _map(draft, leaf)
    if not draft.events and not draft.refused and not draft.notes:
        draft.note("no message and no record in it")
    return draft.mapped()


def _map(draft: Draft, leaf: Leaf) -> None:
    with draft.item(leaf.place, leaf.source):
        if isinstance(leaf.body, RefusedError):
            raise leaf.body
        if "prisonerNumber" in leaf.body:
            compare(draft, leaf.body)
        else:
            happen(draft, leaf)
