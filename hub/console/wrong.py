"""What somebody is shown when they do not get what they asked for."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hub.console.problem import API, problem
from hub.console.render import rendered

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


def wrong(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A page that says so in plain words, and no more than that; for a program, a problem."""
    if request.url.path.startswith(API):
        return problem(status, headers=headers)
    session = getattr(request.state, "session", None)
    answer = rendered(request, session, "wrong.html", status, {"title": TOLD.get(status, TOLD[400]), "status": status})
    answer.headers.update(headers or {})
    return answer


async def caught(request: Request, error: Exception) -> Response:
    """The same for a page that said so itself; an operation of the API says what is wrong, too."""
    assert isinstance(error, HTTPException)  # noqa: S101 - nothing else is given here
    if request.url.path.startswith(API):
        return problem(error.status_code, error.detail, error.headers)
    return wrong(request, error.status_code, error.headers)
