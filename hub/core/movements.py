"""What a movement, a way of release or a legal status means: the words of the prison, looked up in the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.events import Value

KEYS = ("detail", "movement", "reason", "new")  # the first word of a fact that the rules list counts


@dataclass(frozen=True, slots=True)
class Movement:
    """One meaning: its *effect* on the plan, whether out on licence, and why no release proceeds, if it says so."""

    effect: str
    licence: bool | None = None
    reason: str | None = None


Movements = Mapping[str, Movement]
NOTHING = Movement("none")


def movements(lines: Iterable[Mapping[str, Any]]) -> Movements:
    """The lines of a bundle, by word."""
    return {word: Movement(line["effect"], line["licence"], line["reason"]) for line in lines for word in line["words"]}


def meaning(told: Mapping[str, Value], known: Movements) -> Movement:
    """
    What the words of one movement mean.

    >>> known = {"RELEASED": Movement("release"), "REMOVED_FROM_UK": Movement("removed")}
    >>> meaning({"reason": "RELEASED", "detail": "REMOVED_FROM_UK"}, known).effect
    'removed'
    """
    for key in KEYS:
        word = told.get(key)
        if isinstance(word, str) and word in known:
            return known[word]
    return NOTHING
