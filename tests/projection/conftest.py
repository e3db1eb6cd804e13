"""A year of made-up people in a log, and a projection of it in each of the two databases."""

import postgres
import pytest
import smallhome

from hub import topics, wiring
from hub.edges.home import open_home
from hub.edges.reader import EmbeddedReader
from hub.log import Out
from hub.projection.database import Database
from hub.projection.fold import Fold
from hub.projection.follow import rebuild

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def year(tmp_path_factory):
    """The home of a small partnership's year; who would change it makes a copy."""
    home = tmp_path_factory.mktemp("year") / "home"
    with smallhome.year(home, 20) as ground:
        ground.append([Out(topics.intake("GMP"), number % 2, b"k", b"Dear hub %d" % number, ()) for number in range(5)])
    smallhome.drain(home)
    return home


@pytest.fixture(scope="session")
def fold(year):
    home = open_home(year)
    return Fold(wiring.schemas(), home.agencies, home.teams)


@pytest.fixture(scope="session")
def reader(year):
    return EmbeddedReader(year / "hub.db")


@pytest.fixture(scope="session")
def server():
    with postgres.server() as url:
        yield postgres.Server(url)


@pytest.fixture(scope="session", params=BOTH)
def told(request, year, fold, reader):
    """A projection of the year."""
    url = request.getfixturevalue("server").database() if request.param == "postgresql" else ""
    database = Database.of(year, url)
    rebuild(database, fold, reader, lambda done, total: None)
    yield database
    database.close()


@pytest.fixture(params=BOTH)
def address(request):
    """Where a database is: one of PostgreSQL, or nothing for a file in a home."""
    return request.getfixturevalue("server").database() if request.param == "postgresql" else ""


@pytest.fixture
def empty(address, tmp_path):
    """A database with nothing in it."""
    database = Database.of(tmp_path, address)
    yield database
    database.close()
