"""A flood of what must be refused holds back its own topic, and nobody and nothing else."""

from datetime import date
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import PARTITIONS, SmallHub, adult, at, published, told

from hub import topics
from hub.edges.breaker import Breaker
from hub.engine import FLOOD, SOURCE
from hub.log import Out
from hub.wire.partitioner import partition_for

SCHOOL, REFUSED = topics.intake("SCHOOL"), topics.quarantine("SCHOOL")
THERE = partition_for(b"s-1", PARTITIONS)
RUBBISH = Out(SCHOOL, THERE, b"s-1", b"rubbish", ())
PUPIL = [
    told("pupil", "person.registered", "s-1", agency="SCHOOL", dob=date(2010, 5, 5), link="l-9"),
    told("missed", "suspension.recorded", "s-1", "2026-02-04T10:00", "SCHOOL"),
]
OTHERS = [
    adult(number=1),
    told("dates", "release_dates.changed", when="2026-02-02T10:00", crd=date(2026, 9, 9)),
    adult("r-2", 2),
    told("needs", "needs.flagged", when="2026-02-03T10:00", homeless=True, consent=("HOUS",)),
]
floods = st.lists(st.sampled_from([0, 1, FLOOD - 1, FLOOD, FLOOD + 1, 2 * FLOOD]), min_size=4, max_size=4)


class Flooded(SmallHub):
    """A small hub whose breakers wait by a clock of their own."""

    def __init__(self, batch=500):
        super().__init__(batch=batch)
        self.now = 0.0
        self.worker.breakers = [Breaker(number, lambda: self.now) for number in range(PARTITIONS)]

    def flood(self, count):
        self.log.append([RUBBISH] * count)

    def wait(self, seconds):
        self.now += seconds
        self.worker.drain()

    def refused(self):
        """The offsets of the flood that are in quarantine, in the order in which they came there."""
        kept = [dict(record.headers)["quarantine.source"].decode() for record in self.log.scan(REFUSED)]
        assert {source.rpartition("/")[0] for source in kept} <= {f"{SCHOOL}/{THERE}"}
        return [int(source.rpartition("/")[2]) for source in kept]

    def led_to(self):
        """What came of everything not refused; a flood moves offsets, and with them decisions' keys: no matter."""
        return {
            name: sorted(
                (part, b"" if name == topics.DECISIONS else key, *row, [head for head in headers if head[0] != SOURCE])
                for part, key, *row, headers in held
            )
            for name, held in self.contents().items()
            if name != REFUSED
        }


@cache
def undisturbed():
    """What the others lead to, after each of them."""
    hub, after = Flooded(), []
    for event in OTHERS:
        hub.publish(event)
        after.append(hub.led_to())
    return after


def test_a_flood_is_drained_up_to_the_limit_and_then_by_trials_twice_as_large_after_waits_twice_as_long():
    hub = Flooded()
    hub.flood(FLOOD + 50)

    drained = []
    for seconds in 0, 59, 1, 60, 60, 240, 480, 900, 900, 899:
        hub.wait(seconds)
        drained.append(len(hub.refused()) - FLOOD)

    assert drained == [0, 0, 1, 1, 3, 7, 15, 31, 50, 50]
    assert hub.refused() == list(range(FLOOD + 50))


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([1, 7, 99, 500]))
def test_a_trial_takes_no_more_than_twice_what_the_one_before_took_nor_more_than_a_batch(batch):
    hub = Flooded(batch)
    hub.flood(FLOOD + 300)
    hub.wait(0)

    sizes = [1]
    for _ in range(12):
        before = len(hub.refused())
        hub.wait(Breaker.most)
        sizes.append(len(hub.refused()) - before)

    assert sizes[1] == 1
    assert all(size <= min(2 * max(sizes[:number]), batch) for number, size in enumerate(sizes[1:], 1))


