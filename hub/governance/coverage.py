"""
What the questions exercise: every clause, subject, source, team, word, field, refusal and day that can turn an answer.

What there is to exercise is found by asking everything that can be asked, so that a spot which nothing can reach is
none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from hub.core.calendar import DAY
from hub.core.policy import VOCABULARY, Ask, Clause, Effect, Verdict, decide
from hub.governance.policy import Policy, groups
from hub.governance.questions import Sheet, decides
from hub.governance.space import Cell, Key, Words, cells

UNKNOWN = "unknown"


class Spot(NamedTuple):
    """One thing about a clause that can turn an answer."""

    clause: str
    what: str
    which: str = ""


def spots(policy: Policy) -> dict[Spot, Ask | None]:
    """Everything there is to exercise, in order, each with a case that does; None where one case cannot."""
    found: dict[Spot, Ask | None] = {}
    for clauses, keys in groups(policy.index):
        for cell in cells(clauses):
            for on in {cell.first, cell.last}:
                for spot, case in (*_cases(clauses, cell, keys, on), *_despites(clauses, cell, keys[0], on)):
                    found.setdefault(spot, case)
    for one in policy.clauses:
        if Spot(one.id, "decides") in found:
            found[Spot(one.id, "reach")] = None
    return {spot: found[spot] for spot in sorted(found)}


def _cases(clauses: tuple[Clause, ...], cell: Cell, keys: Iterable[Key], on: date) -> Iterator[tuple[Spot, Ask]]:
    """What a cell exercises on one of its days, each key and each word by a case of its own."""
    words = dict(cell.words)
    for key in keys:
        ask = cell.ask(key, on)
        verdict = decide(ask, {key: clauses})
        for spot in exercised(clauses, verdict, key, on, words):
            name, _, word = spot.which.partition(" ")
            exact = {name: word} if spot.what == "word" and word != UNKNOWN else {}
            yield spot, replace(ask, attributes={**ask.attributes, **exact}) if exact else ask
        if decides(verdict) is None:
            return  # what was refused turned on no key


def _despites(clauses: tuple[Clause, ...], cell: Cell, key: Key, on: date) -> Iterator[tuple[Spot, Ask]]:
    """What the forbid that decides a cell must not mind there: where another decides, nothing shows whether it does."""
    ask, words = cell.ask(key, on), dict(cell.words)
    by = decides(decide(ask, {key: clauses}))
    for spot in _despite(by) if by is not None else ():
        name, _, word = spot.which.partition(" ")
        if word in words.get(name, (word,)):
            yield spot, replace(ask, attributes={**ask.attributes, name: word})


def _despite(one: Clause) -> Iterator[Spot]:
    """What a forbid must not mind: one that asked for more would still bar those of whom nothing else is known."""
    if one.effect is Effect.FORBID:
        others = {name: words for name, words in VOCABULARY.items() if name not in dict(one.when)}
        yield from (Spot(one.id, "despite", f"{name} {words[at]}") for name, words in others.items() for at in (0, -1))


def covered(policy: Policy, told: Sheet) -> set[Spot]:
    """What of it the questions exercise; whether they are answered as expected is another matter."""
    found = {Spot(clause, "reach") for clause in told.within}
    for key, asked in told.asked.items():
        clauses = policy.index.get(key, ())
        for _, asks in asked:
            for ask in asks:
                known = {f"{name} {word}" for name, word in ask.attributes.items()}
                words = {name: (ask.attributes.get(name),) for clause in clauses for name, _ in clause.when}
                verdict = decide(ask, policy.index)
                found.update(exercised(clauses, verdict, key, ask.on, words))
                by = decides(verdict)
                if by is not None:
                    found.update(spot for spot in _despite(by) if spot.which in known)
    return found


def exercised(
    clauses: Iterable[Clause], verdict: Verdict, key: Key, on: date, words: Mapping[str, Words]
) -> Iterator[Spot]:
    """What one answer turned on; *words* are those, of each attribute, that are answered alike."""
    by = decides(verdict)
    if by is not None:
        yield from _decided(by, verdict, key, on, words)
    elif verdict.clause is not None and verdict.reason is not None:
        yield from _refused(verdict.clause, verdict.reason, on, words)
    for clause in clauses:
        if clause.effect is Effect.FORBID and clause is not by:
            yield from _spared(clause, on, words)


def _decided(by: Clause, verdict: Verdict, key: Key, on: date, words: Mapping[str, Words]) -> Iterator[Spot]:
    yield Spot(by.id, "decides")
    yield from (Spot(by.id, part, name) for part, name in zip(("of", "from", "to"), key, strict=True))
    for name, _ in by.when:
        yield from (Spot(by.id, "word", f"{name} {word or UNKNOWN}") for word in words[name])
    if verdict.allowed:
        yield from (Spot(by.id, "field", f"{name} {form}") for name, form in by.fields)
    if on == by.starts:
        yield Spot(by.id, "day", "the first")
    if by.effect is Effect.PERMIT and on == min(by.ends, by.review_by):
        yield Spot(by.id, "day", "the last")


def _refused(clause: Clause, reason: str, on: date, words: Mapping[str, Words]) -> Iterator[Spot]:
    kind, _, name = reason.partition(":")
    yield Spot(clause.id, "refusal", reason)
    if kind == "CONDITION":
        yield from (Spot(clause.id, "word", f"{name} {word}") for word in words[name])
    if on == clause.starts - DAY:
        yield Spot(clause.id, "day", "before the first")
    if on == min(clause.ends, clause.review_by) + DAY:
        yield Spot(clause.id, "day", "after the last")


def _spared(clause: Clause, on: date, words: Mapping[str, Words]) -> Iterator[Spot]:
    """A forbid that did not apply: on what that turned."""
    if on == clause.starts - DAY and all(set(words[name]) <= {None, *allowed} for name, allowed in clause.when):
        yield Spot(clause.id, "day", "before the first")
    if on >= clause.starts:
        failed = [name for name, allowed in clause.when if not set(words[name]) <= {None, *allowed}]
        if len(failed) == 1:
            yield from (Spot(clause.id, "word", f"{failed[0]} {word}") for word in words[failed[0]])
