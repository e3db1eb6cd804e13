"""
What every page and every operation of the API costs at the server: asked in process, signed in, over a made-up year.

Where a page has open parts, they are filled with what the projection holds; what is slow to look for (facets, searches,
late pages) is asked for beside the plain page.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from starlette.routing import Route
from starlette.testclient import TestClient

from hub import topics
from hub.bench.crowd import END
from hub.console.api.operation import ROOT
from hub.console.api.routes import OPERATIONS
from hub.console.app import PAGES, create
from hub.console.desk import Desk
from hub.console.limits import Limits
from hub.console.page import Page
from hub.console.security import cookie
from hub.console.serve import appending
from hub.console.who import Role, User
from hub.edges.collector import spare
from hub.edges.home import Home
from hub.place import Place
from hub.projection import ask, inbox, sources
from hub.projection.database import Database
from hub.wiring import schemas

TEAM = "PROB"
# What two people asked for, and a checkpoint: a made-up year has none. And the way out, which ends the session.
LEFT_OUT = {"subject_pack", "subject_report", "asked_again", "audit_checkpoint", "left"}
MORE = {
    "decision_list": {
        "with facets": "?team=PROB&team=YJS&outcome=withheld&reason=NO_CONSENT",
        "of a month": "?from=2026-06-01&to=2026-06-30",
        "search for a code": "?search=DSA-00",
        "search for an id": "?search={decision}",
        "a late page": "?after=1780000000000000.0.0.0",
    },
    "alerts": {"all, urgent": "?view=all&urgency=URGENT", "corrections": "?view=corrections"},
    "api_decisions": {"a facet": "&team=PROB&outcome=withheld", "search for a code": "&search=DSA-00"},
    "api_decision_counts": {"with facets": "?team=PROB&outcome=withheld"},
    "api_alerts": {"all, urgent": "?view=all&urgency=URGENT&limit=200"},
}
FIRST = {"api_decisions": "?because=AUDIT&limit=200"}
ANSWER = {"answer": "accepted", "role": "DUTY_OFFICER"}
Parts = Mapping[str, str]


def pages(home: Home, database: Database, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Milliseconds of each: median and 99th percentile of *rounds*, and of its CPU, the median."""
    place, leap = Place(home.path), count(0, 60)
    spare()
    with appending(place, home) as append:
        limits = Limits(lambda: float(next(leap)))  # a minute goes by between any two questions
        desk = Desk(place, schemas(), database.engine, append, False, lambda: END, limits=limits)
        parts, made = _parts(database), dict[str, tuple[float, float, float]]()
        for role in Role:
            user = User("u-1", role, {Role.TEAM: TEAM, Role.PARTNER: parts["agency"]}.get(role), "somebody made up")
            client = _client(desk, user)
            for name, path in _asked(role):
                address = path.format(**parts)
                _timed(client, name, address)  # templates are read once, by whoever comes first
                took, worked = zip(*(_timed(client, name, address) for _ in range(rounds)), strict=True)
                made[f"{role.value.lower()}: {name}"] = (
                    statistics.median(took),
                    statistics.quantiles(took, n=100, method="inclusive")[98],
                    statistics.median(worked),
                )
    return made


def _client(desk: Desk, user: User) -> TestClient:
    ways = [Route(path, _nowhere, name=name) for path, name in (("/sign-in", "sign_in"), ("/sign-out", "sign_out"))]
    client = TestClient(create(desk, ways, PAGES, lambda token: user), follow_redirects=False)
    client.cookies.set(cookie(desk), desk.sessions.begin(user, desk.now()))
    client.headers["authorization"] = "Bearer made-up"
    return client


async def _nowhere(_: Any) -> Any:
    raise AssertionError("a page that asks to sign in")


def _timed(client: TestClient, name: str, address: str) -> tuple[float, float]:
    begun, idle = time.perf_counter(), time.process_time()
    answer = client.post(address, json=ANSWER) if name == "api_alert_answer" else client.get(address)
    took, worked = time.perf_counter() - begun, time.process_time() - idle
    if answer.status_code not in (200, 303):
        raise AssertionError(f"{name}: answered {answer.status_code}")
    return took * 1000, worked * 1000


def _asked(role: Role) -> Iterator[tuple[str, str]]:
    """The name and the address of all that a role may ask for."""
    found = [(one.name, _open(one)) for one in PAGES if role in one.roles and "GET" in one.methods]
    found += [(f"api_{one.name}", f"{ROOT}{_filled(one.path, one.name)}") for one in OPERATIONS if role in one.roles]
    for name, path in found:
        if name not in LEFT_OUT:
            yield name, path + FIRST.get(name, "")
            yield from (
                (f"{name}, {what}", path + FIRST.get(name, "") + query) for what, query in MORE.get(name, {}).items()
            )


def _open(page: Page) -> str:
    return _filled(page.path, page.name)


def _filled(path: str, name: str) -> str:
    """A path whose open parts are named by what goes there."""
    id = "alert" if name.startswith("alert") else "agreement" if name == "agreement" else "decision"
    return path.replace("{id}", f"{{{id}}}")


def _parts(database: Database) -> Parts:
    with database.reading() as connection:
        aside = next(one for one in sources.quarantined(connection, limit=1000) if one.owner != "HUB")
        row = ask.decisions(connection, ask.Filters(outcome=("delivered",), source=(aside.owner,)), limit=1).rows[0]
        item = inbox.alerts(connection, TEAM, limit=1).items[0]
    return {
        "decision": row.decision,
        "alert": str(item.told["id"]),
        "agreement": str(row.told.agreement),
        "team": row.told.team,
        "agency": aside.owner,
        "kind": row.subject,
        "form": "json",
        "owner": topics.slug(aside.owner),
        "partition": str(aside.partition),
        "offset": str(aside.offset),
    }
