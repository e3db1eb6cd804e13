"""
What a change of rules opens and closes: exactly, over everything that can be asked (promise P6).

A disclosure is one field in one form, or the bare fact that something happened, of one subject from one source to one
team. It is opened where the new rules tell it and the old ones told no such field as fully; closed the other way about.
What a broken glass adds to that is opened and closed by itself: it is told for some hours alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from hub.core.calendar import DAY
from hub.core.emergency import HOUR, LEADS, OPENED
from hub.core.policy import Ask, Clause, Effect, Index, Verdict, decide
from hub.core.rules import Rules
from hub.governance.space import Cell, Key, cells, names, words

ACK = "alert.ack"
BAND = "band"
SILENT = frozenset({"drop", BAND})  # forms that tell nothing: a band that begins nowhere is none
FULLER = {"month": frozenset({"year"})}  # a form tells what coarser ones tell, and `keep` tells everything


class Piece(NamedTuple):
    """One field in one form, a band with where each begins; without a name, that the thing happened at all."""

    field: str = ""
    form: str = ""


HAPPENED = Piece()
Told = frozenset[Piece]
NOTHING: Told = frozenset()


class Disclosure(NamedTuple):
    """What a team is told of a subject from a source; with *hours*, for so long at most while the glass is broken."""

    team: str
    subject: str
    source: str
    piece: Piece
    hours: int = 0


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
    opened, closed = list[Change](), list[Change]()
    for key in _keys(both):
        clauses = [clause for rules in both for clause in rules.clauses.get(key, ())]
        more, less = dict[Piece, list[Cell]](), dict[Piece, list[Cell]]()
        for cell in _cells(clauses, both):
            ask = cell.ask(key)
            before, after = told(old, ask), told(new, ask)
            _note(more, cell, after, before)
            _note(less, cell, before, after)
        opened += _changes(key, more, clauses)
        closed += _changes(key, less, clauses)
    for key in sorted({key for rules in both for key in rules.emergency.clauses if may_hear(rules, key)}):
        clauses = [clause for rules in both for table in tables(rules) for clause in table.get(key, ())]
        opened += _broken(key, clauses, old, new)
        closed += _broken(key, clauses, new, old)
    return Diff(tuple(sorted(opened, key=lambda one: one.of)), tuple(sorted(closed, key=lambda one: one.of)))


def _broken(key: Key, clauses: Iterable[Clause], old: Rules | None, new: Rules | None) -> Iterator[Change]:
    """What the glass that is broken under *new* adds, and under *old* did not for as long."""
    if new is None:
        return
    more, hours = dict[Piece, list[Cell]](), new.emergency.longest // HOUR
    shorter = old is None or old.emergency.longest < new.emergency.longest
    for cell in _cells(clauses, [rules for rules in (old, new) if rules is not None]):
        ask = cell.ask(key)
        anyway = told(old, ask) | told(new, ask) | (NOTHING if shorter else told_broken(old, ask))
        _note(more, cell, told_broken(new, ask), anyway)
    for change in _changes(key, more, clauses):
        yield replace(change, of=change.of._replace(hours=hours))


def _cells(clauses: Iterable[Clause], both: Iterable[Rules]) -> Iterator[Cell]:
    return cells(clauses, turns=[rules.valid_until + DAY for rules in both if rules.valid_until < date.max])


def tables(rules: Rules) -> tuple[Index, Index]:
    """The clauses that hold always, and those that hold while the glass is broken."""
    return rules.clauses, rules.emergency.clauses


def _keys(both: Iterable[Rules]) -> list[Key]:
    """The keys under which anything may be told at all, by any of them."""
    found = ((rules, key, clauses) for rules in both for key, clauses in rules.clauses.items())
    permits = {key for rules, key, some in found if any(c.effect is Effect.PERMIT for c in some) and hears(rules, key)}
    return sorted(permits)


def _note(found: dict[Piece, list[Cell]], cell: Cell, here: Told, there: Told) -> None:
    """Note in *cell* what is told *here* and, as fully, not *there*."""
    for piece in here:
        if not any(covers(one, piece) for one in there):
            found.setdefault(piece, []).append(cell)


def _changes(key: Key, found: Mapping[Piece, list[Cell]], clauses: Iterable[Clause]) -> Iterator[Change]:
    subject, source, team = key
    every = {name: len(words(name, clauses)) for name in names(clauses)}
    for piece, where in found.items():
        least = smallest(where)
        yield Change(
            Disclosure(team, subject, source, piece), tuple(_freed(one, every) for one in merged(where)), least
        )


def _freed(cell: Cell, every: Mapping[str, int]) -> Cell:
    """The cell without the attributes that may be anything at all."""
    return Cell(cell.first, cell.last, tuple(one for one in cell.words if len(one[1]) < every[one[0]]))


def told(rules: Rules | None, ask: Ask) -> Told:
    """What the answer to *ask* discloses under *rules*."""
    if rules is None or not hears(rules, (ask.subject, ask.source, ask.team)):
        return NOTHING
    return _pieces(rules, ask, decide(ask, rules.clauses))


def told_broken(rules: Rules | None, ask: Ask) -> Told:
    """What the answer to *ask* discloses under *rules* while the glass is broken."""
    key = (ask.subject, ask.source, ask.team)
    if rules is None or key not in rules.emergency.clauses or not may_hear(rules, key):
        return told(rules, ask)
    return _pieces(rules, ask, rules.emergency.verdict(ask, decide(ask, rules.clauses)))


def _pieces(rules: Rules, ask: Ask, verdict: Verdict) -> Told:
    if ask.on > rules.valid_until or not verdict.allowed or verdict.clause is None:
        return NOTHING
    known = rules.vocabulary.get(ask.subject)
    fields = (field for field in verdict.clause.fields if known is None or field[0] in known)
    kept = (Piece(name, _form(rules, name, form)) for name, form in fields)
    return frozenset({HAPPENED, *(piece for piece in kept if piece.form not in SILENT)})


def _form(rules: Rules, name: str, form: str) -> str:
    return " ".join(map(str, (BAND, *rules.bands.get(name, ())))) if form == BAND else form


def hears(rules: Rules, key: Key) -> bool:
    """Whether the question arises: a member asked to be told of the subject, and the source may state it."""
    subject, _, code = key
    team = rules.teams.get(code)
    if team is None or (subject.startswith("alert.") and subject != ACK):
        return team is not None
    return subject in team.subscribes and _stated(rules, key)


def may_hear(rules: Rules, key: Key) -> bool:
    """Whether the question arises while the glass is broken: nobody need have asked."""
    subject, source, code = key
    return code in rules.teams and ((subject, source) == (OPENED, LEADS) or _stated(rules, key))


def _stated(rules: Rules, key: Key) -> bool:
    subject, source, _ = key
    return (subject == ACK or subject in rules.publishes.get(source, ())) and subject in rules.vocabulary


def covers(one: Piece, other: Piece) -> bool:
    """
    Whether whoever is told *one* is told *other* by it.

    >>> covers(Piece("crd", "keep"), Piece("crd", "year")), covers(Piece("crd", "year"), Piece("crd", "keep"))
    (True, False)
    """
    if one == other:
        return True
    fuller = one.form == "keep" or other.form in FULLER.get(one.form, ())
    return one.field == other.field != "" and (fuller or _finer(one.form, other.form))


def _finer(one: str, other: str) -> bool:
    """Whether the bands *one* begin wherever the bands *other* do: `band 10 16 18` tells what `band 16` does."""
    (name, *edges), (coarse, *fewer) = one.split(), other.split()
    return name == coarse == BAND and {*fewer} <= {*edges}


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
