"""A real Kafka for the tests in this folder: found or started once, and never pretended."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from broker.years import Year, options

from hub import wiring
from hub.demo.ground import EmbeddedGround
from hub.demo.kafka import KafkaGround
from hub.demo.play import fresh_home, play
from hub.demo.summary import summarise
from hub.edges.local_broker import Broker, broker

QUICK = {"log.cleaner.backoff.ms": "200", "log.cleaner.min.cleanable.ratio": "0.001"}  # for who waits for the cleaner
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


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The digest of the year on the embedded log."""
    asked = options(tmp_path_factory.mktemp("embedded") / "home")
    home = fresh_home(asked)
    program = wiring.program(home)
    ground = EmbeddedGround(home, program)
    play(asked, home, program, ground)
    return dict(summarise(ground, program).digest)


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    """The year on Kafka. Whoever adds to it does so at the end of its file: others read it after them."""
    asked = options(tmp_path_factory.mktemp("year") / "home", kafka=True)
    home = fresh_home(asked)
    program = wiring.program(home)
    with broker(own=True, settings=QUICK) as lender:
        ground = KafkaGround(home, program, lender)
        try:
            play(asked, home, program, ground)
            yield Year(lender.bootstrap, home, ground, dict(summarise(ground, program).digest))
        finally:
            ground.close()


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
