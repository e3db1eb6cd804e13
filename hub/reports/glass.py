"""When the glass was broken: for whom, until when, and whether two people have looked at it since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.calendar import HOUR
from hub.core.emergency import BREAK_GLASS
from hub.words import Told

REVIEW = "break-glass-review"
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Opened:
    """What was decided when an access was opened: why it was withheld all the same, if it was; and which decision."""

    reason: str | None
    decision: str


def grants(accesses: Iterable[Told], opened: Mapping[str, Opened], days: int, now: int) -> list[dict[str, Any]]:
    """
    Every emergency access of *accesses*, each signed by two, newest first, with its state at *now* and its review.

    *opened* is what became of each, by its id; *days* is how long after its end a review may take.
    """
    good = list(accesses)
    reviews = {one["of"]: one for one in good if one["what"] == REVIEW}
    found = [one for one in good if one["what"] == BREAK_GLASS]
    made = [_stated(one, opened.get(one["id"]), reviews.get(one["id"]), days, now) for one in found]
    return sorted(made, key=lambda one: (one["at"], one["id"]), reverse=True)


def _stated(one: Told, told: Opened | None, review: Told | None, days: int, now: int) -> dict[str, Any]:
    due = one["until"] + days * DAY
    finding: str | None = review["reason"] if review else None
    decision = told.decision if told else None
    return {**one, "due": due, "finding": finding, "decision": decision, "state": _state(one, told, finding, due, now)}


def _state(one: Told, told: Opened | None, finding: str | None, due: int, now: int) -> str:
    if told is None:
        return "not in force: not taken in, or refused"
    if finding is not None:
        return f"reviewed, {finding.lower().replace('_', ' ')}"
    if now < one["until"]:
        return f"open, but withheld: {told.reason}" if told.reason else "open"
    return "REVIEW OVERDUE" if now > due else "ended, to be reviewed"
