"""The demo answers the same on Kafka as on the embedded log, by however many workers, and whatever happens to one."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broker.years import options

from hub import wiring
from hub.demo.kafka import KafkaGround
from hub.demo.play import Options, fresh_home, play
from hub.demo.summary import summarise
from hub.edges.local_broker import broker

WAVE = 20


class Deadly(KafkaGround):
    """One whose worker is killed as soon as it works on wave WAVE."""

    waves = 0

    def published(self) -> None:
        super().published()
        self.waves += 1
        if self.waves == WAVE:
            time.sleep(0.05)
            self._process.kill()


def on_kafka(options: Options, more: int) -> dict:
    """On a broker of its own, for the topics have fixed names; *more* workers join the demo's own one."""
    home = fresh_home(options)
    program = wiring.program(home)
    with broker(own=True) as lender, joining(home.path, lender.bootstrap, more):
        ground = Deadly(home, program, lender)
        try:
            play(options, home, program, ground)
            return dict(summarise(ground, program).digest)
        finally:
            ground.close()


@contextmanager
def joining(home: Path, bootstrap: str, count: int) -> Iterator[None]:
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


def test_three_workers_answer_byte_for_byte_as_one_though_one_of_them_is_killed(tmp_path, capfd, embedded):
    assert on_kafka(options(tmp_path / "kafka", kafka=True), more=2) == embedded
    said = capfd.readouterr().err
    assert "started again" in said
    assert len(set(re.findall(r"worker=(\S+) event=partition opened", said))) == 2
