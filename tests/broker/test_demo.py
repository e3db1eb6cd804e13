"""The demo answers the same on Kafka as on the embedded log, by however many workers, and whatever happens to one."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from broker.years import options

from hub import wiring
from hub.demo.kafka import KafkaGround
from hub.demo.play import fresh_home, play
from hub.demo.summary import summarise
from hub.edges.local_broker import broker

MORE = 2


class Deadly(KafkaGround):
    """One whose worker is killed as soon as it works on a wave in which a crew shares the work with it."""

    def __init__(self, *args: Any, crew: "Crew") -> None:
        self._crew, self.killed = crew, False
        super().__init__(*args)

    def published(self) -> None:
        super().published()
        if not self.killed and len(self._crew.opened()) == MORE:
            self.killed = True
            time.sleep(0.05)
            self._process.kill()


class Crew:
    """Workers who join the demo's own one."""

    def __init__(self, home: Path, bootstrap: str) -> None:
        self._log = home / "crew.log"
        command = [sys.executable, "-m", "hub", "run", "--workers", str(MORE), "--no-ticks"]
        with self._log.open("wb") as log:
            self._running = subprocess.Popen(
                [*command, "--bootstrap", bootstrap, "--home", str(home)], stderr=log, stdin=subprocess.DEVNULL
            )

    def opened(self) -> set[str]:
        """Who has opened a partition."""
        return set(re.findall(r"worker=(\S+) event=partition opened", self._log.read_text()))

    def stop(self) -> None:
        self._running.terminate()
        assert self._running.wait(70) == 0


def test_kafka_answers_byte_for_byte_as_the_embedded_log(year, embedded):
    assert year.digest["topics"] == embedded["topics"]
    assert year.digest["all"] == embedded["all"]
    assert year.ground._process._deaths == 0


def test_three_workers_answer_byte_for_byte_as_one_though_one_of_them_is_killed(tmp_path, embedded):
    asked = options(tmp_path / "kafka", kafka=True)
    home = fresh_home(asked)
    program = wiring.program(home)
    with broker(own=True) as lender:
        crew = Crew(home.path, lender.bootstrap)
        ground = Deadly(home, program, lender, crew=crew)
        try:
            play(asked, home, program, ground)
            assert dict(summarise(ground, program).digest) == embedded
        finally:
            ground.close()
            crew.stop()

    assert ground.killed
    assert ground._process._deaths == 1
    assert (home.path / "worker.log").read_text().count("partition opened") >= 2  # before it died, and after
