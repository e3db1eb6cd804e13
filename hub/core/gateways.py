"""
Statutory gateways as truth tables: who may disclose what to whom, for which function, by which clause.

A gateway allows what every one of its clauses allows. Values in, answer out; nothing here is asked for an event.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from hub.core.policy import VOCABULARY, YES_NO, Clause, Effect, Index

HUB = "HUB"  # the publisher of alerts
PARTIES = (
    *("police", "prison", "probation", "youth_justice", "court", "school", "education", "health", "social_care"),
    *("housing", "local_authority", "jobcentre", "voluntary"),
)
DATA = ("depersonalised", "personal", "care", "offence", "patient", "intercepted")
FUNCTIONS = (
    *("offender_management", "crime_and_disorder", "serious_violence", "child_welfare", "adult_care", "direct_care"),
    *("homelessness", "domestic_abuse", "support", "accuracy"),
)
# What a gateway may ask, and the words there are for it. The `hub` discloses alerts, for all whose facts they rest on.
INPUTS: Mapping[str, tuple[str, ...]] = {
    "discloser": (*PARTIES, "hub"),
    "recipient": PARTIES,
    "data": DATA,
    "function": FUNCTIONS,
    "agrees": YES_NO,
    "chose_authority": YES_NO,
    "agrees_contact": YES_NO,
    "age": VOCABULARY["age"],
    "correction": YES_NO,
    "condition": YES_NO,
    "standing": YES_NO,
}
SPECIAL = frozenset({"offence", "patient"})  # data for which an agreement states a condition of its own
Cell = Mapping[str, str]
Way = Mapping[str, frozenset[str]]
When = Mapping[str, Iterable[str]]
Key = tuple[str, str, str]  # subject, source and team
AGREEMENTS = ("agrees", "chose_authority", "agrees_contact")
REACHED = (("age", INPUTS["age"]), ("consent", YES_NO))  # what a clause may ask of people, for everybody if it does not


@dataclass(frozen=True, slots=True)
class Provision:
    """One clause of a statute: it needs one of its ways to hold, or bars what any of them describes."""

    id: str
    bars: bool
    ways: tuple[tuple[str, Way], ...]

    def cited(self, cell: Cell) -> tuple[bool, str]:
        """Whether this clause allows *cell*, and the id of what decided that."""
        met = next((cites for cites, way in self.ways if all(cell[name] in words for name, words in way.items())), None)
        return (met is None) is self.bars, met or self.id


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a gateway allows a disclosure, and the ids of the clauses that do and that do not."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """All clauses allow it."""
        return not self.failed


@dataclass(frozen=True, slots=True)
class Gateway:
    """A statute under which information may be disclosed."""

    id: str
    clauses: tuple[Provision, ...]

    def answer(self, cell: Cell) -> Answer:
        """
        What this gateway says of one disclosure.

        >>> adults = Provision("s.1", True, (("s.1", {"age": frozenset({"under_10"})}),))
        >>> Gateway("ACT", (adults,)).answer({"age": "under_10"})
        Answer(passed=(), failed=('s.1',))
        """
        told = [clause.cited(cell) for clause in self.clauses]
        return Answer(tuple(id for good, id in told if good), tuple(id for good, id in told if not good))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a gateway's table: words that no clause of it tells apart stand together."""

    words: Mapping[str, tuple[str, ...]]
    answer: Answer


def gateway(made: Mapping[str, Any]) -> Gateway:
    """A gateway as a bundle carries it."""
    return Gateway(made["id"], tuple(_provision(clause) for clause in made["clauses"]))


def _provision(made: Mapping[str, Any]) -> Provision:
    ways = made["bars"] or made["needs"]
    return Provision(made["id"], bool(made["bars"]), tuple((way["cites"], _way(way["words"])) for way in ways))


def _way(words: Mapping[str, Iterable[str]]) -> Way:
    return {name: frozenset(told) for name, told in words.items()}


def table(asked: Gateway) -> Iterator[Row]:
    """Every cell of the gateway, in the order of INPUTS, each in exactly one line."""
    groups = {name: _groups(asked, name) for name in INPUTS}
    for chosen in product(*groups.values()):
        words = dict(zip(groups, chosen, strict=True))
        yield Row(words, asked.answer({name: told[0] for name, told in words.items()}))


def _groups(asked: Gateway, name: str) -> tuple[tuple[str, ...], ...]:
    """The words of one input, those together that every way of every clause treats alike."""
    ways = [way[name] for clause in asked.clauses for _, way in clause.ways if name in way]
    alike: dict[tuple[bool, ...], list[str]] = {}
    for word in INPUTS[name]:
        alike.setdefault(tuple(word in words for words in ways), []).append(word)
    return tuple(map(tuple, alike.values()))


