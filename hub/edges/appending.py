"""A few records onto Kafka in one transaction, for a command that must not go on before they are there."""

from collections.abc import Iterable, Mapping
from typing import Any

from hub.log import Out

PATIENCE = 30.0  # seconds for one answer of the broker
NAME = "hub.access"  # the transactional id: of two commands at once the earlier fails, and is to be given again


def send(bootstrap: str, auth: Mapping[str, Any], outs: Iterable[Out]) -> str | None:
    """
    Write all *outs* or none, and return once every replica in sync has them; the name of a topic that is not there.

    KafkaError when they were not written.
    """
    from kafka import KafkaProducer

    made, wait = list(outs), int(PATIENCE * 1000)
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=NAME, max_block_ms=wait, **auth)
    try:
        producer.init_transactions()
        for topic in dict.fromkeys(out.topic for out in made):
            if not producer.partitions_for(topic):
                return topic
        producer.begin_transaction()
        sent = [
            producer.send(out.topic, value=out.value, key=out.key, headers=list(out.headers), partition=out.partition)
            for out in made
        ]
        for one in sent:
            one.get(timeout=PATIENCE)
        producer.commit_transaction()
    finally:
        producer.close(timeout=5)
    return None
