"""
arrows.yaml: which partner needs to hear from which, and the rules of the agreements that see to it.

A needed arrow without a rule is a fault, and so is a rule that goes where the file says that nothing does.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from hub.core.disclosure import ALERT_FIELDS
from hub.core.policy import DROP
from hub.edges.policy_files import AgreementError, Slip, fault, read
from hub.edges.policy_words import Code, Shape, Some, Words

FILE = "arrows.yaml"
Bundle = Mapping[str, Any]


class Partner(Shape):
    """The agencies by which a partner states, and the teams by which it is told."""

    agencies: tuple[Code, ...]
    teams: Some[Code]


class Need(Shape):
    """What one partner needs of another, and by which events and alerts; or why not."""

    needs: Words | None = None
    by: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    source: Words | None = None
    why_not: Words | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        needed = (self.needs is not None, bool(self.by), self.source is not None)
        if self.why_not is not None and not any(needed) and not self.says:
            return self
        if self.why_not is None and all(needed):
            return self
        raise Slip("neither a need nor a reason", "write `needs`, `by` and `source`, or `not` alone")


class Arrows(Shape):
    """arrows.yaml."""

    partners: dict[str, Partner]
    arrows: dict[str, dict[str, Need]]


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow between partners, and the *rules* that carry it."""

    start: str
    end: str
    need: Need
    rules: tuple[str, ...]


def arrows(folder: Path, bundle: Bundle) -> tuple[Arrow, ...]:
    """Every arrow of a folder of policies under its compiled *bundle*; raises at the first that is not as it should."""
    file = folder / FILE
    told = read(file, Arrows)
    _known(file, told, bundle)
    return tuple(_checked(file, arrow, told, bundle) for arrow in _all(told, bundle))


def _known(file: Path, told: Arrows, bundle: Bundle) -> None:
    """The file speaks of every arrow, and of agencies, teams, events, alerts and fields that exist."""
    wanted = set(permutations(told.partners, 2))
    there = {(start, end) for start, ends in told.arrows.items() for end in ends}
    for start, end in sorted(there - wanted):
        raise fault(file, ("arrows", start, end), "no such arrow", "write it between two different partners")
    for start, end in sorted(wanted - there):
        cure = "say what is needed, or why nothing is"
        raise AgreementError(f"{file}: nothing said of `{start}` to `{end}`; hint: {cure}")
    for where, words, known in _words(told, bundle):
        for word in words:
            if word not in known:
                raise fault(file, where, f"unknown word `{word}`", "see partnership.yaml, teams.yaml and schemas/")


def _words(told: Arrows, bundle: Bundle) -> Iterator[tuple[tuple[str, ...], Iterable[str], Container[str]]]:
    """Where words stand, the words, and what they may be."""
    for name, partner in told.partners.items():
        yield ("partners", name, "agencies"), partner.agencies, bundle["agencies"]
        yield ("partners", name, "teams"), partner.teams, bundle["teams"]
    kinds = bundle["vocabulary"]
    subjects = {*kinds, *(name for clause in bundle["clauses"] for name in clause["subjects"])}
    fields = {name for names in kinds.values() for name in names} | ALERT_FIELDS
    for start, ends in told.arrows.items():
        for end, need in ends.items():
            yield ("arrows", start, end, "by"), need.by, subjects
            yield ("arrows", start, end, "says"), need.says, fields


def _all(told: Arrows, bundle: Bundle) -> Iterator[Arrow]:
    for start, ends in told.arrows.items():
        for end, need in ends.items():
            partners = told.partners[start], told.partners[end]
            yield Arrow(start, end, need, tuple(_carrying(*partners, need, bundle)))


def _carrying(start: Partner, end: Partner, need: Need, bundle: Bundle) -> Iterable[str]:
    """The rules that tell *end* what it needs of *start*."""
    for clause in _permits(end, bundle):
        fields = {name for name, form in clause["fields"].items() if form != DROP}
        if fields.issuperset(need.says) and any(_carries(clause, name, start, bundle) for name in need.by):
            yield clause["id"]


def _carries(clause: Mapping[str, Any], subject: str, start: Partner, bundle: Bundle) -> bool:
    """An event comes from its agency; an alert rests on what its parties state, or on the answer of who states none."""
    if subject not in clause["subjects"]:
        return False
    if not subject.startswith("alert."):
        return not {*clause["sources"]}.isdisjoint(start.agencies)
    parties = bundle["agreements"][clause["agreement"]]["parties"]["publish"]
    answers = "accepting" in clause["fields"] and not {*bundle["accepting"]}.isdisjoint(start.teams)
    return not {*parties}.isdisjoint(start.agencies) or (not start.agencies and answers)


def _permits(end: Partner, bundle: Bundle) -> Iterator[Mapping[str, Any]]:
    for clause in bundle["clauses"]:
        if clause["effect"] == "permit" and not {*clause["teams"]}.isdisjoint(end.teams):
            yield clause


def _checked(file: Path, arrow: Arrow, told: Arrows, bundle: Bundle) -> Arrow:
    where = ("arrows", arrow.start, arrow.end)
    if arrow.need.why_not is None and not arrow.rules:
        cure = "add a rule to an agreement, or say in `not` why nothing goes that way"
        raise fault(file, where, "needed, and no rule carries it", cure)
    if arrow.need.why_not is not None:
        agencies = {*told.partners[arrow.start].agencies}
        for clause in _permits(told.partners[arrow.end], bundle):
            if not agencies.isdisjoint(clause["sources"]):
                cure = "say what is needed, or end the rule"
                raise fault(file, where, f"nothing is to go that way, and `{clause['id']}` does", cure)
    return arrow
