"""What every test may lean on."""

import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# Two shared cores stall now and then: a slow example is no failure, a wrong one is.
settings.register_profile("hub", deadline=None, print_blob=True)
settings.load_profile("hub")


BROKERS = ("tests/broker/", "tests/canaries/", "tests/faults/")


class Shared(LoadScopeScheduling):  # type: ignore[misc]
    """Two processes share the suite file by file; one of them has everything that needs a broker, and so one broker."""

    def _split_scope(self, nodeid: str) -> str:
        return "broker" if nodeid.startswith(BROKERS) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shared:
    return Shared(config, log)


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """The facts that the hub logs meanwhile, whatever an earlier test has asked for."""
    structlog.reset_defaults()
    with structlog.testing.capture_logs() as facts:
        yield facts


@pytest.fixture(scope="session")
def samples() -> Path:
    """The agencies' published sample files, which are theirs and so not in this repository."""
    named = os.environ.get("HUB_SAMPLES")
    if not named:
        pytest.skip("HUB_SAMPLES names no folder: the agencies' sample files are not in this repository")
    folder = Path(named)
    assert folder.is_dir(), f"HUB_SAMPLES={named}: no such folder; hint: name one, or unset it"
    return folder
