"""State kept on disk beside a real Kafka is built upon where it fits, and begun anew where it does not."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from hub.edges import broker
from hub.edges.rebuild import rebuild
from hub.edges.store import Cache
from hub.edges.transactions import open_cache
from hub.topics import Topic


@pytest.fixture
def state(bootstrap: str, topic_prefix: str) -> str:
    name = f"{topic_prefix}state"
    broker.ensure(bootstrap, [Topic(name, 1, "delete")])  # of a compacted one the broker deletes nothing on request
    return name


class Machine:
    """One worker's disk: its cache of one topic's partition 0 is opened, brought up to date and let go of."""

    def __init__(self, bootstrap: str, topic: str, folder: Path) -> None:
        self.client = {"bootstrap_servers": bootstrap}
        self.topic = topic
        self.folder = folder
        self.shown: list[tuple[int, float, int]] = []

    def write(self, rows: Mapping[str, str]) -> None:
        async def written() -> None:
            async with AIOKafkaProducer(**self.client, enable_idempotence=True) as producer:
                for key, value in rows.items():
                    await producer.send(self.topic, value.encode(), key.encode(), partition=0)
                await producer.flush()

        asyncio.run(written())

    def start(self) -> tuple[int, dict[str, str]]:
        """How many rows were read, and what the cache holds then."""

        async def started() -> tuple[int, dict[str, str]]:
            cache = await open_cache(self.folder, "hub/1", 0, [self.topic], self.client)
            count = await rebuild(0, [self.topic], self.client, cache, show=lambda *told: self.shown.append(told))
            held = {key.decode(): row.decode() for _, key, row in cache.rows()}
            cache.close()
            return count, held

        return asyncio.run(started())

    def admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(**self.client)


@pytest.fixture
def machine(bootstrap: str, state: str, tmp_path: Path) -> Machine:
    made = Machine(bootstrap, state, tmp_path)
    made.write({f"k{number}": "old" for number in range(100)})
    assert made.start()[0] == 100
    return made


def test_a_start_reads_only_what_is_new(machine: Machine) -> None:
    machine.write({"k1": "new", "k100": "new"})
    count, held = machine.start()

    assert (count, len(held), held["k1"], held["k2"]) == (2, 101, "new", "old")
    assert machine.start()[0] == 0


def test_a_read_tells_how_far_it_has_come(machine: Machine) -> None:
    shares = [share for _, share, _ in machine.shown]

    assert shares == sorted(shares)
    assert machine.shown[-1] == (0, 1.0, 100)


def test_topics_made_anew_under_the_same_name_are_not_mistaken(machine: Machine, logged: list[Any]) -> None:
    admin = machine.admin()
    admin.delete_topics([machine.topic])
    end = time.monotonic() + 10
    while machine.topic in admin.list_topics() and time.monotonic() < end:
        time.sleep(0.1)
    admin.close()
    broker.ensure(machine.client["bootstrap_servers"], [Topic(machine.topic, 1, "delete")])
    machine.write({f"other{number}": "x" for number in range(200)})
    count, held = machine.start()

    assert (count, len(held)) == (200, 200)
    assert any("of other topics" in fact.get("reason", "") for fact in logged)


def test_a_cache_of_what_was_deleted_since_is_begun_anew(machine: Machine, logged: list[Any]) -> None:
    machine.write({f"k{number}": "new" for number in range(50)})
    admin = machine.admin()
    admin.delete_records({TopicPartition(machine.topic, 0): 120})
    admin.close()
    count, held = machine.start()

    assert (count, set(held)) == (30, {f"k{number}" for number in range(20, 50)})
    assert any("does not reach" in fact.get("reason", "") for fact in logged)


def test_a_cache_of_more_than_there_is_is_begun_anew(machine: Machine, logged: list[Any]) -> None:
    (file,) = machine.folder.glob("*.db")
    identity, _ = broker.identity([machine.topic], machine.client)
    cache = Cache(file, 0, identity)
    cache.write({(machine.topic, b"lost"): b"x"}, {machine.topic: 101})
    cache.close()
    count, held = machine.start()

    assert (count, "lost" in held) == (100, False)
    assert any("does not reach" in fact.get("reason", "") for fact in logged)


def test_what_was_not_written_for_half_the_time_deletions_are_kept_is_begun_anew(machine: Machine) -> None:
    admin = machine.admin()
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, machine.topic, {"delete.retention.ms": "1"})])
    admin.close()

    assert machine.start()[0] == 100
