"""Programs' tokens: made by the provider, for the API, and for a while."""

from time import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from hub import settings
from hub.console.api.bearer import Bearer
from hub.console.oidc import Flow, Provider, RefusedError, allowed
from hub.demo.provider import CLIENT, SECRET, Person, provider
from hub.edges.home import create
from hub.settings import SettingsError, SignIn

KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
TOLD = SignIn("https://login.example", "hub", "secret", audience="api://hub")


def token(header=None, key=KEY, **other):
    now = int(time())
    claims = {"iss": TOLD.issuer, "aud": TOLD.audience, "sub": "1", "iat": now, "exp": now + 300} | other
    return jwt.encode(header or {"alg": "RS256", "kid": "one"}, claims, key, algorithms=["RS256", "none"])


def test_a_token_for_the_api_is_taken():
    assert allowed(token(), KeySet([KEY]), TOLD)["sub"] == "1"
    assert allowed(token(aud=["api://hub", "other"]), KeySet([KEY]), TOLD)


HOSTILE = {
    "without a signature": lambda: token({"alg": "none"}),
    "signed by somebody else": lambda: token(key=OTHER),
    "of another issuer": lambda: token(iss="https://evil.example"),
    "that lets somebody sign in": lambda: token(aud="hub", nonce="once"),
    "for another service": lambda: token(aud="api://other"),
    "for nobody": lambda: token(aud=None),
    "of last year": lambda: token(exp=int(time()) - 3600),
    "without an end": lambda: token(exp=None),
    "good for a week": lambda: token(exp=int(time()) + 7 * 86_400),
    "whose end is a word": lambda: token(exp="never"),
    "of nobody": lambda: token(sub=None),
    "that is none": lambda: "a.b.c",
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE)
def test_a_token_is_refused(made):
    with pytest.raises(RefusedError):
        allowed(made(), KeySet([KEY]), TOLD)


def test_without_an_audience_no_program_is_let_in():
    with pytest.raises(RefusedError):
        allowed(token(aud=""), KeySet([KEY]), SignIn("https://login.example", "hub", "secret"))


def test_the_api_is_registered_beside_the_console_and_not_as_the_console(tmp_path):
    (tmp_path / "secret").write_text("s")
    told = {
        "HUB_OIDC_ISSUER": TOLD.issuer,
        "HUB_OIDC_CLIENT_ID": "hub",
        "HUB_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
    }

    assert settings.console(told | {"HUB_API_AUDIENCE": "api://hub"}).sign_in.audience == "api://hub"
    with pytest.raises(SettingsError, match="HUB_API_AUDIENCE"):
        settings.console(told | {"HUB_API_AUDIENCE": "hub"})


def test_a_program_is_who_the_providers_keys_and_claims_say(desk, tmp_path):
    create(tmp_path, ["GMP"], ["HOUS"], synthetic=True)
    with provider([Person("housing.system", "Housing's own system", "team.HOUS")], 0) as issuer:
        told, flow = SignIn(issuer, "console", "s", audience=CLIENT), Flow()
        there = Provider(SignIn(issuer, CLIENT, SECRET), "http://testserver/back").there(flow)
        back = httpx2.post(there, data={"sub": "housing.system"}).headers["location"]
        asked = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": "http://testserver/back",
            "code_verifier": flow.verifier,
        }
        made = httpx2.post(f"{issuer}/oauth2/token", data=asked, auth=(CLIENT, SECRET)).json()["id_token"]
        programs = Bearer(desk, told, Provider(told, ""), b"k" * 32)
        user = programs(made)

        assert (user.role.value, user.of) == ("TEAM", "HOUS")
        assert "housing" not in user.id
        for other in (made[:-8] + "AAAAAAAA", token(), "none"):
            with pytest.raises(RefusedError):
                programs(other)
