"""A real Kafka for the tests in this folder: found or started once, and never pretended."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from hub.edges.local_broker import Broker, broker

SOURCE = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """The broker of this run. A test that kills one starts its own: `broker(own=True)`."""
    with broker() as found:
        request.config.stash[SOURCE] = found.source
        getattr(request.config, "workeroutput", {})["broker"] = found.source
        yield found


@pytest.fixture(scope="session")
def bootstrap(kafka: Broker) -> str:
    return kafka.bootstrap


@pytest.fixture
def topic_prefix() -> str:
    """A prefix no other test has: `t3f2a91c0.` goes before each topic, group and transactional id."""
    return f"t{uuid.uuid4().hex[:8]}."


def pytest_testnodedown(node: Any) -> None:
    """One of the processes that share the suite says which broker it had."""
    if found := getattr(node, "workeroutput", {}).get("broker"):
        node.config.stash[SOURCE] = found


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    terminalreporter.write_line(f"broker: {config.stash.get(SOURCE, 'none was needed')}")
