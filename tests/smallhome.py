"""
A hub's home in a folder: a few made-up people, published, decided, and their alerts raised.

Each is made once a process, in an environment without settings, and copied for whoever asks.
"""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from hub import topics, wiring
from hub.cli.main import main
from hub.demo.ground import EmbeddedGround
from hub.demo.play import Options, fresh_home, play
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import create, open_home, synthetic_secret
from hub.log import Out

AGENCIES = ("HMPPS_PRISON", "YJS", "GMP", "SCHOOL")
TEAMS = ("PROB", "YJS", "HOUS", "DWP", "CSC")
RECORD = {
    "prisonerNumber": "A0001AA",
    "dateOfBirth": "1990-01-01",
    "linkReference": "TEST-LINK-1",
    "conditionalReleaseDate": "2027-03-17",
    "prisonId": "MDI",
    "bookingId": 1,
    "legalStatus": "SENTENCED",
    "recordedAt": "2026-02-09T10:00:00Z",
}
LATER = 1_900_000_000_000_000_000  # 2030, in nanoseconds: the log must not think these ticks ahead of it
BROKEN = {"prisonerNumber": "Z12"}


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def made(folder: Path, active: bool = True) -> Path:
    """One with rules in force, unless it is not to be *active*."""
    return shutil.copytree(_pattern(_active if active else _empty), folder)


def heard(folder: Path) -> Path:
    """One in which one release was published and planned."""
    return shutil.copytree(_pattern(_heard), folder)


def lived(folder: Path) -> Path:
    """One in which it was told twelve and eight weeks before, too."""
    return shutil.copytree(_pattern(_lived), folder)


@cache
def _pattern(life: Callable[[Path], None]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="csp-hub-home-"))
    atexit.register(shutil.rmtree, folder)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HUB_")]:
            patch.delenv(name)
        life(folder / "home")
    return folder / "home"


def _empty(folder: Path) -> None:
    create(folder, AGENCIES, TEAMS, 2, True, synthetic_secret(1))


def _active(folder: Path) -> None:
    made(folder, active=False)
    assert main(["policy", "activate", "--home", str(folder)]) == 0


def _heard(folder: Path) -> None:
    made(folder)
    with tempfile.TemporaryDirectory() as inbox:
        (Path(inbox) / "one.jsonl").write_text(lines(RECORD))
        assert main(["publish", "prison", inbox, "--home", str(folder)]) == 0
    drain(folder)


def _lived(folder: Path) -> None:
    drain(heard(folder), "2027-01-21T12:00")


@contextmanager
def year(folder: Path, people: int) -> Iterator[EmbeddedGround]:
    """A demo's year of so many people in *folder*, and the ground on which more can be played."""
    options = Options(home=folder, people=people, seed=3)
    home = fresh_home(options)
    program = wiring.program(home)
    ground = EmbeddedGround(home, program)
    try:
        play(options, home, program, ground)
        yield ground
    finally:
        ground.close()


def drain(folder: Path, until: str | None = None) -> None:
    home = open_home(folder)
    log, program = EmbeddedLog(home.log, home.partitions, durable=False, clock=lambda: LATER), wiring.program(home)
    if until:
        at = int(datetime.fromisoformat(until).replace(tzinfo=UTC).timestamp()) * 1_000_000
        value = program.schemas.encode("tick", {"at": at})
        log.append([Out(topics.PERSON, number, None, value, ()) for number in range(home.partitions)])
    Worker(log, program).drain()
    log.close()


def one_line_with_cure(err):
    """Whether a command said what is wrong in one line, and how to cure it."""
    return len(err.strip().splitlines()) == 1 and "; hint: " in err and "Traceback" not in err
