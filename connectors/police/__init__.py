"""Police: our own rows of arrests, charges, bail and the like, and court results as they reach the police."""

from pathlib import Path

from connectors.mapping import Context, Draft, Mapped, RefusedError
from connectors.police.court_results import map_results
from connectors.reading import is_json, is_xml, text
from connectors.rows import map_rows, sheet

AGENCY = "GMP"
ROWS = sheet(Path(__file__).parent / "rows.yaml")
STREET = ("crime id,month,reported by", "type,date,part of a policing operation")


def map_file(name: str, data: bytes, context: Context) -> Mapped:
    """Map one file: rows as CSV or JSON, or a court result as XML."""
    draft = Draft(name, context)
    with draft.reading():
        read = text(data, context.limit)
        _refuse_strangers(read)
        if is_xml(read):
            map_results(draft, read)
        else:
            map_rows(draft, read, ROWS)
    return draft.mapped()


def _refuse_strangers(read: str) -> None:
    start = read[:400].lower()
    if start.startswith(STREET):
        raise RefusedError("area figures of data.police.uk, about no person", "send rows about people; see the README")
    if is_json(read) and '"matchregex"' in start:
        raise RefusedError("an answer to a PNC enquiry, not a happening", "send rows about people; see the README")
