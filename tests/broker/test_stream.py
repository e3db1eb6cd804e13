"""The worker against a real Kafka: every input is answered once, whatever happens. The judge is kafka-python."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from hub.edges import broker
from hub.edges.rebuild import rebuild
from hub.edges.store import Passing
from hub.topics import Topic

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
KEYS = 13


class Answer(NamedTuple):
    topic: str
    partition: int
    offset: int
    key: str
    nth: int  # of its key in its topic
    total: int  # of its key over both topics, in the order of the answers


class Job:
    """The counting job: its topics, its workers, what went in and what came out."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap = bootstrap
        self.folder = folder
        self.inputs = [f"{prefix}first", f"{prefix}second"]
        self.names = {name: f"{prefix}{name}" for name in ("answers", "letters", "counts", "positions")}
        self.app = f"{prefix}worker"
        self.sent: dict[tuple[str, int], list[str]] = defaultdict(list)
        self.workers: list[subprocess.Popen[bytes]] = []
        logs = [*self.inputs, self.names["answers"], self.names["letters"]]
        states = [self.names["counts"], self.names["positions"]]
        broker.ensure(bootstrap, [Topic(name, PARTITIONS, "delete") for name in logs])
        broker.ensure(bootstrap, [Topic(name, PARTITIONS, "compact") for name in states])
        self.producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
        self.reader = KafkaConsumer(
            bootstrap_servers=bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            fetch_max_wait_ms=50,
        )
        self.reader.assign([TopicPartition(name, p) for name in logs[2:] for p in range(PARTITIONS)])
        self.seen: dict[str, list[Any]] = defaultdict(list)

    def start(self, name: str = "one", **more: Any) -> subprocess.Popen[bytes]:
        """Start a worker; its words go to `<name>.log`."""
        setup = {"app": self.app, "bootstrap": self.bootstrap, "inputs": self.inputs, "partitions": PARTITIONS}
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({**setup, **self.names, **more}))
        with self.log(name).open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, str(ROOT / "tests" / "broker" / "counting.py"), str(path)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    def log(self, name: str = "one") -> Path:
        return self.folder / f"{name}.log"

    def send(self, count: int) -> None:
        """Send *count* records to both topics in turn; a key has one partition number in both."""
        for _ in range(count):
            turn = sum(map(len, self.sent.values()))
            topic, key = self.inputs[turn % 2], turn // 2 % KEYS
            self.sent[topic, key % PARTITIONS].append(f"k{key}")
            self.producer.send(topic, key=f"k{key}".encode(), value=b"x", partition=key % PARTITIONS)
        self.producer.flush()

    def settle(self, seconds: float = 20) -> None:
        """Read until every record sent is answered."""
        wanted = sum(map(len, self.sent.values()))
        until(lambda: self._read() and len(self.seen[self.names["answers"]]) >= wanted, seconds, self.log())

    def read(self, count: int, seconds: float = 15) -> None:
        until(lambda: self._read() and len(self.seen[self.names["answers"]]) >= count, seconds, self.log())

    def _read(self) -> bool:
        for part, records in self.reader.poll(timeout_ms=100).items():
            self.seen[part.topic] += records
        return True

    def rest(self) -> None:
        """Read what may still be there, to the end of every log."""
        ends = self.reader.end_offsets(list(self.reader.assignment()))
        until(lambda: self._read() and all(self.reader.position(p) >= end for p, end in ends.items()), 10, self.log())

    def answers(self) -> list[Answer]:
        return [
            Answer(topic, number, offset, (record.key or b"").decode(), told["nth"], told["total"])
            for record in self.seen[self.names["answers"]]
            for told in [json.loads(record.value)]
            for topic, number, offset in [told["src"]]
        ]

    def judge(self) -> None:
        """Compare all that came out with the plain model of what went in."""
        self.rest()
        answers = self.answers()
        for (topic, number), keys in self.sent.items():
            told = [a[2:5] for a in answers if (a.topic, a.partition) == (topic, number)]
            assert told == model(keys), f"{topic}/{number}"
        for key in {answer.key for answer in answers}:
            totals = [answer.total for answer in answers if answer.key == key]
            assert totals == list(range(1, len(totals) + 1)), key
        letters = [tuple(json.loads(record.value)["src"]) for record in self.seen[self.names["letters"]]]
        assert sorted(letters) == sorted(tuple(a[:3]) for a in answers if a.offset % 5 == 0)

    def close(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.wait()
        self.producer.close()
        self.reader.close()


def model(keys: list[str]) -> list[tuple[int, str, int]]:
    """What one partition's records are answered with: (offset, key, how many of the key up to here)."""
    return [(offset, key, keys[: offset + 1].count(key)) for offset, key in enumerate(keys)]


def until(done: Callable[[], bool], seconds: float, log: Path) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s; the worker's last words:\n{log.read_text()[-3000:]}"
        time.sleep(0.02)


@pytest.fixture
def job(bootstrap: str, topic_prefix: str, tmp_path: Path) -> Iterator[Job]:
    job = Job(bootstrap, topic_prefix, tmp_path)
    yield job
    job.close()


def stop(worker: subprocess.Popen[bytes]) -> int:
    worker.terminate()
    return worker.wait(15)


def test_every_record_is_answered_once(job: Job) -> None:
    job.send(3000)

    job.start()
    job.settle()

    job.judge()


def test_a_stopped_worker_goes_on_where_it_was(job: Job) -> None:
    worker = job.start()
    job.send(2000)
    job.read(100)

    assert stop(worker) == 0
    job.send(2000)
    job.start()
    job.settle()

    job.judge()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("count", [1, 5])
def test_a_worker_killed_at_a_commit_leaves_neither_gaps_nor_doubles(job: Job, moment: str, count: int) -> None:
    job.send(8000)
    worker = job.start(instance="one", slow=0.0001, most=400, die=[moment, count])
    assert worker.wait(15) == -signal.SIGKILL
    job.rest()
    assert len(job.answers()) < 8000

    job.start(instance="one")
    job.settle()

    job.judge()


def test_a_worker_killed_again_and_again_leaves_neither_gaps_nor_doubles(job: Job) -> None:
    job.send(6000)
    for count in 500, 1500, 2500:
        worker = job.start(instance="one", slow=0.0005)
        job.read(count)
        worker.kill()
        worker.wait()
    assert len(job.answers()) < 6000

    job.start(instance="one")
    job.settle()

    job.judge()


def test_a_second_worker_may_join_and_leave(job: Job) -> None:
    job.start("one")
    job.send(1000)
    job.read(1)
    second = job.start("two")
    until(lambda: "partition opened" in job.log("two").read_text(), 15, job.log("two"))
    for _ in range(10):
        job.send(100)
    job.settle()

    assert stop(second) == 0
    for _ in range(10):
        job.send(100)
    job.settle()

    assert len(owned(job.log("two"))[0]) == PARTITIONS // 2
    assert owned(job.log("one"))[-1] == list(range(PARTITIONS))
    job.judge()


def owned(log: Path) -> list[list[int]]:
    """The partition numbers of every assignment, as the worker tells them."""
    lines = [line for line in log.read_text().splitlines() if "partitions assigned" in line]
    return [json.loads(line.split("numbers=")[1].split(" generation")[0]) for line in lines]


def test_a_worker_that_overslept_cannot_write(job: Job) -> None:
    sleeper = job.start("one")
    job.send(1000)
    job.read(1000)
    sleeper.send_signal(signal.SIGSTOP)
    job.send(1000)
    job.start("two")  # the broker misses the first one's heartbeats and gives its partitions away
    job.settle()

    sleeper.send_signal(signal.SIGCONT)
    job.send(1000)
    job.settle()

    job.judge()


def test_the_group_shows_no_lag_when_all_is_answered(job: Job) -> None:
    job.send(500)
    job.start()
    job.settle()
    time.sleep(0.5)

    admin = KafkaAdminClient(bootstrap_servers=job.bootstrap)
    offsets = flat(admin.list_group_offsets(job.app))
    admin.close()

    assert offsets == {(topic, number): len(keys) for (topic, number), keys in job.sent.items()}


def flat(offsets: Mapping[Any, Any]) -> dict[tuple[str, int], int]:
    """{(topic, partition): offset} of what the admin client tells of one group or of several."""
    found = {}
    for part, value in offsets.items():
        if isinstance(part, TopicPartition):
            found[part.topic, part.partition] = value.offset
        else:
            found.update(flat(value))
    return found


def test_ticks_enter_every_partition_and_are_answered_like_anything_else(job: Job) -> None:
    job.start(tick=0.3)

    job.read(3 * PARTITIONS)

    for number in range(PARTITIONS):
        ticked = [answer.nth for answer in job.answers() if (answer.partition, answer.key) == (number, "")]
        assert ticked == list(range(1, len(ticked) + 1)) != []


def test_a_restarted_worker_goes_on_from_its_disk(job: Job) -> None:
    for _ in range(2):
        worker = job.start(folder=str(job.folder / "state"))
        job.send(300)
        job.settle()
        stop(worker)

    job.judge()
    opened = [line for line in job.log().read_text().splitlines() if "partition opened" in line]
    assert len(opened) == 2 * PARTITIONS
    assert all("resumed=True rows=0 " in line for line in opened[PARTITIONS:])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_between_its_commit_and_its_disk_loses_and_doubles_nothing(job: Job, moment: str) -> None:
    folder = str(job.folder / "state")
    worker = job.start(folder=folder)
    job.send(500)
    job.settle()
    stop(worker)
    job.send(500)
    assert job.start(folder=folder, instance="one", die=[moment, 1]).wait(15) == -signal.SIGKILL

    job.start(folder=folder, instance="one")
    job.settle()

    job.judge()


def test_a_deleted_input_is_refused_not_skipped(job: Job) -> None:
    worker = job.start()
    job.send(200)
    job.settle()
    stop(worker)
    job.send(400)
    part = TopicPartition(job.inputs[0], 1)
    admin = KafkaAdminClient(bootstrap_servers=job.bootstrap)
    admin.delete_records({part: len(job.sent[part.topic, 1])})
    admin.close()

    assert job.start("two").wait(15) == 70

    assert f"{part.topic}/1: offsets" in job.log("two").read_text()
    assert "deleted before they were applied; hint:" in job.log("two").read_text()


def test_topics_are_made_once_and_refused_when_otherwise(bootstrap: str, topic_prefix: str) -> None:
    name = f"{topic_prefix}log"

    assert broker.ensure(bootstrap, [Topic(name, 2, "delete")]) == [name]
    assert broker.ensure(bootstrap, [Topic(name, 2, "delete")]) == []
    with pytest.raises(broker.TopicError, match="has 2 partitions, not 3; hint:"):
        broker.ensure(bootstrap, [Topic(name, 3, "delete")])
    with pytest.raises(broker.TopicError, match="`delete`, not `compact`; hint:"):
        broker.ensure(bootstrap, [Topic(name, 2, "compact")])
    with pytest.raises(broker.TopicError, match="no such topic; hint:"):
        broker.check(bootstrap, [Topic(f"{topic_prefix}none", 2, "delete")])


@pytest.fixture
def state(bootstrap: str, topic_prefix: str) -> str:
    name = f"{topic_prefix}state"
    broker.ensure(bootstrap, [Topic(name, 1, "compact")])
    return name


async def write(bootstrap: str, topic: str, *batches: tuple[dict[str, str | None], bool]) -> None:
    """Write each batch in a transaction that is committed, or not."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{topic}-writer") as producer:
        for rows, committed in batches:
            await producer.begin_transaction()
            for key, value in rows.items():
                await producer.send_and_wait(topic, value and value.encode(), key.encode(), partition=0)
            await (producer.commit_transaction() if committed else producer.abort_transaction())


async def read(bootstrap: str, topic: str) -> dict[str, str]:
    state = Passing()
    await rebuild(0, [topic], {"bootstrap_servers": bootstrap}, state, patience=8)
    return {key.decode(): value.decode() for _, key, value in state.rows()}


def rows(bootstrap: str, topic: str) -> dict[str, str]:
    return asyncio.run(read(bootstrap, topic))


def test_a_rebuild_of_nothing_ends(bootstrap: str, state: str) -> None:
    assert rows(bootstrap, state) == {}


def test_a_rebuild_passes_what_was_aborted_at_the_very_end(bootstrap: str, state: str) -> None:
    batches: list[tuple[dict[str, str | None], bool]]
    batches = [({"a": "1", "b": "1"}, True), ({"a": "2", "b": None}, True), ({"a": "3", "c": "3"}, False)]

    asyncio.run(write(bootstrap, state, *batches))

    assert rows(bootstrap, state) == {"a": "2"}


def test_a_rebuild_of_an_emptied_log_ends(bootstrap: str, topic_prefix: str) -> None:
    name = f"{topic_prefix}emptied"
    broker.ensure(bootstrap, [Topic(name, 1, "delete")])
    asyncio.run(write(bootstrap, name, ({"a": "1"}, True)))
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.delete_records({TopicPartition(name, 0): 2})
    admin.close()

    assert rows(bootstrap, name) == {}


def test_a_rebuild_waits_for_a_strangers_open_transaction(bootstrap: str, state: str) -> None:
    async def scene() -> dict[str, str]:
        client = {"bootstrap_servers": bootstrap}
        async with (
            AIOKafkaProducer(**client, transactional_id=f"{state}-stranger") as stranger,
            AIOKafkaConsumer(**client),  # no part in it: a client more must not matter
        ):
            await stranger.begin_transaction()
            await stranger.send_and_wait(state, b"theirs", b"s", partition=0)
            await write(bootstrap, state, ({"a": "1"}, True))  # committed, but behind what is open
            reading = asyncio.create_task(read(bootstrap, state))
            await asyncio.sleep(1)
            assert not reading.done()
            await stranger.abort_transaction()
            return await reading

    assert asyncio.run(scene()) == {"a": "1"}
