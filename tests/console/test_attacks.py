"""What somebody hostile would try, each tried and refused. Sign-in has its own in test_signin.py."""

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from hub.console import limits, security
from hub.console.page import page
from hub.console.sessions import ROWS
from hub.console.who import Role

EVIL = "https://evil.example"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@page("/door", Role.LEAD, methods=("GET", "POST"))
def door(ask):
    if ask.request.method == "POST":
        return ask.redirect("door", "Opened.")
    return PlainTextResponse(f"{len(ask.session.told)} told")


@page("/list.csv", Role.LEAD)
def export(ask):
    return PlainTextResponse("id\n")


@page("/broken", Role.LEAD)
def broken(ask):
    raise RuntimeError("Ada Made-Up, 1 Lane")


PAGES = (door, export, broken)


@pytest.fixture
def client(console):
    return console(PAGES, "LEAD")


def token(desk, client):
    return desk.sessions.find(client.cookies["hub"], desk.now()).token


@pytest.mark.parametrize(
    "said",
    [
        {"origin": EVIL},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": EVIL, "sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
def test_a_form_that_another_page_sends_is_refused_even_with_the_right_token(client, desk, said):
    answer = client.post("/door", data={"token": token(desk, client)}, headers=said)

    assert answer.status_code == 403
    assert client.get("/door").text == "0 told"


def test_a_form_of_our_own_is_taken(client, desk):
    said = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}

    assert client.post("/door", data={"token": token(desk, client)}, headers=said).status_code == 303


def test_the_token_of_one_session_is_worth_nothing_in_another(console, desk):
    one, other = console(PAGES, "LEAD"), console(PAGES, "LEAD")

    assert other.post("/door", data={"token": token(desk, one)}).status_code == 403


@pytest.mark.parametrize("way", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_a_form_in_other_clothes_changes_nothing(client, desk, way):
    body = f'{{"token": "{token(desk, client)}"}}'

    assert client.post("/door", content=body, headers={"content-type": way}).status_code in {400, 403}


def test_a_get_changes_nothing(client, desk):
    client.get("/door", params={"token": token(desk, client)})

    assert client.get("/door").text == "0 told"


def test_a_large_body_is_refused_whatever_it_says_of_its_length(client):
    def endless():
        for _ in range(100):
            yield b"x" * 1024

    assert client.post("/door", content=b"x" * 70_000).status_code == 413
    assert client.post("/door", content=endless(), headers=FORM).status_code == 413
    assert client.post("/door", content=b"x", headers={"content-length": "-1"}).status_code == 413


def test_a_form_of_very_many_fields_is_refused(client):
    assert client.post("/door", data={f"f{number}": "" for number in range(200)}).status_code in {400, 413}


def test_a_body_that_does_not_come_on_is_given_up(monkeypatch):
    monkeypatch.setattr(security, "PATIENCE", 0.01)

    async def never():
        await asyncio.sleep(60)

    with pytest.raises(HTTPException) as given_up:
        asyncio.run(security._bounded(never, 10)())
    assert given_up.value.status_code == 408


@pytest.fixture
def at_home(desk, console):
    """A console that knows its address."""
    object.__setattr__(desk, "url", "https://hub.example")
    return console(PAGES, "LEAD")


def test_another_host_name_is_not_ours_and_is_not_repeated(at_home):
    answer = at_home.get("/door", headers={"host": "evil.example"})

    assert (answer.status_code, "evil.example" in answer.text) == (421, False)
    assert at_home.get("/door", headers={"host": "hub.example"}).status_code == 200


@pytest.mark.parametrize("said", ["x-forwarded-host", "x-forwarded-for", "forwarded", "x-original-url"])
def test_what_a_proxy_would_say_is_not_believed_of_anybody(at_home, said):
    answer = at_home.get("/nowhere", headers={"host": "hub.example", said: "evil.example"})

    assert (answer.status_code, "evil.example" in answer.text + str(answer.headers)) == (404, False)


def test_a_character_that_no_database_takes_is_refused_before_any_is_asked(client, desk):
    assert client.get("/door?search=%00").status_code == 400
    assert client.post("/door", data={"token": token(desk, client), "person": "p1.\0"}).status_code == 400


@pytest.mark.parametrize("host", ["[", "testserver"])
def test_a_fault_before_there_is_a_page_is_told_with_every_header_too(desk, console, logged, host):
    object.__setattr__(desk, "url", "http://localhost:8400")
    client = console(PAGES, "LEAD")
    if host == "testserver":
        object.__setattr__(desk, "url", "")
        ROWS.drop(desk.database)

    answer = client.get("/door", headers={"host": host})

    assert answer.status_code == 500
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert [one["event"] for one in logged] == ["page failed", "answered"]


@pytest.mark.parametrize("path", ["door%0d%0aset-cookie:%20hub=planted", "/evil.example", "%5cevil.example", "..%2f"])
def test_an_address_ends_up_in_no_header(client, path):
    answer = client.get(f"http://testserver/{path}")

    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
    assert "evil" not in answer.headers.get("location", "")


def test_the_log_has_routes_and_no_addresses_cookies_or_forged_lines(client, logged):
    client.get(
        "/door/p-1?person=Ada%0aevent=forged", headers={"user-agent": "x\nevent=forged", "x-forwarded-for": "1.2.3.4"}
    )
    client.get("/door?person=Ada")

    assert [(one["event"], one["page"], one["status"]) for one in logged] == [
        ("answered", None, 404),
        ("answered", "door", 200),
    ]
    assert not any(
        secret in str(logged) for secret in ("Ada", "forged", "1.2.3.4", client.cookies["hub"], "testclient")
    )


def test_a_fault_tells_nothing_of_itself_to_its_reader_nor_to_the_log(client, logged):
    answer = client.get("/broken")

    assert (answer.status_code, "Ada" in answer.text, "Traceback" in answer.text) == (500, False, False)
    assert answer.headers["cache-control"] == "no-store"
    assert [one["why"] for one in logged if one["event"] == "page failed"] == ["RuntimeError"]
    assert "Ada" not in str(logged)


def test_whoever_asks_without_end_has_to_wait(client, monkeypatch):
    monkeypatch.setattr(limits, "SESSION", limits.Rate(3))
    answers = [client.get("/door") for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_whoever_takes_export_after_export_has_to_wait_and_may_still_read(client, monkeypatch):
    monkeypatch.setattr(limits, "EXPORT", limits.Rate(2))

    assert [client.get("/list.csv").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/door").status_code == 200


def test_whoever_tries_to_sign_in_without_end_has_to_wait(console, monkeypatch):
    monkeypatch.setattr(limits, "SIGN_IN", limits.Rate(2))
    client = console(PAGES)

    assert [client.get("/sign-in/back").status_code for _ in range(3)] == [404, 404, 429]


def test_limits_hold_no_more_than_they_can_bear():
    held = limits.Limits(lambda: 0.0)
    for number in range(limits.MOST + 10):
        held.wait(limits.ADDRESS, str(number))

    assert len(held._left) == limits.MOST


def test_a_page_of_somebody_signed_out_is_gone(client, desk):
    assert client.get("/door").headers["cache-control"] == "no-store"
    desk.sessions.end(desk.sessions.find(client.cookies["hub"], desk.now()))

    assert client.get("/door").headers["location"] == "/sign-in?next=/door"


def test_a_session_ends_unused_after_half_an_hour_and_in_any_case_after_twelve(desk):
    from hub.console.who import User

    clock = desk.now()
    name = desk.sessions.begin(User("u1", Role.LEAD, None, "somebody"), clock)
    minute = 60 * 1_000_000
    assert desk.sessions.find(name, clock + 29 * minute) is not None
    assert desk.sessions.find(name, clock + 58 * minute) is not None
    assert desk.sessions.find(name, clock + 89 * minute) is None

    name, now = desk.sessions.begin(User("u1", Role.LEAD, None, "somebody"), clock), clock
    while now <= clock + 12 * 60 * minute:
        assert desk.sessions.find(name, now) is not None
        now += 20 * minute
    assert desk.sessions.find(name, now) is None


def test_who_reads_the_database_can_go_on_with_nobodys_session(desk, tmp_path):
    from hub.console.who import User

    name = desk.sessions.begin(User("u1", Role.LEAD, None, "somebody"), desk.now())

    assert not any(name.encode() in file.read_bytes() for file in tmp_path.glob("console.db*"))


def test_sessions_of_another_release_are_over_and_stop_nobody(desk):
    from sqlalchemy import text

    from hub.console.sessions import Sessions
    from hub.console.who import User

    with desk.database.begin() as sql:
        sql.execute(text("drop table console_sessions"))
        sql.execute(text("create table console_sessions (name text primary key, label text)"))
    again = Sessions(desk.database)

    assert again.find(again.begin(User("u1", Role.LEAD, None, "somebody"), desk.now()), desk.now()) is not None
