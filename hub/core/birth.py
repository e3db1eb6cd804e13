"""
The date of birth to plan on: of several that are told, the one that rests on the best evidence (rule K7).

An unknown day or month is taken for the earliest there may be, and a disputed age for a child's until it is decided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from hub.core.events import Value
from hub.core.law import UNKNOWN, Law
from hub.core.person import Slice


@dataclass(frozen=True, slots=True)
class Birth:
    """The day, whether it is an estimate, and whether the age is disputed: then the person counts as a child."""

    day: date
    estimated: bool = False
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class _Claim:
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
    if not claims:
        return None
    disputes = [claim.order[2] for claim in claims if claim.disputed]
    decided = (claim for claim in claims if claim.decides and not claim.disputed)
    if disputes and not any(claim.order[2] > max(disputes) for claim in decided):
        young = max(claims, key=lambda claim: claim.day)
        return Birth(young.day, young.estimated, True)
    best = max(claims, key=lambda claim: claim.order)
    return Birth(best.day, best.estimated)


def _claims(part: Slice, law: Law | None) -> Iterator[_Claim]:
    """Every date of birth that a record tells: as registered, as corrected, or with an order."""
    for name, fact in part.facts.items():
        if name == "about:dob":
            told = {key: _about(part, key) for key in ("dob_evidence", "dob_precision", "dob_estimated")}
            yield from _claim(fact.fields.get("value"), told, _about(part, "age_disputed"), part, law, fact.at, fact.id)
        elif name == "dob_corrected":
            told = {f"dob_{key}": fact.fields.get(key) for key in ("evidence", "precision")}
            yield from _claim(
                fact.fields.get("new"), told, fact.fields.get("disputed"), part, law, fact.at, fact.id, True
            )
        elif name.startswith("order:"):
            yield from _claim(fact.fields.get("dob"), {}, None, part, law, fact.at, fact.id)


def _about(part: Slice, key: str) -> Value:
    fact = part.facts.get(f"about:{key}")
    return None if fact is None else fact.fields.get("value")


def _claim(
    day: Value,
    told: dict[str, Value],
    disputed: Value,
    part: Slice,
    law: Law | None,
    at: int,
    number: str,
    corrected: bool = False,
) -> Iterator[_Claim]:
    if isinstance(day, date):
        trust = UNKNOWN if law is None else law.trust(told.get("dob_evidence"), part.agency)
        precision = told.get("dob_precision")
        first = {"YEAR": day.replace(month=1, day=1), "MONTH": day.replace(day=1)}.get(str(precision), day)
        estimated = precision in ("YEAR", "MONTH") or told.get("dob_estimated") is True
        order = (-trust.rank, corrected, at, number)
        yield _Claim(first, estimated, disputed is True, trust.decides, order)
