"""What was assigned: the partition numbers that are here whole, and where each of their topics goes on."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from hub.edges.failstop import StreamError

Part = TypeVar("Part")
ASKED, PAUSE = 10, 1.0  # how often, and seconds in between: a new leader soon knows what is committed


def numbers(assigned: Iterable[tuple[str, int]], inputs: Sequence[str]) -> set[int]:
    """
    Return the partition numbers that are here whole.

    >>> numbers([("intake", 3), ("person", 3)], ["intake", "person"])
    {3}
    >>> numbers([("intake", 3)], ["intake", "person"])
    Traceback (most recent call last):
    ...
    hub.edges.failstop.StreamError: partition 3: `person` is with another worker; hint: give all input topics one \
partition count, and stop workers of an older version first
    """
    here: dict[int, set[str]] = defaultdict(set)
    for topic, number in assigned:
        here[number].add(topic)
    for number, topics in here.items():
        if missing := sorted(set(inputs) - topics):
            raise StreamError(
                f"partition {number}: `{missing[0]}` is with another worker; hint: give all input topics one partition "
                "count, and stop workers of an older version first"
            )
    return set(here)


async def ends(
    ask: Callable[[], Awaitable[Mapping[Part, int]]], positions: Mapping[Part, int], pause: float = PAUSE
) -> Mapping[Part, int]:
    """
    Return the ends of the logs as *ask* tells them, asked again while one lies before its applied position.

    Just after it was elected, a leader may know less of what is committed than the one before it did. A bounded number
    of times: a topic that was made anew says the same for ever.
    """
    told = await ask()
    for _ in range(ASKED - 1):
        if all(position < told[part] for part, position in positions.items()):
            break
        await asyncio.sleep(pause)
        told = await ask()
    return told


def after(where: str, position: int, start: int, end: int) -> int:
    """
    Return the offset to go on from, when *position* was applied last and the log runs from *start* to *end*.

    >>> after("person.v1/3", 41, 0, 100), after("person.v1/3", -1, 7, 100)
    (42, 7)
    >>> after("person.v1/3", 41, 50, 100)
    Traceback (most recent call last):
    ...
    hub.edges.failstop.StreamError: person.v1/3: offsets 42 to 49 were deleted before they were applied; hint: put \
them back from a copy into new topics, and raise retention.ms
    """
    if position < 0:
        return start
    if position + 1 < start:
        raise StreamError(
            f"{where}: offsets {position + 1} to {start - 1} were deleted before they were applied; "
            "hint: put them back from a copy into new topics, and raise retention.ms"
        )
    if position + 1 > end:
        raise StreamError(
            f"{where}: offset {position} was applied but the log ends at {end}; "
            "hint: the topic was made anew: start with new state topics and a new app id"
        )
    return position + 1
