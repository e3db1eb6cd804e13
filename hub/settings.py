"""The environment, read once: every variable of a running hub; a local broker's are in `edges/local_broker.py`."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SettingsError(Exception):
    """A variable of the environment that cannot be used; the text says which and the cure."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """
    The mail server that notices go by, and whom they are from; *tls* is `starttls`, `implicit` or `none`.

    *trust* is None where the machine's own authorities will do, and where there is no TLS.
    """

    host: str
    port: int
    sender: str
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What the environment says.

    *log* is the level of the facts on stderr, empty for each command's own. *auth* goes to every Kafka client as it is.
    *state* is where workers on Kafka cache their state, None for the home's own folder.
    *health* is where the worker tells how it is, `HOST:PORT`, empty for nowhere. *url* is where the hub's pages are,
    for links; empty where they have no address. *ledger* is the pace of the ledger's checkpoints, in seconds.
    """

    home: Path = Path(".hub")
    bootstrap: str = "localhost:9092"
    app_id: str = "csp-hub"
    instance_id: str | None = None
    state: Path | None = None
    log: str = ""
    log_format: str = "text"
    health: str = ""
    url: str = ""
    ledger: float = 900.0
    auth: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignIn:
    """
    Where people sign in to the console: an OpenID Connect provider, and who we are to it.

    The claim *roles* says what somebody is here, such as `lead` or `team.hous`; without a code in it, *team* has that.
    *audience* is what the provider calls the API in the tokens it makes for programs; empty, and none is let in.
    """

    issuer: str
    client: str
    secret: str = field(repr=False)
    roles: str = "roles"
    team: str = "team"
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Console:
    """
    How the console is reached: at *listen*, with a *certificate* of its own or behind a *proxy* at those addresses.

    *url* is what people type, empty on this machine alone. *projection* is a PostgreSQL for what it shows, empty for a
    file in the home.
    """

    listen: str = "127.0.0.1:8400"
    url: str = ""
    certificate: str | None = None
    key: str | None = None
    proxy: str = ""
    projection: str = ""
    sign_in: SignIn | None = None


LEVELS = ("debug", "info", "warning", "error", "off")
FORMATS = ("text", "json")


def read(told: Mapping[str, str] = os.environ) -> Settings:
    """
    The settings of an environment.

    >>> read({"HUB_HOME": "/srv/hub"}).home.as_posix()
    '/srv/hub'
    """
    return Settings(
        home=Path(told.get("HUB_HOME") or ".hub"),
        bootstrap=told.get("HUB_BOOTSTRAP") or "localhost:9092",
        app_id=told.get("HUB_APP_ID") or "csp-hub",
        instance_id=told.get("HUB_INSTANCE_ID") or None,
        state=Path(told["HUB_STATE"]) if told.get("HUB_STATE") else None,
        log=_word(told, "HUB_LOG", LEVELS),
        log_format=_word(told, "HUB_LOG_FORMAT", FORMATS) or "text",
        health=told.get("HUB_HEALTH", ""),
        url=_url(told),
        ledger=_seconds(told, "HUB_LEDGER_EVERY", 900.0),
        auth=_auth(told),
    )


def smtp(told: Mapping[str, str] = os.environ) -> Smtp:
    """
    The mail server of an environment, for whoever is about to need one.

    >>> smtp({"HUB_SMTP": "mail.example:587", "HUB_SMTP_FROM": "hub@council.example"}).tls
    'starttls'
    """
    host, _, port = told.get("HUB_SMTP", "").rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and 0 < int(port) < 65_536):
        raise SettingsError("HUB_SMTP: no mail server; hint: write HOST:PORT, such as smtp.council.example:587")
    sender = told.get("HUB_SMTP_FROM", "")
    if not re.fullmatch(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}", sender):
        raise SettingsError("HUB_SMTP_FROM: not an address; hint: write whom notices are from, such as hub@HOST")
    tls = _word(told, "HUB_SMTP_TLS", ("starttls", "implicit", "none")) or "starttls"
    user, secret, authority = (told.get(f"HUB_SMTP_{name}") for name in ("USER", "PASSWORD_FILE", "CA"))
    if tls == "none" and (user or host not in {"127.0.0.1", "localhost", "[::1]"}):
        raise SettingsError("HUB_SMTP_TLS: none is for a server on this machine, without a name; hint: leave it out")
    if bool(user) != bool(secret):
        raise SettingsError("HUB_SMTP_USER: goes with HUB_SMTP_PASSWORD_FILE; hint: set both, or neither")
    password = _text(secret, "HUB_SMTP_PASSWORD_FILE") if secret else ""
    trust = _context(authority, None, None, "HUB_SMTP_CA") if authority else None
    return Smtp(host.strip("[]"), int(port), sender, tls, user or "", password, trust)


def notify_key(told: Mapping[str, str] = os.environ) -> str:
    """The key of GOV.UK Notify's API, from the file that the environment names."""
    file = told.get("HUB_NOTIFY_KEY_FILE")
    if not file:
        raise SettingsError("HUB_NOTIFY_KEY_FILE: missing; hint: name the file that holds GOV.UK Notify's API key")
    return _text(file, "HUB_NOTIFY_KEY_FILE")


def debugging(told: Mapping[str, str] = os.environ) -> bool:
    """Whether a fault of the hub's own may print its trace."""
    return told.get("HUB_DEBUG", "") not in {"", "0"}


