"""
Questions with the answers that are expected: what the people who sign an agreement say that it says.

A question may ask of many things at once, and of many words: all are to be answered alike. A reach says whom alone a
clause ever concerns, whatever is known of the person.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

from hub.core.policy import Ask, Clause, Index, Verdict, decide
from hub.governance.policy import Policy, groups
from hub.governance.space import Key, Words, cells

FORBIDDEN = "FORBIDDEN"


@dataclass(frozen=True, slots=True)
class Answer:
    """Told under a *clause*, with these *fields* in their forms; or withheld for a *reason*, by a clause or by none."""

    reason: str | None
    clause: str | None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """May any of *teams* have any of *subjects* from any of *sources*, on those *days*, of whom this is *given*?"""

    asks: str
    agreement: str
    subjects: tuple[str, ...]
    sources: tuple[str, ...]
    teams: tuple[str, ...]
    days: tuple[date, ...]
    given: tuple[tuple[str, Words], ...]
    answer: Answer

    def attributes(self) -> list[dict[str, str | None]]:
        """Every person that it asks about."""
        names = [name for name, _ in self.given]
        return [dict(zip(names, told, strict=True)) for told in product(*(words for _, words in self.given))]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom alone the *clause* is ever spoken of to, be it to tell or to withhold: of what, and from whom."""

    clause: str
    agreement: str
    subjects: tuple[str, ...]
    sources: tuple[str, ...]
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is asked of a policy; *on* which key each question turns is worked out once."""

    questions: tuple[Question, ...]
    reaches: tuple[Reach, ...]
    asked: Mapping[Key, Sequence[tuple[Question, tuple[Ask, ...]]]]
    within: Mapping[str, frozenset[Key]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A question, or a reach, that is answered otherwise: the case, and what is answered."""

    of: Question | Reach
    ask: Ask | None
    had: Answer


def sheet(policy: Policy, questions: Iterable[Question], reaches: Iterable[Reach]) -> Sheet:
    """What is asked of *policy*, by what it is about."""
    questions, reaches = tuple(questions), tuple(reaches)
    asked: dict[Key, list[tuple[Question, tuple[Ask, ...]]]] = {}
    for one in questions:
        people = one.attributes()
        for key in policy.keys(one.subjects, one.sources, one.teams):
            asked.setdefault(key, []).append((one, tuple(Ask(*key, on, told) for on in one.days for told in people)))
    within: dict[str, frozenset[Key]] = {}
    for reach in reaches:
        keys = frozenset(policy.keys(reach.subjects, reach.sources, reach.teams))
        within[reach.clause] = within.get(reach.clause, frozenset()) | keys
    return Sheet(questions, reaches, asked, within)


def answer(verdict: Verdict) -> Answer:
    """What a decision says, as a question expects it."""
    clause = verdict.clause
    fields = clause.fields if clause and verdict.allowed else ()
    return Answer(verdict.reason, clause.id if clause else None, fields)


def decides(verdict: Verdict) -> Clause | None:
    """The clause that told, or forbade to tell; a permit that fell short decides nothing."""
    return verdict.clause if verdict.allowed or verdict.reason == FORBIDDEN else None


def wrong(told: Sheet, index: Index, keys: Iterable[Key] | None = None) -> Iterator[Wrong]:
    """Every question that *index* answers otherwise, once for each key; of *keys* alone, if they are given."""
    for key in told.asked if keys is None else keys:
        for one, asks in told.asked.get(key, ()):
            found = next((ask for ask in asks if answer(decide(ask, index)) != one.answer), None)
            if found is not None:
                yield Wrong(one, found, answer(decide(found, index)))
    yield from _beyond(told, index if keys is None else {key: index[key] for key in keys if key in index})


def _beyond(told: Sheet, index: Index) -> Iterator[Wrong]:
    """Every clause that has a say where its reach does not go."""
    reaches = {one.clause: one for one in told.reaches}
    for clauses, keys in groups(index):
        for number in sorted({one.id for one in clauses} & told.within.keys()):
            key = next((key for key in keys if key not in told.within[number]), None)
            if key is not None and (found := _reached(clauses, key, number)) is not None:
                yield Wrong(reaches[number], found, answer(decide(found, index)))


def _reached(clauses: tuple[Clause, ...], key: Key, number: str) -> Ask | None:
    """A case of *key* in which the clause has a say, if there is any."""
    for cell in cells(clauses):
        ask = cell.ask(key)
        by = decide(ask, {key: clauses}).clause
        if by is not None and by.id == number:
            return ask
    return None