@dataclass(frozen=True, slots=True)
class Basis:
    """What a clause of an agreement rests on: gateways, the functions served, and data whose condition it states."""

    gateways: tuple[str, ...]
    functions: tuple[str, ...]
    conditions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one kind of party tells another, of everybody whom a clause reaches; equal ones are judged alike."""

    discloser: str
    recipient: str
    data: str
    correction: str
    ages: frozenset[str]
    consents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Statutes:
    """The gateways, and what they ask of a partnership: of which kind everybody is, and what every field says."""

    gateways: Mapping[str, Gateway]
    agencies: Mapping[str, str]
    teams: Mapping[str, str]
    data: Mapping[str, Mapping[str, str]]  # by subject, what each of its fields is; `itself` is that it happened
    corrections: frozenset[str]
    proves: frozenset[str]  # the inputs that a recorded consent answers

    def disclosures(self, when: When, fields: Iterable[str], key: Key) -> Iterator[tuple[str, Disclosure]]:
        """What a clause discloses at *key*: the subject `itself`, and each of *fields* that it has."""
        subject, source, team = key
        known = self.data[subject]
        ages, consents = (frozenset(when.get(name, words)) for name, words in REACHED)
        for name in ("itself", *(name for name in fields if name in known)):
            yield (
                name,
                Disclosure(
                    discloser="hub" if source == HUB else self.agencies[source],
                    recipient=self.teams[team],
                    data=known[name],
                    correction="yes" if subject in self.corrections else "no",
                    ages=ages,
                    consents=consents,
                ),
            )

    def judged(self, basis: Basis, told: Disclosure) -> Iterator[tuple[str, Answer]]:
        """
        What *basis* says of each cell of a disclosure, with the gateway that says so.

        Of several gateways and functions the best answer counts: the first that allows, else the one least against it.
        """
        for cell in self._cells(basis, told):
            cells = [{**cell, "function": function} for function in basis.functions]
            found = [(id, self.gateways[id].answer(one)) for id in basis.gateways for one in cells]
            yield min(found, key=lambda one: len(one[1].failed))

    def _cells(self, basis: Basis, told: Disclosure) -> Iterator[Cell]:
        fixed = {name: getattr(told, name) for name in ("discloser", "recipient", "data", "correction")}
        fixed |= {"condition": "no" if told.data in SPECIAL - basis.conditions else "yes", "standing": "yes"}
        for age in filter(told.ages.__contains__, INPUTS["age"]):
            for consent in filter(told.consents.__contains__, YES_NO):
                agreed = {name: consent if name in self.proves else "no" for name in AGREEMENTS}
                yield {**fixed, **agreed, "age": age}


def lawful(clauses: Index, statutes: Statutes, bases: Mapping[str, Basis]) -> Index:
    """
    The permits that their own gateways allow, whole; one that crosses a barred cell is not there.

    The linter refuses such a clause. This is the second lock, for a bundle that came from elsewhere.
    """
    judged: dict[tuple[Basis, Disclosure], bool] = {}

    def allowed(basis: Basis, told: Disclosure) -> bool:
        if (basis, told) not in judged:
            judged[basis, told] = all(answer.allowed for _, answer in statutes.judged(basis, told))
        return judged[basis, told]

    def holds(clause: Clause, key: Key) -> bool:
        if key[2] not in statutes.teams or key[1] not in (HUB, *statutes.agencies):
            return False
        told = statutes.disclosures(dict(clause.when), (name for name, _ in clause.fields), key)
        return all(allowed(bases[clause.id], one) for _, one in told)

    kept = {
        key: tuple(clause for clause in found if clause.effect is Effect.FORBID or holds(clause, key))
        for key, found in clauses.items()
    }
    return {key: found for key, found in kept.items() if found}


def statutes(bundle: Mapping[str, Any]) -> Statutes:
    """The gateways as a bundle carries them; without a class for everything that can be told there is no judging."""
    told, events = bundle["gateways"], bundle["vocabulary"]
    said = {name for line in bundle["minimum"].values() for name in line["may"]}
    if not all(known.keys() >= {*events.get(subject, said)} for subject, known in told["data"].items()):
        raise ValueError("a field without a class")
    return Statutes(
        gateways={made["id"]: gateway(made) for made in told["gateways"]},
        agencies=told["agencies"],
        teams={code: team["kind"] for code, team in bundle["teams"].items()},
        data=told["data"],
        corrections=frozenset(told["corrections"]),
        proves=frozenset(told["proves"]),
    )


def bases(clauses: Sequence[Mapping[str, Any]]) -> Mapping[str, Basis]:
    """What each clause of a bundle rests on, by its id."""
    return {clause["id"]: basis(clause["rests_on"]) for clause in clauses}


def basis(made: Mapping[str, Any]) -> Basis:
    """What one clause rests on, as a bundle carries it."""
    return Basis(tuple(made["gateways"]), tuple(made["functions"]), frozenset(made["conditions"]))
