"""The topics of one run: made, loaded, watched, read back and deleted, by a client that the hub does not use."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

Rows = Sequence[tuple[bytes, bytes]]


class Ground:
    """Topics `RUN-in`, `RUN-OUTPUT` and compacted `RUN-ROWS`, each of *partitions* partitions."""

    def __init__(self, bootstrap: str, run: str, partitions: int, outputs: Iterable[str], rows: Iterable[str]) -> None:
        self.bootstrap, self.run = bootstrap, run
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        plain = ["in", *outputs]
        compacted = {"cleanup.policy": "compact"}
        wanted = [NewTopic(f"{run}-{name}", partitions, 1) for name in plain]
        wanted += [NewTopic(f"{run}-{name}", partitions, 1, config=compacted) for name in rows]
        for made in self._admin.create_topics(wanted).values():
            made.result()
        self.outputs = [TopicPartition(f"{run}-{name}", number) for name in plain[1:] for number in range(partitions)]

    def load(self, rows: Rows) -> None:
        """Publish *rows* as fast as the broker takes them."""
        producer = self.producer(linger_ms=20)
        for number, (key, value) in enumerate(rows):
            producer.produce(f"{self.run}-in", value, key)
            if number % 1000 == 0:
                producer.poll(0)
        producer.flush()

    def producer(self, linger_ms: int) -> Any:
        """A producer that chooses partitions as every Kafka client does by default."""
        return Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "linger.ms": linger_ms,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "queue.buffering.max.messages": 1_000_000,
            }
        )

    def ends(self, committed: bool = True) -> dict[Any, int]:
        """The offset after the last record, or after the last committed one, of each output partition."""
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = self._admin.list_offsets({part: OffsetSpec.latest() for part in self.outputs}, isolation_level=level)
        return {part: found.result().offset for part, found in asked.items()}

    def reader(self, ends: dict[Any, int] | None = None) -> Any:
        """A read_committed consumer of all outputs, from *ends* on or from the beginning."""
        starts = ends or dict.fromkeys(self.outputs, 0)
        reader = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": f"{self.run}-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
                "auto.offset.reset": "earliest",
            }
        )
        reader.assign([TopicPartition(part.topic, part.partition, start) for part, start in starts.items()])
        return reader

    def answers(self) -> Iterator[tuple[str, bytes]]:
        """Everything that is committed now, as (output, value)."""
        reader, waiting = self.reader(), {(part.topic, part.partition) for part in self.outputs}
        while waiting:
            for message in reader.consume(5000, 1.0):
                if not message.error():
                    yield message.topic()[len(self.run) + 1 :], message.value()
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    waiting.discard((message.topic(), message.partition()))
                else:
                    raise RuntimeError(message.error())
        reader.close()

    def delete(self) -> None:
        """Delete every topic of the run."""
        named = [name for name in self._admin.list_topics(timeout=10).topics if name.startswith(f"{self.run}-")]
        for gone in self._admin.delete_topics(named).values():
            gone.exception()
