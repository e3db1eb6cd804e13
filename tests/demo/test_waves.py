"""Waves keep what a log of many topics cannot: the order of different agencies' words about one person."""

from collections import defaultdict

import pytest

from hub.core.calendar import Calendar
from hub.demo.diary import END, OPENING, Message
from hub.demo.lives import world
from hub.demo.people import dice
from hub.demo.waves import Wave, broken, resend, waves

CALENDAR = Calendar(frozenset(), (0,), (0,))


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    lived = [message for _, told in world(200, 7, CALENDAR) for message in told]
    return [*resend(lived, 7), *broken()]


@pytest.fixture(scope="module")
def found(messages: list[Message]) -> list[Wave]:
    return list(waves(messages))


def test_a_wave_never_holds_one_person_from_two_agencies(found):
    for wave in found:
        agencies = defaultdict(set)
        for agency, told in wave.files.items():
            for message in told:
                agencies[message.person].add(agency)
        agencies.pop(None, None)  # what nobody can read is about nobody
        assert all(len(of) == 1 for of in agencies.values()), wave.number


def test_nothing_is_lost_or_doubled_on_the_way_into_waves(messages, found):
    there = [message for wave in found for told in wave.files.values() for message in told]

    assert sorted(map(repr, there)) == sorted(map(repr, messages))


def test_what_is_said_of_one_person_keeps_its_order(found):
    said = defaultdict(list)
    for wave in found:
        for told in wave.files.values():
            for message in told:
                said[message.person].append(message.at)
    said.pop(None)

    assert all(times == sorted(times) for times in said.values())


def test_a_tick_never_precedes_a_message_still_to_come(found):
    clock = OPENING
    for wave in found:
        assert all(message.at >= clock for told in wave.files.values() for message in told)
        clock = wave.tick or clock

    assert clock == END


@pytest.mark.parametrize("seed", range(20))
def test_any_order_of_agencies_keeps_the_promise(seed):
    roll = dice(seed, "test")
    told = [
        Message(OPENING + roll.randrange(0, 30 * 86_400_000_000), roll.choice("ABC"), roll.randint(1, 5), {"n": n})
        for n in range(200)
    ]
    for wave in waves(told):
        people = [{message.person for message in of} for of in wave.files.values()]
        assert sum(map(len, people)) == len(set().union(*people))
