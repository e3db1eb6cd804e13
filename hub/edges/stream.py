"""
The hub's worker: Faust owns membership, assignment and lifecycle; the engine owns the transaction.

Of Faust there remain the group and its co-partitioning assignor, the consumer's thread, start, stop and sensors. Its
agents, tables, acks, commits and producer are not in the path: they can lose or double records (faust-streaming threads
#606, #315, #323, #440 and #502, all open). Records leave the consumer by whole polls, one partition number at a time,
into `lanes.py`.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import faust
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from hub import engine
from hub.edges import broker, fetched
from hub.edges.assignment import after, ends, numbers
from hub.edges.collector import spare
from hub.edges.failstop import EXIT, STUCK, StreamError, check_built, check_pins, fail, reason, watch
from hub.edges.health import STILL, Health, Stand, Stands
from hub.edges.lanes import Lanes, Ticks
from hub.edges.rebuild import Show
from hub.edges.serving import serving
from hub.edges.transactions import Lane, Partition, open_lane
from hub.log import Headers, Record
from hub.topics import Topic

log = structlog.get_logger()

POLL = 1000  # milliseconds a poll waits for a first record
MOST = 4000  # records in one poll, hence in one transaction: when behind, few large ones cost the broker least
ROOM = 8 * 2**20  # bytes of keys, values and headers after which a poll takes no more
HANDFUL = 100  # records unpacked at once: by so many a poll may exceed its bytes
FETCH = 2**20  # bytes as they lie in the broker, or one batch, that wait here for each partition of a topic
FETCH_WAIT = 25  # milliseconds; of one node's fetches only one is in flight, and what it did not ask for waits for it
DAY = 86_400_000

T = TypeVar("T")
fetched.install()


class Setup(NamedTuple):
    """What a worker is told, once."""

    partition: Callable[[int, Any], Partition]
    inputs: tuple[str, ...]
    states: tuple[str, ...]
    partitions: int
    bootstrap: str
    app_id: str
    instance_id: str | None
    ticks: Ticks | None
    auth: Mapping[str, Any]
    session_timeout: float
    folder: Path | None
    show: Show | None
    health: Health
    serve: str

    @property
    def client(self) -> dict[str, Any]:
        return {"bootstrap_servers": self.bootstrap, **self.auth}

    def topics(self) -> list[Topic]:
        inputs = [Topic(name, self.partitions, "delete") for name in self.inputs]
        return inputs + [Topic(name, self.partitions, "compact") for name in self.states]


def worker(
    program: Any,
    *,
    inputs: Sequence[str],
    states: Sequence[str],
    partitions: int,
    bootstrap: str,
    app_id: str,
    instance_id: str | None = None,
    ticks: Ticks | None = None,
    auth: Mapping[str, Any] | None = None,
    session_timeout: float = 10.0,
    serve: str = "",
    still: float = STILL,
    partition: Callable[[int, Any, Any], Partition] = engine.Partition,
    folder: Path | None = None,
    show: Show | None = None,
) -> "Hub":
    """
    Return a worker that feeds *program*; `run` it.

    *auth* goes to every client as it is: `security_protocol`, `sasl_mechanism`, `sasl_plain_username`,
    `sasl_plain_password`, `ssl_context`. With an *instance_id* of its own (static membership) a restarted worker gets
    its partitions back unshuffled. Its health is told at *serve*, `HOST:PORT`; after *still* seconds without a step
    forward, though records wait, it ends itself. *partition* makes the engine of a number, from the program and its
    state; *folder* is where state is cached: the hub's own engine needs one, a *partition* that keeps its state in
    memory does not. *show* hears how far a partition's state is read.
    """
    check_pins()
    check_built()
    if folder is None and partition is engine.Partition:
        raise StreamError("state: no folder named; hint: name one, for the engine's state may outgrow memory")
    return Hub(
        Setup(
            partition=lambda number, state: partition(number, program, state),
            inputs=tuple(inputs),
            states=tuple(states),
            partitions=partitions,
            bootstrap=bootstrap,
            app_id=app_id,
            instance_id=instance_id,
            ticks=ticks,
            auth=auth or {},
            session_timeout=session_timeout,
            folder=folder,
            show=show,
            health=Health(limit=still),
            serve=serve,
        )
    )


def run(hub: "Hub") -> int:
    """Run *hub* until SIGTERM or SIGINT and return 0; a worker that must not go on ends the process with 70."""
    for name in "kafka", "aiokafka", "faust", "mode":
        client = logging.getLogger(name)
        client.setLevel(max(client.level, logging.WARNING))  # at debug they log keys and values
    broker.check(hub.setup.bootstrap, hub.setup.topics(), auth=hub.setup.auth)
    spare()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    process = Process(hub, quiet=True, override_logging=False, redirect_stdouts=False, loop=loop)
    threading.Thread(target=watch, args=(loop, STUCK, fail), daemon=True, name="watch").start()
    try:
        with serving(hub.setup.serve, hub.setup.health, loop):
            process.execute_from_commandline()
    except SystemExit as done:
        return int(done.code or 0) and EXIT
    return 0


class Hub(faust.App):
    """The Faust app: it subscribes, joins and stops; it has no agents, tables, web pages or producer."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        super().__init__(
            setup.app_id,
            broker=";".join(f"kafka://{server.strip()}" for server in setup.bootstrap.split(",")),
            store="memory://",
            consumer_group_instance_id=setup.instance_id,
            broker_session_timeout=setup.session_timeout,
            table_standby_replicas=0,
            topic_disable_leader=True,
            topic_allow_declare=False,
            web_enabled=False,
            worker_redirect_stdouts=False,
        )
        self.boot_strategy.enable_kafka_producer = False

    def on_init_dependencies(self) -> Iterable[Any]:
        """Subscribe only now: looking at `topics` earlier would bind Faust's services to a loop that never runs."""
        for topic in self.setup.inputs:
            self.topics.add(self.topic(topic, value_type=bytes, value_serializer="raw"))
        services: Iterable[Any] = super().on_init_dependencies()
        return services

    def _new_transport(self) -> "Transport":
        return Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none of Faust's folders: ours are made by the store."""

    def _crash(self, reason: BaseException) -> None:
        """End the process; Faust would mark services as crashed and may go on without them (#175, #532, #640)."""
        super()._crash(reason)
        if not self.should_stop:
            fail(reason)


