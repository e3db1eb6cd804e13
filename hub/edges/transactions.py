"""One partition number of the hub: its state, its producer, one transaction at a time."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition

from hub.edges import broker
from hub.edges.breaker import Breaker, taken
from hub.edges.broker import TRANSACTION
from hub.edges.failstop import CURE, StreamError, reason
from hub.edges.rebuild import Keeper, Show, rebuild
from hub.edges.store import Cache, Passing
from hub.engine import Held
from hub.log import Out, Record
from hub.topics import INSIDE

log = structlog.get_logger()

PATIENCE = 60.0  # seconds until a commit or a fence that does not return is given up
RETRY = 20  # milliseconds; the broker often asks for one more try, for it still writes the last markers
BATCH = 262_144  # bytes of records in one produce batch


class Batch(Protocol):
    """What one transaction makes visible."""

    @property
    def outs(self) -> Sequence[Out]: ...
    @property
    def rows(self) -> Mapping[tuple[str, bytes], bytes | None]: ...
    @property
    def held(self) -> Mapping[str, Held]: ...


class Partition(Protocol):
    """What a lane asks of the engine."""

    def position(self, topic: str) -> int: ...
    def apply(self, records: Sequence[Record]) -> Batch: ...
    def accept(self, batch: Any) -> None: ...


class Lane:
    """
    Partition *number* of every topic, in one hand.

    The position that counts lies in the state rows, in the same transaction as the answers. The group offsets sent
    along are for lag tools: nothing here reads them back. *state* hears of rows once they are committed.
    """

    def __init__(self, number: int, partition: Partition, state: Keeper, producer: Any, group: str) -> None:
        self.number = number
        self.partition = partition
        self.state = state
        self.breaker = Breaker(number, sealed=sealed(partition))
        self._producer = producer
        self._group = group
        self._turn = asyncio.Lock()

    async def apply(self, records: Sequence[Record]) -> Batch:
        """Answer *records* in one transaction and return what it made visible."""
        async with self._turn:
            batch = self.partition.apply(records)
            messages = [*batch.outs, *self._rows(batch)]
            if messages:
                ends = await self._commit(messages, past(taken(records, batch.held)))
                self.state.write(batch.rows, {topic: ends[topic] for topic, _ in batch.rows if topic in ends})
                self.partition.accept(batch)
                self.breaker.note(records, batch.held)
                self.breaker.seal(sealed(self.partition))
            return batch

    async def append(self, out: Out) -> None:
        """Append one message in a transaction of its own, so that only the partition's owner can."""
        async with self._turn:
            await self._commit([out], {})

    async def close(self) -> None:
        async with self._turn:
            await self._producer.stop()
            self.state.close()

    def _rows(self, batch: Batch) -> Iterable[Out]:
        return (Out(topic, self.number, key, row, ()) for (topic, key), row in batch.rows.items())

    async def _commit(self, messages: Sequence[Out], offsets: Mapping[TopicPartition, int]) -> Mapping[str, int]:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._producer.begin_transaction()
                ends = await self._send(messages, offsets)
                await self._producer.commit_transaction()
                return ends
        except TimeoutError as late:
            await self._abort()
            why = f"partition {self.number}: a commit did not return within {PATIENCE:.0f} s"
            raise StreamError(f"{why}; hint: {CURE}") from late
        except BaseException:
            await self._abort()
            raise

    async def _send(self, messages: Sequence[Out], offsets: Mapping[TopicPartition, int]) -> Mapping[str, int]:
        """
        Send, wait for every answer, and return where this partition number of each topic ends now.

        In aiokafka 0.14.0 a rejected batch does not fail its transaction: what is not awaited here can be missing after
        a commit.
        """
        send, made = self._producer.send_batch, list(self._batches(messages))
        answers = await asyncio.gather(*[await send(batch, topic, partition=p) for topic, p, batch in made])
        if offsets:  # only now: together, the broker cannot verify the one while it adds the other, and backs off
            await self._producer.send_offsets_to_transaction(dict(offsets), self._group)
        ends = {}
        for (topic, number, batch), answer in zip(made, answers, strict=True):
            if number == self.number and answer.offset >= 0:  # below: sent twice, and the broker does not know where
                ends[topic] = answer.offset + batch.record_count()
        return ends

    def _batches(self, messages: Sequence[Out]) -> Iterable[tuple[str, int, Any]]:
        """Pack messages by topic and partition: one future a batch, where `send` costs one a record."""
        packed: dict[tuple[str, int], list[Out]] = {}
        for out in messages:
            packed.setdefault((out.topic, out.partition), []).append(out)
        for (topic, number), outs in packed.items():
            for batch in self._filled(outs):
                batch.close()  # or a later `send` could still join it
                yield topic, number, batch

    def _filled(self, outs: Iterable[Out]) -> Iterable[Any]:
        """As many produce batches as *outs* need; the first record always fits into one."""
        batch = None
        for _, _, key, value, headers in outs:
            while batch is None or batch.append(timestamp=None, key=key, value=value, headers=[*headers]) is None:
                if batch is not None:
                    yield batch
                batch = self._producer.create_batch()
        if batch is not None:
            yield batch

    async def _abort(self) -> None:
        """Try to end the transaction; the successor's fence ends it otherwise."""
        try:
            async with asyncio.timeout(2):
                await self._producer.abort_transaction()
        except Exception as error:
            log.info("transaction left to the successor's fence", partition=self.number, reason=reason(error))


