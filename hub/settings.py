"""The environment, read once: every variable of a running hub; a local broker's are in `edges/local_broker.py`."""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class SettingsError(Exception):
    """A variable of the environment that cannot be used; the text says which and the cure."""


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


def debugging(told: Mapping[str, str] = os.environ) -> bool:
    """Whether a fault of the hub's own may print its trace."""
    return told.get("HUB_DEBUG", "") not in {"", "0"}


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
        made |= {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": user, "sasl_plain_password": _text(password)}
    if made:
        made["security_protocol"] = f"{'SASL_' if user else ''}{'SSL' if authority else 'PLAINTEXT'}"
    return made


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as bad:
        raise SettingsError(f"{file}: cannot be read; hint: HUB_KAFKA_PASSWORD_FILE names a text file") from bad


def _context(authority: str, certificate: str | None, key: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority)
        if certificate:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as bad:
        hint = "HUB_KAFKA_CA, HUB_KAFKA_CERT and HUB_KAFKA_KEY name PEM files"
        raise SettingsError(f"HUB_KAFKA_CA: no usable certificates; hint: {hint}") from bad
    return context
