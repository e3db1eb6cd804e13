"""Brokers killed, frozen, out of reach and full: the workers stop or wait, and lose and double nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from faults.brokers import Cluster, Proxied, fill, limit_files, small_disk
from faults.proxy import Proxy
from faults.stage import Stage

from hub import topics
from hub.edges.local_broker import Local

Judged = Callable[[Stage], None]
Staged = Callable[..., Stage]
long = pytest.mark.long


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kafka"


@pytest.mark.parametrize("away", [0, pytest.param(30, marks=long)])
def test_the_broker_is_killed(staged: Staged, judged: Judged, folder: Path, away: int) -> None:
    ours = Local(folder)
    try:
        stage = staged(ours.bootstrap)
        stage.start(static=True)
        stage.feed()
        stage.until(stage.decided(stage.rng.randrange(300, 900)))
        ours.kill()
        stage.kills += 1
        stage.idle(away)
        ours.restart()

        stage.settle()

        judged(stage)
    finally:
        ours.kill()


@long
def test_the_leader_of_three_brokers_is_killed_twice(staged: Staged, judged: Judged, folder: Path) -> None:
    three = Cluster(folder)
    try:
        stage = staged(three.bootstrap)
        stage.start(static=True)
        stage.feed()
        stage.until(stage.decided(300))
        for _ in range(2):
            stage.sleep(0, 3)
            leader = three.leader(topics.PERSON, stage.rng.randrange(4))
            three.nodes[leader].kill()
            stage.kills += 1
            stage.sleep(6, 8)
            three.nodes[leader].restart()
            stage.until(lambda: all(three.in_sync(topics.PERSON, number) == 3 for number in range(4)))

        stage.settle()

        judged(stage)
    finally:
        three.close()


@long
def test_answers_are_cut_in_the_middle(staged: Staged, judged: Judged, folder: Path) -> None:
    ours = Proxied(folder)
    proxy = Proxy(ours.proxy, ours.door)
    try:
        stage = staged(ours.bootstrap, through=f"127.0.0.1:{ours.proxy}")
        stage.start(static=True)
        stage.feed()
        stage.until(stage.decided(300))
        for _ in range(6):
            proxy.cut_next(stage.rng.randrange(1, 5))
            stage.sleep(0.5, 3)
        assert proxy.cut >= 2

        stage.settle()

        judged(stage)
    finally:
        proxy.close()
        ours.kill()


@long
def test_the_line_falls_silent(staged: Staged, judged: Judged, folder: Path) -> None:
    ours = Proxied(folder)
    proxy = Proxy(ours.proxy, ours.door)
    try:
        stage = staged(ours.bootstrap, through=f"127.0.0.1:{ours.proxy}")
        stage.start("one")
        stage.feed()
        stage.until(stage.decided(300))
        for _ in range(2):
            proxy.silence(True)
            stage.sleep(3, 9)
            proxy.silence(False)
            stage.sleep(1, 3)

        stage.settle()

        judged(stage)
    finally:
        proxy.close()
        ours.kill()


@long
def test_the_brokers_disk_is_full(staged: Staged, judged: Judged, folder: Path) -> None:
    with small_disk(folder / "data", megabytes=256) as mounted:
        ours = Local(folder)
        try:
            stage = staged(ours.bootstrap)
            stage.start(static=True)
            stage.feed()
            stage.until(stage.decided(300))
            ballast = fill(folder / "data") if mounted else None
            if ballast is None:
                limit_files(ours, size=200_000)
            stage.until(lambda: ours.process.poll() is not None)
            stage.kills += 1
            if ballast is not None:
                ballast.unlink()
            ours.restart()

            stage.settle()

            judged(stage)
        finally:
            ours.kill()
