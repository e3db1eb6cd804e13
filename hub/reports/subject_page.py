"""A subject report as a page to print and hand over."""

from collections.abc import Callable, Iterable, Sequence

from hub import words
from hub.reports import page
from hub.reports.subject import Line, Statement, fields, law, where

TOLD = ("When", "Who was told", "What", "Which fields", "Under")
NOT = ("When", "Who was not told", "What", "Why")
WHAT = (
    "Everything that the hub told others about you in this time, who asked to be told and was not, and why. "
    "The hub holds no names: it knows a person by a pseudonym. It says which fields left and in which form, not what "
    "stood in them; the service that published them holds that."
)
LEFT_OUT = "{} further {} left out, as the law allows; you may ask the Information Commissioner to look into that."


def drawn(made: Statement, about: Iterable[tuple[str, str]], proof: str) -> str:
    """The page: *about* says whom, when and by whom it was asked; *proof* how each line is shown to be on record."""
    parts = [page.heading("What was shared about one person", 1), page.paragraph(WHAT, quiet=True), page.facts(about)]
    parts += [page.heading(f"Told to others ({len(made.told)})"), _table(TOLD, made.told, _told)]
    parts += [page.heading(f"Asked for, and not told ({len(made.withheld)})"), _table(NOT, made.withheld, _not)]
    if made.left_out:
        parts.append(page.paragraph(left_out(made.left_out)))
    return page.page(
        "What was shared about one person", [*parts, page.heading("How to prove it"), page.paragraph(proof)]
    )


def left_out(count: int) -> str:
    """
    How many lines are not shown.

    >>> left_out(1)
    '1 further line is left out, as the law allows; you may ask the Information Commissioner to look into that.'
    """
    return LEFT_OUT.format(count, "line is" if count == 1 else "lines are")


def _table(heads: Sequence[str], lines: Sequence[Line], row: Callable[[Line], tuple[str, ...]]) -> str:
    return page.table(heads, map(row, lines)) if lines else page.paragraph("Nothing.")


def _told(line: Line) -> tuple[str, ...]:
    under = f"{law(line)}\nfor: {line.purpose}\n{line.statute}\n{where(line)}"
    return _when(line), line.name, f"{line.says}\nfrom {words.agency(line.source)}", fields(line), under


def _not(line: Line) -> tuple[str, ...]:
    under = f"\n{law(line)}" if line.clause else ""
    what = f"{line.says}\nfrom {words.agency(line.source)}"
    return _when(line), line.name, what, f"{line.why}{under}\n{where(line)}"


def _when(line: Line) -> str:
    at = words.local(line.at)
    return f"{words.day(at.date())}\n{at:%H:%M %Z}"
