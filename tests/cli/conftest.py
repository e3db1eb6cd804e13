"""Every command is tried without the settings of whoever runs the tests."""

import os
from typing import NamedTuple

import pytest
import smallhome
import structlog

from hub.cli.main import main


class Told(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    yield
    structlog.reset_defaults()


@pytest.fixture
def hub(capsys):
    """Runs a command in this process, and answers with its exit code, stdout and stderr."""

    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Told(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def year(tmp_path_factory):
    """The home of a demo's year; who would change it makes a copy."""
    home = tmp_path_factory.mktemp("year") / "home"
    with smallhome.year(home, 40):
        return home
