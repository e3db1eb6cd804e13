"""One alert of one team and one plan of them, as the oracle keeps what it would have told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.simulate.oracle.days import day_of

OVER = timedelta(days=28)
NOT_OURS = "NOT_OURS"


@dataclass(slots=True)
class Line:
    """
    One alert of one team: the *state* it is in and *was* in, when it was *raised*, if so in which *reading*.

    *life* says what happened to it once told, and when: each level above that heard, each time it was told again, and
    the *answer*, after which nobody above hears. What is lost in a version that stood aside counts since it *stood*.
    """

    kind: str
    about: str | None
    episode: int
    stage: str
    team: str
    version: int
    state: str
    due: date | int
    at: int
    day: date | None
    was: str | None = None
    reason: str | None = None
    urgent: bool = False
    catch_up: bool = False
    raised: int | None = None
    reading: int = 0
    word: str = "ROUTINE"
    rings: tuple[int, ...] = ()
    again: int | None = None
    level: int = 0
    answer: str | None = None
    life: tuple[tuple[int, str], ...] = ()
    stood: int = 0
    owner: str = ""
    ended: int = 0

    @property
    def calls(self) -> int | None:
        """When somebody hears of it next, if its team does not answer, or though it has."""
        times = [*self.rings[:1], *(() if self.again is None else (self.again,))]
        return min(times) if times and self.state == "RAISED" else None


Origin = tuple[list[Line], date, list[Line]]  # before a day began to settle: all lines, the day, the lines that stood


@dataclass(slots=True)
class Plan:
    """
    One plan in its present version.

    *seen* holds, for each team, the days that it was told and not told otherwise; *raised* under which day each stage
    was told; *laid* the teams whose stages are laid out, *since* which version for this day. *desk* says that the duty
    desk knows of the end of support.
    """

    kind: str
    episode: int
    version: int = 0
    day: date | None = None
    live: bool = False
    desk: bool = False
    lines: list[Line] = field(default_factory=list)
    laid: set[str] = field(default_factory=set)
    raised: dict[tuple[str, str], date | None] = field(default_factory=dict)
    seen: dict[str, set[date]] = field(default_factory=dict)
    latest: dict[str, date] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)
    away: bool = False
    stopped: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    settles: int | None = None
    back_at: int | None = None
    origin: Origin | None = None

    def waiting(self) -> list[Line]:
        """What is still to be told."""
        return [line for line in self.lines if line.state == "PENDING"]

    def stages(self) -> list[Line]:
        """The stages of the plan, without the corrections about it."""
        return [
            line
            for line in self.lines
            if self.kind == (line.kind if line.stage != NOT_OURS else self.kind)
            and "HOSP" not in (line.stage, line.about)
        ]


def over(day: date, now: int) -> bool:
    """Four weeks after its day an alert is closed, and nothing of that day is told any more."""
    return day + OVER <= day_of(now)


def end(lines: Iterable[Line], state: str, reason: str | None = None) -> None:
    """Lines that are pending or told come to an end; what was skipped or suppressed is final already."""
    for line in lines:
        if line.state in {"PENDING", "RAISED"}:
            line.was, line.state, line.reason = line.state, state, reason
