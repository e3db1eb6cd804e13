"""
Signing in and out.

On the way to the provider and back, what must come back as it went is in a cookie that only we can read: nothing waits
at the server, so nobody can fill it, and a way that began in one browser ends in no other.
"""

import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.console import claims
from hub.console.desk import Desk
from hub.console.oidc import Flow, Provider, ProviderError, RefusedError, asked_there
from hub.console.page import SEES_OTHER, checked
from hub.console.reads import reading
from hub.console.render import rendered
from hub.console.security import cookie
from hub.console.who import User
from hub.settings import SignIn

WAY = 600  # seconds to sign in at the provider
OURS = re.compile(r"/(?![/\\])[A-Za-z0-9._~/=&?%+,:@-]{0,500}")
SAID = {
    "no role": "Your account has no role at this hub. Whoever runs it can give you one.",
    "more than one role": "Your account has more than one role at this hub. Ask whoever runs it for one of them.",
    "no such team": "Your account names a team that is not of this hub. Tell whoever runs it.",
    "no such agency": "Your account names an agency that is not of this hub. Tell whoever runs it.",
}
OLD = "It took too long, or began in another window. Please sign in again."
log = structlog.get_logger()


class SignInPages:
    """The pages for signing in at *provider*; *key* is the console's secret."""

    def __init__(self, desk: Desk, told: SignIn, provider: Provider, url: str, key: bytes) -> None:
        self._desk, self._told, self._provider, self._url, self._key = desk, told, provider, url, key
        self._sealed = Fernet(urlsafe_b64encode(hmac.new(key, b"sign-in", sha256).digest()))
        self._cookie = f"{cookie(desk)}-way"
        self._members = (frozenset(desk.place.teams()), frozenset(desk.place.agencies()))

    def routes(self) -> list[Route]:
        """Where they are."""
        made: list[tuple[str, Callable[[Request], Any], str, str]] = [
            ("/sign-in", self.page, "sign_in", "GET"),
            ("/sign-in/there", self.there, "sign_in_there", "GET"),
            ("/sign-in/back", self.back, "sign_in_back", "GET"),
            ("/sign-out", self.out, "sign_out", "POST"),
            ("/signed-out", self.left, "signed_out", "GET"),
        ]
        return [Route(path, view, name=name, methods=[method]) for path, view, name, method in made]

    async def page(self, request: Request) -> Response:
        """What this is, and the way in; who is in already goes on."""
        if request.state.session is not None:
            return RedirectResponse("/", SEES_OTHER)
        return rendered(request, None, "sign-in.html", 200, {"next": ours(request.query_params.get("next"))})

    async def there(self, request: Request) -> Response:
        """To the provider."""
        flow = Flow()
        try:
            to = await asked_there(self._provider.there, flow)
        except ProviderError as silent:
            return self._no(request, 503, str(silent))
        held = {"flow": asdict(flow), "next": ours(request.query_params.get("next"))}
        answer = RedirectResponse(to, SEES_OTHER)
        sealed = self._sealed.encrypt(json.dumps(held).encode()).decode()
        self._give(answer, self._cookie, sealed, WAY)
        return answer

    async def back(self, request: Request) -> Response:
        """Back from it: a new session for who may have one, whatever cookie they came with."""
        try:
            held = json.loads(self._sealed.decrypt(request.cookies.get(self._cookie, ""), ttl=WAY))
            flow, asked = Flow(**held["flow"]), request.query_params
            if not hmac.compare_digest(asked.get("state", "").encode(), flow.state.encode()):
                raise RefusedError("another state")
            if "code" not in asked:
                raise RefusedError("no code")
            found = await asked_there(self._provider.back, asked["code"], flow)
            user = claims.user(found, self._told, self._key, *self._members)
        except InvalidToken:
            return self._no(request, 403, "no way begun here")
        except RefusedError as refused:
            return self._no(request, 403, str(refused))
        except ProviderError as silent:
            return self._no(request, 503, str(silent))
        name = await run_in_threadpool(self._begin, request, user)
        answer = RedirectResponse(ours(held["next"]), SEES_OTHER)
        self._give(answer, cookie(self._desk), name, None)
        answer.delete_cookie(self._cookie, secure=self._desk.secure, httponly=True, samesite="lax")
        return answer

    def _begin(self, request: Request, user: User) -> str:
        before, now = request.state.session, self._desk.now()
        if before is not None:
            self._desk.sessions.end(before)
        self._desk.append([reading(self._desk.wire, now, user, "sign_in")])
        log.info("signed in", role=user.role.value, of=user.of, user=user.id)
        return self._desk.sessions.begin(user, now)

    async def out(self, request: Request) -> Response:
        """Out, here and at the provider; the browser forgets what it has of us."""
        session = request.state.session
        if session is not None:
            await checked(request, session)
            await run_in_threadpool(self._desk.sessions.end, session)
            told = reading(self._desk.wire, self._desk.now(), session.user, "sign_out")
            await run_in_threadpool(self._desk.append, [told])
            log.info("signed out", role=session.user.role.value, of=session.user.of, user=session.user.id)
        answer = RedirectResponse(str(request.app.url_path_for("signed_out")), SEES_OTHER)
        answer.headers["clear-site-data"] = (
            '"cache", "storage"'  # never `cookies`: it takes those of every other host of the domain
        )
        answer.delete_cookie(cookie(self._desk), secure=self._desk.secure, httponly=True, samesite="lax")
        return answer

    async def left(self, request: Request) -> Response:
        """That one is out here, and how to be out at the provider as well."""
        if request.state.session is not None:
            return RedirectResponse("/", SEES_OTHER)
        try:
            there = await asked_there(self._provider.over, f"{self._url}/sign-in")
        except ProviderError:
            there = None
        return rendered(request, None, "signed-out.html", 200, {"there": there})

    def _no(self, request: Request, status: int, why: str) -> Response:
        log.warning("not signed in", why=why)
        said = SAID.get(why, OLD if status == 403 else "The place to sign in does not answer. Try again in a minute.")
        answer = rendered(request, None, "not-signed-in.html", status, {"said": said})
        answer.delete_cookie(self._cookie, secure=self._desk.secure, httponly=True, samesite="lax")
        return answer

    def _give(self, answer: Response, name: str, value: str, seconds: int | None) -> None:
        answer.set_cookie(name, value, seconds, secure=self._desk.secure, httponly=True, samesite="lax")


def ours(path: str | None) -> str:
    """
    A path of this console, to go on to after signing in; `/` for whatever might lead elsewhere.

    >>> ours("/decisions?page=2"), ours("//evil.example"), ours("https://evil.example"), ours("/\\\\evil.example")
    ('/decisions?page=2', '/', '/', '/')
    """
    return path if path and OURS.fullmatch(path) else "/"
