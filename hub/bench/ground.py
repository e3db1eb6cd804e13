"""The topics of one run: made, loaded, watched, read back and deleted, by a client that the hub does not use."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from hub.bench.measure import BenchError
from hub.log import Out, Record

Rows = Sequence[tuple[bytes, bytes]]
FULL = 50_000  # messages waiting in the producer; then the broker gets a moment
BATCH = 200_000  # bytes; the intake topics refuse more than 512 KiB
WELL = "is the broker up, with room on its disk"
GONE = 30.0  # seconds until deleted topics have to be gone


class Watch(ABC):
    """The topics *names*, each of *partitions* partitions: their ends, and what is committed in them."""

    def __init__(self, bootstrap: str, run: str, names: Iterable[str], partitions: int) -> None:
        self.bootstrap, self.run = bootstrap, run
        self._admin = AdminClient({"bootstrap.servers": bootstrap})
        self.outputs = [TopicPartition(name, number) for name in names for number in range(partitions)]

    def producer(self, linger_ms: int) -> Any:
        """A producer that chooses partitions as every Kafka client does by default."""
        return Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "linger.ms": linger_ms,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "queue.buffering.max.messages": 1_000_000,
                "batch.size": BATCH,
            }
        )

    def load(self, events: Iterable[Any]) -> None:
        """Send *events* as fast as the broker takes them."""
        producer = self.producer(linger_ms=20)
        for event in events:
            self.send(producer, event)
        producer.flush()

    @abstractmethod
    def send(self, producer: Any, event: Any) -> None:
        """Send one event."""

    def ends(self, committed: bool = True) -> dict[Any, int]:
        """The offset after the last record, or after the last committed one, of each output partition."""
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        asked = self._admin.list_offsets({part: OffsetSpec.latest() for part in self.outputs}, isolation_level=level)
        return {part: found.result().offset for part, found in asked.items()}

    def reader(self, starts: dict[Any, int]) -> Any:
        """A read_committed consumer from *starts* on."""
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

    def committed(self, topic: str | None = None) -> Iterator[Any]:
        """Every message that is committed now, of one topic or of all."""
        starts = {part: 0 for part, end in self.ends().items() if end and topic in {None, part.topic}}
        reader, waiting = self.reader(starts), {(part.topic, part.partition) for part in starts}
        while waiting:
            for message in reader.consume(5000, 0.1):
                if not message.error():
                    yield message
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    waiting.discard((message.topic(), message.partition()))
                else:
                    raise BenchError(f"{message.topic()}: not read: {message.error().str()}; hint: {WELL}?")
        reader.close()


class Ground(Watch):
    """Topics `RUN-in`, `RUN-OUTPUT` and compacted `RUN-ROWS` of a job."""

    def __init__(self, bootstrap: str, run: str, partitions: int, outputs: Iterable[str], rows: Iterable[str]) -> None:
        named = [f"{run}-{name}" for name in outputs]
        super().__init__(bootstrap, run, named, partitions)
        compacted = {"cleanup.policy": "compact"}
        wanted = [NewTopic(name, partitions, 1) for name in (f"{run}-in", *named)]
        wanted += [NewTopic(f"{run}-{name}", partitions, 1, config=compacted) for name in rows]
        self._made = [topic.topic for topic in wanted]
        for made in self._admin.create_topics(wanted).values():
            made.result()

    def send(self, producer: Any, row: tuple[bytes, bytes]) -> None:
        """Publish one event."""
        _produce(producer, f"{self.run}-in", row[1], row[0])

    def answers(self) -> Iterator[tuple[str, bytes]]:
        """Everything that is committed now, as (output, value)."""
        return ((self.output(message.topic()), message.value()) for message in self.committed())

    def output(self, topic: str) -> str:
        """The output that a topic holds."""
        return topic[len(self.run) + 1 :]

    def close(self) -> None:
        """Delete every topic of the run."""
        delete(self.bootstrap, self._made)


class HubGround(Watch):
    """The topics of a hub, which bear the names they always have; *outputs* are those that hold its answers."""

    def send(self, producer: Any, out: Out) -> None:
        """Append one record."""
        _produce(producer, out.topic, out.value, out.key, out.partition, headers=list(out.headers))

    def output(self, topic: str) -> str:
        """The output that a topic holds: itself."""
        return topic

    def scan(self, topic: str) -> Iterator[Record]:
        """Everything that is committed in *topic*."""
        for one in self.committed(topic):
            headers = tuple(one.headers() or ())
            yield Record(topic, one.partition(), one.offset(), one.key(), one.value(), headers, one.timestamp()[1])


def delete(bootstrap: str, names: Iterable[str]) -> None:
    """Delete the topics *names*, and return when they are gone."""
    admin, left = AdminClient({"bootstrap.servers": bootstrap}), {*names}
    for gone in admin.delete_topics([*left]).values():
        gone.exception()
    until = time.monotonic() + GONE
    while left & admin.list_topics(timeout=10).topics.keys() and time.monotonic() < until:
        time.sleep(0.1)


def _produce(producer: Any, *message: Any, **more: Any) -> None:
    producer.produce(*message, **more, on_delivery=_delivered)
    producer.poll(0 if len(producer) < FULL else 0.5)


def _delivered(error: Any, message: Any) -> None:
    """Raise out of `poll` or `flush` when the broker refused a record: a run on half of the events would look fast."""
    if error:
        hint = f"{WELL}, and does it take batches of {BATCH // 1000} kB?"
        raise BenchError(f"{message.topic()}: not taken by the broker: {error.str()}; hint: {hint}")
