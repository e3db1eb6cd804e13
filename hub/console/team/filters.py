"""Which alerts are asked for, as the address says it: so that a list can be shared, kept and gone back to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from hub.projection.inbox import Asked

VIEWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "waiting": ("Waiting for an answer", ("RAISED", "ESCALATED")),
    "answered": ("Answered", ("ACKNOWLEDGED",)),
    "information": ("For information", ("COPY",)),
    "over": ("Over", ("CLOSED", "SUPERSEDED", "CANCELLED")),
    "all": ("All", ()),
}
WAITING, EVERY, CORRECTIONS = "waiting", "all", "corrections"
LONGEST = 40  # characters of a word in the address


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What somebody chose.

    >>> Filters("answered", ("HIGH",)).address("/alerts", view="all")
    '/alerts?view=all&urgency=HIGH'
    """

    view: str = WAITING
    urgency: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    late: bool = False
    newest: bool = False
    after: str | None = None

    @property
    def chosen(self) -> bool:
        """Whether anything but the view was chosen."""
        return bool(self.urgency or self.kind or self.late)

    def asked(self, now: int) -> Asked:
        """The same as the projection understands it, as of *now*."""
        states = VIEWS[self.view][1] if self.view in VIEWS else ()
        late = now if self.late else None
        return Asked(states, self.urgency, self.kind, every=self.view == EVERY, late=late, newest=self.newest)

    def address(self, path: str, **changes: Any) -> str:
        """Where this is to be found, with *changes*; a list that changes begins at its beginning."""
        one = replace(self, **{"after": None, **changes})
        pairs = [("view", one.view)] if one.view != WAITING else []
        pairs += [("urgency", word) for word in one.urgency] + [("kind", word) for word in one.kind]
        pairs += [("late", "1")] if one.late else []
        pairs += [("order", "newest")] if one.newest else []
        pairs += [("after", one.after)] if one.after else []
        return f"{path}?{urlencode(pairs)}" if pairs else path


def filters(told: QueryParams) -> Filters:
    """What an address says; a word that means nothing is no filter."""
    view = told.get("view", WAITING)
    return Filters(
        view if view in {*VIEWS, CORRECTIONS} else WAITING,
        _codes(told.getlist("urgency")),
        _codes(told.getlist("kind")),
        told.get("late") == "1",
        told.get("order") == "newest",
        told.get("after"),
    )


def _codes(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in found if word.replace("_", "").isalpha() and len(word) <= LONGEST))
