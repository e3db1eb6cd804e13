"""The ledger on Kafka: one producer in the world, and one transaction a step."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import InvalidProducerEpochError, KafkaError, ProducerFencedError

from hub import topics
from hub.core.ledger import LedgerError
from hub.edges import header_names
from hub.edges.broker import TRANSACTION
from hub.edges.cosigner import Cosigner
from hub.engine.ledger import MOST, Ledger
from hub.log import Out, Record

log = structlog.get_logger()
PATIENCE = 60.0  # seconds for a commit, or without a step forward in reading
BACK = 8  # offsets to look back for the newest record, then as many times more: markers take offsets too


class KafkaLedger:
    """
    Grows the ledger of the cluster that *client* reaches. Whoever starts next fences this one, between two steps.

    The newest record of `ledger.leaves.v1` says where to go on: it is written with what it speaks of, or not at all.
    """

    def __init__(self, client: Mapping[str, Any], ledger: Ledger, partitions: int, app_id: str) -> None:
        header_names.install()
        self._ledger = ledger
        self._producer = KafkaProducer(
            **client,
            transactional_id=f"{app_id}.ledger",
            acks="all",
            linger_ms=5,
            max_request_size=2 * topics.INSIDE,
            transaction_timeout_ms=TRANSACTION,
        )
        self._consumer = KafkaConsumer(
            **client, group_id=None, isolation_level="read_committed", auto_offset_reset="none"
        )
        self._producer.init_transactions()  # first, so that a predecessor's last step is there or never comes
        self.state = ledger.resume(self._newest(TopicPartition(topics.LEAVES, 0)))
        self.cosigner: Cosigner | None = None
        self._erasures = TopicPartition(topics.ERASURES, 0)
        self._decisions = [TopicPartition(topics.DECISIONS, number) for number in range(partitions)]
        parts = [*self._decisions, self._erasures]
        self._consumer.assign(parts)
        for part, position in zip(parts, (*self.state.positions, self.state.erasures), strict=True):
            self._consumer.seek(part, position)
        log.info("ledger opened", size=self.state.frontier.size)

    def grow(self, now: int) -> int:
        """Make leaves of all that is decided by now, in UTC microseconds; how many decisions it was."""
        done, ends = 0, self._consumer.end_offsets([*self._decisions, self._erasures])
        while True:
            begun = time.monotonic()
            found = self._read(ends)
            decisions = [record for record in found if record.topic == topics.DECISIONS]
            erasures = [record for record in found if record.topic == topics.ERASURES]
            step = self._ledger.step(self.state, decisions, erasures, now)
            _commit(self._producer, step.outs)
            if self.cosigner:
                self.cosigner.grown(step.tiles, step.note)
            self.state = step.state
            done += len(decisions)
            facts = {"size": self.state.frontier.size, "decisions": len(decisions), "erasures": len(erasures)}
            log.info("ledger grown", **facts, seconds=round(time.monotonic() - begun, 2))
            if len(found) < MOST:
                return done

    def publish(self) -> None:
        """Write down the newest checkpoint that enough witnesses have cosigned, if there is one to write."""
        if self.cosigner and (note := self.cosigner.take()):
            _commit(self._producer, [self._ledger.cosigned(note)])

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()
        self._producer.close(timeout=5)

    def _read(self, ends: Mapping[Any, int]) -> list[Record]:
        """The next records up to *ends*, a step's worth at most, in order within each partition."""
        found: list[Record] = []
        since = time.monotonic()
        while len(found) < MOST and any(self._consumer.position(part) < end for part, end in ends.items()):
            some = self._consumer.poll(timeout_ms=200, max_records=MOST - len(found))
            found += [_record(one) for records in some.values() for one in records]  # past the end, too: they are taken
            if some:
                since = time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                raise LedgerError(f"ledger: no record in {PATIENCE:.0f} s, though some wait; hint: is every broker up?")
        return found

    def _newest(self, part: Any) -> Record | None:
        start, end = self._consumer.beginning_offsets([part])[part], self._consumer.end_offsets([part])[part]
        self._consumer.assign([part])
        back = BACK
        while True:
            at = max(start, end - back)
            self._consumer.seek(part, at)
            if found := self._read({part: end}):
                return found[-1]
            if at == start:
                return None
            back *= BACK


def erase(client: Mapping[str, Any], app_id: str, outs: Iterable[Out]) -> None:
    """Write *outs*, receipts and tombstones, in one transaction."""
    producer = KafkaProducer(**client, transactional_id=f"{app_id}.erase", acks="all")
    try:
        producer.init_transactions()
        _commit(producer, outs)
    finally:
        producer.close(timeout=5)


def _commit(producer: Any, outs: Iterable[Out]) -> None:
    try:
        producer.begin_transaction()
        for answer in [_send(producer, out) for out in outs]:
            answer.get(timeout=PATIENCE)
        producer.commit_transaction()
    except (ProducerFencedError, InvalidProducerEpochError) as fenced:
        raise LedgerError("ledger: another one has taken over; hint: run one of them only") from fenced
    except KafkaError as bad:
        why = f"ledger: a step was not committed ({type(bad).__name__})"
        raise LedgerError(f"{why}; hint: start it again when every broker is up; nothing is lost") from bad


def _send(producer: Any, out: Out) -> Any:
    headers = list(out.headers)
    return producer.send(out.topic, value=out.value, key=out.key, partition=out.partition, headers=headers)


def _record(one: Any) -> Record:
    return Record(one.topic, one.partition, one.offset, one.key, one.value, tuple(one.headers), one.timestamp)
