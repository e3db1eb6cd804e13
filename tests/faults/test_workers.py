"""Workers killed, asleep, coming and going: what is committed is what the pure model makes of the same log."""

import signal
from collections.abc import Callable

import pytest
from faults.stage import Stage

Judged = Callable[[Stage], None]
KILL = int(signal.SIGKILL)
MOMENTS = ("after-poll", "mid-send", "after-send", "before-commit", "after-commit")


def killed(stage: Stage) -> Callable[[], bool]:
    """Whether a worker has fallen into its fault and is up again."""
    return lambda: sum(worker.restarts for worker in stage.workers) > 0


def test_a_worker_left_alone(stage: Stage, judged: Judged) -> None:
    stage.start()
    stage.feed()

    stage.settle()

    judged(stage)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed(stage: Stage, judged: Judged, moment: str) -> None:
    stage.start(static=True, at=(moment, stage.rng.randrange(8, 60), KILL))
    stage.feed()
    stage.until(killed(stage))
    stage.kills += 1

    stage.settle()

    judged(stage)
