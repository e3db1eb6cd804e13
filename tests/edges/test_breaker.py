"""The circuit breaker in the lanes: the real engine, a log in memory, and a feed that moves on as Kafka's does."""

import asyncio

import pytest
from smallhub import LEADS, PARTITIONS, SmallHub, policies, published, told
from virtual_log import Moments, Producer, VirtualLog, fresh

from hub import topics
from hub.edges.lanes import Lanes
from hub.edges.transactions import Lane
from hub.engine import FLOOD, Partition
from hub.log import Out
from hub.wire.bundle import sign
from hub.wire.partitioner import partition_for

PROGRAM = SmallHub(activate=False).program
THERE = partition_for(b"r-1", PARTITIONS)
SCHOOL, PRISON = topics.intake("SCHOOL"), topics.intake("HMPPS_PRISON")
RULES = PROGRAM.schemas.encode("rules.activated", sign(policies(), 0, LEADS))
RUBBISH = [Out(SCHOOL, THERE, b"r-1", b"rubbish", ())] * (FLOOD + 4)


class Feed:
    """Its place moves on with every poll, whoever sees the records; what is held back is not polled."""

    def __init__(self, log, most):
        self.log, self.most = log, most
        self.at, self.held = {}, frozenset()

    async def seek(self, number, positions):
        self.at |= {topic: position + 1 for topic, position in positions.items()}
        self.held -= positions.keys()

    async def hold(self, number, topics):
        self.held |= set(topics)

    async def poll(self, number):
        await asyncio.sleep(0.001)
        found = []
        for topic in self.at.keys() - self.held:
            new = self.log.records[topic, number][self.at[topic] :][: self.most]
            self.at[topic] += len(new)
            found += new
        return found

    async def stand(self, numbers):
        return {}


async def served(log, until, most=4000, first=0.02, rests=0):
    """Serve one partition number, resting now and then at first, *until* the lane is through."""
    failed, opened = [], []

    async def open_lane(number):
        producer = Producer(log, number, Moments())
        await producer.start()
        state = fresh(number)
        opened.append(Lane(number, Partition(number, PROGRAM, state), state, producer, "hub"))
        opened[0].breaker.first = opened[0].breaker.most = first
        return opened[0]

    lanes = Lanes(PROGRAM.inputs, Feed(log, most), open_lane, failed.append)
    async with asyncio.timeout(10):
        for _ in range(rests):
            await lanes.own([THERE])
            await asyncio.sleep(0.003)
            await lanes.rest()
        await lanes.own([THERE])
        while not (opened and until(opened[0].partition)):
            await asyncio.sleep(0.01)
    await lanes.close()
    assert not failed
    return opened[0]


def left(log, partition):
    return [t for t in PROGRAM.inputs if log.records[t, THERE][partition.position(t) + 1 :]]


def refused(log):
    kept = log.records[topics.quarantine("SCHOOL"), THERE]
    return [dict(record.headers)["quarantine.source"].decode() for record in kept]


def flooded():
    log = VirtualLog()
    log.append([Out(topics.PERSON, THERE, None, RULES, ())])
    log.append([*RUBBISH, published(told(1, "person.registered", agency="SCHOOL")), *RUBBISH[:60]])
    log.append([published(told(2, "person.registered"))])
    return log


@pytest.mark.parametrize("rests", [0, 20])
@pytest.mark.parametrize("most", [1, 30, 4000])
def test_what_was_held_back_is_neither_lost_nor_doubled(most, rests):
    log = flooded()

    asyncio.run(served(log, lambda partition: not left(log, partition), most, rests=rests))

    wanted = [f"{SCHOOL}/{THERE}/{offset}" for offset in (*range(FLOOD + 4), *range(FLOOD + 5, FLOOD + 65))]
    assert refused(log) == wanted
    assert len([record for number in range(PARTITIONS) for record in log.records[topics.PERSON, number]]) == 3


def test_while_a_topic_is_held_back_the_others_are_served():
    log = flooded()

    lane = asyncio.run(served(log, lambda partition: left(log, partition) == [SCHOOL], first=60))

    assert lane.partition.position(SCHOOL) == FLOOD - 1
    assert lane.partition.position(PRISON) == 0
    assert list(lane.breaker.held) == [SCHOOL]


def test_offsets_for_lag_tools_end_where_the_topic_was_left():
    sent = []

    class Noting(Producer):
        async def send_offsets_to_transaction(self, offsets, group):
            sent.append({part.topic: offset for part, offset in offsets.items()})

    async def scene():
        log = flooded()
        producer = Noting(log, THERE, Moments())
        await producer.start()
        state = fresh(THERE)
        lane = Lane(THERE, Partition(THERE, PROGRAM, state), state, producer, "hub")
        await lane.apply([*log.records[SCHOOL, THERE], *log.records[PRISON, THERE]])

    asyncio.run(scene())

    assert sent == [{SCHOOL: FLOOD, PRISON: 1}]
