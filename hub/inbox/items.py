"""The rows of an inbox: each alert as its team got it, with what became of it since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.calendar import Calendar
from hub.core.life import OVER as DONE
from hub.inbox import clocks

Told = Mapping[str, Any]
OVER = frozenset({"SUPERSEDED", "CANCELLED", "CLOSED", "SKIPPED", "SUPPRESSED"})
ANSWERED, COPY = "ACKNOWLEDGED", "COPY"
STANDS = frozenset({"CONTACT_CHANGED"})  # corrections after which what was told before still holds


@dataclass(frozen=True, slots=True)
class Item:
    """
    One alert: *told* is the record its *team* got, *state* what it came to at *since* (UTC microseconds).

    A state that a later hub may know counts as waiting for an answer: better shown than lost.
    """

    team: str
    told: Told
    state: str
    since: int

    @property
    def waits(self) -> bool:
        """Whether nobody has answered, and somebody still should."""
        return self.state not in {ANSWERED, COPY} and not self.over

    @property
    def over(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.state in OVER

    @property
    def rank(self) -> int:
        """Where it stands in its inbox: 0 where it waits for an answer, 1 where it holds, 2 where it is over."""
        return 0 if self.waits else 2 if self.over else 1

    @property
    def withdrawn(self) -> bool:
        """Whether it was taken back, rather than done with."""
        return self.over and self.state != "CLOSED"

    def clock(self, now: int, calendar: Calendar) -> str:
        """How long its team has, or is overdue, in words."""
        if not self.waits:
            return "over" if self.over else "for information" if self.state == COPY else "answered"
        if self.told["ack_by"] is None:
            return f"told {clocks.ago(self.told['raised'], now, calendar)}"
        return clocks.left(self.told["ack_by"], now, calendar)


def items(notices: Iterable[tuple[str, Told]], changes: Iterable[Told]) -> list[Item]:
    """
    What teams were told (team and record), in the order in which it should be looked at: what waits longest first.

    *changes* are the steps of alerts as they lie in the log. An alert without any is a copy of another team's, and
    holds until its team is told otherwise. Corrections ask for no answer and are left out.
    """
    newest = {change["alert"]: (change["state"], change["at"]) for change in changes}
    told: dict[tuple[str, str], Told] = {}
    corrected: dict[tuple[str, str, str], int] = {}
    for team, one in notices:
        if one["kind"] != "CORRECTION":
            told[team, one["id"]] = one
        elif one["stage"] not in STANDS:
            about = team, one["person"], one["about"]
            corrected[about] = max(one["raised"], corrected.get(about, -1))
    made = [
        item(team, one, newest.get(name), corrected.get((team, one["person"], one["kind"]), -1))
        for (team, name), one in told.items()
    ]
    return sorted(made, key=lambda item: (item.rank, item.told["due"], item.told["id"]))


def item(team: str, told: Told, step: tuple[str, int] | None, corrected: int) -> Item:
    """
    An alert as *team* was *told* of it last, after its newest *step* (state and when).

    Without any step it is a copy. That is over when its reader was told that nothing more is to be done, and when a
    correction came after it: *corrected* is when the last one did.
    """
    if step is None and told.get("action") == DONE:
        step = "CLOSED", told["raised"]
    if step is None:
        step = ("CANCELLED", corrected) if corrected > told["raised"] else (COPY, told["raised"])
    return Item(team, told, *step)
