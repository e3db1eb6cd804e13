"""The rows of a page as files: what a table shows, for spreadsheets and for programs."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from starlette.responses import Response, StreamingResponse

from hub.reports.sheet import lines

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
TOGETHER = 500  # rows
Value = str | int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under *columns*, as long as there are some; *name* is the file's, without its end."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Value]]


def download(sheet: Sheet, form: str) -> Response:
    """The sheet as a file of one of TYPES; it is made while it is sent, however long."""
    made = _csv(sheet) if form == "csv" else _json(sheet)
    there = {"content-disposition": f'attachment; filename="{sheet.name}.{form}"'}
    return StreamingResponse(_portions(made), media_type=TYPES[form], headers=there)


def _csv(sheet: Sheet) -> Iterator[str]:
    return lines(sheet.columns, (["" if cell is None else str(cell) for cell in row] for row in sheet.rows))


def _json(sheet: Sheet) -> Iterator[str]:
    yield "["
    for number, row in enumerate(sheet.rows):
        told = dict(zip(sheet.columns, row, strict=True))
        yield f"{',' if number else ''}\n{json.dumps(told, ensure_ascii=False)}"
    yield "\n]\n"


def _portions(made: Iterator[str]) -> Iterator[str]:
    """Many rows at once: to send each by itself costs more than to make it."""
    while portion := "".join(islice(made, TOGETHER)):
        yield portion
