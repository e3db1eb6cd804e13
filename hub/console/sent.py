"""Answers that are in the log and not in the projection yet, so that a page can say so and nobody answers twice."""

from dataclasses import dataclass, field
from threading import Lock

KEPT = 10 * 60 * 1_000_000  # microseconds: by then the projection has it, or says itself that it is behind
Key = tuple[str, str]


@dataclass(slots=True)
class Sent:
    """
    The answers that one console sent of late, by team and alert.

    >>> sent = Sent()
    >>> sent.claim("HOUS", "a-1", 0), sent.claim("HOUS", "a-1", 1), sent.there("HOUS", "a-1", 2)
    (True, False, True)
    """

    _since: dict[Key, tuple[int, str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def claim(self, team: str, alert: str, now: int, answer: str = "") -> bool:
        """Whether *alert* may be answered now, by the *answer* of that id: of two at once, or two clicks, one may."""
        with self._lock:
            self._since = {key: one for key, one in self._since.items() if now - one[0] < KEPT}
            if (team, alert) in self._since:
                return False
            self._since[team, alert] = now, answer
            return True

    def drop(self, team: str, alert: str) -> None:
        """The answer was not written after all."""
        with self._lock:
            self._since.pop((team, alert), None)

    def there(self, team: str, alert: str, now: int) -> bool:
        """Whether an answer of *team* is on its way."""
        return now - self._since.get((team, alert), (now - KEPT, ""))[0] < KEPT

    def same(self, team: str, alert: str, answer: str) -> bool:
        """Whether it is the answer of that id that is on its way."""
        return self._since.get((team, alert), (0, ""))[1] == answer
