"""A few records onto Kafka in one transaction, for whoever must not go on before they are there."""

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

from hub.log import Out

PATIENCE = 30.0  # seconds for one answer of the broker
Count = Callable[[str], int]


class AppendError(Exception):
    """Records that were not written, for want of a topic; the text says the cure."""


class Appender:
    """
    Writes records in transactions over one connection, which any thread may use.

    *name* is the transactional id: of two writers of one name the earlier fails, and begins anew. Without a broker it
    is made all the same: the first write connects.
    """

    def __init__(self, bootstrap: str, auth: Mapping[str, Any], name: str) -> None:
        self._client = {"bootstrap_servers": bootstrap, "transactional_id": name, **auth}
        self._producer: Any = None
        self._lock = Lock()

    def __call__(self, outs: Iterable[Out]) -> None:
        """
        Write all of them or nothing, and return once every replica in sync has them.

        KafkaError says that none are there or, where the broker did not answer to the commit itself, perhaps all.
        """
        self.write(lambda _: outs)

    def write(self, make: Callable[[Count], Iterable[Out]]) -> int:
        """The same with what *make* gives, which may ask how many partitions a topic has; how many records it was."""
        with self._lock:
            try:
                return self._write(make)
            except BaseException:
                self._leave()
                raise

    def _write(self, make: Callable[[Count], Iterable[Out]]) -> int:
        from kafka.errors import KafkaTimeoutError

        producer = self._producer = self._producer or self._begun()

        def count(topic: str) -> int:
            try:
                return len(producer.partitions_for(topic))
            except KafkaTimeoutError as none:
                hint = "start `hub run --kafka` once, and see that the brokers answer"
                raise AppendError(f"{topic}: no such topic, or nobody tells; hint: {hint}") from none

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

    def _begun(self) -> Any:
        from kafka import KafkaProducer

        producer = KafkaProducer(**self._client, max_block_ms=int(PATIENCE * 1000))
        try:
            producer.init_transactions()
        except BaseException:
            producer.close(timeout=0)
            raise
        return producer

    def close(self) -> None:
        """Let go of the broker."""
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=5)


def append(bootstrap: str, auth: Mapping[str, Any], name: str, make: Callable[[Count], Iterable[Out]]) -> int:
    """
    Write all that *make* gives, or nothing; how many records that was, once every replica in sync has them.

    KafkaError as for `Appender`, such as for the earlier of two commands at once: look what is there before giving it
    again.
    """
    appender = Appender(bootstrap, auth, name)
    try:
        return appender.write(make)
    finally:
        appender.close()
