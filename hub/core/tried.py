"""
What was tried for one team before the answer, and the smallest change of a fact or of the day that would turn it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, product

from hub.core.calendar import DAY
from hub.core.policy import VOCABULARY, Ask, Clause, Effect, Index, decide, unmet

ON = "on"  # the day, among the names of facts
MOST = 4  # facts changed at once
Facts = tuple[tuple[str, str | date], ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One clause that was looked at, and why it did not apply; None: it did. *facts* are what it asked, and found."""

    clause: Clause
    unmet: str | None
    facts: Mapping[str, str | None]


def tried(ask: Ask, clauses: Index) -> tuple[Tried, ...]:
    """Every clause that speaks of this event, from this source, to this team, forbids first."""
    found = clauses.get((ask.subject, ask.source, ask.team), ())
    return tuple(Tried(one, _why(one, ask), {name: ask.attributes.get(name) for name, _ in one.when}) for one in found)


def _why(clause: Clause, ask: Ask) -> str | None:
    reason = unmet(clause, ask)
    armed = clause.effect is Effect.FORBID and reason is not None and reason.startswith("MISSING:")
    return None if armed else reason


def turns(ask: Ask, clauses: Index) -> tuple[Facts, ...]:
    """
    The smallest sets of facts, or of a day, each of which would turn the answer; none where no fact could.

    Every set is of the same least size, four facts at most, and each was tried: the agreements say the opposite with
    it. Only what a clause asks is changed, and the day only to the nearest, on either side, that makes a difference.
    """
    found = clauses.get((ask.subject, ask.source, ask.team), ())
    now = decide(ask, clauses).allowed
    choices: dict[str, list[str | date]] = {}
    for name in dict.fromkeys(name for clause in found for name, _ in clause.when):
        choices[name] = [word for word in VOCABULARY[name] if word != ask.attributes.get(name)]
    choices[ON] = list(_days(ask.on, found))
    for size in range(1, min(len(choices), MOST) + 1):
        made = tuple(
            facts
            for names in combinations(choices, size)
            for words in product(*(choices[name] for name in names))
            if decide(_changed(ask, facts := tuple(zip(names, words, strict=True))), clauses).allowed != now
        )
        if made:
            return tuple(_nearest(made, ask.on))
    return ()


def _nearest(made: tuple[Facts, ...], on: date) -> Iterator[Facts]:
    """Of several days that would do, the nearest on either side."""
    seen = set[tuple[Facts, bool]]()
    for facts in made:
        day = dict(facts).get(ON)
        rest = tuple(fact for fact in facts if fact[0] != ON), isinstance(day, date) and day < on
        if day is None or rest not in seen:
            seen.add(rest)
            yield facts


def _days(on: date, clauses: tuple[Clause, ...]) -> Iterator[date]:
    """The nearest day before and after *on* on which something begins or is over."""
    edges = {day for one in clauses for day in (one.starts, one.starts - DAY)}
    permits = [one for one in clauses if one.effect is Effect.PERMIT]
    edges |= {day for one in permits for end in (one.ends, one.review_by) for day in (end, end + DAY)}
    yield from sorted((day for day in edges if day < on), reverse=True)
    yield from sorted(day for day in edges if day > on)


def _changed(ask: Ask, facts: Facts) -> Ask:
    day = next((word for _, word in facts if isinstance(word, date)), ask.on)
    words = {name: word for name, word in facts if isinstance(word, str)}
    return replace(ask, on=day, attributes={**ask.attributes, **words})
