"""
Openings and closings in words, as people read them, list them in an amendment and sign them.

The words of one change of rules are always the same, and say all of it: a wider opening has other words.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from hub.governance.diff import HAPPENED, Change, Piece
from hub.governance.space import Cell, Words

Where = tuple[Cell, ...]


class Line(NamedTuple):
    """Disclosures that are alike but for the subject, the source or the field, in one line."""

    team: str
    subjects: tuple[str, ...]
    sources: tuple[str, ...]
    pieces: tuple[Piece, ...]
    where: Where
    broken: bool

    @property
    def about(self) -> str:
        """Who is told of what."""
        glass = ", while the glass is broken," if self.broken else ""
        return f"{self.team}{glass} is told of {', '.join(self.subjects)} from {', '.join(self.sources)}"

    @property
    def text(self) -> str:
        """All of it in words."""
        return f"{self.about}: {', '.join(map(piece, self.pieces))}; {extent(self.where)}"

    def holds(self, one: Change) -> bool:
        """Whether this line speaks of that change too."""
        of = one.of
        about = (
            (of.team, of.broken) == (self.team, self.broken)
            and of.subject in self.subjects
            and of.source in self.sources
        )
        return about and of.piece in self.pieces and one.where == self.where


def lines(changes: Iterable[Change]) -> list[str]:
    """Every change in words, in order."""
    return [line.text for line in grouped(changes)]


def grouped(changes: Iterable[Change]) -> list[Line]:
    """Every change in as few lines as there need be, in order of their words."""
    found = [
        Line(one.of.team, (one.of.subject,), (one.of.source,), (one.of.piece,), one.where, one.of.broken)
        for one in changes
    ]
    for place in (3, 2, 1):
        found = _together(found, place)
    return sorted(found, key=lambda line: line.text)


def _together(found: Iterable[Line], place: int) -> list[Line]:
    """The lines that differ in one part alone, as one."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for line in found:
        parts: list[Any] = [*line]
        groups.setdefault((*parts[:place], *parts[place + 1 :]), []).extend(parts[place])
    return [Line(*(*rest[:place], tuple(sorted(part)), *rest[place:])) for rest, part in groups.items()]


def piece(told: Piece) -> str:
    """
    One thing told.

    >>> piece(Piece("crd", "year")), piece(HAPPENED)
    ('crd (year)', 'that it happens')
    """
    return "that it happens" if told == HAPPENED else f"{told.field} ({told.form})"


def extent(where: Where) -> str:
    """
    When that is so: the conditions and the days.

    >>> extent((Cell(date(2027, 1, 1), date.max, (("consent", ("yes",)), ("age", (None, "under_10")))),))
    'when consent is yes and age is unknown or under_10, from 2027-01-01'
    """
    return "; or ".join(sorted(map(_cell, where)))


def _cell(cell: Cell) -> str:
    conditions = " and ".join(f"{name} is {_words(some)}" for name, some in cell.words)
    days = " ".join(filter(None, (_day("from", cell.first), _day("to", cell.last))))
    return ", ".join(filter(None, (conditions and f"when {conditions}", days))) or "always"


def _day(word: str, day: date) -> str:
    return "" if day in {date.min, date.max} else f"{word} {day.isoformat()}"


def _words(some: Words) -> str:
    return " or ".join("unknown" if word is None else word for word in some)