def test_a_good_record_behind_a_thousand_bad_ones_is_heard_within_two_hours():
    hub = Flooded()
    hub.flood(1000)
    hub.publish(*PUPIL)

    for _ in range(120):
        hub.wait(60)

    assert "e-missed" in hub.decisions()


def test_who_says_something_good_in_a_trial_waits_no_longer_than_at_first():
    hub = Flooded()
    hub.flood(FLOOD + 1)
    hub.wait(0)
    hub.wait(60)
    hub.publish(PUPIL[0])
    hub.flood(FLOOD)
    hub.wait(120)
    assert len(hub.refused()) == 2 * FLOOD + 1, "held anew"
    hub.publish(PUPIL[1])

    hub.wait(60)

    assert "e-missed" in hub.decisions()


def test_a_good_record_on_trial_ends_the_wait_of_all_behind_it():
    hub = Flooded()
    hub.flood(FLOOD)
    hub.publish(*PUPIL)
    assert "e-missed" not in hub.decisions()

    hub.wait(60)
    assert "e-missed" in hub.decisions()
    hub.flood(FLOOD - 1)
    hub.publish(told("later", "suspension.recorded", "s-1", "2026-02-05T10:00", "SCHOOL"))
    assert "e-later" in hub.decisions(), "who was let off starts anew"


def test_fewer_in_a_row_than_the_limit_hold_nobody_back():
    hub = Flooded()
    hub.publish(PUPIL[0])
    for number in range(4):
        hub.flood(FLOOD - 1)
        hub.publish(told(number, "suspension.recorded", "s-1", f"2026-02-0{number + 4}T10:00", "SCHOOL"))

    assert len(hub.refused()) == 4 * (FLOOD - 1)


def test_after_a_restart_everybody_is_heard_again():
    hub = Flooded()
    hub.flood(FLOOD + 1)
    hub.publish(*PUPIL)
    hub.restart()
    hub.worker.drain()

    assert hub.refused() == list(range(FLOOD + 1))
    assert "e-missed" in hub.decisions()


def test_what_concerns_everybody_is_never_held_back():
    hub = Flooded()
    hub.log.append([Out(topics.PERSON, number, b"p", b"rubbish", ()) for number in range(PARTITIONS)] * (FLOOD + 50))
    hub.tick("2026-06-17T09:00")

    assert len(hub.quarantined("HUB")) == PARTITIONS * (FLOOD + 50)
    assert {partition.clock for partition in hub.worker.partitions} == {at("2026-06-17T09:00")}


@settings(max_examples=20, deadline=None)
@given(floods, st.sampled_from([1, 7, 99, 500]))
def test_a_flood_neither_delays_nor_changes_what_others_lead_to(counts, batch):
    hub = Flooded(batch)
    for count, event, expected in zip(counts, OTHERS, undisturbed(), strict=True):
        hub.flood(count)
        hub.publish(event)

        assert hub.led_to() == expected


@settings(max_examples=20, deadline=None)
@given(floods, st.sampled_from([1, 7, 99, 500]), st.sampled_from([0, 61, 10_000]))
def test_when_a_flood_is_over_all_was_applied_or_quarantined_exactly_once(counts, batch, pause):
    calm, hub = Flooded(), Flooded(batch)
    calm.publish(*OTHERS, *PUPIL)
    for count, other, own in zip(counts, OTHERS, [PUPIL[0], None, PUPIL[1], None], strict=True):
        hub.flood(count)
        hub.log.append([published(event) for event in (other, own) if event])
        hub.wait(pause)
    while hub.log.end(SCHOOL, THERE) > hub.worker.partitions[THERE].position(SCHOOL) + 1:
        hub.wait(Breaker.most)

    assert hub.led_to() == calm.led_to()
    good = [r.offset for r in hub.log.read(SCHOOL, THERE, 0, 5000) if r.value != RUBBISH.value]
    assert sorted([*hub.refused(), *good]) == list(range(sum(counts) + 2))
