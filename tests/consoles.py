"""A console over a home, with somebody signed in, and the projection that it reads."""

from starlette.routing import Route
from starlette.testclient import TestClient

from hub import wiring
from hub.console.api.operation import ROOT
from hub.console.app import PAGES, create
from hub.console.desk import Desk
from hub.console.oidc import RefusedError
from hub.console.security import cookie
from hub.console.who import Role, User
from hub.place import Place
from hub.projection.database import Database
from hub.projection.fold import Fold
from hub.projection.follow import rebuild

TOKEN = {"authorization": "Bearer made-up"}


def nowhere(_):
    raise AssertionError("a test of what stands behind sign-in went to sign in")


def projected(folder):
    """Make the projection of the home in *folder* from its log, as a console that starts does."""
    place = Place(folder)
    home, database = place.open(), Database.of(folder)
    rebuild(database, Fold(wiring.schemas(), home.agencies, home.teams), place.reader(), lambda done, total: None)
    database.close()
    return folder


class Visit:
    """
    Somebody signed in at a console with all its pages over a home, which stays as it is unless it *writes*.

    `api` asks as a program of the same role, whose token is TOKEN.
    """

    def __init__(self, folder, stack, role="LEAD", of=None, id="u-1", now=None, writes=True, **told):
        place, database = Place(folder), Database.of(folder)
        stack.callback(database.close)
        told |= {"now": now} if now else {}
        self.sent = []
        append = self.append if writes else self.sent.extend
        self.desk = Desk(place, wiring.schemas(), database.engine, append, False, **told)
        ways = [Route("/sign-in", nowhere, name="sign_in"), Route("/sign-out", nowhere, name="sign_out")]
        self.user = User(id, Role(role), of, "somebody made up")
        self.app = create(self.desk, ways, PAGES, self.program)
        self.client = TestClient(self.app, follow_redirects=False)
        name = self.desk.sessions.begin(self.user, self.desk.now())
        self.client.cookies.set(cookie(self.desk), name)
        self.token = self.desk.sessions.find(name, self.desk.now()).token
        self.get = self.client.get

    def append(self, outs):
        place = self.desk.place
        log = place.log(place.open())
        log.append(list(outs))
        log.close()

    def post(self, path, data=None, **more):
        return self.client.post(path, data={"token": self.token, **(data or {})}, **more)

    def program(self, token):
        if f"Bearer {token}" != TOKEN["authorization"]:
            raise RefusedError("token refused: made up otherwise")
        return self.user

    def api(self, path, body=None, **query):
        asker = TestClient(self.app, headers=TOKEN)
        return asker.post(f"{ROOT}{path}", json=body) if body else asker.get(f"{ROOT}{path}", params=query)
