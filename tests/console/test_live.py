import asyncio

import pytest
from consoles import nowhere
from sqlalchemy import insert
from starlette.routing import Route
from starlette.testclient import TestClient

from hub.console import live
from hub.console.app import create
from hub.console.live import Live
from hub.console.security import cookie
from hub.console.who import Role, User
from hub.projection import tables

WAYS = [Route("/sign-in", nowhere, name="sign_in"), Route("/sign-out", nowhere, name="sign_out")]


@pytest.fixture
def at(desk):
    tables.meta.create_all(desk.database)
    told(desk, "HOUS", 0)
    return desk


def told(desk, team, offset):
    row = dict.fromkeys(("id", "person", "kind", "stage", "told"), "secret") | {"about": None, "raised": 0}
    with desk.database.begin() as sql:
        sql.execute(insert(tables.notices).values(team=team, partition=0, offset=offset, **row))


def visit(desk, role, of=None):
    name = desk.sessions.begin(User("u1", Role(role), of, "somebody"), desk.now())
    return name, desk.sessions.find(name, desk.now())


def heard(desk, count, meanwhile=lambda: None):
    """The first *count* pieces of a stream for somebody of housing."""
    _, session = visit(desk, "TEAM", "HOUS")
    news = Live(desk, lambda: False)

    async def listen():
        pieces = []
        async for piece in news._news(session, "HOUS"):
            pieces.append(piece)
            if len(pieces) == count - 1:
                meanwhile()
            if len(pieces) == count:
                break
        return pieces

    return asyncio.run(listen())


def test_a_stream_is_a_number_and_says_it_again_only_when_it_is_another(at, monkeypatch):
    monkeypatch.setattr(live, "LOOK", 0.01)
    pieces = heard(at, 3, lambda: told(at, "HOUS", 1))

    assert pieces == ["retry: 5000\n\n", "data: 1\n\n", "data: 2\n\n"]


def test_what_another_team_is_told_is_no_news(at, monkeypatch):
    monkeypatch.setattr(live, "LOOK", 0.01)
    monkeypatch.setattr(live, "BEAT", 0.05)
    pieces = heard(at, 3, lambda: told(at, "PROB", 1))

    assert pieces[2] == ": here\n\n"


def test_a_stream_ends_with_its_session(at, monkeypatch):
    monkeypatch.setattr(live, "LOOK", 0.01)
    monkeypatch.setattr(live, "BEAT", 0.02)
    _, session = visit(at, "TEAM", "HOUS")
    at.sessions.end(session)

    async def listen():
        return [piece async for piece in Live(at, lambda: False)._news(session, "HOUS")]

    assert asyncio.run(listen())[-1].startswith("event: over")


@pytest.mark.parametrize("role", ["LEAD", "OPERATOR", None])
def test_nobody_but_a_team_has_news(at, role):
    client = TestClient(create(at, [*WAYS, Live(at, lambda: True).route()], ()))
    if role:
        client.cookies.set(cookie(at), visit(at, role)[0])

    assert client.get("/live").status_code == 404


def test_a_session_has_a_few_streams_and_no_more(at):
    name, session = visit(at, "TEAM", "HOUS")
    news = Live(at, lambda: True)
    news.open[session.name] = live.EACH
    client = TestClient(create(at, [*WAYS, news.route()], ()))
    client.cookies.set(cookie(at), name)

    answer = client.get("/live")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
