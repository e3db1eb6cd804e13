"""What was tried before an answer and what would have changed it, in plain English: pure functions, names and words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import product

from hub import words
from hub.glossary import ATTRIBUTES, FIRM, HAD

Facts = Mapping[str, str | None]
Change = Sequence[tuple[str, str | date]]
ON = "on"
__all__ = ["FIRM", "asked", "clause", "turned"]
SHOWN = 6  # ways that an explanation spells out


def asked(facts: Facts) -> str:
    """
    What the clauses asked of the person, and what was known.

    >>> asked({"age": "16_to_17", "consent": None})
    'age: 16 to 17; consent: not known'
    """
    return "; ".join(f"{attribute(name)}: {spaced(word)}" for name, word in facts.items())


def attribute(name: str) -> str:
    """What an agreement asks of a person, by its name."""
    return ATTRIBUTES.get(name, spaced(name))


def spaced(word: str | None) -> str:
    """A word of an agreement as people read it."""
    return "not known" if word is None else word.replace("_", " ").lower()


def clause(name: str, effect: str, unmet: str | None, facts: Facts, told: words.Told) -> str:
    """
    What one clause had to say of a person of whom *facts* were known; *told* is the clause as its bundle has it.

    >>> clause("DSA-1.2", "permit", None, {}, {})
    'DSA-1.2 permits it'
    >>> clause("DSA-5.1", "forbid", "CONDITION:protected", {"protected": "no"}, {"when": {"protected": ["yes"]}})
    'DSA-5.1 would forbid it, but only where protected is yes (it was no)'
    """
    if unmet is None:
        lacking = [attribute(each) for each in told.get("when", ()) if facts.get(each) is None]
        why = f", as it does where {lacking[0]} is not known" if lacking and effect == "forbid" else ""
        return f"{name} {effect}s it{why}"
    kind, _, asked = unmet.partition(":")
    if not asked:
        return f"{name} would {effect} it, but {words.reason(kind, told)}"
    wanted = " or ".join(map(spaced, told.get("when", {}).get(asked, ())))
    return (
        f"{name} would {effect} it, but only where {attribute(asked)} is {wanted} (it was {spaced(facts.get(asked))})"
    )


def turned(delivered: bool, reason: str | None, sets: Iterable[Change], on: date, permits: int) -> str:
    """
    What would have changed the answer, given the smallest *sets* of facts that turn it, and how many clauses permit.

    >>> turned(False, "NO_CONSENT", [(("consent", "yes"),)], date(2026, 1, 1), 1)
    "it would have been told with the person's consent"
    >>> turned(False, "NO_AGREEMENT", [], date(2026, 1, 1), 0)
    'only a clause of a signed agreement would let the team have this: none speaks of it'
    """
    if reason in FIRM:
        return FIRM[reason]
    if not permits:
        return "only a clause of a signed agreement would let the team have this: none speaks of it"
    ways = list(_ways(list(sets), on))
    if not ways:
        return "no fact and no day: only a signed amendment of the agreement"
    more = f"; or in {len(ways) - SHOWN} other ways" if len(ways) > SHOWN else ""
    return f"it would have been {'withheld' if delivered else 'told'} {'; or '.join(ways[:SHOWN])}{more}"


def _ways(sets: Sequence[Change], on: date) -> Iterable[str]:
    """Sets of the same names in one sentence where every combination of their words is among them."""
    named: dict[tuple[str, ...], list[tuple[str | date, ...]]] = {}
    for facts in sets:
        named.setdefault(tuple(name for name, _ in facts), []).append(tuple(word for _, word in facts))
    for names, found in named.items():
        among = [tuple(dict.fromkeys(column)) for column in zip(*found, strict=True)]
        whole = ON not in names and len(found) == len(list(product(*among)))
        for some in [among] if whole else [[(word,) for word in one] for one in found]:
            yield " and ".join(_had(name, told, on) for name, told in zip(names, some, strict=True))


def _had(name: str, told: Sequence[str | date], on: date) -> str:
    """One fact, had it been otherwise."""
    if isinstance(told[0], date):
        return f"from {words.day(told[0])} on" if told[0] > on else f"up to {words.day(told[0])}"
    if (name, *told) in HAD:
        return HAD[(name, str(told[0]))]
    return f"had the {attribute(name)} been {' or '.join(spaced(str(word)) for word in told)}"
