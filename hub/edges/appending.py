"""A few records onto Kafka in one transaction, for a command that must not go on before they are there."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hub.log import Out

PATIENCE = 30.0  # seconds for one answer of the broker
Count = Callable[[str], int]


class AppendError(Exception):
    """Records that were not written, for want of a topic; the text says the cure."""


def append(bootstrap: str, auth: Mapping[str, Any], name: str, make: Callable[[Count], Iterable[Out]]) -> int:
    """
    Write all that *make* gives, or nothing; how many records that was, once every replica in sync has them.

    *make* may ask how many partitions a topic has. *name* is the transactional id: of two commands at once the earlier
    fails, and is to be given again. KafkaError when nothing was written.
    """
    from kafka import KafkaProducer

    producer = KafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=name, max_block_ms=int(PATIENCE * 1000), **auth
    )

    def count(topic: str) -> int:
        found = producer.partitions_for(topic)
        if not found:
            raise AppendError(f"{topic}: no such topic; hint: start `hub run --kafka` once")
        return len(found)

    try:
        producer.init_transactions()
        outs = list(make(count))
        for topic in dict.fromkeys(out.topic for out in outs):
            count(topic)
        producer.begin_transaction()
        sent = [
            producer.send(out.topic, value=out.value, key=out.key, headers=list(out.headers), partition=out.partition)
            for out in outs
        ]
        for one in sent:
            one.get(timeout=PATIENCE)
        producer.commit_transaction()
        return len(outs)
    finally:
        producer.close(timeout=5)
