"""Brokers and stages for the fault scenarios, and the table at the end."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.judge import Verdict
from faults.stage import Row, Stage
from kafka.admin import KafkaAdminClient

from hub.edges.local_broker import Broker, broker

SEED = int(os.environ.get("FAULTS_SEED") or 1)
ROWS = pytest.StashKey[list[Row]]()


@pytest.fixture(scope="session")
def shared() -> Iterator[Broker]:
    """A broker for the scenarios that leave it alone."""
    with broker(own=True) as found:
        yield found


@pytest.fixture
def staged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Makes the stage of this scenario."""
    stages: list[Stage] = []
    name = request.node.name.removeprefix("test_").replace("_", " ")

    def make(bootstrap: str, **more: Any) -> Stage:
        stages.append(Stage(bootstrap, tmp_path, name, SEED, **more))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()


@pytest.fixture
def stage(staged: Callable[..., Stage], shared: Broker) -> Iterator[Stage]:
    """A stage on the shared broker, whose topics are gone afterwards."""
    made = staged(shared.bootstrap)
    yield made
    made.close()
    admin = KafkaAdminClient(bootstrap_servers=shared.bootstrap)
    admin.delete_topics([one.name for one in made.catalogue])
    admin.close()


@pytest.fixture
def heard(request: pytest.FixtureRequest) -> Callable[[Stage], Verdict]:
    """Has the log judged, and notes the verdict for the table."""

    def pronounce(stage: Stage) -> Verdict:
        verdict, row = stage.verdict()
        request.config.stash.setdefault(ROWS, []).append(row)
        return verdict

    return pronounce


@pytest.fixture
def judged(heard: Callable[[Stage], Verdict]) -> Callable[[Stage], None]:
    """Has the log judged, and insists that nothing is wrong."""

    def insist(stage: Stage) -> None:
        verdict = heard(stage)
        assert verdict.faults == 0, f"{stage.scenario}, FAULTS_SEED={stage.seed}: {verdict}"

    return insist


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    terminalreporter.write_sep("=", "faults")
    terminalreporter.write_line(
        f"{'scenario':64} {'seed':>6} events kills restarts  pause   lost doubled divergent seconds"
    )
    for row in rows:
        terminalreporter.write_line(
            f"{row.scenario:64.64} {row.seed:6} {row.events:6} {row.kills:5} {row.restarts:8} {row.pause:5.1f}s "
            f"{row.lost:6} {row.duplicated:7} {row.divergent:9} {row.seconds:6.1f}s"
        )
