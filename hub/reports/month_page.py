"""A month's report as a page to look at: bars that are also numbers, on one printable page."""

from collections.abc import Iterable, Sequence
from html import escape

from hub.reports import page
from hub.reports.month import Shown, number

WIDE, LABEL, ROW = 760, 290, 24  # of the picture, of its labels, and of a row
BLUE, AMBER, GREY, INK, SOFT = "#1d5fa8", "#b06a00", "#8a9196", "#0b0c0c", "#50585d"
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
            parts.append(page.paragraph("Nothing.", quiet=True))
        parts += [picture(table, rows, COLOURS.get(one.name, BLUE)) for table, rows in one.tables if rows]
    for heading, lines in lists:
        parts += [
            page.heading(heading),
            *(map(page.paragraph, lines) if lines else [page.paragraph("Nothing.", quiet=True)]),
        ]
    return page.page(title, [*parts, page.paragraph(note, quiet=True)])


def picture(title: str, rows: Sequence[tuple[str, str]], colour: str) -> str:
    """
    One table as bars; a hidden number is an open bar with its mark, as short as the shortest.
    """
    some = rows[:MOST]
    numbers = [found if isinstance(found := number(mark), int) else 0 for _, mark in some]
    scale = (WIDE - LABEL - 80) / max(1, *numbers)
    bars = "".join(
        _bar(at, name, mark, many * scale, colour)
        for at, ((name, mark), many) in enumerate(zip(some, numbers, strict=True))
    )
    height = ROW * len(some) + 6
    said = "; ".join(f"{name} {mark}" for name, mark in some)
    more = f"<figcaption class=small>and {len(rows) - MOST} more</figcaption>" if len(rows) > MOST else ""
    head = f'<svg viewBox="0 0 {WIDE} {height}" role="img" aria-label="{escape(f"{title}: {said}", True)}">'
    style = 'font-family="system-ui, sans-serif" font-size="13"'
    return f"<figure><figcaption>{escape(title)}</figcaption>{head}<g {style}>{bars}</g></svg>{more}</figure>"


def _bar(at: int, name: str, mark: str, wide: float, colour: str) -> str:
    top = at * ROW + 4
    hidden = not isinstance(number(mark), int)
    fill = f'fill="#fff" stroke="{colour}" stroke-dasharray="3 2"' if hidden else f'fill="{colour}"'
    length = 10 if hidden else max(wide, 2)
    text = name if len(name) <= 36 else f"{name[:35]}…"
    label = f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end" fill="{INK}">{escape(text)}</text>'
    bar = f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{ROW - 8}" rx="2" {fill}/>'
    return f'{label}{bar}<text x="{LABEL + length + 7:.1f}" y="{top + 13}" fill="{SOFT}">{escape(mark)}</text>'
