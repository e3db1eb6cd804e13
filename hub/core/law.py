"""What the law and national guidance say on a day: lines of data, each in force from and until a date."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a date of birth is believed: a smaller *rank* more; *decides* settles a disputed age (rule K7)."""

    rank: int
    decides: bool


@dataclass(frozen=True, slots=True)
class Recall:
    """How many days a fixed-term recall of this kind lasts, the day of return counted (rule K8)."""

    words: frozenset[str]
    days: int
    first: date
    until: date


@dataclass(frozen=True, slots=True)
class DayOfRelease:
    """From so many days served, so many eligible working days earlier; other for a child than for an adult (R4)."""

    served_days: int
    eligible_days: int
    eligible_days_child: int
    first: date
    until: date


@dataclass(frozen=True, slots=True)
class Law:
    """The lines of law.yaml, ready to be asked."""

    evidence: Mapping[str, Trust]
    agencies: Mapping[str, Trust]
    recalls: tuple[Recall, ...]
    days_of_release: tuple[DayOfRelease, ...]
    indeterminate: frozenset[str]

    def trust(self, evidence: object, agency: str) -> Trust:
        """How far a date of birth is believed that rests on *evidence*, or on the word of *agency*."""
        if isinstance(evidence, str) and evidence in self.evidence:
            return self.evidence[evidence]
        return self.agencies.get(agency, UNKNOWN)

    def recall_days(self, word: str, on: date) -> int | None:
        """How long the recall called *word* lasts for a return on that day; None where no line says so."""
        found = (line.days for line in self.recalls if word in line.words and line.first <= on <= line.until)
        return next(found, None)

    def day_of_release(self, on: date) -> DayOfRelease | None:
        """The presumption in force for a release on that day, or None."""
        return next((line for line in self.days_of_release if line.first <= on <= line.until), None)


UNKNOWN = Trust(1000, False)


def law(told: Mapping[str, Any]) -> Law:
    """The law of a bundle."""
    births = [(line, Trust(rank, line["decides"])) for rank, line in enumerate(told["births"])]
    return Law(
        {word: trust for line, trust in births for word in line["evidence"]},
        {code: trust for line, trust in births for code in line["agencies"]},
        tuple(Recall(frozenset(line["words"]), line["days"], *_period(line)) for line in told["recalls"]),
        tuple(_presumption(told["days_of_release"])),
        frozenset(told["indeterminate"]["never"]),
    )


def _period(line: Mapping[str, Any]) -> tuple[date, date]:
    until = line["in_force_to"]
    return date.fromisoformat(line["in_force_from"]), date.max if until is None else date.fromisoformat(until)


def _presumption(lines: Iterable[Mapping[str, Any]]) -> Iterable[DayOfRelease]:
    for line in lines:
        served, days, child = line["served_days"], line["eligible_days"], line["eligible_days_child"]
        yield DayOfRelease(served, days, child, *_period(line))
