"""A month's report as a page to look at: bars that are also numbers, on one printable page."""

from collections.abc import Iterable, Sequence
from html import escape

from hub.reports import page
from hub.reports.chart import AMBER, BLUE, GREY, bars
from hub.reports.month import Shown

COLOURS = {"withheld": AMBER, "quarantine": GREY}
MOST = 14  # rows of a picture; what is rarer is in the JSON and the CSV


def drawn(
    title: str,
    about: Iterable[tuple[str, str]],
    made: Sequence[Shown],
    lists: Iterable[tuple[str, Sequence[str]]],
    note: str,
) -> str:
    """The page: facts *about* it, a chapter after the other, *lists* of lines, and a *note* on what is hidden."""
    parts = [page.heading(title, 1), page.facts(about)]
    for one in made:
        parts.append(page.heading(f"{one.title}: {one.total}"))
        if not one.tables or not any(rows for _, rows in one.tables):
            parts.append(page.paragraph("Nothing." if one.total == "0" else "Too few to say more.", quiet=True))
        drawn = [picture(table, rows, COLOURS.get(one.name, BLUE)) for table, rows in one.tables if rows]
        parts.append(f"<div class=pictures>{''.join(drawn)}</div>")
    for heading, lines in lists:
        parts += [
            page.heading(heading),
            *(map(page.paragraph, lines) if lines else [page.paragraph("Nothing.", quiet=True)]),
        ]
    return page.page(title, [*parts, page.paragraph(note, quiet=True)])


def picture(title: str, rows: Sequence[tuple[str, str]], colour: str) -> str:
    """One table as bars; of what is rare only how many there are."""
    more = f"<p class=small>and {len(rows) - MOST} more</p>" if len(rows) > MOST else ""
    return f"<figure><figcaption>{escape(title)}</figcaption>{bars(title, rows[:MOST], colour)}{more}</figure>"
