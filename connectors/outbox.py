"""
Where a connector's events go: an outbox takes events and what the connector must remember, together or not at all.

Two outboxes exist: Kafka's, here, and the embedded log's.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from hub.core.events import Event
from hub.topics import slug
from hub.wire.codec import Schemas, cloud_headers, encode_event
from hub.wire.partitioner import partition_for

POSITIONS = "connector.positions.v1"
PATIENCE = 30.0  # seconds for one answer of the broker
LONGEST = 120.0  # seconds a transaction may take; then the broker ends it, and nobody waits for it any longer
Headers = Sequence[tuple[str, bytes]]
Wire = Callable[[Event], tuple[bytes, Headers]]  # an event as it travels: value and headers
Rows = Mapping[str, bytes | None]  # what a source must remember, by name; None forgets


class OutboxError(RuntimeError):
    """Nothing is known to have been published; end the process and start again, and the position will tell."""


class Outbox(Protocol):
    """
    The port a connector publishes through.

    `resume` ends whatever an earlier process of this agency left half-done, shuts that process out, and returns every
    row it committed. `publish` makes events and rows visible together, exactly once; when it raises, the caller must
    not go on.
    """

    def resume(self, source: str) -> dict[str, bytes]: ...

    def publish(self, source: str, events: Sequence[Event], rows: Rows) -> None: ...


def avro(schemas: Schemas) -> Wire:
    """How events travel: Avro in the Confluent wire format, CloudEvents attributes beside it."""
    return lambda event: (encode_event(schemas, event), cloud_headers(event, schemas.newest[event.type].version))


class KafkaOutbox:
    """
    Events into `intake.<agency>.v1` and rows into the positions topic, in one Kafka transaction.

    One connector process an agency: a second one shuts the first out (`connector.<agency>` is the transactional id).
    """

    def __init__(self, agency: str, wire: Wire, positions: str = POSITIONS, **client: Any) -> None:
        self.intake, self.positions, self._wire, self._client = f"intake.{slug(agency)}.v1", positions, wire, client
        self._producer = KafkaProducer(
            **client,
            transactional_id=f"connector.{slug(agency)}",
            transaction_timeout_ms=int(LONGEST * 1000),
            max_block_ms=int(PATIENCE * 1000),
            linger_ms=5,
        )
        self._producer.init_transactions()
        self._counts = {topic: self._count(topic) for topic in (self.intake, positions)}

    def _count(self, topic: str) -> int:
        try:
            return len(self._producer.partitions_for(topic))
        except KafkaError as error:
            why = f"{topic}: {type(error).__name__}; hint: does the topic exist, and may this agency use it?"
            raise OutboxError(why) from error

    def resume(self, source: str) -> dict[str, bytes]:
        """Read back every row of *source* that was committed, and nothing that was not."""
        there = TopicPartition(self.positions, partition_for(source.encode(), self._counts[self.positions]))
        start, rows, mark = f"{source}/", dict[str, bytes](), self._mark(source)
        consumer = KafkaConsumer(
            **self._client, group_id=None, isolation_level="read_committed", auto_offset_reset="earliest"
        )
        try:
            consumer.assign([there])
            for key, value in _committed(consumer, there, mark):
                if key.startswith(start):
                    rows.pop(key.removeprefix(start), None)
                    if value is not None:
                        rows[key.removeprefix(start)] = value
        finally:
            consumer.close()
        return rows

    def _mark(self, source: str) -> int:
        """
        Commit a mark after everything an earlier process committed, and return its offset: what to read up to.

        The topic's end would not do: compaction may leave it without a record that ever carries a reader there.
        """
        with self._transaction() as sent:
            sent.append(self._send(self.positions, source.encode(), source.encode(), b"opened", ()))
        offset: int = sent[0].get().offset
        return offset

    def publish(self, source: str, events: Sequence[Event], rows: Rows) -> None:
        """Send everything and commit; on any failure nothing is visible, or the next `resume` will show that it is."""
        written = [(event.record.encode(), *self._wire(event)) for event in events]  # before anything is begun
        with self._transaction() as sent:
            sent += [self._send(self.intake, record, record, value, headers) for record, value, headers in written]
            sent += [self._send_row(source, name, value) for name, value in rows.items()]

    @contextmanager
    def _transaction(self) -> Iterator[list[Any]]:
        """One transaction: whatever is appended must be acknowledged before it commits."""
        sent: list[Any] = []
        try:
            self._producer.begin_transaction()
            yield sent
            for one in sent:
                one.get(timeout=PATIENCE)
            self._producer.commit_transaction()
        except KafkaError as error:
            why = f"{self.intake}: {type(error).__name__}; hint: start again, nothing is lost or sent twice"
            raise OutboxError(why) from error

    def _send_row(self, source: str, name: str, value: bytes | None) -> Any:
        return self._send(self.positions, source.encode(), f"{source}/{name}".encode(), value, ())

    def _send(self, topic: str, place: bytes, key: bytes, value: bytes | None, headers: Headers) -> Any:
        partition = partition_for(place, self._counts[topic])
        return self._producer.send(topic, value=value, key=key, headers=list(headers), partition=partition)

    def close(self) -> None:
        """Let go; a transaction that is still open is ended by whoever comes next."""
        self._producer.close(timeout=1)


def _committed(consumer: KafkaConsumer, there: TopicPartition, mark: int) -> Iterator[tuple[str, bytes | None]]:
    """Yield committed rows, oldest first, up to *mark*; another agency's open transaction is waited for."""
    consumer.seek_to_beginning(there)
    until = time.monotonic() + LONGEST + PATIENCE
    while (consumer.position(there) or 0) <= mark:
        found = consumer.poll(timeout_ms=200).get(there, [])
        yield from ((one.key.decode(), one.value) for one in found if one.key is not None)
        if time.monotonic() > until:
            raise OutboxError(f"{there.topic}: cannot be read to its end; hint: look for a hanging transaction")
