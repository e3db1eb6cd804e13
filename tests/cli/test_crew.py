"""The crew of `hub run --workers N`, with processes that are made up."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from smallhome import made

from hub.cli import run_hub
from hub.cli.crew import FIRST, MOST, YOUNG, Member, keep
from hub.cli.faults import CommandError
from hub.cli.main import main
from hub.cli.run_hub import alone
from hub.place import Place

KEEPER = """
import os, threading
from hub.cli.crew import keep
keep({{"hub": {words!r}}}, threading.Event(), os.environ)
"""


class Scene:
    """One member under a clock of our own; `ends` ends its process."""

    def __init__(self):
        self.now, self.born = 0.0, []
        self.member = Member("hub-1", self.start, lambda: self.now)

    def start(self, name):
        self.born.append(self.now)
        self.process = SimpleNamespace(pid=len(self.born), code=None, poll=lambda: self.process.code)
        return self.process

    def ends(self, code, after=1.0):
        """How long nobody is there."""
        self.now += after
        self.process.code, ended, begun = code, self.now, len(self.born)
        while len(self.born) == begun:
            self.member.look()
            self.now += 0.25
        return self.born[-1] - ended


def test_whoever_dies_young_is_started_again_after_a_pause_that_grows():
    scene = Scene()

    pauses = [scene.ends(70) for _ in range(8)]

    assert pauses == [1, 2, 4, 8, 16, 32, MOST, MOST]


def test_whoever_lived_for_a_while_is_forgiven():
    scene = Scene()
    scene.ends(70)
    scene.ends(-9)

    assert scene.ends(70, after=YOUNG) == FIRST


def test_whoever_stopped_in_good_order_is_followed_at_once():
    scene = Scene()

    assert [scene.ends(0), scene.ends(0)] == [0, 0]


def test_a_crew_told_to_stop_before_it_has_begun_stops_in_good_order():
    stop = threading.Event()
    stop.set()

    assert keep({"hub-1": ["--help"], "hub-2": ["--help"]}, stop, os.environ) == 0


def test_a_crew_whose_keeper_is_killed_is_gone_with_it(tmp_path):
    home = made(tmp_path / "home")
    script = KEEPER.format(words=["run", "--home", str(home)])
    keeper = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)
    assert any("running on its own log" in line for line in keeper.stderr)

    keeper.kill()
    keeper.wait()

    end = time.monotonic() + 10
    while time.monotonic() < end:
        with suppress(CommandError), alone(home / "run.lock", "a hub runs here already"):
            return
        time.sleep(0.05)
    raise AssertionError("the hub runs on")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--workers", "3", "--kafka"], "--workers: not between 1 and 2, the number of partitions; hint:"),
        (["--workers", "0"], "--workers: not between 1 and 2, the number of partitions; hint:"),
        (["--workers", "2"], "--workers: a home's own log has one worker; hint: --kafka shares the work"),
    ],
)
def test_workers_who_would_be_idle_are_refused(tmp_path, capsys, words, told):
    made(tmp_path / "home", active=False)

    assert main(["run", *words, "--home", str(tmp_path / "home")]) == 2
    assert told in capsys.readouterr().err


def test_a_crew_has_one_ledger_and_every_worker_its_health(monkeypatch):
    told = {}
    monkeypatch.setattr("hub.cli.crew.keep", lambda crew, stop, environ: told.update(crew) or 0)
    run_hub._crew(Place(bootstrap="kafka:9092"), ["hub-1", "hub-2"], True, "127.0.0.1:9464")

    assert list(told) == ["hub-1", "hub-2", "hub-ledger"]
    assert [words for words in told.values() if "--ledger" in words] == [told["hub-ledger"]]
    assert [words[-1] for words in told.values()] == ["127.0.0.1:9464", "127.0.0.1:9465", "--ledger"]
