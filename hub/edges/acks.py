"""A team's answers on their way to the hub: what the team's own system would write, on either log."""

from collections.abc import Mapping
from typing import Any

from hub import topics
from hub.core.events import Event
from hub.edges.embedded import EmbeddedLog
from hub.log import Out
from hub.wire.codec import Schemas, cloud_headers, encode_event
from hub.wire.partitioner import partition_for

PATIENCE = 30.0  # seconds for one answer of the broker


def record(schemas: Schemas, answer: Event, partitions: int) -> Out:
    """The record of an *answer*, on the partition of the pseudonym it speaks of."""
    key, version = answer.record.encode(), schemas.newest[answer.type].version
    value, headers = encode_event(schemas, answer), cloud_headers(answer, version)
    return Out(topics.acks(answer.agency), partition_for(key, partitions), key, value, headers)


def append(log: EmbeddedLog, schemas: Schemas, answer: Event) -> None:
    """Write *answer* to an embedded log."""
    log.append([record(schemas, answer, log.partitions)])


def send(bootstrap: str, auth: Mapping[str, Any], schemas: Schemas, answer: Event) -> None:
    """Write *answer* to Kafka, and return once every replica in sync has it; KafkaError when it has not."""
    from kafka import KafkaProducer

    wait = int(PATIENCE * 1000)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_block_ms=wait, **auth)
    try:
        count = len(producer.partitions_for(topics.acks(answer.agency)))
        topic, partition, key, value, headers = record(schemas, answer, count)
        sent = producer.send(topic, value=value, key=key, headers=list(headers), partition=partition)
        sent.get(timeout=PATIENCE)
    finally:
        producer.close(timeout=1)
