"""Where to go on: a new leader that does not know everything yet is asked again, a topic made anew is refused."""

import asyncio
from collections.abc import Mapping

import pytest

from hub.edges.assignment import ASKED, after, ends
from hub.edges.failstop import StreamError

PERSON, INTAKE = "person.v1/3", "intake.gmp.v1/3"
APPLIED = {PERSON: 41, INTAKE: -1}


class Leader:
    """Answers one end after the other, and the last one from then on."""

    def __init__(self, *told: int) -> None:
        self.told, self.asked = told, 0

    async def __call__(self) -> Mapping[str, int]:
        self.asked += 1
        return {PERSON: self.told[min(self.asked, len(self.told)) - 1], INTAKE: 0}


def settled(leader: Leader) -> Mapping[str, int]:
    return asyncio.run(ends(leader, APPLIED, pause=0))


@pytest.mark.parametrize("told", [(42,), (40, 42), (0, 30, 41, 100)])
def test_an_end_before_what_was_applied_is_asked_for_again(told: tuple[int, ...]) -> None:
    leader = Leader(*told)

    found = settled(leader)

    assert after(PERSON, 41, 0, found[PERSON]) == 42
    assert leader.asked == len(told)


def test_a_topic_made_anew_is_refused_after_a_bounded_number_of_questions() -> None:
    leader = Leader(0)

    with pytest.raises(StreamError, match="the topic was made anew"):
        after(PERSON, 41, 0, settled(leader)[PERSON])
    assert leader.asked == ASKED
