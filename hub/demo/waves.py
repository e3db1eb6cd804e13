"""
Messages into waves: what may be published at once without the agencies' different speeds changing what the hub answers.

A topic keeps the order of one record, but nothing keeps the order of two agencies' events about one person. So a wave
never holds one person from two agencies, and a wave is decided before the next one is published.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hub.demo.diary import AGENCIES, END, OPENING, Message
from hub.demo.people import dice
from hub.demo.sources import BROKEN

WEEK = 7 * 24 * 3600 * 1_000_000
DAY = WEEK // 7
RESENT = 0.02


@dataclass(frozen=True, slots=True)
class Wave:
    """One file an agency at most; *tick* is the instant the clock is set to once the wave is decided, if it is."""

    number: int
    files: Mapping[str, Sequence[Message]]
    tick: int | None = None


def waves(messages: Iterable[Message]) -> Iterator[Wave]:
    """
    All *messages* of the year as waves, with a tick at the end of every week and one at the end.

    A person's messages of one week rise one wave whenever the agency changes; everybody else's share those waves.
    """
    weeks: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        weeks[week(message.at)].append(message)
    number = 0
    for index in range(week(END) + 1):
        levels = _levels(sorted(weeks[index], key=lambda one: (one.at, one.person is None, one.person or 0)))
        tick = None if index == 0 else min(OPENING + index * WEEK, END)
        for files in levels[:-1]:
            yield Wave(number, files)
            number += 1
        yield Wave(number, levels[-1] if levels else {}, tick)
        number += 1


def week(at: int) -> int:
    """The week an instant lies in; what was so at the opening comes before the first."""
    return 0 if at <= OPENING else 1 + (at - OPENING) // WEEK


def _levels(messages: Sequence[Message]) -> list[dict[str, list[Message]]]:
    levels: list[dict[str, list[Message]]] = []
    last: dict[int, tuple[str, int]] = {}
    for message in messages:
        agency, level = last.get(message.person or 0, (message.agency, 0))
        if message.person is not None:
            level += agency != message.agency
            last[message.person] = (message.agency, level)
        while len(levels) <= level:
            levels.append({})
        levels[level].setdefault(message.agency, []).append(message)
    return levels


def resend(messages: Sequence[Message], seed: int) -> list[Message]:
    """
    Some messages are said twice, word for word: at once, or later the same week where that is before anything newer.

    A repeated case return would contradict a newer one of its case, so those come twice at once.
    """
    roll = dice(seed, "resent")
    made: list[Message] = []
    for message in messages:
        made.append(message)
        if roll.random() < RESENT:
            later = message.at + (0 if message.agency == "YJS" else roll.randrange(0, DAY))
            made.append(replace(message, at=later if week(later) == week(message.at) else message.at, resent=True))
    return [message for message in made if message.at <= END]


def broken() -> list[Message]:
    """A few inputs that no connector can take, spread over the spring."""
    return [
        Message(OPENING + (10 + 5 * number) * WEEK + DAY, agency, None, body)
        for agency in AGENCIES
        for number, body in enumerate(BROKEN[agency])
    ]
