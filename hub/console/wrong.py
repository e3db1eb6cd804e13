"""What somebody is shown when they do not get what they asked for."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.console.problem import API, problem
from hub.console.render import rendered
from hub.words import first

TOLD = {
    400: "That did not work",
    403: "This form is too old",
    404: "Page not found",
    405: "That did not work",
    413: "That is too large",
    421: "This is not the address of the hub",
    429: "Too many requests",
    500: "Sorry, there is a problem with the service",
    503: "Sorry, the service is not available",
}


def wrong(request: Request, status: int, headers: Mapping[str, str] | None = None, detail: str = "") -> Response:
    """A page that says so in plain words, and what and the cure if *detail* does; for a program, a problem."""
    if request.url.path.startswith(API):
        return problem(status, detail, headers)
    session = getattr(request.state, "session", None)
    what, _, cure = detail.partition("; hint: ")
    told = {"title": first(what) if cure else TOLD.get(status, TOLD[400]), "status": status, "cure": first(cure)}
    answer = rendered(request, session, "wrong.html", status, told)
    answer.headers.update(headers or {})
    return answer


async def caught(request: Request, error: Exception) -> Response:
    """The same for what a page or an operation said itself."""
    assert isinstance(error, HTTPException)  # noqa: S101 - nothing else is given here
    return wrong(request, error.status_code, error.headers, error.detail)
