"""Templates: GOV.UK components under a generic header, no script of a page's own, everything escaped."""

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub import words
from hub.console.who import CALLED

if TYPE_CHECKING:
    from hub.console.sessions import Session


@cache
def environment() -> Environment:
    """The templates, and the words they may use."""
    ours = PackageLoader("hub.console", "templates")
    theirs = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    made = Environment(loader=ChoiceLoader([ours, theirs]), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters.update(moment=words.moment, minute=words.minute, day=words.day, happening=words.happening)
    made.filters.update(agency=words.agency, fieldname=words.fieldname, short=words.short, counted=words.counted)
    made.filters["capfirst"] = capfirst
    made.globals["called"] = CALLED
    return made


def capfirst(told: object) -> str:
    """
    As a sentence begins; the rest as it is.

    >>> capfirst("the DSA"), capfirst(3)
    ('The DSA', '3')
    """
    return words.first(told if isinstance(told, str) else str(told))  # what is markup stays so


def rendered(
    request: Request, session: "Session | None", template: str, status: int, told: dict[str, Any]
) -> HTMLResponse:
    """A page; what waits to be told to its reader is told now, once."""
    notices: list[str] = []
    if session is not None:
        notices, session.told = session.told, []
    about = {
        "request": request,
        "user": session and session.user,
        "token": session and session.token,
        "notices": notices,
        "stale": session is not None and status < 500 and request.app.state.stale(),
        "nav": request.app.state.nav(session.user.role) if session else [],
        "here": request.url.path,
        "url": request.app.url_path_for,
    }
    text = environment().get_template(template).render({**about, **told})
    return HTMLResponse(text, status)
