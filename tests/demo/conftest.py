"""One made-up year, played once for all tests that only look at it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from hub import wiring
from hub.demo.ground import EmbeddedGround
from hub.demo.play import Options, fresh_home, play
from hub.demo.summary import Played, Summary, summarise
from hub.engine import Program


class Year(NamedTuple):
    """A year that was played, its log still open."""

    options: Options
    program: Program
    ground: EmbeddedGround
    played: Played
    told: Summary


@pytest.fixture(scope="session")
def play_year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int, int], Year]]:
    """Plays a year of so many people with a seed, on a log of its own."""
    grounds = []

    def played(people: int, seed: int) -> Year:
        options = Options(home=tmp_path_factory.mktemp("demo") / "home", people=people, seed=seed)
        home = fresh_home(options)
        program = wiring.program(home)
        ground = EmbeddedGround(home, program)
        grounds.append(ground)
        done = play(options, home, program, ground)
        return Year(options, program, ground, done, summarise(ground, program))

    yield played
    for ground in grounds:
        ground.close()


@pytest.fixture(scope="session")
def year(play_year: Callable[[int, int], Year]) -> Year:
    return play_year(120, 1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"
