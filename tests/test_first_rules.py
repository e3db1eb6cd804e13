"""What is told before the first rules waits for them, for nobody could say who may tell what."""

import asyncio
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import LEADS, PARTITIONS, SmallHub, adult, at, dated, policies, published, told
from virtual_log import Moments, Producer, VirtualLog, fresh

from hub import topics
from hub.edges.health import Health
from hub.edges.lanes import Lanes
from hub.edges.recording import EmbeddedRecording
from hub.edges.transactions import Lane
from hub.engine import FLOOD, Partition
from hub.engine.run import NO_RULES, NOT_ITS_OWN
from hub.log import Out, Record
from hub.replay.play import Replay
from hub.wire.bundle import sign
from hub.wire.partitioner import partition_for

RUBBISH = Out(topics.intake("SCHOOL"), 0, b"s-1", b"rubbish", ())
PUPIL = told("pupil", "person.registered", "s-1", agency="SCHOOL", dob=date(2010, 5, 5), link="l-9")
NOT_THEIRS = told("died", "person.died", "s-1", "2026-02-03T10:00", "SCHOOL")
STORY = [adult(), PUPIL, dated(), NOT_THEIRS, adult("r-2", 2), told("gone", "person.died", "r-2", "2026-02-04T10:00")]
batches = st.sampled_from([1, 2, 7, 500])


def late(early, batch, path=":memory:"):
    """A hub that is told the first *early* of the story, then given its rules, then told the rest."""
    hub = SmallHub(activate=False, batch=batch, path=path)
    hub.publish(*STORY[:early])
    assert hub.contents() == {}, "before the rules it lies where it was published, and nothing came of it"
    hub.activate(policies())
    hub.publish(*STORY[early:])
    return hub


def test_what_an_agency_may_not_tell_is_refused_though_it_came_before_any_rules():
    hub = late(len(STORY), 500)

    assert hub.decisions().keys() == {event.id for event in STORY if event is not NOT_THEIRS}
    assert hub.quarantined("SCHOOL") == [NOT_ITS_OWN]
    assert not hub.quarantined("HUB")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(STORY)), batches)
def test_what_came_before_the_first_rules_ends_as_if_it_had_come_after_them(early, batch):
    assert late(early, batch).contents() == late(0, 500).contents()


def test_a_replay_finds_the_same_of_what_had_to_wait(tmp_path):
    hub = late(4, 3, tmp_path / "hub.db")

    report = Replay(hub.program, EmbeddedRecording(tmp_path / "hub.db"), batch=2).run()

    assert not report.divergent
    assert sum(one.records for one in report.partitions) > len(STORY)


def test_after_a_restart_it_still_waits_and_then_still_does_not():
    hub = SmallHub(activate=False)
    hub.publish(*STORY)
    hub.restart()
    assert hub.worker.drain() == 0

    hub.lay("rules.activated", sign(policies(), 0, LEADS))
    hub.worker.turn(hub.worker.partitions[0])
    hub.worker.turn(hub.worker.partitions[1])
    hub.restart()
    hub.worker.drain()
    assert hub.contents() == late(0, 500).contents()


def test_a_flood_that_waited_is_held_back_as_any_other():
    hub = SmallHub(activate=False)
    hub.log.append([RUBBISH] * (FLOOD + 9))
    hub.tick("2026-02-05T10:00")
    assert {partition.clock for partition in hub.worker.partitions} == {at("2026-02-05T10:00")}

    hub.activate(policies())

    assert len(hub.quarantined("SCHOOL")) == FLOOD


def test_who_decides_without_rules_refuses_rather_than_keep_what_nobody_allowed():
    hub = SmallHub()
    hub.publish(adult())
    (forwarded,) = [r for r in hub.log.scan(topics.PERSON) if dict(r.headers).get("ce_id") == b"e-reg-1"]

    batch = Partition(forwarded.partition, hub.program, fresh(forwarded.partition)).apply([forwarded])

    assert [out.topic for out in batch.outs] == [topics.quarantine("HMPPS_PRISON")]
    assert dict(batch.outs[0].headers)["quarantine.reason"].decode() == NO_RULES
    assert not batch.change.people


class Feed:
    """Polls everything there is, as Kafka's may, but of what is held back; its place moves on with every poll."""

    def __init__(self, log: VirtualLog) -> None:
        self.log, self.at, self.held = log, {}, frozenset()

    async def seek(self, number, positions):
        self.at |= {topic: position + 1 for topic, position in positions.items()}
        self.held -= positions.keys()

    async def hold(self, number, topics):
        self.held |= set(topics)

    async def poll(self, number) -> list[Record]:
        await asyncio.sleep(0.001)
        found = [
            r
            for topic, start in self.at.items()
            if topic not in self.held
            for r in self.log.records[topic, number][start:]
        ]
        self.at |= {record.topic: record.offset + 1 for record in found}
        return found

    async def stand(self, numbers):
        return {}


@pytest.mark.parametrize("early", range(len(STORY) + 1))
def test_a_lane_reads_the_person_log_alone_until_the_rules_come_and_says_so(early):
    small, log, health, failed = SmallHub(activate=False), VirtualLog(), Health(), []
    number = partition_for(b"r-1", PARTITIONS)
    mine = [out for out in map(published, STORY) if out.partition == number]

    async def open_lane(number):
        producer = Producer(log, number, Moments())
        await producer.start()
        state = fresh(number)
        return Lane(number, Partition(number, small.program, state), state, producer, "hub")

    async def scene():
        lanes = Lanes(small.program.inputs, Feed(log), open_lane, failed.append, health=health)
        log.append(mine[:early])
        await lanes.own([number])
        await asyncio.sleep(0.05)
        assert len(log.records[topics.PERSON, number]) == 0
        assert list(health.unfed()) == [
            f"rules: none in force in partition {number}, so nothing is taken in; hint: hub policy activate"
        ]
        await lanes.rest()  # a rebalance does not let them in
        await lanes.own([number])
        await asyncio.sleep(0.02)
        value = small.program.schemas.encode("rules.activated", sign(policies(), 0, LEADS))
        log.append([Out(topics.PERSON, number, None, value, ())])
        log.append(mine[early:])
        async with asyncio.timeout(10):
            while len(forwarded(log)) < len(mine):
                await asyncio.sleep(0.005)
        assert not list(health.unfed())
        await lanes.close()

    asyncio.run(scene())

    assert not failed
    assert sorted(forwarded(log)) == sorted(dict(out.headers)["ce_id"] for out in mine)


def forwarded(log):
    people = [record for (topic, _), held in log.records.items() if topic == topics.PERSON for record in held]
    return [dict(record.headers)["ce_id"] for record in people if record.headers and record.key]
