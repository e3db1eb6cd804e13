"""Schools: rows of attendance, suspensions, placements, plans and pupils; the pupils of a Common Transfer File."""

from pathlib import Path

from connectors.mapping import Context, Draft, Mapped
from connectors.reading import is_json, is_xml, text
from connectors.rows import map_rows, sheet
from connectors.schools.pupils import map_ctf, map_search, search_answer

AGENCY = "SCHOOL"
ROWS = sheet(Path(__file__).parent / "rows.yaml")


def map_file(name: str, data: bytes, context: Context) -> Mapped:
    """Map one file: rows as CSV or JSON, a CTF as XML, or pupils as a search index answers them."""
    draft = Draft(name, context)
    with draft.reading():
        read = text(data, context.limit)
        if is_xml(read):
            map_ctf(draft, read)
        elif is_json(read) and (found := search_answer(read)) is not None:
            map_search(draft, found)
        else:
            map_rows(draft, read, ROWS)
    return draft.mapped()
