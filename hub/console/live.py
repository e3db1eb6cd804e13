"""
Live news for an open inbox: how many alerts its team has been told, whenever that changes, and nothing else.

A page carries the number it was made with; the browser says how many came since. So nothing is missed between the page
and its stream, nor while a stream is broken off.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import Connection, func, select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from hub.console.desk import Desk
from hub.console.sessions import Session
from hub.console.who import Role
from hub.projection import tables

LOOK = 0.5  # seconds between two looks while somebody waits
BEAT = 15.0  # seconds between two signs of life, at each of which the session is looked at
EACH, ALL = 6, 300  # streams of one session, and of one console
RETRY = 5000  # milliseconds until a browser comes back


def known(sql: Connection, team: str) -> int:
    """How many alerts and corrections *team* has been told in all: what a page of its inbox carries."""
    count = select(func.count()).select_from(tables.notices).where(tables.notices.c.team == team)
    return int(sql.execute(count).scalar_one())


@dataclass(slots=True)
class Live:
    """The streams of one console; *over* says that it stops."""

    desk: Desk
    over: Callable[[], bool]
    open: Counter[str] = field(default_factory=Counter)
    looks: dict[str, tuple[float, asyncio.Future[int]]] = field(default_factory=dict)

    def route(self) -> Route:
        """Where they are."""
        return Route("/live", self.stream, name="live")

    async def stream(self, request: Request) -> StreamingResponse:
        """Server-sent events for somebody of a team; nobody else has an inbox."""
        session: Session | None = request.state.session
        if session is None or session.user.role is not Role.TEAM or session.user.of is None:
            raise HTTPException(404)
        if self.open[session.name] >= EACH or self.open.total() >= ALL:
            raise HTTPException(429, headers={"retry-after": "30"})
        headers = {"x-accel-buffering": "no"}  # or a proxy would keep the news to itself
        return StreamingResponse(self._news(session, session.user.of), media_type="text/event-stream", headers=headers)

    async def _news(self, session: Session, team: str) -> AsyncIterator[str]:
        self.open[session.name] += 1
        try:
            yield f"retry: {RETRY}\n\n"
            told, beat = -1, monotonic()
            while not self.over():
                now = await self._told(team)
                if now != told:
                    yield f"data: {now}\n\n"
                    told = now
                if monotonic() - beat >= BEAT:
                    if not await run_in_threadpool(self.desk.sessions.lasts, session, self.desk.now()):
                        yield "event: over\ndata: \n\n"
                        return
                    yield ": here\n\n"
                    beat = monotonic()
                await asyncio.sleep(LOOK)
        finally:
            self.open[session.name] -= 1
            self.open += Counter()  # forget who has none

    async def _told(self, team: str) -> int:
        """The number, looked up once for all who wait for it."""
        at, look = self.looks.get(team, (0.0, None))
        if look is None or monotonic() - at >= LOOK:
            look = asyncio.ensure_future(run_in_threadpool(self._count, team))
            self.looks[team] = monotonic(), look
        return await asyncio.shield(look)

    def _count(self, team: str) -> int:
        with self.desk.database.connect() as sql:
            return known(sql, team)
