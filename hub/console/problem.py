"""What a program is told that does not get what it asked for: a problem as RFC 9457 has it, with the cure."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

API = "/api/"  # below it are programs: no cookie, no page, no form
TYPE = "application/problem+json"
DOCUMENT = f"{API}v1/openapi.json"
HINTS = {
    400: f"{DOCUMENT} says what may be asked",
    401: "send `Authorization: Bearer` and an access token that the sign-in provider made for this API",
    404: "it is not there, or not for this token's role and team",
    405: "the header `allow` says how it may be asked",
    408: "send the body faster",
    409: "ask for it anew to see how it stands",
    413: "send less",
    415: "send `Content-Type: application/json`",
    421: "ask at the address that whoever runs the hub tells",
    429: "wait as many seconds as the header `retry-after` says",
    500: "try again; if that does not help, tell whoever runs the hub",
    503: "try again in a minute",
}


class Problem(msgspec.Struct):
    """Why it was not answered, and what helps."""

    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    hint: str
    type: str = "about:blank"


def problem(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """The answer; *detail* says what is wrong, after `; hint: ` perhaps with a cure of its own."""
    title = HTTPStatus(status).phrase
    what, _, hint = (detail or title).partition("; hint: ")
    told = Problem(title, status, what, hint or HINTS.get(status, HINTS[400]))
    return Response(msgspec.json.encode(told), status, headers, TYPE)
