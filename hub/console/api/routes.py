"""Where the API is: its operations for who has a token, and its document for everybody."""

from collections.abc import Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.console.api import alerts, decisions, intake, rules
from hub.console.api.document import document
from hub.console.api.operation import JSON, Operation, Programs
from hub.console.desk import Desk
from hub.console.problem import DOCUMENT

OPERATIONS: tuple[Operation, ...] = (
    *decisions.OPERATIONS,
    *alerts.OPERATIONS,
    *rules.OPERATIONS,
    *intake.OPERATIONS,
)


def routes(desk: Desk, programs: Programs) -> Iterator[Route]:
    """All of them; *programs* says who comes with a token."""
    said = msgspec.json.encode(document(OPERATIONS, desk.url))

    async def openapi(request: Request) -> Response:
        return Response(said, media_type=JSON)

    yield Route(DOCUMENT, openapi, name="openapi")
    yield from (one.route(desk, programs) for one in OPERATIONS)
