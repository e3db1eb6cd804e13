"""What one lane takes in at once, out of a real Kafka: bounded in records and bytes, and nothing is passed over."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from kafka import KafkaProducer

from hub.edges import broker
from hub.edges.reader import KafkaReader
from hub.edges.stream import FETCH, HANDFUL, MOST, ROOM, portion
from hub.log import Record
from hub.topics import INSIDE, OUTSIDE, Topic


@pytest.fixture
def names(bootstrap: str, topic_prefix: str) -> list[str]:
    names = [f"{topic_prefix}{name}" for name in ("first", "second")]
    broker.ensure(bootstrap, [Topic(name, 1, "delete", INSIDE) for name in names])
    return names


def publish(bootstrap: str, names: Sequence[str], count: int, size: int) -> None:
    """Publish *count* records to each topic; zeros pack so well that a fetch brings very many."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, compression_type="gzip", batch_size=INSIDE, linger_ms=20, max_request_size=INSIDE
    )
    for number in range(count):
        for name in names:
            producer.send(name, key=str(number).encode(), value=bytes(size), partition=0)
    producer.flush()
    producer.close()


def portions(bootstrap: str, names: Sequence[str], total: int) -> list[list[Record]]:
    async def read() -> list[list[Record]]:
        parts = [TopicPartition(name, 0) for name in names]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", max_partition_fetch_bytes=FETCH
        )
        found: list[list[Record]] = []
        async with consumer:
            consumer.assign(parts)
            while sum(map(len, found)) < total:
                found.append(await portion(consumer, parts))
        return found

    return asyncio.run(asyncio.wait_for(read(), 60))


@pytest.mark.parametrize(("count", "size"), [(100, OUTSIDE), (6000, 100)], ids=["large", "many"])
def test_a_portion_is_bounded_and_what_is_left_comes_next(
    bootstrap: str, names: list[str], count: int, size: int
) -> None:
    publish(bootstrap, names, count, size)

    found = portions(bootstrap, names, 2 * count)

    for records in found:
        assert len(records) < MOST + HANDFUL
        assert sum(len(record.key or b"") + len(record.value or b"") for record in records) < ROOM + HANDFUL * (
            size + 4
        )
    for name in names:
        offsets = [record.offset for records in found for record in records if record.topic == name]
        assert offsets == list(range(count))


class NotText(str):
    """A header's name as librdkafka would send it: any bytes."""

    def encode(self, *how: str) -> bytes:
        return b"\xff\xfe!"


def test_a_header_name_that_is_not_utf_8_stops_neither_client(bootstrap: str, names: list[str]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for number in range(3):
        headers = [(NotText("x"), b"v")] if number == 1 else []
        producer.send(names[0], key=b"k", value=str(number).encode(), headers=headers, partition=0)
    producer.close()

    worker = [record for records in portions(bootstrap, names[:1], 3) for record in records]
    reader = list(KafkaReader(bootstrap).scan(names[0]))

    assert [(record.value, record.headers) for record in worker] == [(b"0", ()), (b"1", (("??!", b"v"),)), (b"2", ())]
    assert worker == reader