class Process(faust.Worker):
    """Faust's worker without its terminal spinner, and without two seconds of sleep after everything has stopped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spinner = None

    def _gather_all(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    async def _sentinel_task(self) -> None:
        """Let the loop turn once more, for those that were cancelled."""


class Thread(driver.AIOKafkaConsumerThread):
    """The consumer's thread: heartbeats go on there while the engine works here."""

    app: Hub

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:
        setup = self.app.setup
        self._assignor = self.app.assignor  # keeps a partition number of all topics together; round-robin does not
        return AIOKafkaConsumer(
            **setup.client,
            client_id=self.app.conf.broker_client_id,
            group_id=setup.app_id,
            group_instance_id=setup.instance_id,
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="none",  # a lost position is an error to look at, not a reason to skip or to repeat
            isolation_level="read_committed",  # connectors publish in transactions
            max_partition_fetch_bytes=FETCH,
            fetch_max_wait_ms=FETCH_WAIT,
            session_timeout_ms=int(setup.session_timeout * 1000),
            heartbeat_interval_ms=int(setup.session_timeout * 1000 / 5),
            rebalance_timeout_ms=60_000,
            # A rebuild does not poll, and a member whose polls are late stops rejoining; `watch` finds who is stuck.
            max_poll_interval_ms=DAY,
        )

    async def inside(self, work: Coroutine[Any, Any, T]) -> T:
        """Do *work* on the thread's loop. Faust's own queue has two hands, too few for a poll a partition."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    async def place(self, positions: Mapping[TopicPartition, int]) -> None:
        """Go on after the last applied offset of each partition."""
        consumer = self._ensure_consumer()
        starts = await consumer.beginning_offsets(list(positions))
        told = await ends(lambda: consumer.end_offsets(list(positions)), positions)
        for part, position in positions.items():
            consumer.seek(part, after(f"{part.topic}/{part.partition}", position, starts[part], told[part]))
            consumer.resume(part)

    async def hold(self, parts: Sequence[TopicPartition]) -> None:
        """Fetch nothing of *parts*; what is here of them already goes at the next poll."""
        self._ensure_consumer().pause(*parts)

    async def poll(self, parts: Collection[TopicPartition]) -> list[Record]:
        return await portion(self._ensure_consumer(), parts)

    async def stand(self, parts: Sequence[TopicPartition]) -> Stands:
        consumer = self._ensure_consumer()
        try:
            told, paused = await consumer.end_offsets(parts), consumer.paused()
            return {tuple(part): Stand(await consumer.position(part), told[part], part in paused) for part in parts}
        except KafkaError as error:
            log.info("ends not told", reason=reason(error))
            return {}


async def portion(consumer: AIOKafkaConsumer, parts: Collection[TopicPartition]) -> list[Record]:
    """
    Return the next records, bounded in number and in bytes; the rest stays with *consumer*, still packed.

    By handfuls, for how large records are shows only when they are unpacked.
    """
    records: list[Record] = []
    room, wait = ROOM, POLL
    while room > 0 and len(records) < MOST:
        found = await consumer.getmany(*parts, timeout_ms=wait, max_records=HANDFUL)
        if not found:
            break
        for some in found.values():
            records += [Record(r.topic, r.partition, r.offset, r.key, r.value, r.headers, r.timestamp) for r in some]
            room -= sum(r.serialized_key_size + r.serialized_value_size + _length(r.headers) for r in some)
        wait = 0
    return records


def _length(headers: Headers) -> int:
    """The characters and bytes of *headers*: whoever sends a record may lay there what they like; null too."""
    return sum([len(name) + len(value or b"") for name, value in headers])


class Consumer(driver.Consumer):
    """Faust's consumer with the drain, the seek and the commit taken out of its hands."""

    app: Hub
    _thread: Thread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        setup = self.app.setup
        self.lanes = Lanes(setup.inputs, self, partial(_open, setup), fail, setup.ticks, setup.health)

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.lanes.rest()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        try:
            await super().on_partitions_assigned(assigned, generation_id)
            if self.app.should_stop:
                return
            owned = numbers(assigned, self.app.setup.inputs)
            log.info("partitions assigned", numbers=sorted(owned), generation=generation_id)
            await self.lanes.own(owned)
        except Exception as error:
            if not self.app.should_stop:  # raised, it would end in a log line, and in a member that serves nobody
                fail(error)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Leave the records to the lanes; Faust's fetcher has only to be there until it is stopped."""
        try:
            await fetcher.wait_until_stopped()
        except asyncio.CancelledError:  # which Faust, in the middle of a rebalance, takes for a crash
            if not self.app.should_stop:
                raise

    async def perform_seek(self) -> None:
        """Leave seeking to the lanes: the position that counts is in the state, not in the group's offsets."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit nothing: the lanes send the offsets in their own transactions."""
        return False

    async def wait_empty(self) -> None:
        await self.lanes.close()

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Spare the log Faust's warnings about streams that are not there."""

    async def seek(self, number: Any, positions: Any) -> None:
        parts = {TopicPartition(topic, number): position for topic, position in positions.items()}
        await self._thread.inside(self._thread.place(parts))

    async def hold(self, number: int, topics: Collection[str]) -> None:
        await self._thread.inside(self._thread.hold([TopicPartition(topic, number) for topic in topics]))

    async def poll(self, number: int) -> Sequence[Record]:
        parts = [TopicPartition(topic, number) for topic in self.app.setup.inputs]
        records: Sequence[Record] = await self._thread.inside(self._thread.poll(parts))
        return records

    async def stand(self, numbers: Collection[int]) -> Stands:
        parts = [TopicPartition(topic, number) for number in numbers for topic in self.app.setup.inputs]
        stands: Stands = await self._thread.inside(self._thread.stand(parts))
        return stands


class Transport(driver.Transport):
    Consumer = Consumer


async def _open(setup: Setup, number: int) -> Lane:
    def show(number: int, share: float, rows: int) -> None:
        setup.health.opening(number, share)
        if setup.show is not None:
            setup.show(number, share, rows)

    return await open_lane(
        number,
        setup.partition,
        app_id=setup.app_id,
        states=setup.states,
        client=setup.client,
        folder=setup.folder,
        show=show,
    )
