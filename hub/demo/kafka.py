"""
The demo on Kafka: a broker found or started, the worker in a process of its own, everybody publishing in transactions.

A worker that dies is started again, whatever killed it: what it had not committed it does anew, and nothing twice.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from connectors.outbox import KafkaOutbox, Outbox, avro
from hub import settings, topics, wiring
from hub.cli import screen
from hub.core.ledger import LedgerError
from hub.demo.ground import GroundError
from hub.edges import broker as topic_maker
from hub.edges import local_broker
from hub.edges.home import Home
from hub.edges.ledger_kafka import KafkaLedger
from hub.edges.reader import KafkaReader
from hub.engine import Program
from hub.log import Out, Record

PATIENCE = 120.0  # seconds without one decision until the demo gives up
LIVES = 5  # how often a worker may die
NAMED = ("HUB_TEST_BOOTSTRAP", "HUB_BOOTSTRAP")


@contextmanager
def kafka_ground(home: Home, program: Program) -> Iterator["KafkaGround"]:
    """A Kafka with the demo's topics and its worker; what was started here is stopped at the end."""
    with lent(home) as lender:
        ground = KafkaGround(home, program, lender)
        try:
            yield ground
        finally:
            ground.close()


@contextmanager
def lent(home: Home) -> Iterator[local_broker.Broker]:
    """The broker named in the environment, else one of our own whose log is kept in the home."""
    if named := next(filter(None, map(os.environ.get, NAMED)), None):
        yield local_broker.Named(named)
        return
    with local_broker.broker(home.path / "kafka") as found:
        yield found


class Follower:
    """Reads committed records of *names*, all partitions, from the beginning on."""

    def __init__(self, client: Mapping[str, Any], names: Sequence[str], partitions: int) -> None:
        self._consumer = KafkaConsumer(**client, group_id=None, isolation_level="read_committed")
        self._parts = [TopicPartition(name, number) for name in names for number in range(partitions)]
        self._consumer.assign(self._parts)
        self._consumer.seek_to_beginning(*self._parts)

    def some(self) -> Iterator[Record]:
        """What has arrived, after a moment's waiting."""
        for records in self._consumer.poll(timeout_ms=100).values():
            yield from map(_record, records)

    def rest(self) -> Iterator[Record]:
        """Everything up to what is the end now; transaction markers count."""
        ends = self._consumer.end_offsets(self._parts)
        until = time.monotonic() + PATIENCE
        while any((self._consumer.position(part) or 0) < end for part, end in ends.items()):
            yield from self.some()
            if time.monotonic() > until:
                raise GroundError(f"{self._parts[0].topic}: no end in sight; hint: look for a hanging transaction")

    def close(self) -> None:
        self._consumer.close()


class Process:
    """The worker's process: started, started again when it died, killed on request, stopped at the end."""

    def __init__(self, home: Home, bootstrap: str) -> None:
        self._home, self._deaths = home.path, 0
        where = ["--home", str(home.path), "--bootstrap", bootstrap]
        self._command = [sys.executable, "-m", "hub", "run", *where, "--no-ticks"]  # the demo sets the clock
        # A restarted worker of the same name takes its partitions back at once.
        self._environment = os.environ | {"HUB_INSTANCE_ID": "demo", "HUB_LOG": "info"}
        self._start()

    def _start(self) -> None:
        with (self._home / "worker.log").open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        (self._home / "worker.pid").write_text(f"{self._running.pid}\n")
        screen.note(f"worker: process {self._running.pid} ({self._home}/worker.pid); kill it whenever you like")

    def watch(self) -> None:
        """Start the worker again if it died."""
        if (code := self._running.poll()) is None:
            return
        self._deaths += 1
        if self._deaths > LIVES:
            raise GroundError(f"worker: died {self._deaths} times; hint: read {self._home}/worker.log")
        screen.note(f"worker: ended with {code}, started again")
        self._start()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._running.kill()
        self._running.wait()

    def stop(self) -> None:
        """End it in good order, or by force after a while."""
        self._running.terminate()
        try:
            self._running.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


