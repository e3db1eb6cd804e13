"""
The date of birth to plan on: of several that are told, the one that rests on the best evidence (rule K7).

An unknown day or month is taken for the earliest there may be, and a disputed age for a child's until it is decided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from hub.core.events import Value
from hub.core.law import UNKNOWN, Law, Trust
from hub.core.person import Slice


@dataclass(frozen=True, slots=True)
class Birth:
    """The day, whether it is an estimate, and whether the age is disputed: then the person counts as a child."""

    day: date
    estimated: bool = False
    disputed: bool = False


class _Claim(NamedTuple):
    day: date
    estimated: bool
    disputed: bool
    decides: bool
    order: tuple[int, bool, int, str]


def birth(parts: Iterable[Slice], law: Law | None = None) -> Birth | None:
    """
    What the records together say of the date of birth, or None.

    >>> from hub.core.person import Fact
    >>> told = {"about:dob": Fact(1, 1, "e", {"value": date(2009, 7, 14)})}
    >>> told["about:dob_precision"] = Fact(1, 1, "e", {"value": "YEAR"})
    >>> birth([Slice("GMP", told)])
    Birth(day=datetime.date(2009, 1, 1), estimated=True, disputed=False)
    """
    claims = [claim for part in parts for claim in _claims(part, law)]
    if len(claims) < 2:
        return Birth(claims[0].day, claims[0].estimated, claims[0].disputed) if claims else None
    disputes = [claim.order[2] for claim in claims if claim.disputed]
    if disputes and not any(c.order[2] > max(disputes) for c in claims if c.decides and not c.disputed):
        young = max(claims, key=lambda claim: claim.day)
        return Birth(young.day, young.estimated, True)
    best = max(claims, key=lambda claim: claim.order)
    return Birth(best.day, best.estimated)


def _claims(part: Slice, law: Law | None) -> Iterator[_Claim]:
    """Every date of birth that a record tells: as registered, as corrected, or with an order."""
    for name, fact in part.facts.items():
        told = fact.fields
        if name == "about:dob" and isinstance(day := told.get("value"), date):
            precision, guessed = _about(part, "dob_precision"), _about(part, "dob_estimated") is True
            trust, disputed = _trust(_about(part, "dob_evidence"), part, law), _about(part, "age_disputed") is True
        elif name == "dob_corrected" and isinstance(day := told.get("new"), date):
            precision, guessed = told.get("precision"), False
            trust, disputed = _trust(told.get("evidence"), part, law), told.get("disputed") is True
        elif name.startswith("order:") and isinstance(day := told.get("dob"), date):
            precision, guessed, trust, disputed = None, False, _trust(None, part, law), False
        else:
            continue
        order = (-trust.rank, name == "dob_corrected", fact.at, fact.id)
        estimated = guessed or precision in ("YEAR", "MONTH")
        yield _Claim(_first(day, precision), estimated, disputed, trust.decides, order)


def _about(part: Slice, key: str) -> Value:
    fact = part.facts.get(f"about:{key}")
    return None if fact is None else fact.fields.get("value")


def _trust(evidence: Value, part: Slice, law: Law | None) -> Trust:
    return UNKNOWN if law is None else law.trust(evidence, part.agency)


def _first(day: date, precision: Value) -> date:
    """The earliest day there may be."""
    if precision == "YEAR":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == "MONTH" else day
