"""What is examined: the clauses of a bundle, one by one, over everything that can ever be asked of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from hub.core.clauses import clause
from hub.core.disclosure import ALERT_FIELDS
from hub.core.gateways import HUB
from hub.core.policy import Clause, Effect, Index
from hub.governance.space import Key

Group = tuple[tuple[Clause, ...], list[Key]]


@dataclass(frozen=True)
class Policy:
    """
    The *clauses* of a bundle, and its closed world: who may *state* each subject (alerts are the hub's), and the
    *teams*; each subject's *fields* and what each clause *says* in words.

    What no agency may state is never decided, so it is no question. What bounds an agreement from without (the minimum
    necessary, the gateways) is left out: it takes nothing from one that was checked, and would hide a slip here.
    """

    clauses: tuple[Clause, ...]
    states: Mapping[str, frozenset[str]]
    teams: tuple[str, ...]
    fields: Mapping[str, frozenset[str]]
    says: Mapping[str, str]

    @cached_property
    def index(self) -> Index:
        """The clauses by (subject, source, team), as the hub looks them up."""
        found: dict[Key, list[Clause]] = {}
        for one in self.clauses:
            for key in self.keys(one.subjects, one.sources, one.teams):
                found.setdefault(key, []).append(one)
        return {key: ordered(some) for key, some in found.items()}

    def keys(self, subjects: Iterable[str], sources: Iterable[str], teams: Iterable[str]) -> Iterator[Key]:
        """Every question of these that can arise."""
        told = frozenset(sources)
        pairs = [(one, source) for one in subjects for source in sorted(self.states.get(one, frozenset()) & told)]
        return ((one, source, team) for (one, source), team in product(pairs, [t for t in teams if t in self.teams]))

    @property
    def events(self) -> tuple[str, ...]:
        """Every event type that any agency may state."""
        return tuple(sorted(self.states.keys() & self.fields.keys()))

    @property
    def sources(self) -> tuple[str, ...]:
        """Whoever states anything."""
        return tuple(sorted({source for told in self.states.values() for source in told}))

    def fields_of(self, subject: str) -> frozenset[str]:
        """The fields that a subject can have: an event's own, or whatever an alert can say."""
        return self.fields.get(subject, frozenset(ALERT_FIELDS))

    @property
    def agreements(self) -> tuple[str, ...]:
        """The agreements by their ids."""
        return tuple(sorted({one.agreement for one in self.clauses}))


def policy(bundle: Mapping[str, Any]) -> Policy:
    """What a *bundle* says, made ready to be examined."""
    clauses = tuple(clause(one) for one in bundle["clauses"])
    kinds: dict[str, set[str]] = {name: set() for name in bundle["vocabulary"]}
    for agency, told in bundle["publishes"].items():
        for name in told:
            kinds[name].add(agency)
    alerts = {name for one in clauses for name in one.subjects if name not in kinds}
    return Policy(
        clauses,
        {name: frozenset(told) for name, told in kinds.items() if told} | dict.fromkeys(alerts, frozenset({HUB})),
        tuple(bundle["teams"]),
        {name: frozenset(told) for name, told in bundle["vocabulary"].items()},
        {one["id"]: one["says"] for one in bundle["clauses"]},
    )


def ordered(found: Iterable[Clause]) -> tuple[Clause, ...]:
    """Clauses of one key in the order in which a decision tries them."""
    return tuple(sorted(found, key=lambda one: (one.effect is Effect.PERMIT, one.id)))


def groups(index: Index) -> list[Group]:
    """The keys of *index*, those together to which the very same clauses apply."""
    found: dict[tuple[int, ...], Group] = {}
    for key, some in index.items():
        found.setdefault(tuple(map(id, some)), (some, []))[1].append(key)
    return list(found.values())
