"""
A page: where it is, who may open it, what it answers. Whoever may not open it is told that it is not there.

A page that shows one person says so with `ask.looked`, which writes the reading to the log before anything is shown.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.console.desk import Desk
from hub.console.reads import reading
from hub.console.render import rendered
from hub.console.sessions import Session
from hub.console.who import Role, User
from hub.rulebook import Bundle

FIELDS = 50  # of a form: none of ours has more
READS = ("GET", "HEAD")
SEES_OTHER = 303
NO_RULES = "no rules are in force yet; hint: two information governance leads sign the first (hub policy activate)"
EXPORTS = (".csv", ".json", ".html", ".ics")


@dataclass(slots=True)
class Ask:
    """What somebody asks of a page; *form* is empty unless they sent one, whose token was checked."""

    desk: Desk
    request: Request
    session: Session
    form: FormData = field(default_factory=FormData)
    recorded: bool = False

    @property
    def user(self) -> User:
        """Who asks."""
        return self.session.user

    @property
    def query(self) -> Mapping[str, str]:
        """The words after the question mark."""
        return self.request.query_params

    @property
    def path(self) -> Mapping[str, Any]:
        """The parts of the path that the page left open."""
        return self.request.path_params

    def read(self) -> Connection:
        """A connection to the projection, to be used in a `with`."""
        return self.desk.database.connect()

    def rules(self) -> Bundle:
        """The rules in force; before the first a page of them says who brings them."""
        if (rules := self.desk.rules()) is None:
            raise HTTPException(404, NO_RULES)
        return rules

    def looked(self, person: str | None = None, of: str | None = None, reason: str | None = None) -> None:
        """
        Write to the log that they look at somebody, before anything is shown: *person* (the hub's handle), if the page
        knows it, *of* which decision or alert, and the code of a *reason*, if it asks for one.
        """
        page = self.request.scope["route"].name
        told = reading(self.desk.wire, self.desk.now(), self.user, page, person=person, of=of, reason=reason)
        self.desk.append([told])
        self.recorded = True

    def render(self, template: str, status: int = 200, **told: Any) -> Response:
        """The page, as its template shows it."""
        about = {"acts_for": self.desk.acts_for(self.user), **told}
        return rendered(self.request, self.session, template, status, about)

    def redirect(self, name: str, told: str = "", **parts: str) -> Response:
        """On to the page of that name, which says once what was done."""
        if told:
            self.session.told.append(told)
        return RedirectResponse(str(self.request.app.url_path_for(name, **parts)), SEES_OTHER)


View = Callable[[Ask], Response]


@dataclass(frozen=True, slots=True)
class Page:
    """
    A page of the console. *nav* is its name in the navigation of its roles, empty if it is not there.

    *upload* is how large a file its form may bring, in bytes; 0 is none.
    """

    path: str
    name: str
    roles: frozenset[Role]
    view: View
    methods: tuple[str, ...] = ("GET",)
    nav: str = ""
    upload: int = 0

    def route(self, desk: Desk) -> Route:
        """Its guarded route."""
        return Route(self.path, _guarded(self, desk), methods=list(self.methods), name=self.name)


def page(
    path: str, *roles: Role, methods: tuple[str, ...] = ("GET",), nav: str = "", upload: int = 0
) -> Callable[[View], Page]:
    """Make a view a page at *path* for *roles*; its name is the view's."""
    return lambda view: Page(path, view.__name__, frozenset(roles), view, methods, nav, upload)


def missing() -> HTTPException:
    """That there is nothing here, for this person or at all: which of the two is not told."""
    return HTTPException(404)


def _guarded(page: Page, desk: Desk) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        session: Session | None = request.state.session
        if session is None:
            return _to_sign_in(request)
        if session.user.role not in page.roles:
            raise missing()
        ask = Ask(desk, request, session)
        if request.method not in READS:
            ask.form = await checked(request, session, page.upload)
        if any(isinstance(one, str) and "\0" in one for one in ask.form.values()):
            raise HTTPException(400)  # as in an address: no text of a database may hold it
        return await run_in_threadpool(_viewed, page, ask)

    return endpoint


def _viewed(page: Page, ask: Ask) -> Response:
    """The answer of the view; what is taken away as a file is on record like what is looked at."""
    answer = page.view(ask)
    if not ask.recorded and ask.request.url.path.endswith(EXPORTS):
        ask.looked()
    return answer


def _to_sign_in(request: Request) -> Response:
    """To sign in, and from there on to the page that was asked for."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = f"?next={quote(back, safe='/')}" if request.method in READS else ""
    return RedirectResponse(f"{request.app.url_path_for('sign_in')}{after}", SEES_OTHER)


async def checked(request: Request, session: Session, upload: int = 0) -> FormData:
    """The form, if it carries this session's token; with a file in it where *upload* bytes of one may come."""
    form = await request.form(max_files=1 if upload else 0, max_fields=FIELDS)
    if not secrets.compare_digest(str(form.get("token", "")).encode(), session.token.encode()):
        raise HTTPException(403)
    if any("\0" in one for one in form.values() if isinstance(one, str)):
        raise HTTPException(400)  # no text of a database may hold it
    return form
