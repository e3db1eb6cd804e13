"""A few records onto Kafka, for a command that must not go on before they are there."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.log import Out

PATIENCE = 30.0  # seconds for one answer of the broker


def send(bootstrap: str, auth: Mapping[str, Any], outs: Iterable[Out]) -> str | None:
    """Write *outs*, and return once every replica in sync has them; the name of a topic that is not there, if any."""
    from kafka import KafkaProducer

    made = list(outs)
    wait = int(PATIENCE * 1000)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_block_ms=wait, **auth)
    try:
        for topic in dict.fromkeys(out.topic for out in made):
            if not producer.partitions_for(topic):
                return topic
        sent = [
            producer.send(out.topic, value=out.value, key=out.key, headers=list(out.headers), partition=out.partition)
            for out in made
        ]
        for one in sent:
            one.get(timeout=PATIENCE)
    finally:
        producer.close(timeout=1)
    return None
