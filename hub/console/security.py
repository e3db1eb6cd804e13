"""What every request goes through and every answer carries: host, session, limits, headers, one line in the log."""

import asyncio
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub import settings
from hub.console import limits
from hub.console.desk import Desk
from hub.console.page import EXPORTS, READS
from hub.console.problem import API
from hub.console.wrong import wrong
from hub.settings import local

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with `no-referrer` a browser would not say whose form it sends
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
}
HTTPS = {"strict-transport-security": "max-age=31536000"}
LONGEST = 64 * 1024  # bytes of a body: no form of ours is larger
PATIENCE = 20.0  # seconds for the next piece of a body
log = structlog.get_logger()


def cookie(desk: Desk) -> str:
    """The name of the session's cookie; with `__Host-` a browser takes it only from this host, over https."""
    return "__Host-hub" if desk.secure else "hub"


class Guard:
    """Lets a request through to its page, or answers it itself; *uploads* has the bytes of a file that pages take."""

    def __init__(self, app: ASGIApp, desk: Desk, uploads: Mapping[str, int]) -> None:
        self._app, self._desk, self._uploads = app, desk, uploads
        self._headers = HEADERS | (HTTPS if desk.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, begun = Request(scope), time.perf_counter()
        static = scope["path"].startswith("/static/")
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                await self._remember(request)
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers["cache-control"] = "public, max-age=3600" if static else "no-store"
            await send(message)

        request.state.session = None
        try:
            answer = self._elsewhere(request) or (None if static else await self._refused(request))
            await (answer or self._app)(scope, _bounded(receive, self._longest(request)), guarded)
        except Exception as fault:
            _failed(request, fault)
            if status:
                raise  # the answer is half told: the connection must end
            await wrong(request, 500)(scope, receive, guarded)
        finally:
            if not static:
                self._told(request, status, time.perf_counter() - begun)

    def _elsewhere(self, request: Request) -> Response | None:
        """Who comes by another name than ours is sent here, on this machine, and away, anywhere else."""
        ours, asked = urlsplit(self._desk.url).netloc, request.headers.get("host", "")
        if not ours or asked == ours:
            return None
        if local(self._desk.url) and local(f"http://{asked}") and request.method in READS:
            return RedirectResponse(str(request.url.replace(scheme=urlsplit(self._desk.url).scheme, netloc=ours)), 307)
        return wrong(request, 421)

    async def _refused(self, request: Request) -> Response | None:
        """The answer to a request that goes no further; the session is found on the way, but for a program's."""
        program = request.url.path.startswith(API)
        name = None if program else request.cookies.get(cookie(self._desk))
        session = await run_in_threadpool(self._desk.sessions.find, name, self._desk.now())
        request.state.session = session
        request.state.told = len(session.told) if session else 0
        address = request.client.host if request.client else ""
        asked = [(limits.ADDRESS, address)]
        if request.url.path.startswith("/sign-in/"):
            asked.append((limits.SIGN_IN, address))
        if session is not None:
            asked.append((limits.SESSION, session.name))
            if request.url.path.endswith(EXPORTS):
                asked.append((limits.EXPORT, session.name))
        if wait := max(self._desk.limits.wait(rate, whose) for rate, whose in asked):
            return wrong(request, 429, {"retry-after": str(wait)})
        if request.method not in READS and not program and not self._from_here(request):
            return wrong(request, 403)
        if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
            return wrong(request, 400)  # no text of a database may hold it
        length = request.headers.get("content-length", "0")
        return wrong(request, 413) if not length.isdigit() or int(length) > self._longest(request) else None

    def _longest(self, request: Request) -> int:
        return LONGEST + self._uploads.get(request.url.path, 0)

    def _from_here(self, request: Request) -> bool:
        """Whether a browser says that one of our own pages sent this; one that says neither has to know the token."""
        ours = self._desk.url or f"{request.url.scheme}://{request.url.netloc}"
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        return site in (None, "same-origin") and origin in (None, ours)

    async def _remember(self, request: Request) -> None:
        """Write down what waits to be told, or was told just now."""
        session = request.state.session
        if session is not None and len(session.told) != request.state.told:
            await run_in_threadpool(self._desk.sessions.keep, session)

    def _told(self, request: Request, status: int, seconds: float) -> None:
        """One line: which page, never its address, and which role, never who or from where."""
        session, route = request.state.session, request.scope.get("route")
        page, role = getattr(route, "name", None), session.user.role.value if session else None
        log.info("answered", page=page, method=request.method, status=status, role=role, ms=round(seconds * 1000))


def _failed(request: Request, fault: Exception) -> None:
    """Where it happened and of which kind: its own words may name somebody."""
    if settings.debugging():
        traceback.print_exception(fault)
    at = traceback.extract_tb(fault.__traceback__)[-1]
    page = getattr(request.scope.get("route"), "name", None)
    log.error("page failed", page=page, why=type(fault).__name__, at=f"{Path(at.filename).name}:{at.lineno}")


def _bounded(receive: Receive, longest: int) -> Receive:
    """The body, as long as it is no longer than *longest* bytes, and comes in bearable time."""
    size, whole = 0, False

    async def bounded() -> Message:
        nonlocal size, whole
        if whole:
            return await receive()
        try:
            async with asyncio.timeout(PATIENCE):
                message = await receive()
        except TimeoutError:
            raise HTTPException(408) from None
        size += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if size > longest:
            raise HTTPException(413)
        return message

    return bounded
