"""What every test may lean on."""

import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings

# Two shared cores stall now and then: a slow example is no failure, a wrong one is.
settings.register_profile("hub", deadline=None, print_blob=True)
settings.load_profile("hub")


BROKERS = ("tests/broker/", "tests/canaries/", "tests/faults/")


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of two processes that share the suite, one has everything that needs a broker: there is one broker, too."""
    for item in items:
        name = "broker" if item.nodeid.startswith(BROKERS) else str(item.path)
        item.add_marker(pytest.mark.xdist_group(name))


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
