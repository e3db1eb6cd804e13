"""What every page works with: the projection, the log to write to, the rules in force, the clock and the sessions."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Engine

from hub import words
from hub.console.limits import Limits
from hub.console.sent import Sent
from hub.console.sessions import Sessions
from hub.console.standing import Standing
from hub.console.who import Role, User
from hub.log import Out
from hub.place import Place
from hub.rulebook import Bundle
from hub.wire.codec import Schemas
from hub.words import Book


def clock() -> int:
    """Now, in UTC microseconds."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """
    One console. *secure* says that it is reached by https, as everywhere but on the machine itself.

    *append* writes records to the hub's log and returns once they are there. *url* is what people type; where it is
    empty, any will do. *stale* says whether the projection lags behind the log, so that every page says so.
    """

    place: Place
    wire: Schemas
    database: Engine
    append: Callable[[Iterable[Out]], None]
    secure: bool = True
    now: Callable[[], int] = clock
    url: str = ""
    stale: Callable[[], bool] = lambda: False
    limits: Limits = field(default_factory=Limits)
    sent: Sent = field(default_factory=Sent)
    sessions: Sessions = field(init=False)
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sessions", Sessions(self.database))
        object.__setattr__(self, "standing", Standing(self.place))

    def rules(self) -> Bundle | None:
        """The rules in force; None before the first."""
        return self.standing.bundle()

    def today(self) -> date:
        """London's day."""
        return words.local(self.now()).date()

    def acts_for(self, user: User) -> str:
        """For whom *user* acts: a team as the rules in force call it, or an agency; empty for the partnership."""
        if user.of is None:
            return ""
        rules = self.rules() if user.role is Role.TEAM else None
        return words.agency(user.of) if rules is None else Book({"": rules}).team("", user.of)

    @property
    def partitions(self) -> int:
        """How many partitions a topic that is keyed has."""
        return self.place.open().partitions
