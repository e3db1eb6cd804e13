"""Sessions at the server: the cookie holds a random name and nothing else."""

import secrets
from dataclasses import dataclass, field
from threading import Lock

from hub.console.who import User

IDLE, LONGEST = 30 * 60 * 1_000_000, 12 * 3600 * 1_000_000  # microseconds: without a click, and in all


@dataclass(slots=True)
class Session:
    """One person's visit; *token* stands in every form of theirs, *told* waits to be shown once."""

    user: User
    begun: int
    seen: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    told: list[str] = field(default_factory=list)


class Sessions:
    """The open sessions of one console; a restart closes all of them."""

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}
        self._lock = Lock()

    def begin(self, user: User, now: int) -> str:
        """Open a session and return its name, new each time, so that none can be planted."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._open = {one: session for one, session in self._open.items() if not _over(session, now)}
            self._open[name] = Session(user, now, now)
        return name

    def find(self, name: str | None, now: int) -> Session | None:
        """The session of that name, if it is still open; being asked keeps it so."""
        session = self._open.get(name or "")
        if session is None or _over(session, now):
            return None
        session.seen = now
        return session

    def end(self, name: str | None) -> None:
        """Close it: the cookie is worth nothing from now on."""
        with self._lock:
            self._open.pop(name or "", None)


def _over(session: Session, now: int) -> bool:
    return now - session.seen > IDLE or now - session.begun > LONGEST
