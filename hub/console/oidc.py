"""
The provider people sign in with, by OpenID Connect: authorization code, PKCE, state and nonce.

Nothing of it is kept: neither the id token, once it is checked, nor the access token, which is never used.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

import httpx2
from anyio import CapacityLimiter, to_thread
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from hub.settings import SignIn, local

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")  # signatures by the provider alone: never `none`, never HMAC
SCOPE = "openid profile"
PATIENCE = 10.0  # seconds for an answer of the provider
KEPT = 3600.0  # seconds until it is asked anew where its pages are
APART = 60.0  # seconds between two looks for keys that are not known
LONGEST = 12 * 3600  # seconds that a program's token may be good for, as a session: a role taken away is gone by then
LEEWAY = 60  # seconds by which its clock may differ from ours

T = TypeVar("T")
_asking = CapacityLimiter(8)  # threads that may wait for the provider at once


class ProviderError(Exception):
    """The provider cannot be reached, or is not what it says; the text says the cure."""


class RefusedError(Exception):
    """Somebody who is not let in; the text is a code for the log, and never what was in a token."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One way there and back: what must come back as it went."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


class Provider:
    """The provider of *told*, which sends people *back* to us."""

    def __init__(self, told: SignIn, back: str) -> None:
        self._told, self._back, self._lock = told, back, Lock()
        self._about: Mapping[str, Any] = {}
        self._keys = KeySet([])
        self._asked = self._fetched = float("-inf")

    def there(self, flow: Flow) -> str:
        """The address at which somebody signs in."""
        with self._client() as client:
            url, _ = client.create_authorization_url(
                self._known("authorization_endpoint"), flow.state, flow.verifier, nonce=flow.nonce
            )
        return str(url)

    def back(self, code: str, flow: Flow) -> Mapping[str, Any]:
        """Who it is that came back with *code*: the claims of the id token, every one of them checked."""
        try:
            with self._client() as client:
                told = client.fetch_token(self._known("token_endpoint"), code=code, code_verifier=flow.verifier)
        except OAuthError as refused:
            raise RefusedError("code refused") from refused
        except (httpx2.HTTPError, ValueError) as bad:
            raise self._silent() from bad
        token = told.get("id_token")
        if not isinstance(token, str):
            raise RefusedError("no id token")
        return verified(token, self._keys_for(token), self._told, flow.nonce)

    def program(self, token: str) -> Mapping[str, Any]:
        """Which program it is that comes with an access *token*: its claims, every one of them checked."""
        return allowed(token, self._keys_for(token), self._told)

    def over(self, to: str) -> str | None:
        """The address at which somebody signs out there too, and comes back *to* us; None if there is none."""
        there = self._known("end_session_endpoint", "")
        about = {"client_id": self._told.client, "post_logout_redirect_uri": to}
        return str(httpx2.URL(there).copy_merge_params(about)) if there else None

    def _client(self) -> Any:
        """Posts the secret rather than to put it into a header only where the provider takes nothing else."""
        posts = "client_secret_basic" not in self._known(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        )
        return OAuth2Client(
            self._told.client,
            self._told.secret,
            token_endpoint_auth_method="client_secret_post" if posts else "client_secret_basic",
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
            timeout=PATIENCE,
        )

    def _known(self, name: str, usual: Any = None) -> Any:
        """What the provider publishes about itself."""
        with self._lock:
            if time.monotonic() - self._asked > KEPT:
                about = self._get(f"{self._told.issuer.rstrip('/')}/.well-known/openid-configuration")
                if about.get("issuer") != self._told.issuer:
                    hint = "write HUB_OIDC_ISSUER as it does, `/` at the end included"
                    raise ProviderError(f"{self._told.issuer}: calls itself otherwise; hint: {hint}")
                self._about, self._asked = about, time.monotonic()
        found = self._about.get(name, usual)
        if found is None or (isinstance(found, str) and found and not (found.startswith("https://") or local(found))):
            raise ProviderError(
                f"{self._told.issuer}: tells of no usable {name}; hint: is it an OpenID Connect issuer?"
            )
        return found

    def _keys_for(self, token: str) -> KeySet:
        """The provider's keys, fetched anew when the token names one that is not known yet."""
        url = self._known("jwks_uri")
        with self._lock:
            known = {key.kid for key in self._keys.keys}
            if _kid(token) not in known and time.monotonic() - self._fetched > (APART if known else 0):
                try:
                    self._keys = KeySet.import_key_set({"keys": self._get(url)["keys"]})
                except (JoseError, KeyError, ValueError, TypeError) as bad:
                    raise ProviderError(f"{url}: no usable keys; hint: is it an OpenID Connect issuer?") from bad
                self._fetched = time.monotonic()
            return self._keys

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = httpx2.get(url, timeout=PATIENCE).raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as bad:
            raise self._silent() from bad
        if not isinstance(answer, dict):
            raise self._silent()
        return answer

    def _silent(self) -> ProviderError:
        return ProviderError(f"{self._told.issuer}: no answer to use; hint: is it in reach, and HUB_OIDC_ISSUER right?")


async def asked_there(provider: Callable[..., T], *told: object) -> T:
    """What *provider* says, in a thread of its few: however long it takes, it holds up nobody who is in."""
    return await to_thread.run_sync(provider, *told, limiter=_asking)


def verified(token: str, keys: KeySet, told: SignIn, nonce: str, now: int | None = None) -> dict[str, Any]:
    """The claims of an id token made by the provider, for us, for this way there and back; else RefusedError."""
    claims = _claims(token, keys, told, told.client, now, nonce={"essential": True, "value": nonce})
    others = [one for one in claims["aud"] if one != told.client] if isinstance(claims["aud"], list) else []
    if claims.get("azp", None if others else told.client) != told.client:
        raise RefusedError("token refused: of another client")
    return claims


def allowed(token: str, keys: KeySet, told: SignIn, now: int | None = None) -> dict[str, Any]:
    """The claims of an access token made by the provider, for our API and for no longer than a day's work; as above."""
    if not told.audience:
        raise RefusedError("token refused: no audience")
    claims = _claims(token, keys, told, told.audience, now)
    if claims["exp"] - claims["iat"] > LONGEST:
        raise RefusedError("token refused: good for too long")
    return claims


def _claims(
    token: str, keys: KeySet, told: SignIn, audience: str, now: int | None, **more: jwt.ClaimsOption
) -> dict[str, Any]:
    """What a token says that the provider made for *audience*, and that is not over."""
    must: jwt.ClaimsOption = {"essential": True}
    whose: dict[str, jwt.ClaimsOption] = {"iss": {**must, "value": told.issuer}, "aud": {**must, "value": audience}}
    asked = jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY, **whose, sub=must, exp=must, iat=must, **more)
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        asked.validate(claims)
    except (JoseError, ValueError, TypeError) as bad:
        raise RefusedError(f"token refused: {type(bad).__name__}") from bad
    return claims


def _kid(token: str) -> str | None:
    try:
        kid = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError):
        return None
    return kid if isinstance(kid, str) else None
