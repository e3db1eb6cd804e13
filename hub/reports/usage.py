"""What the permissions of the agreements were used for, and which never were."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hub import words
from hub.core.policy import DROP
from hub.words import Told


@dataclass(slots=True)
class Usage:
    """How often each clause disclosed something, with which fields, and when last (UTC µs)."""

    clauses: Counter[str] = field(default_factory=Counter)
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    last: dict[str, int] = field(default_factory=dict)

    def add(self, clause: str, names: Iterable[str], at: int) -> None:
        """One disclosure under *clause*, with the fields it really carried."""
        self.clauses[clause] += 1
        self.fields.update((clause, name) for name in names)
        self.last[clause] = max(at, self.last.get(clause, at))


@dataclass(frozen=True, slots=True)
class Unused:
    """What nobody used: whole clauses, fields of clauses that were used, and clauses too young to say."""

    clauses: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    young: tuple[str, ...]


def began(bundles: Iterable[tuple[int, Told]]) -> dict[str, int]:
    """
    When each clause came into force (UTC microseconds): by its agreement, and in the rules that were activated.

    *bundles* are all there ever were, each with when it was to come into force.

    >>> began([(5, {"clauses": [{"id": "DSA-1.1", "starts": "1970-01-02"}]})])
    {'DSA-1.1': 82800000000}
    """
    made: dict[str, int] = {}
    for at, bundle in sorted(bundles, key=lambda one: one[0]):
        for clause in bundle["clauses"]:
            made.setdefault(clause["id"], max(at, words.instant(clause["starts"])))
    return made


def unused(bundle: Told, used: Usage, began: Mapping[str, int], since: int) -> Unused:
    """
    The permissions of *bundle* that nothing used from *since* on; a forbid is not there to be used.

    *began* says when each clause came into force. One that began later has not had its time, and is not proposed.
    """
    permits = [one for one in bundle["clauses"] if one["effect"] == "permit" and one["teams"]]
    young = {one["id"] for one in permits if began.get(one["id"], since) > since}
    old = [one for one in permits if one["id"] not in young]
    fields = {
        one["id"]: tuple(
            name for name, form in one["fields"].items() if form != DROP and not used.fields[one["id"], name]
        )
        for one in old
        if used.clauses[one["id"]]
    }
    return Unused(
        tuple(one["id"] for one in old if not used.clauses[one["id"]]),
        {name: found for name, found in fields.items() if found},
        tuple(sorted(young)),
    )
