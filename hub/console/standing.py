"""The rules in force, read from the log when they may have changed and kept meanwhile: they are slow to check."""

from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from hub import topics
from hub.place import Place
from hub.rulebook import Bundle, in_force
from hub.wire.bundle import digest

FRESH = 2.0  # seconds for which nobody asks the log whether there are new ones


@dataclass(slots=True)
class Standing:
    """The rules that hold in one place; None before the first."""

    place: Place
    _bundle: Bundle | None = None
    _ends: dict[tuple[str, int], int] | None = None
    _asked: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def bundle(self) -> Bundle | None:
        """As they were at most FRESH seconds ago."""
        with self._lock:
            if self._ends is None or monotonic() - self._asked > FRESH:
                self._asked, ends = monotonic(), self.place.reader().ends((topics.RULES,))
                if ends != self._ends:
                    self._bundle, self._ends = in_force(self.place), ends
            return self._bundle


def named(bundle: Bundle) -> str:
    """What people call the rules in force when they compare what they see."""
    return f"number {bundle['sequence']}, bundle {digest(bundle)[:12]}"
