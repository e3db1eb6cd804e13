"""How far an endpoint is: what its receipts come to, and nothing else, so a restart goes on where it was."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DELIVERED, RETRY, DEAD, GONE, REDRIVEN, BEGUN = "DELIVERED", "RETRY", "DEAD", "GONE", "REDRIVEN", "BEGUN"
DOWN = 3  # so many messages that failed since one was taken, and the receiver counts as down
FIRST, LAST = 60_000_000, 3_600_000_000  # microseconds until something new is tried while it is
Place = tuple[str, int, int]  # topic, partition and offset of what is sent


class Receipt(NamedTuple):
    """What became of one attempt, as `schemas/receipt.v1.avsc` has it."""

    endpoint: str
    team: str
    channel: str
    topic: str
    partition: int
    offset: int
    of: str | None
    decision: str | None
    message: str | None
    attempt: int
    outcome: str
    why: str | None
    at: int
    next: int | None

    @property
    def place(self) -> Place:
        """Where in the log lies what it is about."""
        return self.topic, self.partition, self.offset


class Waiting(NamedTuple):
    """What is tried again: its *last* receipt, how many attempts count no longer, and *when* (UTC microseconds)."""

    last: Receipt
    forgiven: int
    when: int


@dataclass(slots=True)
class Standing:
    """
    The state of one endpoint. Records are first tried in the order of their partition, so whatever lies at or before
    `read` was tried, and all of it but what waits or is dead was delivered.
    """

    read: dict[tuple[str, int], int] = field(default_factory=dict)
    waiting: dict[Place, Waiting] = field(default_factory=dict)
    dead: dict[Place, Receipt] = field(default_factory=dict)
    off: bool = False
    delivered: int = 0
    told: int = 0  # when something was delivered last
    newest: Receipt | None = None
    failing: set[str | None] = field(default_factory=set)

    @property
    def down(self) -> bool:
        """Whether the receiver takes nothing, as far as one can tell."""
        return len(self.failing) >= DOWN

    def begun(self, topic: str) -> bool:
        """Whether it is known from where on *topic* is sent."""
        return any(name == topic for name, _ in self.read)

    def due(self, now: int) -> list[Place]:
        """What is to be tried again by *now*, in the order in which it fell due."""
        found = sorted((one.when, place) for place, one in self.waiting.items() if one.when <= now and not self.off)
        return [place for _, place in found]

    def fresh(self) -> int | None:
        """
        From when on something new may be tried; None for not at all.

        To a receiver that is down one message goes now and then, ever more seldom: the rest is safer in the log than
        among what has been tried too often.
        """
        if self.off:
            return None
        if not self.down or self.newest is None:
            return 0
        return self.newest.at + min(FIRST << min(len(self.failing) - DOWN, 20), LAST)

    def take(self, receipt: Receipt) -> None:
        """Go on by one receipt; they come in the order of the log."""
        part, place = (receipt.topic, receipt.partition), receipt.place
        self.read[part] = max(self.read.get(part, -1), receipt.offset)
        if receipt.outcome == BEGUN:
            return
        if receipt.outcome == REDRIVEN:
            self._again(receipt)
            return
        before = self.waiting.pop(place, None)
        self.newest = receipt
        self.dead.pop(place, None)
        if receipt.outcome == DELIVERED:
            self._delivered(receipt.at)
            return
        self.failing.add(receipt.message)
        if receipt.outcome == RETRY and receipt.next is not None:
            self.waiting[place] = Waiting(receipt, before.forgiven if before else 0, receipt.next)
        else:
            self.dead[place] = receipt
            self.off = self.off or receipt.outcome == GONE

    def _delivered(self, at: int) -> None:
        """A receiver that is back gets at once what waited for it."""
        self.delivered, self.told = self.delivered + 1, at
        if self.down:
            self.waiting = {place: one._replace(when=min(one.when, at)) for place, one in self.waiting.items()}
        self.failing = set()

    def _again(self, receipt: Receipt) -> None:
        """Only what is dead is redriven: said twice, it counts once."""
        if self.dead.pop(receipt.place, None):
            self.waiting[receipt.place] = Waiting(receipt, receipt.attempt, receipt.at)
            self.off, self.failing = False, set()


def standings(receipts: Iterable[Receipt]) -> dict[str, Standing]:
    """Every endpoint that has a receipt, by name."""
    found: dict[str, Standing] = {}
    for receipt in receipts:
        found.setdefault(receipt.endpoint, Standing()).take(receipt)
    return found


def receipt(told: dict[str, Any]) -> Receipt:
    """A decoded record of `receipts.v1`."""
    return Receipt(**told)
