"""Every command is tried without the settings of whoever runs the tests."""

import os

import pytest
import structlog


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    yield
    structlog.reset_defaults()