class KafkaGround:
    """A Kafka cluster, and a worker beside it."""

    def __init__(self, home: Home, program: Program, lender: local_broker.Broker) -> None:
        self.source = f"Kafka at {lender.bootstrap}, {lender.source}"
        self.lies, self.lasts = _lies(home, lender), isinstance(lender, local_broker.Named)
        self.reach = f" --bootstrap {lender.bootstrap}"
        self._program = program
        self._bootstrap, self._auth = lender.bootstrap, settings.read().auth
        self._client: dict[str, Any] = {"bootstrap_servers": lender.bootstrap, **self._auth}
        self._make_topics()
        self._producer = KafkaProducer(**self._client, transactional_id="demo", linger_ms=5)
        self._producer.init_transactions()
        self._outboxes: list[KafkaOutbox] = []
        self._ticks: dict[int, int] = {}
        self._applied: dict[int, int] = {}
        self._buffers: dict[str, list[Record]] = defaultdict(list)
        self._following = Follower(
            self._client, [topics.DECISIONS, topics.POSITIONS, topics.PERSON], program.partitions
        )
        self._alerts = Follower(self._client, [topics.alerts(team) for team in program.teams], program.partitions)
        self._written = KafkaConsumer(**self._client, group_id=None)
        self._committed = KafkaConsumer(**self._client, group_id=None, isolation_level="read_committed")
        self._since = time.monotonic()
        self._ledger = wiring.ledger(home, program)
        self._growing: KafkaLedger | None = None  # opening it anew each time would take as long as the rest
        self._process = Process(home, lender.bootstrap)

    def _make_topics(self) -> None:
        """The catalogue of this hub, and empty: the digest is to be of this year alone."""
        wanted = topics.catalogue(self._program.agencies, self._program.teams, self._program.partitions)
        topic_maker.ensure(self._bootstrap, wanted, auth=self._auth)
        consumer = KafkaConsumer(**self._client, group_id=None)
        try:
            ends = consumer.end_offsets([TopicPartition(one.name, n) for one in wanted for n in range(one.partitions)])
        finally:
            consumer.close()
        if held := sorted(part.topic for part, end in ends.items() if end):
            raise GroundError(f"{held[0]}: not empty; hint: delete the hub's topics there, or name another cluster")

    def outbox(self, agency: str) -> Outbox:
        self._outboxes.append(KafkaOutbox(agency, avro(self._program.schemas), **self._client))
        return self._outboxes[-1]

    def append(self, outs: Sequence[Out]) -> None:
        try:
            self._producer.begin_transaction()
            placed = [one.get(timeout=PATIENCE) for one in [self._send(out) for out in outs]]
            self._producer.commit_transaction()
        except KafkaError as error:
            why = f"{type(error).__name__}; hint: is the broker up? then start again"
            raise GroundError(f"{outs[0].topic}: {why}") from error
        self._ticks |= {one.partition: one.offset for one in placed if one.topic == topics.PERSON}

    def _send(self, out: Out) -> Any:
        headers = list(out.headers)
        return self._producer.send(out.topic, value=out.value, key=out.key, headers=headers, partition=out.partition)

    def published(self) -> None:
        self._since = time.monotonic()

    def work(self) -> bool:
        self._process.watch()
        self._take(self._following.some())
        return time.monotonic() - self._since < PATIENCE

    def _take(self, found: Iterable[Record]) -> None:
        for record in found:
            if record.topic == topics.PERSON:
                if record.key is None:  # a tick; the hub sends itself more while many people are due
                    self._ticks[record.partition] = max(record.offset, self._ticks.get(record.partition, -1))
            elif record.topic != topics.POSITIONS:
                self._buffers[record.topic].append(record)
                self._since = time.monotonic()
            elif record.key == topics.PERSON.encode() and record.value is not None:
                self._applied[record.partition] = int(record.value)

    def clocked(self) -> None:
        known: dict[int, int] = {}
        while known != self._ticks:
            known = dict(self._ticks)
            self._ticked()
            self._marked()
            self._take(self._following.rest())
        self._take(self._alerts.rest())
        self._record()

    def _record(self) -> None:
        """Have all that was decided in the ledger; where others run one too, the two take turns."""
        for left in reversed(range(LIVES)):
            try:
                self._growing = self._growing or self._opened()
                self._growing.grow(time.time_ns() // 1000)
                return
            except LedgerError:
                self._shut()
                if not left:
                    raise

    def _opened(self) -> KafkaLedger:
        return KafkaLedger(self._client, self._ledger, self._program.partitions, settings.read().app_id)

    def _shut(self) -> None:
        if self._growing:
            self._growing.close()
        self._growing = None

    def _ticked(self) -> None:
        """Return when the ticks that are known of are applied."""
        self._since = time.monotonic()
        while any(self._applied.get(number, -1) < offset for number, offset in self._ticks.items()):
            if not self.work():
                raise GroundError("person.v1: a tick is not applied; hint: read worker.log in the home")

    def _marked(self) -> None:
        """
        Return when no answer is in doubt.

        A transaction's commit marker reaches its partitions one by one: a position may be there before the alerts
        that were committed with it, and a reader of committed records would take the end to be before them.
        """
        names = [topics.PERSON, *topics.answers(self._program.agencies, self._program.teams)]
        parts = [TopicPartition(name, number) for name in names for number in range(self._program.partitions)]
        until = time.monotonic() + PATIENCE
        while self._written.end_offsets(parts) != self._committed.end_offsets(parts):
            time.sleep(0.01)
            if time.monotonic() > until:
                raise GroundError("transactions: one stays open; hint: read worker.log in the home")

    def fresh(self, names: Sequence[str]) -> Sequence[Record]:
        return [record for name in names for record in self._buffers.pop(name, [])]

    def scan(self, topic: str) -> Iterable[Record]:
        return KafkaReader(self._bootstrap, self._auth).scan(topic)

    def close(self) -> None:
        """Stop the worker and let go."""
        self._process.stop()
        self._shut()
        for reader in (self._following, self._alerts, self._written, self._committed):
            reader.close()
        for outbox in self._outboxes:
            outbox.close()
        self._producer.close(timeout=1)


def _lies(home: Home, lender: local_broker.Broker) -> str:
    """Where the records are when the demo is over: not every broker outlives it."""
    if isinstance(lender, local_broker.Named):
        return f"the cluster at {lender.bootstrap}"
    if isinstance(lender, local_broker.Local):
        return (
            f"{home.path}/kafka, the log of the broker that ran for this demo and stops with it; --keep lets it run on"
        )
    return "gone with the container that ran for this demo; --keep lets it run on"


def _record(one: Any) -> Record:
    return Record(one.topic, one.partition, one.offset, one.key, one.value, tuple(one.headers), one.timestamp)
