"""What every test may lean on."""

import gc
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


OWN = ("tests/faults/", *(f"tests/broker/test_{name}.py" for name in ("bench", "outbound", "quarantine", "workers")))
LANES = {**dict.fromkeys(OWN, "own"), "tests/broker/": "shared", "tests/canaries/": "shared"}  # the first that fits
LONG = (  # what takes longest begins first, so that nobody waits for it at the end
    *LANES,
    "tests/browser/",
    "tests/edges/test_crashes.py",
    "tests/cli/test_policy_change.py",
    "tests/governance/",
    "tests/edges/test_policy_files.py",
    "tests/outbound/",
    "tests/bench/",
)


class Shared(LoadScopeScheduling):  # type: ignore[misc]
    """
    The processes share the suite file by file, but for two lanes of what needs a broker, about as long as each other.

    A lane waits more than it works, so there is one process more than there are cores. Into the second one goes what
    starts brokers of its own: the broker of all, and what is read by several files, is there once, in the first.
    """

    def _split_scope(self, nodeid: str) -> str:
        lane = next((name for folder, name in LANES.items() if nodeid.startswith(folder)), None)
        return lane or nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shared:
    config.option.loadscopereorder = False  # ours is the order
    return Shared(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((number for number, begin in enumerate(LONG) if item.nodeid.startswith(begin)), len(LONG))

    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What thousands of tests are made of is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


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
