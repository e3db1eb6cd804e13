"""
The amendment that a bundle carries: when, by whom and why disclosures were opened, and every one of them in words.

A bundle that opens what its amendment does not list, or lists what it does not open, is not to be signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.calendar import HOUR
from hub.core.rules import Rules
from hub.governance.diff import Diff, difference
from hub.governance.meaning import turned
from hub.governance.wording import lines


@dataclass(frozen=True, slots=True)
class Review:
    """A change of rules beside its amendment: what it *opens*, in words, what is unlisted, and what is listed idly."""

    diff: Diff
    opens: tuple[str, ...]
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
    diff = difference(old, new)
    opens = (*lines(diff.opened), *_lasting(old, new), *turned(old, new))
    if old is None:
        return Review(diff, opens)
    listed: Sequence[str] = () if amendment is None else amendment["opens"]
    unlisted = tuple(line for line in opens if line not in listed)
    return Review(diff, opens, unlisted, tuple(line for line in listed if line not in opens))


def _lasting(old: Rules | None, new: Rules) -> list[str]:
    """A glass that stays broken for longer opens more, too."""
    longer = old is None or new.emergency.longest > old.emergency.longest
    return [f"a glass stays broken for as long as {new.emergency.longest // HOUR} hours"] if longer else []
