"""commitments.yaml: what the partnership promised, and what share of it counts as kept, from which month on."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, Strict, model_validator

from hub.edges.policy_files import Slip, read
from hub.edges.policy_words import Day, Number, Shape, Some, Words


class Line(Shape):
    """A target from one month on."""

    from_: Annotated[Day, Field(alias="from")]
    target: Annotated[int, Strict(), Field(ge=0, le=100)] | None = None
    source: Words
    confidence: Literal["H", "M", "L"]

    @model_validator(mode="after")
    def _whole_months(self) -> Self:
        if self.from_.day != 1:
            raise Slip("a target that begins within a month", "begin on the first of a month")
        return self


class Notice(Line):
    """How many days before a release its lead is to have been told."""

    days: Annotated[Number, Field(ge=1)]


class Commitments(Shape):
    """commitments.yaml."""

    notice: Some[Notice]
    answered: Some[Line]
    handover: Some[Line]
    cliff: Some[Line]
    offers: Some[Line]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in type(self).model_fields:
            days = [line.from_ for line in getattr(self, name)]
            if days != sorted(set(days)):
                raise Slip(f"the lines of `{name}` are out of order", "put the earlier day first, each day once")
        return self


def compiled(file: Path) -> dict[str, Any]:
    """The file as the bundle carries it."""
    return read(file, Commitments).model_dump(mode="json", by_alias=True)
