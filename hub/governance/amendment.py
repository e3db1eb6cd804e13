"""
The amendment that a bundle carries: when, by whom and why disclosures were opened, and every one of them in words.

A bundle that opens what its amendment does not list, or lists what it does not open, is not to be signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.rules import Rules
from hub.governance.diff import Diff, difference
from hub.governance.glass import openings
from hub.governance.wording import lines


@dataclass(frozen=True, slots=True)
class Review:
    """
    A change of rules beside its amendment: what it opens unlisted, and what is listed and does not open.

    *broken* are the lines of what it opens while the glass is broken.
    """

    diff: Diff
    broken: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def agreed(self) -> bool:
        """Whether the amendment says what the change opens, no more and no less."""
        return not (self.unlisted or self.idle)


def review(old: Rules | None, new: Rules, amendment: Mapping[str, Any] | None) -> Review:
    """
    What *new* opens and closes against *old*, beside its *amendment*; the first rules amend nothing, and need none.
    """
    diff, broken = difference(old, new), tuple(openings(old, new))
    if old is None:
        return Review(diff, broken)
    opened = [*lines(diff.opened), *broken]
    listed: Sequence[str] = () if amendment is None else amendment["opens"]
    return Review(
        diff,
        broken,
        tuple(line for line in opened if line not in listed),
        tuple(line for line in listed if line not in opened),
    )
