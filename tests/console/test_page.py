from starlette.responses import PlainTextResponse

from hub.console.page import page
from hub.console.who import Role


@page("/wall", Role.LEAD, methods=("GET", "POST"), nav="Wall")
def wall(ask):
    if ask.request.method == "POST":
        return ask.redirect("wall", "Written.")
    return ask.render("wrong.html", title="A <wall>", status=200)


@page("/plain", Role.TEAM)
def plain(ask):
    return PlainTextResponse(ask.user.of or "")


PAGES = (wall, plain)


def token(desk, client):
    return desk.sessions.find(client.cookies["hub"], desk.now()).token


def test_nobody_sees_a_page_before_they_signed_in(console):
    answer = console(PAGES).get("/wall")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/wall")


def test_a_page_of_another_role_is_not_there(console):
    answer = console(PAGES, "TEAM", "HOUS").get("/wall")

    assert (answer.status_code, "not yours to see" in answer.text) == (404, True)


def test_what_is_shown_is_escaped(console):
    assert "A &lt;wall&gt;" in console(PAGES, "LEAD").get("/wall").text


def test_a_form_without_the_token_of_its_session_changes_nothing(console):
    client = console(PAGES, "LEAD")

    assert client.post("/wall", data={"token": "planted"}).status_code == 403
    assert client.post("/wall").status_code == 403


def test_what_was_done_is_told_once(console, desk):
    client = console(PAGES, "LEAD")
    answer = client.post("/wall", data={"token": token(desk, client)})

    assert answer.status_code == 303
    assert ["Written." in client.get("/wall").text for _ in range(2)] == [True, False]


def test_no_page_is_kept_or_framed_and_no_script_of_its_own_runs(console):
    headers = console(PAGES, "LEAD").get("/wall").headers

    assert headers["cache-control"] == "no-store"
    assert "script-src 'self';" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_a_form_too_large_is_refused_unread(console):
    assert console(PAGES, "LEAD").post("/wall", data={"token": "x" * 70_000}).status_code == 413


def test_a_page_over_a_projection_that_lags_behind_says_so(desk, console):
    assert "may be out of date" not in console(PAGES, "LEAD").get("/wall").text
    object.__setattr__(desk, "stale", lambda: True)

    assert "may be out of date" in console(PAGES, "LEAD").get("/wall").text
