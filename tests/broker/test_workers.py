"""`hub run --workers N` on a real Kafka: N processes share the work, and one after another may be restarted."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from itertools import pairwise

import pytest
from kafka import KafkaProducer
from smallhome import made

from hub import wiring
from hub.cli.main import main
from hub.core.events import Event
from hub.edges.home import open_home
from hub.edges.local_broker import broker
from hub.edges.reader import KafkaReader
from hub.wire.codec import encode_event
from hub.wire.partitioner import partition_for

PAUSE = 10.0  # seconds: the longest that one partition may stand still while its worker is restarted
NOW = 1_767_600_000_000_000


@pytest.fixture(scope="module")
def bootstrap():
    with broker(own=True) as found:
        yield found.bootstrap


class Crew:
    """Two workers of one hub, and their words."""

    def __init__(self, bootstrap, home):
        self.home, self.path = home, home.parent / "log"
        command = [sys.executable, "-m", "hub", "run", "--workers", "2", "--bootstrap", bootstrap, "--home", str(home)]
        with self.path.open("w") as log:
            self.process = subprocess.Popen(command, stderr=log, env=os.environ | {"HUB_INSTANCE_ID": "hub"})

    def said(self, pattern):
        return re.findall(pattern, self.path.read_text())

    def pid(self, name):
        return int(self.said(rf"worker started member={name} pid=(\d+)")[-1])

    def opened(self, name):
        return len(self.said(rf"worker={name} event=partition opened"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def crew(bootstrap, tmp_path_factory):
    home = made(tmp_path_factory.mktemp("hub") / "home", active=False)
    keys = [word for name in ("one", "two") for word in ("--key", str(home / "keys" / f"ig-{name}.key"))]
    crew = Crew(bootstrap, home)
    try:
        until(crew, lambda: main(["policy", "activate", "--home", str(home), "--bootstrap", bootstrap, *keys]) == 0)
        until(crew, lambda: crew.opened("hub-1") and crew.opened("hub-2"))
        yield crew
    finally:
        crew.stop()


def until(crew, done, seconds=60):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not within {seconds} s; the crew said:\n{crew.path.read_text()[-3000:]}"
        time.sleep(0.1)


class Stream:
    """One event every 50 ms, each of another record, until told to stop."""

    def __init__(self, bootstrap, home):
        self.program, self.sent = wiring.program(open_home(home)), 0
        self.producer = KafkaProducer(bootstrap_servers=bootstrap)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.producer.close()

    def run(self):
        while not self.done.wait(0.05):
            event = Event(f"e-{self.sent}", "needs.flagged", "HMPPS_PRISON", f"r-{self.sent}", NOW, None, {})
            key, value = event.record.encode(), encode_event(self.program.schemas, event)
            there = partition_for(key, self.program.partitions)
            self.producer.send("intake.hmpps-prison.v1", value, key, partition=there)
            self.sent += 1


def test_a_rolling_restart_makes_no_partition_pause_for_long(crew, bootstrap):
    reader = KafkaReader(bootstrap)
    with Stream(bootstrap, crew.home) as stream:
        time.sleep(2)
        generation = crew.said(r"generation=(\d+)")[-1]
        for name in "hub-1", "hub-2":
            opened = crew.opened(name)
            os.kill(crew.pid(name), signal.SIGTERM)
            until(crew, lambda name=name, opened=opened: crew.opened(name) > opened)
            time.sleep(2)

    until(crew, lambda: len(list(reader.scan("decisions.v1"))) >= stream.sent)
    times = defaultdict(list)
    for record in reader.scan("decisions.v1"):
        times[record.partition].append(record.timestamp / 1000)
    pauses = {number: max(after - before for before, after in pairwise(sorted(at))) for number, at in times.items()}
    print(f"longest pauses, s: {pauses}")

    ids = [stream.program.schemas.decode(record.value)[2]["event"] for record in reader.scan("decisions.v1")]
    assert sorted(ids) == sorted(f"e-{number}" for number in range(stream.sent))
    assert crew.said(r"generation=(\d+)")[-1] == generation, "who was back in time caused no rebalance"
    assert len(pauses) == 2
    assert max(pauses.values()) < PAUSE


def test_one_that_dies_is_started_again_and_all_stop_together(crew):
    before, opened = crew.pid("hub-2"), crew.opened("hub-2")

    os.kill(before, signal.SIGKILL)
    until(crew, lambda: crew.pid("hub-2") != before)
    first, second = crew.pid("hub-1"), crew.pid("hub-2")
    until(crew, lambda: crew.opened("hub-2") > opened)

    assert crew.said("worker ended member=hub-2 code=-9 seconds=1 ")
    assert crew.stop() == 0
    assert not any(os.path.exists(f"/proc/{pid}") for pid in (first, second))
