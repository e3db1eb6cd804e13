"""
The amendment that a bundle carries: when, by whom and why disclosures were opened, and every one of them in words.

A bundle that opens what its amendment does not list, or lists what it does not open, is not to be signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.core.rules import Rules
from hub.governance.diff import Diff, difference
from hub.governance.meaning import turned
from hub.governance.wording import lines


@dataclass(frozen=True, slots=True)
class Review:
    """
    A change of rules beside its amendment: what it opens unlisted, and what is listed and does not open.

    *turned* is what means something else than before: it may open anything, and is listed as what opens is.
    """

    diff: Diff
    turned: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def opens(self) -> list[str]:
        """Every line that the amendment is to list."""
        return [*lines(self.diff.opened), *self.turned]

    @property
    def agreed(self) -> bool:
        """Whether the amendment says what the change opens, no more and no less."""
        return not (self.unlisted or self.idle)


def review(old: Rules | None, new: Rules, amendment: Mapping[str, Any] | None) -> Review:
    """
    What *new* opens and closes against *old*, beside its *amendment*; the first rules amend nothing, and need none.
    """
    found = Review(difference(old, new), tuple(turned(old, new)))
    if old is None:
        return found
    opened, listed = found.opens, () if amendment is None else amendment["opens"]
    return replace(
        found,
        unlisted=tuple(line for line in opened if line not in listed),
        idle=tuple(line for line in listed if line not in opened),
    )
