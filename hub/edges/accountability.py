"""accountability.yaml: what the partnership answers for, as people write it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import Field, model_validator

from hub.core.withheld import PLAIN, REASONS
from hub.edges.policy_files import Slip, fault, read
from hub.edges.policy_words import Code, Kind, Number, Shape, Words

Where = tuple[str | int, ...]
KINDS = get_args(Kind)


class Exemption(Shape):
    """What a person's own copy does not say: all that is named must be so of a line."""

    under: Words
    subjects: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    days: Number | None = None

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not (self.subjects or self.teams or self.clauses or self.reasons):
            raise Slip("an exemption of everything", "name `subjects`, `teams`, `clauses` or `reasons`")
        return self


class Accountability(Shape):
    """accountability.yaml."""

    review: dict[str, str]
    reasons: Annotated[dict[Code, Words], Field(min_length=1)]
    exempt: tuple[Exemption, ...]
    small_numbers: Annotated[Number, Field(ge=1)]


def compiled(file: Path, kinds: Iterable[str], teams: Iterable[str]) -> dict[str, Any]:
    """The file as the bundle carries it; whatever it names must exist."""
    told = read(file, Accountability)
    codes, known = set(teams), {*kinds, *(f"alert.{kind}" for kind in KINDS)}
    for reason, team in told.review.items():
        _known(
            file, ("review", reason), (reason,), REASONS, "reason", f"write one of {', '.join(PLAIN)}, or MISSING:age"
        )
        _known(file, ("review", reason), (team,), codes, "team", "see teams.yaml")
    for number, line in enumerate(told.exempt):
        at = ("exempt", number)
        _known(file, (*at, "subjects"), line.subjects, known, "event type", "see schemas/, or write alert.RELEASE")
        _known(file, (*at, "teams"), line.teams, codes, "team", "see teams.yaml")
        _known(file, (*at, "reasons"), line.reasons, REASONS, "reason", f"write one of {', '.join(PLAIN)}")
    return told.model_dump(mode="json")


def _known(file: Path, where: Where, words: Iterable[str], known: Iterable[str], what: str, cure: str) -> None:
    among = set(known)
    for word in words:
        if word not in among:
            raise fault(file, where, f"unknown {what} `{word}`", cure)
