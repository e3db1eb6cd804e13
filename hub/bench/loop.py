"""The yardstick: the plain job in a bare loop on librdkafka, one consumer and one transactional producer, no hub."""

from collections.abc import Callable
from typing import Any, NoReturn

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from hub.bench.disclosure import Plain, agreements, decode, encode

MOST, WAIT = 1000, 0.1  # records and seconds of one transaction


def forever(bootstrap: str, run: str, partitions: int, asked: int, seen: Callable[[], None]) -> NoReturn:
    """Consume, answer under *asked* agreements, commit, exactly once, until the process is ended."""
    client = {"bootstrap.servers": bootstrap}
    group = client | {"group.id": run, "enable.auto.commit": False, "isolation.level": "read_committed"}
    producer = Producer(client | {"transactional.id": run, "linger.ms": 1, "queue.buffering.max.messages": 1_000_000})
    producer.init_transactions()
    job = Plain(agreements(asked))
    job.people = _rows(group, f"{run}-state", partitions)
    consumer = Consumer(group)
    consumer.assign(_starts(consumer, f"{run}-in", partitions))
    while True:
        messages = consumer.consume(MOST, WAIT)
        if messages:
            seen()
            _transact(producer, consumer, job, run, messages)


def _rows(group: dict[str, Any], topic: str, partitions: int) -> dict[bytes, tuple[int, list[str]]]:
    reader = Consumer(group | {"enable.partition.eof": True})
    waiting = set(range(partitions))
    reader.assign([TopicPartition(topic, number, 0) for number in waiting])
    rows: dict[bytes, tuple[int, list[str]]] = {}
    while waiting:
        for message in reader.consume(MOST, 1.0):
            if not message.error():
                row = decode("state", message.value())
                rows[message.key()] = row["seq"], row["recent"]
            elif message.error().code() == KafkaError._PARTITION_EOF:
                waiting.discard(message.partition())
    reader.close()
    return rows


def _starts(consumer: Any, topic: str, partitions: int) -> list[Any]:
    known = consumer.committed([TopicPartition(topic, number) for number in range(partitions)])
    return [TopicPartition(topic, part.partition, max(part.offset, 0)) for part in known]


def _transact(producer: Any, consumer: Any, job: Plain, run: str, messages: list[Any]) -> None:
    producer.begin_transaction()
    ends, changed = {}, {}
    for message in messages:
        if message.error():
            raise RuntimeError(f"{run}-in: not read: {message.error().str()}")
        key, number = message.key(), message.partition()
        ends[number], changed[key] = message.offset() + 1, number
        for output, schema, values in job.step(key, message.value()):
            producer.produce(f"{run}-{output}", encode(schema, values), key, number)
    for key, number in changed.items():
        seq, recent = job.people[key]
        producer.produce(f"{run}-state", encode("state", {"seq": seq, "recent": recent}), key, number)
    offsets = [TopicPartition(f"{run}-in", number, end) for number, end in ends.items()]
    producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata())
    producer.commit_transaction()
