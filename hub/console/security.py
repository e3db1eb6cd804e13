"""What every answer carries and every request goes through: the session, the headers, what may be cached."""

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.console.desk import Desk

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HTTPS = {"strict-transport-security": "max-age=31536000"}


def cookie(desk: Desk) -> str:
    """The name of the session's cookie; with `__Host-` a browser takes it only from this host, over https."""
    return "__Host-hub" if desk.secure else "hub"


class Guard:
    """Finds the session of each request, and puts the headers on each answer."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"cookie", b"").decode("latin-1")
        name = cookie_parser(sent).get(cookie(self._desk))
        scope.setdefault("state", {})["session"] = self._desk.sessions.find(name, self._desk.now())
        static = scope["path"].startswith("/static/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for header, value in (HEADERS | (HTTPS if self._desk.secure else {})).items():
                    headers[header] = value
                headers["cache-control"] = "public, max-age=3600" if static else "no-store"
            await send(message)

        await self._app(scope, receive, guarded)
