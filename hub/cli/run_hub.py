"""`hub run`: the worker, on the home's own log or on Kafka."""

import fcntl
import os
import signal
import threading
import time
from _thread import start_new_thread
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hub import settings
from hub.cli import logs
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.home import make
from hub.cli.screen import counted, note
from hub.place import HERE, Place

if TYPE_CHECKING:
    from hub.edges.embedded import EmbeddedLog, Worker
    from hub.edges.home import Home
    from hub.edges.ledger import EmbeddedLedger
    from hub.edges.ledger_kafka import KafkaLedger
    from hub.engine import Program

TICK = 1.0  # seconds between two ticks of the clock while one has something to do
IDLE = 60.0  # and while none has, on a home's own log
PAUSE = 0.1  # seconds between two looks for something new
NO_RULES = "rules: none in force, so nothing is taken in; hint: hub policy activate"


def run(
    *,
    init: Annotated[bool, Parameter(negative="", help="make the home first if there is none")] = False,
    ticks: Annotated[bool, Parameter(help="keep the hub's clock; --no-ticks leaves it to others")] = True,
    workers: Annotated[int, Parameter(help="on Kafka: how many processes share the work, on this machine")] = 1,
    ledger: Annotated[
        bool, Parameter(negative="", help="on Kafka: run the ledger alone, once beside all workers; --workers does")
    ] = False,
    health: Annotated[
        str | None, Parameter(help="on Kafka, serve /live, /ready and /metrics at HOST:PORT (else HUB_HEALTH)")
    ] = None,
    place: Place = HERE,
) -> int:
    """
    Run the hub until SIGTERM or Ctrl-C: take in what partners tell, decide, and raise alerts in time.

    On Kafka several may run at once and share the work, on this machine and others; on a home's own log, one.

    Example: hub run --kafka --workers 2
    """
    if ledger and (health or workers > 1):
        raise CommandError("--ledger: one process that serves no pages; hint: leave --workers and --health out", USAGE)
    if ledger and not place.on_kafka:
        raise CommandError("--ledger: on its own log a hub runs it anyhow; hint: leave it out, or add --kafka", USAGE)
    if health and not place.on_kafka:
        raise CommandError("--health: told by a worker on Kafka only; hint: add --kafka, or leave it out", USAGE)
    logs.start("info" if place.on_kafka else "warning")
    if init and not (place.folder / "home.json").exists():
        from hub.edges.home import PARTITIONS

        make(place.folder, PARTITIONS)
        note(f"{place.folder}: a new hub; hint: hub policy activate brings its rules into force")
    home = place.open()
    _check(workers, place.on_kafka, home.partitions)
    if ledger:
        return _ledger(place, home)
    return _on_kafka(place, home, ticks, workers, health) if place.on_kafka else _embedded(place, home, ticks)


def _check(workers: int, on_kafka: bool, partitions: int) -> None:
    if workers > 1 and not on_kafka:
        raise CommandError("--workers: a home's own log has one worker; hint: --kafka shares the work", USAGE)
    if not 1 <= workers <= partitions:
        why = f"--workers: not between 1 and {partitions}, the number of partitions"
        raise CommandError(f"{why}; hint: a partition is one worker's, so more of them would be idle", USAGE)


def _embedded(place: Place, home: "Home", ticks: bool) -> int:
    from hub import wiring
    from hub.edges.collector import spare
    from hub.edges.embedded import Worker
    from hub.edges.ledger import EmbeddedLedger

    spare()
    with alone(home.path / "run.lock", "a hub runs here already"), stopping() as stop:
        log, made = place.log(home), wiring.program(home)
        worker, ledger = Worker(log, made), EmbeddedLedger(log, wiring.ledger(home, made))
        partitions = counted(home.partitions, "partition")
        note(f"{home.path}: running on its own log, {partitions}; Ctrl-C stops it")
        with cosigning(place, home, ledger):
            done = serve(worker, log, made, stop, ticks, ledger)
        log.close()
    note(f"{home.path}: stopped in good order after {counted(done, 'record')}")
    return 0


