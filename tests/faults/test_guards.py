"""Each guard is there for a reason: take it away, and the judge finds what it kept from happening."""

from collections.abc import Callable

import pytest
from faults.judge import Verdict
from faults.scenes import killed, overslept, refused
from faults.stage import Stage

Heard = Callable[[Stage], Verdict]
pytestmark = pytest.mark.long


def test_without_fencing_a_worker_that_overslept_doubles_records(stage: Stage, heard: Heard) -> None:
    overslept(stage, "before-begin", without="fencing")

    assert heard(stage).duplicated


def test_without_awaited_sends_refused_answers_are_lost(stage: Stage, heard: Heard) -> None:
    refused(stage, without="awaited-sends")

    assert heard(stage).lost


def test_without_the_position_row_a_restart_doubles_records(stage: Stage, heard: Heard) -> None:
    killed(stage, "after-commit", without="position-row")

    assert heard(stage).duplicated
