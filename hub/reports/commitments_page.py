"""The promises of a month as one page to print and to keep: each with its picture, the numbers, and the query."""

from collections.abc import Iterable, Sequence
from datetime import date

from hub.reports import page
from hub.reports.chart import AMBER, BLUE, GREY, Column, bars, columns, many, share
from hub.reports.figures import BROKEN, KEPT, Figure, Trend


def drawn(name: str, month: str, open_: bool, shown: Sequence[Figure], trend: Trend, least: int) -> str:
    """The page, of the partnership called *name*."""
    when = f"{date.fromisoformat(f'{month}-01'):%B %Y}{' so far' if open_ else ''}"
    title = f"Are we keeping our promises? {when}"
    parts = [page.heading(title, 1), page.paragraph(name, quiet=True)]
    for one in shown:
        parts += _promise(one, trend.get(one.promise.name, []), month if open_ else "")
    note = (
        f"A count from 1 to {least - 1} is shown as <{least}, a dash hides what would tell one all the same, and ≥ and"
        " ≤ say what the numbers shown leave open. Shares are rounded down."
    )
    return page.page(title, [*parts, page.paragraph(note, quiet=True)])


def _promise(one: Figure, months: Sequence[tuple[str, str]], going_on: str) -> Iterable[str]:
    promise = one.promise
    yield page.heading(promise.title)
    pictures = [("", headline(one)), ("by month", over_time(one, months, going_on)), *outcomes(one)]
    figures = (f"<figure><figcaption>{title}</figcaption>{picture}</figure>" for title, picture in pictures)
    yield f"<div class=pictures>{''.join(figures)}</div>"
    yield page.table(("What came of it", "Cases"), one.parts, frozenset({1}))
    if one.details:
        yield page.table((promise.detail.capitalize(), "Cases"), one.details, frozenset({1}))
    for split in one.splits:
        if split.rows:
            yield page.table((split.title.capitalize(), "Kept", "Of", "Share"), split.shown, frozenset({1, 2, 3}))
    yield page.paragraph(promise.means)
    yield page.paragraph(f"Counted from: {promise.query}", quiet=True)
    yield page.paragraph(
        f"Target: {'none agreed' if one.target is None else f'{one.target}%'} ({one.source}).", quiet=True
    )


def headline(one: Figure) -> str:
    """The picture of a promise's share in the month."""
    said = "nothing to count" if one.share == "none" else f"{one.kept} kept, {one.broken} not"
    return share(f"{one.promise.title}, of {one.promise.unit}", one.share, said, one.target)


def outcomes(one: Figure) -> list[tuple[str, str]]:
    """The pictures of what came of it: of what was kept, of what was not, and of what stands apart, on one scale."""
    promise, marks = one.promise, dict(one.parts)
    top = max((many(mark) or 0 for mark in marks.values()), default=0)
    groups = ((KEPT, promise.kept, BLUE), (BROKEN, promise.broken, AMBER), ("stands apart", promise.apart, GREY))
    return [
        (name, bars(f"{promise.title}: {name}", [(outcome, marks[outcome]) for outcome in told], colour, top))
        for name, told, colour in groups
        if told
    ]


def over_time(one: Figure, months: Iterable[tuple[str, str]], going_on: str = "") -> str:
    """The picture of its shares by month; the month *going_on* is not over yet."""
    made = [Column(label(month), (mark,), month == going_on) for month, mark in months]
    return columns(f"{one.promise.title}, by month", made, top=100, unit="%", target=one.target)


def label(month: str) -> str:
    """
    A month's name below a column.

    >>> label("2026-11")
    'Nov 2026'
    """
    return f"{date.fromisoformat(f'{month}-01'):%b %Y}"
