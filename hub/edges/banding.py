"""bands.yaml: where the bands of a number begin, for the fields that an agreement gives as a `band`."""

from collections.abc import Container
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, RootModel, Strict

from hub.edges.policy_files import Slip, fault, read

AGE = "age"  # its bands are those that conditions speak of


def _rising(told: tuple[int, ...]) -> tuple[int, ...]:
    if list(told) != sorted(set(told)):
        raise Slip("bands out of order", "write each number once, the smallest first")
    return told


Begins = Annotated[int, Strict(), Field(ge=1, le=100_000)]


class Bands(RootModel[dict[str, Annotated[tuple[Begins, ...], Field(min_length=1), AfterValidator(_rising)]]]):
    """bands.yaml: the numbers at which a band of each field begins."""


def compiled(file: Path, known: Container[str]) -> dict[str, list[int]]:
    """The bands of each field; a file may speak only of *known* fields, and not of ages."""
    told = read(file, Bands).root
    for name in told:
        if name == AGE:
            raise fault(file, (name,), "ages have the bands of conditions", "leave the line out")
        if name not in known:
            raise fault(file, (name,), f"unknown field `{name}`", "see schemas/, and policies/README.md for alerts")
    return {name: list(edges) for name, edges in told.items()}
