"""
Minimum necessary: what each team may know at most, whatever an agreement gives it (section 2.5).

The linter refuses an agreement that gives more. This is the second lock: a clause of a bundle is narrowed as the rules
are read, so that it has no more to give when a decision is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hub.core.policy import Clause, Index

ALL = "*"


@dataclass(frozen=True, slots=True)
class Minimum:
    """The fields that an alert may say to one team, and those that no event may bring it; `*` is every field."""

    may: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset({ALL})

    def allows(self, subject: str, name: str) -> bool:
        """
        Whether the field *name* of *subject* may reach the team.

        >>> Minimum(frozenset({"care"}), frozenset({"recall"})).allows("alert.RELEASE", "care")
        True
        """
        if subject.startswith("alert."):
            return name in self.may
        return ALL not in self.never and name not in self.never


NOTHING = Minimum()


def narrowed(clauses: Index, minimum: Mapping[str, Minimum]) -> Index:
    """Each clause without the fields that its team may not know; a team that *minimum* does not name gets none."""
    return {
        key: tuple(_narrow(clause, key[0], minimum.get(key[2], NOTHING)) for clause in found)
        for key, found in clauses.items()
    }


def _narrow(clause: Clause, subject: str, minimum: Minimum) -> Clause:
    fields = tuple((name, form) for name, form in clause.fields if minimum.allows(subject, name))
    return clause if fields == clause.fields else replace(clause, fields=fields)