def serve(
    worker: "Worker",
    log: "EmbeddedLog",
    program: "Program",
    stop: threading.Event,
    ticks: bool,
    ledger: "EmbeddedLedger | None" = None,
) -> int:
    """Apply what comes, and with *ticks* keep the clock going, until told to stop; how many records it was."""
    done, ticked, known, every = 0, 0.0, -1, settings.read().ledger
    while not stop.is_set():
        moved = turn(worker, stop)
        done += moved
        rules = worker.partitions[0].rules
        if not moved and known != (number := rules.sequence if rules else 0):
            note(f"rules: number {number} in force" if number else NO_RULES)
            known = number
        if ticks and time.monotonic() - ticked >= (TICK if due(worker) else IDLE):
            tick(log, program)
            ticked = time.monotonic()
        if ledger and ledger.due(now := time.time_ns() // 1000, every):
            ledger.turn(now)
        if ledger:
            ledger.publish()
        if not moved:
            stop.wait(PAUSE)
    return done


def turn(worker: "Worker", stop: threading.Event) -> int:
    """One batch of every partition, each whole; between two of them the worker may stop."""
    return sum(worker.turn(partition) for partition in worker.partitions if not stop.is_set())


def due(worker: "Worker") -> bool:
    """Whether a tick would have something to do; until then the clock need not fill the log."""
    now = time.time_ns() // 1000
    return any(True for one in worker.partitions for _ in chain(one.due(now), one.outdated()))


def tick(log: "EmbeddedLog", program: "Program") -> None:
    """The wall clock, into every partition of the person log."""
    from hub import topics
    from hub.log import Out

    value = program.schemas.encode("tick", {"at": time.time_ns() // 1000})
    log.append([Out(topics.PERSON, number, None, value, ()) for number in range(log.partitions)])


@contextmanager
def alone(file: Path, why: str) -> Iterator[None]:
    """While this lasts nobody else locks *file*: two workers on one log would each answer every event."""
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            hint = "stop it first, or use Kafka to share the work"
            raise CommandError(f"{file.parent}: {why}; hint: {hint}", FAULT) from taken
        yield


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """
    An event that SIGTERM and SIGINT set.

    A handler runs in the middle of whatever the main thread does. If that is waiting for the event it holds the event's
    own lock, which is not to be had twice: so the handler has another thread set it.
    """
    stop = threading.Event()

    def told(*_: object) -> None:
        start_new_thread(stop.set, ())  # `threading.Thread` has locks too

    before = {one: signal.signal(one, told) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def cosigning(place: Place, home: "Home", ledger: "EmbeddedLedger | KafkaLedger") -> Iterator[None]:
    """Meanwhile the witnesses of the home's policy are asked to cosign what the ledger signs."""
    from hub import topics, wiring
    from hub.edges.cosigner import Cosigner, tile_roots
    from hub.wire.notes import read_note
    from hub.wire.witnesses import read_policy

    asking = Cosigner(read_policy(home.witnesses()))
    if asking.idle:
        yield
        return
    schemas, reader = wiring.schemas(), place.reader()
    steps = (schemas.written(step.value or b"")["hashes"] for step in reader.scan(topics.LEAVES))
    tiles = [one for step in steps for one in tile_roots(step)]
    if newest := deque(reader.scan(topics.CHECKPOINTS), 1):
        asking.grown(tiles, read_note((newest[0].value or b"").decode()))
    ledger.cosigner = asking
    asking.start()
    try:
        yield
    finally:
        asking.stop()
        ledger.publish()


def _ledger(place: Place, home: "Home") -> int:
    """The ledger of a cluster, until told to stop."""
    from hub import wiring
    from hub.edges.ledger_kafka import KafkaLedger

    told, made = settings.read(), wiring.program(home)
    _topics(place, home)
    client = {"bootstrap_servers": place.broker, **place.auth}
    with stopping() as stop:
        running = KafkaLedger(client, wiring.ledger(home, made), home.partitions, told.app_id)
        note(f"{place.broker}: the ledger goes on from {counted(running.state.frontier.size, 'leaf', 'leaves')}")
        with cosigning(place, home, running):
            while not stop.wait(TICK):
                if running.state.due(now := time.time_ns() // 1000, told.ledger):
                    running.grow(now)
                running.publish()
        running.close()
    return 0


def _topics(place: Place, home: "Home") -> None:
    from hub import topics
    from hub.edges import broker

    catalogue = topics.catalogue(home.agencies, home.teams, home.partitions)
    new = broker.ensure(place.broker, catalogue, auth=place.auth)
    note(f"{place.broker}: {counted(len(catalogue), 'topic')} as they should be, {len(new)} of them new")


def _on_kafka(place: Place, home: "Home", ticks: bool, workers: int, health: str | None) -> int:
    try:
        from hub.edges import stream
        from hub.edges.lanes import Ticks
    except ModuleNotFoundError as gone:
        if gone.name is None or gone.name.startswith(("hub", "connectors")):
            raise
        hint = "pip install 'csp-hub[worker]'"
        raise CommandError(f"{gone.name}: not installed, and the hub needs it on Kafka; hint: {hint}") from gone
    from hub import topics
    from hub.cli.bars import Bars
    from hub.cli.crew import names
    from hub.wiring import program

    made, told = program(home), settings.read()
    _topics(place, home)
    if workers > 1:
        return _crew(place, names(workers, told.instance_id), ticks, told.health if health is None else health)
    worker = stream.worker(
        made,
        inputs=made.inputs,
        states=topics.STATES,
        partitions=home.partitions,
        bootstrap=place.broker,
        app_id=told.app_id,
        instance_id=told.instance_id,
        ticks=Ticks(TICK, lambda at: made.schemas.encode("tick", {"at": at})) if ticks else None,
        auth=place.auth,
        folder=(told.state or home.path / "state") / (told.instance_id or "worker"),
        show=Bars(),
        serve=told.health if health is None else health,
    )
    return stream.run(worker)


def _crew(place: Place, crew: list[str], ticks: bool, health: str) -> int:
    from hub.cli.crew import keep, ports

    words = ["run", "--bootstrap", place.broker, "--home", str(place.folder), *([] if ticks else ["--no-ticks"])]
    addresses = zip(crew, ports(health, len(crew)), strict=True)
    told = {name: [*words, *(["--health", at] if at else [])] for name, at in addresses}
    told[f"{crew[0].rpartition('-')[0]}-ledger"] = [*words[:5], "--ledger"]
    with stopping() as stop:
        note(f"{place.broker}: running {', '.join(crew)}; Ctrl-C stops them")
        return keep(told, stop, os.environ)