def sealed(partition: Partition) -> Sequence[str]:
    """The topics that *partition* wants left unread; not all partitions do."""
    return getattr(partition, "sealed", ())


def expires(partition: Partition) -> int | None:
    """The instant from which the rules of *partition* tell nobody anything; not all partitions have rules."""
    return getattr(partition, "expires", None)


def lapses(partition: Partition) -> Mapping[str, int]:
    """The instants from which agreements of *partition* tell nobody anything; not all partitions have agreements."""
    return getattr(partition, "lapses", {})


def past(records: Sequence[Record]) -> dict[TopicPartition, int]:
    """Return the offsets after *records*, by topic partition."""
    return {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}


async def open_lane(
    number: int,
    partition: Callable[[int, Any], Partition],
    *,
    app_id: str,
    states: Sequence[str],
    client: Mapping[str, Any],
    folder: Path | None = None,
    show: Show | None = None,
) -> Lane:
    """
    Fence the predecessor, then read its state back: in this order, or its last commit could be missed.

    `start()` is InitProducerId: when it returns, whatever the predecessor had open is ended, and it can commit no more.
    Fencing rests on one transactional id per partition number, for aiokafka speaks no KIP-447.
    """
    producer = AIOKafkaProducer(
        **client,
        transactional_id=f"{app_id}-{number}",
        acks="all",
        enable_idempotence=True,
        transaction_timeout_ms=TRANSACTION,
        request_timeout_ms=TRANSACTION,
        retry_backoff_ms=RETRY,
        max_batch_size=BATCH,
        max_request_size=2 * INSIDE,
    )
    begun = time.monotonic()
    state: Cache | Passing | None = None
    try:
        await fence(number, producer)
        state = Passing() if folder is None else await open_cache(folder, app_id, number, states, client)
        known = sum(state.marks.values()) > 0
        rows = await rebuild(number, states, client, state, show=show)
        opened = partition(number, state)
    except BaseException:
        if state is not None:
            state.close()
        await producer.stop()
        raise
    facts = {"partition": number, "resumed": known, "rows": rows}
    log.info("partition opened", **facts, seconds=round(time.monotonic() - begun, 2))
    return Lane(number, opened, state, producer, app_id)


async def fence(number: int, producer: Any) -> None:
    """Start *producer*, after which no predecessor can commit."""
    try:
        async with asyncio.timeout(PATIENCE):
            await producer.start()
    except TimeoutError as late:
        why = f"partition {number}: the broker did not fence the predecessor within {PATIENCE:.0f} s"
        raise StreamError(f"{why}; hint: {CURE}") from late


async def open_cache(folder: Path, app_id: str, number: int, states: Sequence[str], client: Mapping[str, Any]) -> Cache:
    """The rows that were kept here, if they are of the topics as they are now."""
    identity, deleted = await asyncio.to_thread(broker.identity, states, client)
    return Cache(folder / f"{quote(app_id, safe='')}-{number}.db", number, identity, deleted / 2)
