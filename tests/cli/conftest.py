"""Every command is tried without the settings of whoever runs the tests."""

import os
from typing import NamedTuple

import pytest
import structlog

from hub import wiring
from hub.cli.main import main
from hub.demo.ground import EmbeddedGround
from hub.demo.play import Options, fresh_home, play


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
    options = Options(home=tmp_path_factory.mktemp("year") / "home", people=40, seed=3)
    home = fresh_home(options)
    ground = EmbeddedGround(home, wiring.program(home))
    play(options, home, wiring.program(home), ground)
    ground.close()
    return options.home
