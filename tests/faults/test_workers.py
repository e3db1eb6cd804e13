"""Workers killed, asleep, coming and going: what is committed is what the pure model makes of the same log."""

import shutil
import signal
from collections.abc import Callable

import pytest
from faults.scenes import KILL, killed, overslept
from faults.stage import Stage

Judged = Callable[[Stage], None]
long = pytest.mark.long
MOMENTS = [
    pytest.param("after-poll", marks=long),
    "mid-send",
    pytest.param("after-send", marks=long),
    pytest.param("before-commit", marks=long),
    pytest.param("after-commit", marks=long),
    pytest.param("before-cache", marks=long),
    pytest.param("before-accept", marks=long),
]


@long
def test_a_worker_is_left_alone(stage: Stage, judged: Judged) -> None:
    stage.start()
    stage.feed()

    stage.settle()

    judged(stage)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_is_killed(stage: Stage, judged: Judged, moment: str) -> None:
    killed(stage, moment)

    judged(stage)


@long
def test_a_worker_is_killed_while_it_rebuilds(stage: Stage, judged: Judged) -> None:
    worker = stage.start(static=True)
    stage.feed()
    stage.until(stage.decided(600))
    stage.kill(worker)

    shutil.rmtree(stage.folder / "state")  # or there would be little to read
    worker.start(at=("in-rebuild", stage.rng.randrange(1, 5), KILL))
    stage.until(lambda: worker.restarts > 0)
    stage.kills += 1
    stage.settle()

    judged(stage)


@long
def test_a_worker_is_killed_at_random(stage: Stage, judged: Judged) -> None:
    worker = stage.start(static=True)
    stage.feed()
    for _ in range(5):
        stage.sleep(1, 5)
        stage.kill(worker)

    stage.until(worker.working)
    stage.settle()

    judged(stage)


@pytest.mark.parametrize(
    "moment",
    ["before-begin", *(pytest.param(name, marks=long) for name in ("after-poll", "after-send", "after-commit"))],
)
def test_a_worker_oversleeps(stage: Stage, judged: Judged, moment: str) -> None:
    overslept(stage, moment)

    judged(stage)


@long
def test_workers_oversleep_at_random(stage: Stage, judged: Judged) -> None:
    workers = [stage.start(name) for name in ("one", "two")]
    stage.feed()
    for worker in workers:
        stage.sleep(2, 5)
        worker.send(signal.SIGSTOP)
        stage.sleep(8, 10)
        worker.wake()

    stage.settle()

    judged(stage)


@long
def test_workers_join_and_leave(stage: Stage, judged: Judged) -> None:
    stage.start("steady")
    stage.feed()
    for number in range(4):
        guests = [stage.start(f"guest-{number}-{letter}") for letter in "ab"]
        stage.sleep(1, 5)
        stage.kill(guests[0])
        for guest in guests:
            stage.leave(guest)

    stage.settle()

    judged(stage)


@long
def test_workers_are_restarted_one_by_one(stage: Stage, judged: Judged) -> None:
    for name in ("one", "two"):
        stage.start(name, static=True)
    stage.feed(rate=100)
    stage.until(stage.decided(400))
    for name in ("one", "two"):
        (worker,) = [worker for worker in stage.workers if worker.name == name]
        assert stage.leave(worker) == 0
        stage.start(name, static=True)
        stage.idle(6)

    stage.settle()

    judged(stage)
