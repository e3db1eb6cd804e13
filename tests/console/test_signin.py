"""Signing in at a real provider, in a thread: the same mock that a made-up hub runs."""

import asyncio
import hmac
import json
import threading
from base64 import urlsafe_b64encode
from time import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.testclient import TestClient

from hub.console import app, signin
from hub.console.oidc import Provider, ProviderError, RefusedError, verified
from hub.demo.provider import CLIENT, SECRET, Person, provider
from hub.edges.home import create
from hub.settings import SignIn

PEOPLE = (
    Person("housing.officer", "Housing officer", "team.HOUS"),
    Person("two.hats", "Both at once", "lead"),
    Person("nobody", "No role", "newsletter"),
    Person("lost", "Of a team that is not there", "team.NHS"),
)
URL = "http://testserver"


@pytest.fixture(scope="module")
def issuer():
    with provider(PEOPLE, 0) as made:
        yield made


@pytest.fixture
def client(desk, issuer, tmp_path):
    create(tmp_path, ["GMP"], ["HOUS"], synthetic=True)
    told = SignIn(issuer, CLIENT, SECRET)
    pages = signin.SignInPages(desk, told, Provider(told, f"{URL}/sign-in/back"), URL, b"k" * 32)
    return TestClient(app.create(desk, pages.routes(), ()), follow_redirects=False)


def at_provider(address, login):
    """Where the provider sends somebody who signs in there as *login*."""
    answer = httpx2.post(address, data={"sub": login})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def signed_in(client, login="housing.officer", then=""):
    return client.get(at_provider(client.get(f"/sign-in/there{then}").headers["location"], login))


def session(client, desk):
    return desk.sessions.find(client.cookies.get("hub"), desk.now())


def test_somebody_signs_in_and_goes_on_to_where_they_were_going(client, desk):
    answer = signed_in(client, then="?next=/alerts/a-1")

    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts/a-1")
    user = session(client, desk).user
    assert (user.role.value, user.of, user.label) == ("TEAM", "HOUS", "Somebody made up")
    assert "housing" not in user.id


def test_the_same_person_has_the_same_id_each_time_and_others_another(client, desk):
    ids = []
    for login in ("housing.officer", "two.hats", "housing.officer"):
        signed_in(client, login)
        ids.append(session(client, desk).user.id)

    assert ids[0] == ids[2] != ids[1]


