"""Prisons: HMPPS domain events, old NOMIS Offender Events, and prisoner records."""

from connectors.mapping import Context, Draft, Mapped, RefusedError
from connectors.prison.envelopes import Leaf, leaves
from connectors.prison.happenings import happen
from connectors.prison.records import compare
from connectors.reading import json_items, text

AGENCY = "HMPPS_PRISON"


def map_file(name: str, data: bytes, context: Context) -> Mapped:
    """Map one file of messages or records, in whatever wrapping it came."""
    draft = Draft(name, context)
    with draft.reading():
        for place, value in json_items(text(data, context.limit)):
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
