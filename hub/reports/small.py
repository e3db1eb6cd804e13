"""
Small numbers kept from view: a count of a few people could be somebody, and so could what is left of a total.

A count below the threshold is shown as `<5`. Where the total and its other parts would tell it all the same, further
parts are hidden too, until every value below the threshold is possible; if that does not do, so is the total.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass

HIDDEN = "–"


@dataclass(frozen=True, slots=True)
class Parts:
    """A total and its parts as they may be shown: numbers, `<5`, or a dash for what is hidden for another's sake."""

    total: str
    parts: Mapping[str, str]

    @property
    def open(self) -> bool:
        """Whether the total itself may be shown."""
        return self.total.replace(",", "").isdigit()


def shown(counts: Mapping[str, int], least: int, secret: bool = False, first: Container[str] = ()) -> Parts:
    """
    *counts* with nothing in it that would tell a number from 1 to one below *least*.

    With *secret* the total must not be found out either, for it would tell something elsewhere. Where further parts
    are to be hidden, those named in *first* are before all others.

    >>> shown({"a": 120, "b": 3}, 5).parts, shown({"a": 120, "b": 7}, 5).total
    ({'a': '–', 'b': '<5'}, '127')
    """
    small = [name for name, count in counts.items() if 0 < count < least]
    rest = [name for name, count in counts.items() if count >= least]
    rest.sort(key=lambda name: (name not in first, counts[name], name))
    hidden = rest[:1] if secret else []
    while not _safe(counts, small, hidden, least) and len(hidden) < len(rest):
        hidden = rest[: len(hidden) + 1]
    total = sum(counts.values())
    safe = _safe(counts, small, hidden, least) and not secret
    marks = {**dict.fromkeys(small, f"<{least}"), **dict.fromkeys(hidden, HIDDEN)}
    return Parts(
        f"<{least}" if 0 < total < least else f"{total:,}" if safe else HIDDEN,
        {name: marks.get(name, f"{count:,}") for name, count in counts.items()},
    )


def _safe(counts: Mapping[str, int], small: list[str], hidden: list[str], least: int) -> bool:
    """Whether each of the *small* parts may be anything from 1 to below *least*, as far as the total can tell."""
    gap = sum(counts[name] for name in (*small, *hidden))
    floor = len(small) - 1 + least * len(hidden)
    ceiling = None if hidden else (least - 1) * (len(small) - 1)
    return not small or (gap - floor >= least - 1 and (ceiling is None or gap - ceiling <= 1))