def console(told: Mapping[str, str] = os.environ) -> Console:
    """
    What the environment says of the console.

    >>> console({"HUB_URL": "https://hub.example"}).url
    'https://hub.example'
    """
    url, certificate, key = _url(told), told.get("HUB_CONSOLE_CERT"), told.get("HUB_CONSOLE_KEY")
    if url.count("/") > 2:
        raise SettingsError(
            "HUB_URL: has a path; hint: give the console a host name of its own, such as https://hub.example"
        )
    if url.startswith("http://") and not local(url):
        raise SettingsError(
            "HUB_URL: without https; hint: write https://, and see to TLS at a proxy or by HUB_CONSOLE_CERT"
        )
    if bool(certificate) != bool(key):
        raise SettingsError(
            "HUB_CONSOLE_CERT: only one of certificate and key; hint: HUB_CONSOLE_KEY names the other file"
        )
    return Console(
        listen=told.get("HUB_CONSOLE_LISTEN") or "127.0.0.1:8400",
        url=url,
        certificate=certificate,
        key=key,
        proxy=told.get("HUB_CONSOLE_PROXY", ""),
        projection=told.get("HUB_PROJECTION", ""),
        sign_in=_sign_in(told),
    )


def local(url: str) -> bool:
    """
    Whether an address is of this machine.

    >>> local("http://127.0.0.1:8400"), local("https://hub.example")
    (True, False)
    """
    return urlsplit(url).hostname in {"localhost", "127.0.0.1", "::1"}


def _sign_in(told: Mapping[str, str]) -> SignIn | None:
    """
    The provider to sign in with, None without one.

    >>> _sign_in({"HUB_OIDC_ISSUER": "http://login.example"})
    Traceback (most recent call last):
    hub.settings.SettingsError: HUB_OIDC_ISSUER: without https; hint: write the issuer as the provider's own pages do
    """
    issuer = told.get("HUB_OIDC_ISSUER")
    if not issuer:
        return None
    if not issuer.startswith("https://") and not local(issuer):
        raise SettingsError("HUB_OIDC_ISSUER: without https; hint: write the issuer as the provider's own pages do")
    for name in ("HUB_OIDC_CLIENT_ID", "HUB_OIDC_CLIENT_SECRET_FILE"):
        if not told.get(name):
            raise SettingsError(
                f"{name}: missing beside HUB_OIDC_ISSUER; hint: the provider shows it once we are registered"
            )
    audience = told.get("HUB_API_AUDIENCE", "")
    if audience == told["HUB_OIDC_CLIENT_ID"]:  # or somebody's id token would do for a program's
        raise SettingsError("HUB_API_AUDIENCE: the console's own id; hint: register the API at the provider beside it")
    return SignIn(
        issuer=issuer,
        client=told["HUB_OIDC_CLIENT_ID"],
        secret=_text(told["HUB_OIDC_CLIENT_SECRET_FILE"], "HUB_OIDC_CLIENT_SECRET_FILE"),
        roles=told.get("HUB_OIDC_ROLE_CLAIM") or "roles",
        team=told.get("HUB_OIDC_TEAM_CLAIM") or "team",
        audience=audience,
    )


def _word(told: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    word = told.get(name, "").lower()
    if word and word not in words:
        raise SettingsError(f"{name}: unknown word; hint: one of {', '.join(words)}")
    return word


def _seconds(told: Mapping[str, str], name: str, usual: float) -> float:
    """
    A number of seconds, at least one.

    >>> _seconds({"HUB_LEDGER_EVERY": "60"}, "HUB_LEDGER_EVERY", 900.0)
    60.0
    """
    try:
        seconds = float(told.get(name) or usual)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 86_400:
        raise SettingsError(f"{name}: not between 1 and 86400 seconds; hint: write {usual:.0f}")
    return seconds


def _url(told: Mapping[str, str]) -> str:
    """
    Where the hub's pages are, without a slash at the end.

    >>> _url({"HUB_URL": "https://hub.example/"})
    'https://hub.example'
    """
    url = told.get("HUB_URL", "").rstrip("/")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", url):
        raise SettingsError("HUB_URL: not an address for links; hint: write https://HOST, without a name or a query")
    return url


def _auth(told: Mapping[str, str]) -> dict[str, Any]:
    """
    How Kafka knows us: a name and password (SCRAM), a certificate, both over TLS, or neither.

    >>> _auth({"HUB_KAFKA_USER": "hub"})
    Traceback (most recent call last):
    hub.settings.SettingsError: HUB_KAFKA_PASSWORD_FILE: missing beside HUB_KAFKA_USER; hint: name the file it is in
    """
    authority, user = told.get("HUB_KAFKA_CA"), told.get("HUB_KAFKA_USER")
    made: dict[str, Any] = {}
    if authority:
        made["ssl_context"] = _context(authority, told.get("HUB_KAFKA_CERT"), told.get("HUB_KAFKA_KEY"))
    if user:
        password = told.get("HUB_KAFKA_PASSWORD_FILE")
        if not password:
            raise SettingsError("HUB_KAFKA_PASSWORD_FILE: missing beside HUB_KAFKA_USER; hint: name the file it is in")
        secret = _text(password, "HUB_KAFKA_PASSWORD_FILE")
        made |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": user, "sasl_plain_password": secret}
    if made:
        made["security_protocol"] = f"{'SASL_' if user else ''}{'SSL' if authority else 'PLAINTEXT'}"
    return made


def _text(file: str, name: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as bad:
        raise SettingsError(f"{file}: cannot be read; hint: {name} names a text file") from bad


def _context(authority: str, certificate: str | None, key: str | None, name: str = "HUB_KAFKA_CA") -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority)
        if certificate:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as bad:
        hint = "it, and a certificate and key where they are set, name PEM files"
        raise SettingsError(f"{name}: no usable certificates; hint: {hint}") from bad
    return context