def test_what_goes_to_the_provider_is_bound_to_this_way_by_state_nonce_and_pkce(client):
    asked = parse_qs(urlsplit(client.get("/sign-in/there").headers["location"]).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert asked["redirect_uri"] == [f"{URL}/sign-in/back"]


@pytest.mark.parametrize(("login", "said"), [("nobody", "no role"), ("lost", "not of this hub")])
def test_who_has_no_place_here_is_told_so_and_not_let_in(client, desk, login, said):
    answer = signed_in(client, login)

    assert (answer.status_code, said in answer.text) == (403, True)
    assert session(client, desk) is None


def test_a_cookie_planted_before_signing_in_is_worth_nothing_after(client, desk):
    client.cookies.set("hub", "planted", domain="testserver.local")
    signed_in(client)

    assert client.cookies["hub"] != "planted"
    assert desk.sessions.find("planted", desk.now()) is None


def test_signing_in_again_ends_the_session_before(client, desk):
    signed_in(client)
    before = client.cookies["hub"]
    signed_in(client)

    assert desk.sessions.find(before, desk.now()) is None


def test_a_way_that_began_in_another_browser_ends_in_none(client, desk):
    location = at_provider(client.get("/sign-in/there").headers["location"], "housing.officer")
    other = TestClient(client.app, follow_redirects=False)

    assert other.get(location).status_code == 403
    other.get("/sign-in/there")
    assert other.get(location).status_code == 403  # a way of its own, but another state
    assert session(other, desk) is None


def test_an_answer_of_the_provider_is_good_once(client):
    location = at_provider(client.get("/sign-in/there").headers["location"], "housing.officer")
    way = dict(client.cookies)
    assert client.get(location).status_code == 303

    again = TestClient(client.app, follow_redirects=False, cookies=way)
    assert again.get(location).status_code == 403


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nset-cookie: x", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(client, path):
    answer = signed_in(client, then=str(httpx2.URL("/").copy_merge_params({"next": path}))[1:])

    assert answer.headers["location"] == "/"


def test_signing_out_counts_everywhere_and_empties_the_browser(client, desk):
    signed_in(client)
    kept = client.cookies["hub"]
    answer = client.post("/sign-out", data={"token": session(client, desk).token})

    assert (answer.status_code, answer.headers["location"]) == (303, "/signed-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert desk.sessions.find(kept, desk.now()) is None
    assert f"{URL}/sign-in" in client.get("/signed-out").text.replace("%3A", ":").replace("%2F", "/")


def test_signing_in_and_out_are_on_record_as_somebody_and_from_nowhere(client, desk, sent):
    signed_in(client)
    one = session(client, desk)
    client.post("/sign-out", data={"token": one.token})

    told = [desk.wire.decode(out.value)[2] for out in sent]
    assert [(read["page"], read["user"], read["team"]) for read in told] == [
        ("sign_in", one.user.id, "HOUS"),
        ("sign_out", one.user.id, "HOUS"),
    ]
    assert not any(word in str(told) for word in ("testclient", "housing.officer", "Somebody"))


def test_nobody_is_signed_out_by_another_page(client, desk):
    signed_in(client)

    assert client.post("/sign-out", data={}).status_code == 403
    assert session(client, desk) is not None


def test_a_provider_out_of_reach_is_said_in_plain_words(client, desk):
    told = SignIn("http://127.0.0.1:9", CLIENT, SECRET)
    with pytest.raises(ProviderError, match="; hint: "):
        Provider(told, URL).there(signin.Flow())


KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
TOLD = SignIn("https://login.example", "hub", "secret")


def token(header=None, key=KEY, **other):
    now = int(time())
    claims = {"iss": TOLD.issuer, "aud": "hub", "sub": "1", "iat": now, "exp": now + 300, "nonce": "once"} | other
    return jwt.encode(header or {"alg": "RS256", "kid": "one"}, claims, key, algorithms=["RS256", "HS256", "none"])


def confused():
    """HMAC under the public key, as a verifier would check it that lets a token choose its algorithm."""
    header, claims = b64(b'{"alg":"HS256","kid":"one"}'), token().split(".")[1]
    body = f"{header}.{claims}"
    return f"{body}.{b64(hmac.digest(KEY.as_pem(private=False), body.encode(), 'sha256'))}"


def b64(part):
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def test_a_token_that_is_ours_is_taken():
    assert verified(token(), KeySet([KEY]), TOLD, "once")["sub"] == "1"


HOSTILE = {
    "without a signature": lambda: token({"alg": "none"}),
    "signed with the public key as if it were a shared secret": confused,
    "signed by somebody else": lambda: token(key=OTHER),
    "of another issuer": lambda: token(iss="https://evil.example"),
    "for another client": lambda: token(aud="other"),
    "for several, asked for by another": lambda: token(aud=["hub", "other"], azp="other"),
    "for several, asked for by nobody": lambda: token(aud=["hub", "other"]),
    "of another way": lambda: token(nonce="replayed"),
    "without a nonce": lambda: token(nonce=None),
    "of last year": lambda: token(exp=int(time()) - 3600),
    "without an end": lambda: token(exp=None),
    "no token at all": lambda: "a.b.c",
    "altered": lambda: token()[:-8] + "AAAAAAAA",
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE)
def test_a_token_is_refused(made):
    with pytest.raises(RefusedError):
        verified(made(), KeySet([KEY]), TOLD, "once")


def test_a_refusal_names_nothing_of_the_token():
    with pytest.raises(RefusedError) as refused:
        verified(token(iss="https://evil.example/secret"), KeySet([KEY]), TOLD, "once")

    assert "evil" not in json.dumps(str(refused.value))


@pytest.mark.parametrize("path", ["/sign-in/there", "/api/v1/alerts"])
def test_a_provider_that_does_not_answer_holds_up_nobody_who_is_in(desk, tmp_path, path):
    create(tmp_path, ["GMP"], ["HOUS"], synthetic=True)
    answers = threading.Event()

    class Silent:
        def there(self, _):
            answers.wait(30)
            raise ProviderError("silent")

    told = SignIn("https://login.example", CLIENT, SECRET)
    pages = signin.SignInPages(desk, told, Silent(), URL, b"k" * 32)
    made, program = app.create(desk, pages.routes(), (), Silent().there), {"authorization": "Bearer x"}

    async def crowd():
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=made), base_url=URL) as client:
            waiting = [asyncio.create_task(client.get(path, headers=program)) for _ in range(60)]
            await asyncio.sleep(0.5)
            try:
                return (await asyncio.wait_for(client.get("/sign-in"), 10)).status_code
            finally:
                answers.set()
                await asyncio.gather(*waiting)

    assert asyncio.run(crowd()) == 200
