import shutil
from contextlib import ExitStack

import pytest
from consoles import Visit, nowhere, projected
from sqlalchemy import create_engine
from starlette.routing import Route
from starlette.testclient import TestClient

from hub import wiring
from hub.cli.main import main
from hub.console.app import create
from hub.console.desk import Desk
from hub.console.security import cookie
from hub.console.who import Role, User
from hub.place import Place

NOW = 1_795_000_000_000_000


@pytest.fixture
def sent():
    """What the console wrote to the log."""
    return []


@pytest.fixture
def desk(tmp_path, sent):
    made = Desk(
        Place(tmp_path),
        wiring.schemas(),
        create_engine(f"sqlite:///{tmp_path}/console.db"),
        sent.extend,
        False,
        lambda: NOW,
    )
    yield made
    made.database.dispose()


@pytest.fixture
def console(desk):
    """A console of the *pages* given, at which somebody of *role* is signed in, or nobody."""

    def opened(pages, role=None, of=None):
        ways = [Route("/sign-in", nowhere, name="sign_in"), Route("/sign-out", nowhere, name="sign_out")]
        client = TestClient(create(desk, ways, pages), follow_redirects=False)
        if role is not None:
            name = desk.sessions.begin(User("u1", Role(role), of, "somebody made up"), NOW)
            client.cookies.set(cookie(desk), name)
        return client

    return opened


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    """The home that `hub demo` leaves, of fewer people, and its projection: to be looked at, not written to."""
    folder = tmp_path_factory.mktemp("played") / "home"
    assert main(["demo", "--people", "60", "--home", str(folder)]) == 0
    return projected(folder)


@pytest.fixture
def copied(played, tmp_path):
    """The same, to be written to."""
    return shutil.copytree(played, tmp_path / "home")


@pytest.fixture
def visit(played):
    """Signs somebody in over the year that was played, or over another *folder*."""
    with ExitStack() as stack:
        yield lambda folder=None, **who: Visit(folder or played, stack, writes=folder is not None, **who)


@pytest.fixture
def signed_in():
    """Signs somebody in over a home, without the year that was played."""
    with ExitStack() as stack:
        yield lambda home, role="OPERATOR", of=None, who="u1": Visit(home, stack, role, of, who).client
