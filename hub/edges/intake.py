"""intake.yaml: when an agency's silence is a fault, and who may send again what could not be taken."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from hub.edges.policy_files import fault, read
from hub.edges.policy_words import Code, Day, Number, Shape, Some, Words


class Silence(Shape):
    """From *since* on, *hours* without a word are too many; only hours of these days count."""

    since: Day
    hours: Annotated[Number, Field(ge=1)]
    on: Literal["every_day", "weekdays"]


class Redrive(Shape):
    """Sending again what could not be taken: the types of which two people decide, and the reasons there are."""

    two_people: tuple[str, ...]
    reasons: Annotated[dict[Code, Words], Field(min_length=1)]


class Intake(Shape):
    """intake.yaml."""

    silence: dict[str, Some[Silence]]
    redrive: Redrive


def compiled(file: Path, kinds: Iterable[str], agencies: Iterable[str]) -> dict[str, Any]:
    """The file as the bundle carries it; whatever it names must exist, and lines stand in the order of their days."""
    told = read(file, Intake)
    known, types = set(agencies), set(kinds)
    for agency, lines in told.silence.items():
        if agency not in known:
            raise fault(file, ("silence", agency), f"unknown agency `{agency}`", "see partnership.yaml")
        for number, line in enumerate(lines[1:], 1):
            if line.since <= lines[number - 1].since:
                where = ("silence", agency, number, "since")
                raise fault(file, where, "not after the line before", "write the lines in the order of their days")
    for number, kind in enumerate(told.redrive.two_people):
        if kind not in types:
            raise fault(
                file, ("redrive", "two_people", number), f"unknown event type `{kind}`", "see schemas/ for the names"
            )
    return told.model_dump(mode="json")
