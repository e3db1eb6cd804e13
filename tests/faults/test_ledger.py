"""The ledger killed, doubled and left behind: every decision has its leaf, once, and every delivery its decision."""

from collections.abc import Callable

import pytest
from faults.stage import Stage

Judged = Callable[[Stage], None]


def test_the_ledger_is_killed_at_random(stage: Stage, judged: Judged) -> None:
    stage.start()
    ledger = stage.keep()
    stage.feed()
    while not stage.fed:
        stage.sleep(0.5, 2.5)
        stage.kill(ledger)

    stage.settle()

    judged(stage)


@pytest.mark.long
def test_two_ledgers_fence_each_other(stage: Stage, judged: Judged) -> None:
    stage.start()
    one, other = stage.keep("one-ledger"), stage.keep("other-ledger")
    stage.feed()

    stage.settle()

    assert one.restarts + other.restarts > 0
    stage.leave(other)  # however it ends: fenced, or in the middle of its next start
    stage.idle(3)  # the one that stays may have been fenced just now
    judged(stage)
