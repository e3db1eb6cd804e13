"""
Everything that a policy can be asked, as finitely many cells: days and words that no clause can tell apart.

Only the attributes that a clause of the key names can matter, only the sets of words in which it names them, and only
the days on which it begins or ends. So a few cells stand for every question there is, and nothing is sampled.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from hub.core.calendar import DAY
from hub.core.policy import VOCABULARY, Ask, Clause, Effect

Key = tuple[str, str, str]
Word = str | None
Words = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """All days from *first* to *last* with, for each attribute, any one of its *words*; None is unknown."""

    first: date
    last: date
    words: tuple[tuple[str, Words], ...] = ()

    def ask(self, key: Key, on: date | None = None) -> Ask:
        """One question of this cell, about a *key* of subject, source and team: all its others are answered alike."""
        subject, source, team = key
        return Ask(subject, source, team, on or self.first, {name: words[0] for name, words in self.words})

    def holds(self, on: date, attributes: Mapping[str, Word]) -> bool:
        """Whether a question on that day, about a person with these attributes, is in this cell."""
        return self.first <= on <= self.last and all(attributes.get(name) in words for name, words in self.words)


def words(name: str, clauses: Iterable[Clause] = ()) -> Words:
    """
    Every word that an attribute may have, unknown first; a word that only a clause knows counts too.

    >>> words("consent")
    (None, 'yes', 'no')
    """
    named = {word for clause in clauses for other, allowed in clause.when if other == name for word in allowed}
    known = VOCABULARY.get(name, ())
    return (None, *known, *sorted(named - {*known}))


def names(clauses: Iterable[Clause]) -> tuple[str, ...]:
    """The attributes that any of *clauses* asks about: no other can matter to them."""
    return tuple(sorted({name for clause in clauses for name, _ in clause.when}))


def classes(name: str, clauses: Iterable[Clause]) -> tuple[Words, ...]:
    """The words of one attribute, those together that no clause tells apart; unknown stands alone."""
    clauses = tuple(clauses)
    sets = [allowed for clause in clauses for other, allowed in clause.when if other == name]
    found: dict[tuple[bool, ...], list[Word]] = {}
    for word in words(name, clauses)[1:]:
        found.setdefault(tuple(word in allowed for allowed in sets), []).append(word)
    return ((None,), *map(tuple, found.values()))


def spans(
    clauses: Iterable[Clause], first: date = date.min, last: date = date.max, turns: Iterable[date] = ()
) -> tuple[tuple[date, date], ...]:
    """
    The days from *first* to *last*, those together on which the same clauses hold, cut at each of *turns*.

    >>> spans((), date(2026, 1, 1), date(2026, 12, 31), [date(2026, 7, 1)])
    ((datetime.date(2026, 1, 1), datetime.date(2026, 6, 30)), (datetime.date(2026, 7, 1), datetime.date(2026, 12, 31)))
    """
    days = {first, *turns}
    for clause in clauses:
        days.add(clause.starts)
        if clause.effect is Effect.PERMIT:
            days |= {day + DAY for day in (clause.ends, clause.review_by) if day < date.max}
    begun = sorted(day for day in days if first <= day <= last)
    return tuple(zip(begun, [*(day - DAY for day in begun[1:]), last], strict=True)) if begun else ()


def cells(
    clauses: Iterable[Clause], first: date = date.min, last: date = date.max, turns: Iterable[date] = ()
) -> Iterator[Cell]:
    """
    Every question that *clauses* can be asked from *first* to *last*, in cells that do not overlap.

    >>> [cell.ask(("person.died", "YJS", "HOUS")).on for cell in cells((), date(2026, 1, 1))]
    [datetime.date(2026, 1, 1)]
    """
    clauses = tuple(clauses)
    named = names(clauses)
    tables = [[(name, some) for some in classes(name, clauses)] for name in named]
    for begins, ends in spans(clauses, first, last, turns):
        for chosen in product(*tables):
            yield Cell(begins, ends, chosen)


def assignments(named: Iterable[str], clauses: Iterable[Clause] = ()) -> Iterator[dict[str, Word]]:
    """
    Every assignment of words to the attributes *named*, one by one: brute force, to check the cells against.

    >>> sum(1 for _ in assignments(["age", "consent"])) == 6 * 3
    True
    """
    named, clauses = tuple(named), tuple(clauses)
    for chosen in product(*(words(name, clauses) for name in named)):
        yield dict(zip(named, chosen, strict=True))
