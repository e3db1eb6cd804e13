"""A scenario's stage: a hub with its home and topics, supervised workers, a publisher, and the way to the judge."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from faults import judge
from faults.story import rules, story
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from hub import topics, wiring
from hub.edges import broker
from hub.edges.home import create, synthetic_secret
from hub.edges.ledger_kafka import KafkaLedger
from hub.log import Out

ROOT = Path(__file__).parents[2]
AGENCIES = ("HMPPS_PRISON", "YJS", "GMP", "SCHOOL")
TEAMS = ("PROB", "YJS", "HOUS", "DWP", "CSC")
LEDGER = (topics.LEAVES, topics.SALTS, topics.ERASURES, topics.CHECKPOINTS)
PARTITIONS = 4
EVENTS = 2400
RATE = 200.0  # records a second
MOST = 40  # records in a transaction
AGAIN = (70, 3, -signal.SIGKILL)  # after these a supervisor starts a worker again: failed, no broker, killed
PAUSE = 0.5  # seconds until it does
APPS = itertools.count(1)


class Row(NamedTuple):
    """One line of the table at the end."""

    scenario: str
    seed: int
    events: int
    kills: int
    restarts: int
    pause: float
    lost: int
    duplicated: int
    divergent: int
    seconds: float


class Worker:
    """One `hub run` under a supervisor."""

    def __init__(self, name: str, command: Callable[[dict[str, Any]], list[str]], env: dict[str, str], log: Path):
        self.name, self.log = name, log
        self._command, self._env = command, env
        self.restarts, self._ended, self._said = 0, 0.0, 0
        self.again: dict[str, Any] = {}
        self.allowed: tuple[int, ...] = AGAIN
        self.opened = b"partition opened"

    def start(self, **setup: Any) -> None:
        with self.log.open("ab") as log:
            self._said = log.tell()
            self.process = subprocess.Popen(
                self._command(setup), cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._ended = 0.0

    def watch(self) -> None:
        """Start it again, without its fault, a moment after it ended in a way that allows it."""
        if (code := self.process.poll()) is None:
            return
        assert code in self.allowed, f"{self.name} ended with {code}:\n{self.words()}"
        if not self._ended:
            self._ended = time.monotonic()
        elif time.monotonic() - self._ended > PAUSE:
            self.restarts += 1
            self.start(**self.again)

    def send(self, what: int) -> None:
        self.process.send_signal(what)

    def wake(self) -> None:
        """Have it go on after SIGSTOP. Its partitions are others' by now: it has to die of it, or to join again."""
        self._said = self.log.stat().st_size
        self.send(signal.SIGCONT)

    def stopped(self) -> bool:
        """Whether it is asleep by SIGSTOP."""
        try:
            return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"
        except OSError:
            return False

    def working(self) -> bool:
        """Whether it has opened a partition, or the ledger, since it was started or woken last."""
        return self.process.poll() is None and self.opened in self.log.read_bytes()[self._said :]

    def terminate(self) -> int:
        """End it in good order and return its exit code; by force after a while."""
        self.send(signal.SIGCONT)
        self.process.terminate()
        try:
            return self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def words(self) -> str:
        """Its last words."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class Stage:
    """A hub on the broker at *bootstrap*; *through* is where its workers find it, if not there."""

    def __init__(self, bootstrap: str, folder: Path, scenario: str, seed: int, through: str = "", events: int = EVENTS):
        self.bootstrap, self.folder, self.scenario, self.seed = bootstrap, folder, scenario, seed
        self.through = through or bootstrap
        self.rng = Random(f"{scenario} {seed}")
        self.home = create(folder / "home", AGENCIES, TEAMS, PARTITIONS, True, synthetic_secret(1))
        self.program = wiring.program(self.home)
        self.script = story(self.home, self.program, seed, events)[PARTITIONS:]
        self.catalogue = topics.catalogue(AGENCIES, TEAMS, PARTITIONS)
        broker.ensure(bootstrap, self.catalogue)
        self.app = f"faults-{os.getpid()}-{next(APPS)}"
        self.workers: list[Worker] = []
        self.gone = 0  # restarts of workers that left the stage
        self.kills = 0
        self.published: list[Out] = []
        self.begun = time.monotonic()
        self._producer = KafkaProducer(
            **client(bootstrap), linger_ms=5, delivery_timeout_ms=120_000, request_timeout_ms=10_000
        )
        self._sent: list[Any] = []
        self._feeder: threading.Thread | None = None
        self._followed = Applied(bootstrap, self.program.inputs)
        self.publish(rules(self.home, self.program))  # first: what comes before them is decided without

    def start(self, name: str = "one", static: bool = False, **setup: Any) -> Worker:
        """Start a worker; *setup* goes to the launcher. A *static* one keeps its place in the group."""
        env = os.environ | {"HUB_APP_ID": self.app, "HUB_LOG": "info", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        env |= {"HUB_STATE": str(self.folder / "state" / name)} | ({"HUB_INSTANCE_ID": name} if static else {})
        hub = ["run", "--kafka", "--no-ticks", "--home", str(self.home.path), "--bootstrap", self.through]

        def command(setup: dict[str, Any]) -> list[str]:
            return [sys.executable, str(ROOT / "tests/faults/launcher.py"), json.dumps({"most": MOST, **setup}), *hub]

        worker = Worker(name, command, env, self.folder / f"{name}.log")
        self.gone += worker.log.exists()  # it was here before
        worker.again = {name: told for name, told in setup.items() if name != "at"}
        worker.start(**setup)
        self.workers.append(worker)
        return worker

    def keep(self, name: str = "ledger") -> Worker:
        """Start a ledger beside the workers, which takes a step every second; fenced, it may be started again."""
        env = os.environ | {"HUB_APP_ID": self.app, "HUB_LOG": "info", "HUB_LEDGER_EVERY": "1", "PYTHONPATH": str(ROOT)}
        words = ["run", "--ledger", "--home", str(self.home.path), "--bootstrap", self.through]
        worker = Worker(name, lambda _: [sys.executable, "-m", "hub", *words], env, self.folder / f"{name}.log")
        worker.allowed, worker.opened = (*AGAIN, 1), b"ledger opened"
        worker.start()
        self.workers.append(worker)
        return worker

    def leave(self, worker: Worker) -> int:
        """End a worker in good order, and return its exit code."""
        self.workers.remove(worker)
        self.gone += worker.restarts
        return worker.terminate()

    def kill(self, worker: Worker) -> None:
        """End a worker as a power cut would; its supervisor starts it again."""
        worker.kill()
        self.kills += 1

    def publish(self, outs: Iterable[Out], producer: Any = None) -> None:
        for out in outs:
            headers, send = list(out.headers), (producer or self._producer).send
            self._sent.append(send(out.topic, value=out.value, key=out.key, headers=headers, partition=out.partition))
            self.published.append(out)

    def feed(self, rate: float = RATE) -> None:
        """Publish the whole story at *rate* records a second, while other things happen."""

        def pour() -> None:
            since = time.monotonic()
            for number, out in enumerate(self.script, 1):
                self.publish([out])
                time.sleep(max(0.0, since + number / rate - time.monotonic()))

        self._feeder = threading.Thread(target=pour, daemon=True)
        self._feeder.start()

    @property
    def fed(self) -> bool:
        return self._feeder is not None and not self._feeder.is_alive()

    def until(self, done: Callable[[], bool], seconds: float = 30) -> None:
        """Supervise the workers until *done*."""
        end = time.monotonic() + seconds
        while not done():
            for worker in self.workers:
                worker.watch()
            words = "\n".join(f"{worker.name}: {worker.words()}" for worker in self.workers)
            assert time.monotonic() < end, f"not within {seconds} s: {self._followed.behind()}\n{words}"
            time.sleep(0.1)

    def idle(self, seconds: float) -> None:
        """Let the workers work for a while, supervised."""
        since = time.monotonic()
        self.until(lambda: time.monotonic() - since > seconds, seconds + 5)

    def sleep(self, low: float, high: float) -> None:
        """Let a seeded while pass."""
        self.idle(self.rng.uniform(low, high))

    def decided(self, count: int) -> Callable[[], bool]:
        """Whether at least *count* inputs are applied."""
        return lambda: self._followed.look() >= count

    def settle(self, seconds: float = 60) -> None:
        """Return when the story is told and all of it is applied."""
        assert self._feeder is not None
        self.until(lambda: self.fed, seconds)
        for sent in self._sent:
            sent.get(timeout=60)
        self.until(self._followed.everything, seconds)

    def verdict(self) -> tuple[judge.Verdict, Row]:
        """End the workers, once none is in the middle of its start, and have the log judged."""
        self.until(lambda: all(worker.working() for worker in self.workers), 60)  # before, SIGTERM just kills it
        restarts = self.gone + sum(worker.restarts for worker in self.workers)
        for worker in list(self.workers):
            code = self.leave(worker)
            assert code == 0, f"{worker.name} ended with {code}:\n{worker.words()}"
        self.record()
        names = [one.name for one in self.catalogue if one.partitions == PARTITIONS]
        log = judge.read(self.bootstrap, names, PARTITIONS)
        log |= judge.read(self.bootstrap, LEDGER, 1)
        found = judge.judge(self.program, log, self.published)
        judge.audit(found, self.program, log, self.home.witnesses())
        counts = (len(found.lost), len(found.duplicated), len(found.divergent))
        pause, seconds = judge.longest_wait(self.program, log), time.monotonic() - self.begun
        row = Row(self.scenario, self.seed, len(self.published), self.kills, restarts, pause, *counts, seconds)
        return found, row

    def record(self) -> None:
        """Let the ledger come to the end, as its own process would; an open transaction is waited for by its reader."""
        ledger = wiring.ledger(self.home, self.program)
        running = KafkaLedger(client(self.bootstrap), ledger, PARTITIONS, self.app)
        running.grow(time.time_ns() // 1000)
        running.close()

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        with suppress(KafkaError):  # its broker may be gone
            self._producer.close(timeout=1)
        with suppress(KafkaError):
            self._followed.close()


def client(bootstrap: str) -> dict[str, Any]:
    """What every client of ours is told: a broker that was away is soon asked again."""
    return {"bootstrap_servers": bootstrap, "reconnect_backoff_max_ms": 1000}


class Applied:
    """Follows what enters the inputs, and what the position rows say is applied."""

    def __init__(self, bootstrap: str, inputs: Sequence[str]) -> None:
        named = {**client(bootstrap), "group_id": None}
        self._inputs = [TopicPartition(name, number) for name in inputs for number in range(PARTITIONS)]
        self._parts = [*self._inputs, *(TopicPartition(topics.POSITIONS, number) for number in range(PARTITIONS))]
        self._named = named
        self._committed = KafkaConsumer(**named, isolation_level="read_committed", auto_offset_reset="earliest")
        self._committed.assign(self._parts)
        self._committed.seek_to_beginning(*self._parts)
        self._last: dict[Any, int] = {}
        self._rows: dict[Any, int] = {}
        self._missing: set[str] = set()

    def look(self) -> int:
        """Read on, and return about how many inputs are applied: offsets count, and markers have some."""
        for part, records in self._committed.poll(timeout_ms=100).items():
            for record in records:
                if part.topic == topics.POSITIONS:
                    self._rows[TopicPartition(record.key.decode(), part.partition)] = int(record.value)
                else:
                    self._last[part] = record.offset
        return sum(offset + 1 for offset in self._rows.values())

    def everything(self) -> bool:
        """Whether all that is in the inputs is committed and applied; a broker that is away says no."""
        try:
            ends, stable = self._ends(), self._ends(isolation_level="read_committed")
            self._missing = {f"{part.topic}/{part.partition} open" for part in ends if ends[part] != stable[part]}
            while any((self._committed.position(part) or 0) < end for part, end in stable.items()):
                self.look()
        except KafkaError as error:
            self._missing = {type(error).__name__}
            return False
        late = [part for part, last in self._last.items() if self._rows.get(part, -1) < last]
        self._missing |= {f"{part.topic}/{part.partition} not applied" for part in late}
        return not self._missing

    def _ends(self, **how: Any) -> dict[Any, int]:
        """Where the log ends, asked by a client that knows nothing yet: one with an old idea of who leads gives up."""
        fresh = KafkaConsumer(**self._named, **how)
        try:
            return dict(fresh.end_offsets(self._parts))
        finally:
            fresh.close()

    def behind(self) -> str:
        """What was missing at the last look."""
        return ", ".join(sorted(self._missing))

    def close(self) -> None:
        self._committed.close()
