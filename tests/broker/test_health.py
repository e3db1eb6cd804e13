"""The worker's watchdog, and what it says of itself over HTTP, on a real Kafka."""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from broker.test_stream import PARTITIONS, Job, until
from kafka import KafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from hub.edges import broker
from hub.edges.health import Stands
from hub.edges.local_broker import free_ports
from hub.edges.stream import Thread, portion
from hub.topics import Topic


@pytest.fixture
def job(bootstrap: str, topic_prefix: str, tmp_path: Path) -> Iterator[Job]:
    job = Job(bootstrap, topic_prefix, tmp_path)
    yield job
    job.close()


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_ports(1)[0]}"


def get(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, "nobody there"


def measured(address: str) -> dict[str, float]:
    """The sum over all labels of every metric."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(get(address, "/metrics")[1]):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_a_worker_is_ready_when_every_partition_is_open_and_tells_what_it_did(job: Job, address: str) -> None:
    job.start(serve=address, tick=1)
    until(lambda: get(address, "/ready") == (200, "ready\n"), 15, job.log())
    job.send(2000)
    job.settle()
    until(lambda: measured(address).get("hub_lag_records", 9999) <= PARTITIONS, 15, job.log())

    told = measured(address)
    assert get(address, "/live") == (200, "live\n")
    assert told["hub_partitions_open"] == told["hub_partitions_owned"] == PARTITIONS
    assert told["hub_records_total"] >= 2000
    assert told["hub_batch_records_sum"] == told["hub_records_total"]
    assert told["hub_ticks_total"] > 0
    assert told["process_resident_memory_bytes"] > 0


def test_what_was_read_to_a_transactions_end_is_no_lag_and_a_paused_topic_is_known(
    bootstrap: str, topic_prefix: str
) -> None:
    names = [f"{topic_prefix}{name}" for name in ("read", "paused")]
    broker.ensure(bootstrap, [Topic(name, 1, "delete") for name in names])
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=topic_prefix)
    producer.init_transactions()
    for end in producer.commit_transaction, producer.abort_transaction:
        producer.begin_transaction()
        for name in names:
            producer.send(name, b"x").get(timeout=30)
        end()
    producer.close()

    async def scene() -> Stands:
        parts = [TopicPartition(name, 0) for name in names]
        level = {"isolation_level": "read_committed", "auto_offset_reset": "earliest"}
        async with AIOKafkaConsumer(bootstrap_servers=bootstrap, **level) as consumer:
            consumer.assign(parts)
            consumer.pause(parts[1])
            while await portion(consumer, parts):
                pass
            thread: Any = SimpleNamespace(_ensure_consumer=lambda: consumer)
            return await Thread.stand(thread, parts)

    read, paused = asyncio.run(asyncio.wait_for(scene(), 30)).values()
    assert (read.position, read.lag, read.paused) == (4, 0, False)
    assert (paused.position, paused.lag, paused.paused) == (0, 4, True)


def test_a_worker_that_hears_nothing_more_ends_and_says_what_stands_still(job: Job) -> None:
    worker = job.start(still=4, deaf=20)

    def sent() -> bool:
        job.send(20)
        time.sleep(0.3)
        return worker.poll() is not None

    until(sent, 60, job.log())

    assert worker.wait() == 70
    said = job.log().read_text()
    assert "no step forward for" in said
    assert "is read to" in said
    assert "hint: the worker starts again by itself" in said


def test_a_worker_with_nothing_to_read_stays(job: Job) -> None:
    job.start(still=2)
    job.send(100)
    job.settle()

    time.sleep(6)

    assert job.workers[0].poll() is None
    job.send(100)
    job.settle()
    job.judge()
