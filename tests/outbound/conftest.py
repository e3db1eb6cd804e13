from pathlib import Path

import pytest
from receivers import Office

from hub.edges import reader
from hub.outbound import courier, service


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for something new."""
    for module in (reader, courier, service):
        monkeypatch.setattr(module, "PAUSE", 0.03)
