"""
What a change of rules opens and closes: exactly, over everything that can be asked (promise P6).

A disclosure is one field in one form, or the bare fact that something happened, of one subject from one source to one
team. It is opened where the new rules tell it and the old ones told no such field as fully; closed the other way about.
What is so only while the glass is broken is said apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from hub.core.calendar import DAY
from hub.core.policy import Clause, Effect
from hub.core.rules import Rules
from hub.governance.space import Cell, Key, cells, names, words
from hub.governance.told import HAPPENED, Piece, beyond, hears, told

__all__ = ["HAPPENED", "Change", "Diff", "Disclosure", "Piece", "difference", "merged", "smallest"]


class Disclosure(NamedTuple):
    """What a team is told of a subject from a source; *broken*, where that takes a broken glass."""

    team: str
    subject: str
    source: str
    piece: Piece
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One disclosure opened or closed: where that is so, and the example with the fewest attributes known."""

    of: Disclosure
    where: tuple[Cell, ...]
    example: Cell


@dataclass(frozen=True, slots=True)
class Diff:
    """Every disclosure that a change opens, and every one that it closes, in order."""

    opened: tuple[Change, ...]
    closed: tuple[Change, ...]


def difference(old: Rules | None, new: Rules | None) -> Diff:
    """Everything that *new* opens and closes, against *old*; None is no rules, which tell nobody anything."""
    both = [rules for rules in (old, new) if rules is not None]
    turns = [rules.valid_until + DAY for rules in both if rules.valid_until < date.max]
    opened, closed = list[Change](), list[Change]()
    for key in _keys(both):
        clauses = list(_clauses(both, key))
        more, less = dict[Found, list[Cell]](), dict[Found, list[Cell]]()
        for cell in cells(clauses, turns=turns):
            _note(more, cell, key, new, old)
            _note(less, cell, key, old, new)
        opened += _changes(key, more, clauses)
        closed += _changes(key, less, clauses)
    return Diff(tuple(sorted(opened, key=lambda one: one.of)), tuple(sorted(closed, key=lambda one: one.of)))


Found = tuple[Piece, bool]  # what is told, and whether that takes a broken glass


def _keys(both: Iterable[Rules]) -> list[Key]:
    """The keys under which anything may be told at all, by any of them."""
    every = ((rules, key) for rules in both for key in {*rules.clauses, *rules.emergency.clauses})
    return sorted({key for rules, key in every if hears(rules, key, broken=True) and _permits([rules], key)})


def _permits(both: Iterable[Rules], key: Key) -> bool:
    return any(clause.effect is Effect.PERMIT for clause in _clauses(both, key))


def _clauses(both: Iterable[Rules], key: Key) -> Iterator[Clause]:
    for rules in both:
        yield from rules.clauses.get(key, ())
        yield from rules.emergency.clauses.get(key, ())


def _note(found: dict[Found, list[Cell]], cell: Cell, key: Key, here: Rules | None, there: Rules | None) -> None:
    """Note in *cell* what is told by the rules *here* and, as fully, not *there*: always, or with the glass broken."""
    ask = cell.ask(key)
    usual = beyond(told(here, ask), told(there, ask))
    for piece in usual:
        found.setdefault((piece, False), []).append(cell)
    for piece in beyond(told(here, ask, broken=True), told(there, ask, broken=True)) - usual:
        found.setdefault((piece, True), []).append(cell)


def _changes(key: Key, found: Mapping[Found, list[Cell]], clauses: Iterable[Clause]) -> Iterator[Change]:
    subject, source, team = key
    every = {name: len(words(name, clauses)) for name in names(clauses)}
    for (piece, broken), where in found.items():
        of = Disclosure(team, subject, source, piece, broken)
        yield Change(of, tuple(_freed(one, every) for one in merged(where)), smallest(where))


def _freed(cell: Cell, every: Mapping[str, int]) -> Cell:
    """The cell without the attributes that may be anything at all."""
    return Cell(cell.first, cell.last, tuple(one for one in cell.words if len(one[1]) < every[one[0]]))


def smallest(where: Iterable[Cell]) -> Cell:
    """The cell that fewest attributes need be known to be in; of these, the earliest."""
    return min(where, key=_size)


def _size(cell: Cell) -> tuple[int, date, str]:
    known = [(name, words[0]) for name, words in cell.words if words[0] is not None]
    return len(known), cell.first, str(known)


def merged(where: Iterable[Cell]) -> tuple[Cell, ...]:
    """The same questions in fewer cells: those that differ in one attribute alone, or in days that meet, are joined."""
    found = list(where)
    for place in range(len(found[0].words) if found else 0):
        found = list(_joined(found, place))
    rows: dict[tuple[object, ...], list[Cell]] = {}
    for cell in sorted(found, key=lambda cell: cell.first):
        row = rows.setdefault(cell.words, [])
        if row and row[-1].last < date.max and row[-1].last + DAY == cell.first:
            row[-1] = Cell(row[-1].first, cell.last, cell.words)
        else:
            row.append(cell)
    return tuple(cell for row in rows.values() for cell in row)


def _joined(found: Iterable[Cell], place: int) -> Iterator[Cell]:
    """Cells that differ in the words of one attribute alone, joined."""
    groups: dict[tuple[object, ...], list[Cell]] = {}
    for cell in found:
        rest = (cell.first, cell.last, *cell.words[:place], *cell.words[place + 1 :])
        groups.setdefault(rest, []).append(cell)
    for group in groups.values():
        name = group[0].words[place][0]
        words = tuple(word for cell in group for word in cell.words[place][1])
        one = group[0]
        yield Cell(one.first, one.last, (*one.words[:place], (name, words), *one.words[place + 1 :]))
