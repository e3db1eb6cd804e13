"""
An operation of the API: where it is, who may ask, what it takes and what it answers.

All of that is said once, by the path and the types of the view; `hub.console.api.document` writes OpenAPI from it. Who
asks is what their token says, and nothing else: no cookie counts here.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_origin, get_type_hints

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.console import limits
from hub.console.desk import Desk
from hub.console.oidc import ProviderError, RefusedError, asked_there
from hub.console.page import Ask, missing
from hub.console.problem import API
from hub.console.sessions import Session
from hub.console.who import Role, User

ROOT = f"{API}v1"
JSON = "application/json"
STALE = "hub-stale"  # a header: a program must not take an old state for today's, as little as somebody at a page
Programs = Callable[[str], User]  # who comes with a token; RefusedError, ProviderError


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One operation. *asks* is the shape of its query, of a POST that of its body, None where it takes nothing.

    What it *returns* is a shape too: whatever msgspec writes as JSON.
    """

    path: str
    name: str
    says: str
    roles: frozenset[Role]
    view: Callable[..., Any]
    asks: type[Any] | None
    returns: Any
    method: str

    def route(self, desk: Desk, programs: Programs) -> Route:
        """Its guarded route."""
        return Route(
            f"{ROOT}{self.path}", _guarded(self, desk, programs), methods=[self.method], name=f"api_{self.name}"
        )


def operation(path: str, *roles: Role, method: str = "GET") -> Callable[[Callable[..., Any]], Operation]:
    """Make a view, `(ask, what is asked) -> what is told`, an operation at *path* for *roles*."""

    def made(view: Callable[..., Any]) -> Operation:
        shapes = get_type_hints(view, include_extras=True)
        returns = shapes.pop("return")
        shapes.pop("ask")
        asks = next(iter(shapes.values()), None)
        says = inspect.getdoc(view) or ""
        return Operation(path, view.__name__, says, frozenset(roles), view, asks, returns, method)

    return made


def wrong(what: str, hint: str) -> HTTPException:
    """That what was asked cannot be answered."""
    return HTTPException(400, f"{what}; hint: {hint}")


def _guarded(one: Operation, desk: Desk, programs: Programs) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        user = await asked_there(_known, request, desk, programs)
        if wait := desk.limits.wait(limits.PROGRAM, user.id):
            raise HTTPException(429, headers={"retry-after": str(wait)})
        now = desk.now()
        request.state.session = session = Session("", user, now, now)
        if user.role not in one.roles:
            raise missing()
        told = [] if one.asks is None else [await _asked(one, request)]
        return await run_in_threadpool(_told, one, Ask(desk, request, session), *told)

    return endpoint


def _told(one: Operation, ask: Ask, *asked: Any) -> Response:
    answer = Response(msgspec.json.encode(one.view(ask, *asked)), media_type=JSON)
    if ask.desk.stale():
        answer.headers[STALE] = "?1"
    return answer


def _known(request: Request, desk: Desk, programs: Programs) -> User:
    """Whose token it is; whoever comes with one that is none does so only so often."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise HTTPException(401, "no token", {"www-authenticate": "Bearer"})
    try:
        return programs(token)
    except ProviderError as silent:
        raise HTTPException(503, "the sign-in provider does not answer") from silent
    except RefusedError as refused:
        address = request.client.host if request.client else ""
        if wait := desk.limits.wait(limits.SIGN_IN, address):
            raise HTTPException(429, headers={"retry-after": str(wait)}) from refused
        raise HTTPException(401, str(refused), {"www-authenticate": 'Bearer error="invalid_token"'}) from refused


async def _asked(one: Operation, request: Request) -> Any:
    try:
        if one.method == "GET":
            return msgspec.convert(_query(one.asks, request), one.asks, strict=False)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise HTTPException(415)
        return msgspec.json.decode(await request.body(), type=one.asks)
    except (msgspec.MsgspecError, ValueError, RecursionError) as bad:
        # Its own words may quote what came; where it is in there is enough.
        where = str(bad).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(bad) else "$"
        raise HTTPException(400, f"{'query' if one.method == 'GET' else 'body'}: not as documented at {where}") from bad


def _query(shape: Any, request: Request) -> dict[str, Any]:
    """The query as msgspec takes it: what may be there more than once as a list; whatever else, once."""
    lists = {one.encode_name for one in msgspec.structs.fields(shape) if get_origin(one.type) is tuple}
    told: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in lists:
            told.setdefault(name, []).append(value)
        elif name in told:
            raise ValueError
        else:
            told[name] = value
    return told
