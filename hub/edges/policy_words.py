"""The words that policy files share, and the base of every shape: nothing may stand in one that it does not name."""

import re
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from hub.core.gateways import PARTIES
from hub.edges.policy_files import Slip

T = TypeVar("T")
Some = Annotated[tuple[T, ...], Field(min_length=1)]
AgeBand = Literal["under_10", "10_to_15", "16_to_17", "18_to_24", "25_and_over"]
Case = Literal["open", "closed", "none"]
LegalStatus = Literal["remand", "unsentenced", "sentenced", "recalled", "licence", "detained", "none"]
Sex = Literal["female", "male"]
Care = Literal["LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT", "none"]
Kind = Literal["RELEASE", "TRANSITION", "CLIFF_EDGE", "OFFER_OF_SUPPORT", "REVIEW", "CORRECTION", "ESCALATION"]
Grade = Literal["IMMEDIATE", "URGENT", "HIGH", "SOON", "ROUTINE"]
YesNo = Literal["yes", "no"]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[date, Strict(), Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
Number = Annotated[int, Strict(), Field(ge=0, le=10_000)]
RESERVED = ("HUB", "LEAD")


def _code(told: str) -> str:
    """A code becomes part of a topic's name: capitals, digits and `_` make no two codes one slug."""
    if re.fullmatch("[A-Z][A-Z0-9_]*", told) is None:
        raise Slip(f"`{told}` is not a code", "write a capital letter, then capitals, digits and `_`")
    if told in RESERVED:
        raise Slip(f"`{told}` is the hub's own word", "choose another code")
    return told


Code = Annotated[str, AfterValidator(_code)]


def _party(told: str) -> str:
    if told not in PARTIES:
        raise Slip(f"unknown kind `{told}`", f"write one of {', '.join(PARTIES)}")
    return told


Party = Annotated[str, AfterValidator(_party)]


class Shape(BaseModel):
    """What a policy file, or a part of one, may hold; it is never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
