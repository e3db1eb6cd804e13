"""The console as one application: its pages, who may open them, and the headers that every answer carries."""

from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hub.console import lead, operator, promises, team
from hub.console.api import routes as api
from hub.console.api.bearer import nobody
from hub.console.api.operation import Programs
from hub.console.desk import Desk
from hub.console.page import SEES_OTHER, Page
from hub.console.security import Guard
from hub.console.wrong import caught

STATIC = Path(__file__).parent / "static"
PAGES: tuple[Page, ...] = (*lead.PAGES, *team.PAGES, *operator.PAGES, *promises.PAGES)


def create(
    desk: Desk, routes: Iterable[Route] = (), pages: Iterable[Page] = PAGES, programs: Programs = nobody
) -> Starlette:
    """The application; *routes* are those of the way to sign in, *programs* knows who may use the API."""
    pages = tuple(pages)
    made = [Route("/", _home, name="home"), *routes, *api.routes(desk, programs), *(page.route(desk) for page in pages)]
    static = Mount("/static", StaticFiles(directory=STATIC), name="static")
    app = Starlette(
        routes=[*made, static],
        middleware=[Middleware(Guard, desk=desk, uploads={page.path: page.upload for page in pages})],
        exception_handlers={HTTPException: caught},
    )
    app.router.redirect_slashes = False
    app.state.stale = desk.stale
    app.state.nav = lambda role: [(page.nav, page.path) for page in pages if page.nav and role in page.roles]
    return app


async def _home(request: Request) -> Response:
    """Everybody's first page is the first of their navigation."""
    session = request.state.session
    if session is None:
        return RedirectResponse(str(request.app.url_path_for("sign_in")), SEES_OTHER)
    mine = request.app.state.nav(session.user.role)
    return RedirectResponse(mine[0][1] if mine else "/nothing", SEES_OTHER)
