"""
Promise E1 without a broker: the real engine over a log in memory, crashed at every one of its awaits.

A history is played in phases; a crash, a late zombie or a rejected batch falls anywhere in it, and what is committed in
the end must be what an undisturbed run commits, byte for byte. The guards are taken away one by one too, to see that
the tests can fail.
"""

import asyncio
from datetime import date
from functools import cache, partial

from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import schemas
from smallhub import LEADS, PARTITIONS, SmallHub, adult, at, policies, published, told
from virtual_log import CrashError, FencedError, Moments, RejectedError, VirtualLog, drain, fresh

from hub import topics
from hub.edges.store import Cache
from hub.edges.transactions import Lane
from hub.engine import Partition
from hub.log import Out
from hub.wire.bundle import sign

PROGRAM = SmallHub(activate=False).program
NUMBERS = range(PARTITIONS)
DATES = {"booking": "b-1"}


def everywhere(kind, values):
    value = schemas().encode(kind, values)
    return [Out(topics.PERSON, number, None, value, ()) for number in NUMBERS]


@cache
def history():
    """Rules; a person with a date, a date corrected, a bad record and a moved link; and the clock far ahead."""
    events = [
        adult(),
        told(2, "release_dates.changed", when="2026-02-03T09:00", seq=1, confirmed=date(2026, 4, 1), **DATES),
        told(3, "release_dates.changed", when="2026-02-04T09:00", seq=2, confirmed=date(2026, 5, 6), **DATES),
        adult("r-2", number=4),
    ]
    moved = told("reg-5", "person.registered", "r-2", when="2026-02-05T09:00", dob=date(1990, 5, 5), link="l-1")
    bad = Out(topics.intake("HMPPS_PRISON"), 0, b"r-1", b"not avro", ())
    return (
        everywhere("rules.activated", sign(policies(), 0, LEADS)),
        [bad, *map(published, events)],
        [published(moved)],
        everywhere("tick", {"at": at("2026-03-20T09:00")}),
    )


def partition(number, state):
    return Partition(number, PROGRAM, state)


async def play(log, moments, partitions=partition, lane=Lane, states=fresh):
    """Every phase to its end; a worker that ends is started again, with nothing but the log to go by."""
    for outs in history():
        log.append(outs)
        while True:
            try:
                await drain(log, moments, partitions, NUMBERS, PROGRAM.inputs, lane, states)
                break
            except (CrashError, RejectedError):
                moments.dead = False


def crashed(*stops, **how):
    log, moments = VirtualLog(), Moments(*stops)
    asyncio.run(play(log, moments, **how))
    return log.contents(), moments.count


@cache
def undisturbed():
    return crashed()


def zombie(stop, fencing=True):
    """A worker sleeps at await number *stop*, its successor does all the work, and then it wakes up."""

    async def scene():
        log = VirtualLog(fencing)
        asleep, awake = asyncio.Event(), asyncio.Event()

        async def sleep():
            asleep.set()
            await awake.wait()

        first = asyncio.create_task(play(log, Moments(stop, then=sleep)))
        sleeping = asyncio.create_task(asleep.wait())
        await asyncio.wait({first, sleeping}, return_when=asyncio.FIRST_COMPLETED)
        sleeping.cancel()
        await drain(log, Moments(), partition, NUMBERS, PROGRAM.inputs)
        before = log.contents()
        awake.set()
        outcome = (await asyncio.gather(first, return_exceptions=True))[0]
        return before, log.contents(), outcome

    return asyncio.run(scene())


def test_the_history_speaks_of_everything():
    contents, awaits = undisturbed()

    told_of = {topic for topic, _ in contents}
    assert {topics.DECISIONS, topics.CHANGES, topics.DECIDE_STATE, topics.quarantine("HMPPS_PRISON")} <= told_of
    assert any(topic.startswith("alerts.") for topic in told_of)
    people = [value for (topic, _), held in contents.items() if topic == topics.PERSON for _, value, _ in held]
    internal = {schemas().by_id[int.from_bytes(value[1:5], "big")].type for value in people}
    assert {"rules.activated", "slice.awaited", "slice.left", "slice.arrived", "tick"} <= internal
    assert awaits > 50


def test_a_crash_at_any_await_changes_nothing():
    whole, awaits = undisturbed()

    for stop in range(1, awaits + 1):
        assert crashed(stop)[0] == whole, f"crashed at await {stop}"


def lasting(folder):
    """State in files that outlive a crash, as on one machine."""
    return lambda number: Cache(folder / f"{number}.db", number)


def test_a_crash_at_any_await_changes_nothing_where_state_was_kept(tmp_path):
    whole, awaits = undisturbed()

    for stop in range(1, awaits + 1):
        assert crashed(stop, states=lasting(tmp_path / str(stop)))[0] == whole, f"crashed at await {stop}"


class Hasty(Lane):
    """A lane that does not wait for the commit before its state hears of it."""

    async def _commit(self, messages, offsets):
        here = {(out.topic, out.key): out.value for out in messages if out.topic in topics.STATES}
        self.state.write(here, {})
        return await super()._commit(messages, offsets)


def test_what_is_kept_before_its_commit_shows(tmp_path):
    whole, awaits = undisturbed()
    stops = range(awaits // 2, awaits)

    assert any(crashed(stop, lane=Hasty, states=lasting(tmp_path / str(stop)))[0] != whole for stop in stops)


@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(1, 400), max_size=12))
def test_crash_upon_crash_changes_nothing(stops):
    assert crashed(*stops)[0] == undisturbed()[0]


def test_a_zombie_that_wakes_at_any_await_writes_nothing():
    whole, awaits = undisturbed()
    fenced = 0

    for stop in range(1, awaits + 1):
        before, after, outcome = zombie(stop)
        if isinstance(outcome, FencedError):
            fenced += 1
            assert after == before, f"asleep at await {stop}"
        else:  # it slept before its own fence, or had nothing left to write: then it goes on as the owner
            assert (after, outcome) == (whole, None), f"asleep at await {stop}"

    assert fenced > awaits / 2


def test_a_rejected_batch_is_never_missing_from_a_commit():
    number, tried = 0, True

    while tried:
        log, number = VirtualLog(), number + 1
        log.reject = number
        asyncio.run(play(log, Moments()))
        tried = log.batches >= number
        assert log.contents() == undisturbed()[0], f"batch {number} rejected"

    assert number > 20


class Careless(Lane):
    """A lane that takes a send for its answer."""

    async def _send(self, messages, offsets):
        for topic, number, batch in self._batches(messages):
            (await self._producer.send_batch(batch, topic, partition=number)).exception()
        await self._producer.send_offsets_to_transaction(dict(offsets), self._group)
        return {}


class Forgetful(Cache):
    """State that begins anew at every start."""

    def get(self, topic, key):
        return None if topic == topics.POSITIONS else super().get(topic, key)


def test_without_awaited_sends_a_record_goes_missing():
    log = VirtualLog()
    log.reject = 5
    asyncio.run(play(log, Moments(), lane=Careless))

    assert log.contents() != undisturbed()[0]


def test_without_the_position_row_records_are_doubled():
    states = partial(Forgetful, ":memory:")

    assert crashed(undisturbed()[1] // 2, states=states)[0] != undisturbed()[0]


def test_without_fencing_a_zombie_writes():
    scenes = (zombie(stop, fencing=False) for stop in range(1, undisturbed()[1] + 1))

    assert any(sum(map(len, after.values())) > sum(map(len, before.values())) for before, after, _ in scenes)
