"""When what failed is tried again, and what receipts come to: from data alone."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.outbound.schedule import LONGEST, MOST, SECOND, SPREAD, WAITS, following
from hub.outbound.standing import BEGUN, DEAD, DELIVERED, GONE, REDRIVEN, RETRY, Receipt, Standing, standings

moments = st.integers(0, 4_000_000_000_000_000)
messages = st.text("abcdef0123456789_", min_size=1, max_size=30).map(lambda told: f"msg_{told}")


@given(moments, st.integers(1, MOST - 1), messages, st.floats(0, 10**9))
def test_a_wait_is_within_a_fifth_of_its_length_and_never_longer_than_asked_up_to_a_day(at, tries, message, asked):
    wait = (following(at, tries, message, asked) - at) / SECOND
    longest = max(WAITS[tries - 1] * (1 + SPREAD), min(asked, LONGEST))

    assert WAITS[tries - 1] * (1 - SPREAD) - 1e-6 <= wait <= longest + 1e-6
    assert wait >= min(asked, LONGEST) - 1e-6


@given(moments, messages)
def test_there_are_ten_attempts_within_four_days_each_wait_longer_than_the_last(at, message):
    moment, waits = at, []
    for tries in range(1, MOST):
        again = following(moment, tries, message)
        waits.append(again - moment)
        moment = again

    assert following(moment, MOST, message) is None
    assert 2 * 86_400 * SECOND < moment - at < 4 * 86_400 * SECOND
    assert all(later > sooner * 0.8 for sooner, later in pairwise(waits))


@given(moments, st.integers(1, MOST - 1))
def test_the_same_message_waits_as_long_in_every_process_and_others_do_not(at, tries):
    waits = {following(at, tries, f"msg_{number}") for number in range(50)}

    assert following(at, tries, "msg_1") == following(at, tries, "msg_1")
    assert len(waits) > 40


def test_far_more_attempts_than_there_are_is_never():
    assert following(0, 1000, "msg_1") is None


places = st.tuples(st.sampled_from(("alerts.a.v1", "deliveries.a.v1")), st.integers(0, 1), st.integers(0, 5))


@st.composite
def told(draw):
    topic, partition, offset = draw(places)
    outcome = draw(st.sampled_from((DELIVERED, RETRY, DEAD, GONE, REDRIVEN)))
    again = draw(moments) if outcome == RETRY else None
    attempt = draw(st.integers(1, 30))
    at = draw(moments)
    return Receipt("e", "A", "WEBHOOK", topic, partition, offset, "a-1", "r-1", "m", attempt, outcome, None, at, again)


@given(st.lists(told(), max_size=40))
def test_every_place_is_delivered_waiting_or_dead_and_only_once(receipts):
    found = standings(receipts).get("e", Standing())

    assert not found.waiting.keys() & found.dead.keys()
    for place in {one.place for one in receipts}:
        of = [one for one in receipts if one.place == place and one.outcome != REDRIVEN]
        if of and of[-1].outcome == DELIVERED:
            assert place not in found.waiting
            assert place not in found.dead
    assert all(found.read[topic, part] >= offset for topic, part, offset in (*found.waiting, *found.dead))


@given(st.lists(told(), max_size=40), st.integers(0, 40))
def test_a_restart_anywhere_comes_to_the_same(receipts, cut):
    whole = standings(receipts)
    parted = standings(receipts[:cut])
    for one in receipts[cut:]:
        parted.setdefault(one.endpoint, Standing()).take(one)

    assert parted == whole


def one(outcome, offset=0, attempt=1, at=0, again=None, message=None):
    name = message or f"msg_{offset}"
    return Receipt("e", "A", "WEBHOOK", "t", 0, offset, "a", "r", name, attempt, outcome, None, at, again)


def test_redriven_twice_counts_once():
    found = standings([one(DEAD, attempt=10), one(REDRIVEN, attempt=10, at=5), one(RETRY, attempt=11, again=99)])["e"]
    found.take(one(REDRIVEN, attempt=10, at=7))

    assert found.waiting["t", 0, 0].when == 99
    assert found.waiting["t", 0, 0].forgiven == 10


def test_what_was_delivered_is_not_redriven():
    found = standings([one(DELIVERED), one(REDRIVEN)])["e"]

    assert not found.waiting


def test_who_is_back_gets_at_once_what_waited():
    found = standings([one(RETRY, number, again=10**15) for number in range(4)])["e"]
    assert found.down
    assert found.due(10**9) == []

    found.take(one(DELIVERED, 9, at=10**9))
    assert not found.down
    assert len(found.due(10**9)) == 4


def test_one_poisonous_message_does_not_make_a_receiver_down():
    found = standings([one(RETRY, 0, attempt=number, again=number) for number in range(1, 10)])["e"]

    assert not found.down
    assert found.fresh() == 0


def test_a_receiver_that_is_down_is_tried_ever_more_seldom_with_new_ones():
    found = standings([one(RETRY, number, again=1) for number in range(3)])["e"]
    waits = []
    for number in range(3, 20):
        waits.append(found.fresh())
        found.take(one(RETRY, number, again=1))

    assert waits[:3] == [60_000_000, 120_000_000, 240_000_000]
    assert waits[-1] == 3_600_000_000


def test_off_takes_nothing_and_where_it_began_is_no_attempt():
    found = standings([one(BEGUN, 7, attempt=0)])["e"]
    assert found.read == {("t", 0): 7}
    assert found.newest is None

    found.take(one(GONE, 8))
    assert found.fresh() is None
    assert found.off
