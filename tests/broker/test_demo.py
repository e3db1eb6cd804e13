"""The demo answers the same on Kafka as on the embedded log, whatever happens to its worker."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.years import options

from hub import wiring
from hub.demo.kafka import KafkaGround
from hub.demo.play import Options, fresh_home, play
from hub.demo.summary import summarise
from hub.edges.local_broker import broker


def on_kafka(options: Options, kill_after_wave: int | None, more: int = 0) -> dict:
    """On a broker of its own, for the topics have fixed names; *more* workers join the demo's own one."""
    home = fresh_home(options)
    program = wiring.program(home)
    with broker(own=True) as lender, joining(home.path, lender.bootstrap, more):
        ground = KafkaGround(home, program, lender, kill_after_wave)
        try:
            play(options, home, program, ground)
            return dict(summarise(ground, program).digest)
        finally:
            ground.close()


@contextmanager
def joining(home: Path, bootstrap: str, count: int) -> Iterator[None]:
    if not count:
        yield
        return
    command = [sys.executable, "-m", "hub", "run", "--workers", str(count), "--no-ticks"]
    crew = subprocess.Popen([*command, "--bootstrap", bootstrap, "--home", str(home)])
    try:
        yield
    finally:
        crew.terminate()
        assert crew.wait(70) == 0


def test_kafka_answers_byte_for_byte_as_the_embedded_log(year, embedded):
    assert year.digest["topics"] == embedded["topics"]
    assert year.digest["all"] == embedded["all"]
    assert year.ground._process._deaths == 0


def test_kafka_answers_byte_for_byte_as_the_embedded_log_though_its_worker_is_killed(tmp_path, capfd, embedded):
    assert on_kafka(options(tmp_path / "kafka", kafka=True), kill_after_wave=20) == embedded
    assert "started again" in capfd.readouterr().err


def test_three_workers_answer_byte_for_byte_as_one(tmp_path, capfd, embedded):
    assert on_kafka(options(tmp_path / "kafka", kafka=True), None, more=2) == embedded
    opened = re.findall(r"worker=(\S+) event=partition opened", capfd.readouterr().err)
    assert len(set(opened)) == 2
