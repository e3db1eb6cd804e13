"""
Which teams are told outside Kafka, where and how: `outbound.yaml` in the hub's home, which its operator writes.

    webhooks:
      prob-cases: {team: PROB, url: "https://cases.probation.example/csp", sends: [alerts, deliveries]}
    emails:
      hous-duty: {team: HOUS, to: duty@housing.example, every: 15}
    notify:
      yjs-duty: {team: YJS, to: duty@yjs.example, template: 0f4a0f5c-5f8e-4c3e-9d7e-3f4a5b6c7d8e}
"""

import re
import ssl
from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from hub import topics
from hub.edges.policy_files import AgreementError, Slip, fault, read
from hub.edges.policy_words import Code, Grade, Shape, Some
from hub.outbound.address import Network

FILE = "outbound.yaml"
NAME, ADDRESS = re.compile("[a-z][a-z0-9-]{0,39}"), re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}")


class EndpointError(Exception):
    """A file of endpoints that cannot be used; the text says the cure."""


def _name(told: str) -> str:
    if not NAME.fullmatch(told):
        raise Slip("not a name for an endpoint", "write small letters, digits and `-`, such as prob-cases")
    return told


def _network(told: str) -> str:
    try:
        ip_network(told)
    except ValueError as bad:
        raise Slip("not a network", "write it as 10.20.0.0/16") from bad
    return told


def _mailbox(told: str) -> str:
    """Its fault is told without it: an address may be a person's."""
    if not ADDRESS.fullmatch(told):
        raise Slip("not an address", "write one shared mailbox, such as duty@housing.example")
    return told


Name = Annotated[str, AfterValidator(_name)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]
Minutes = Annotated[int, Field(ge=1, le=1440)]


class Endpoint(Shape):
    """Where one team is told."""

    channel: ClassVar[str]
    team: Code

    @property
    def topics(self) -> tuple[str, ...]:
        """The team's topics of which it is told."""
        return (topics.alerts(self.team),)


class Webhook(Endpoint):
    """
    A receiver that is sent what the team's topics hold.

    *networks* are those beyond the public ones in which it may be; *ca* is a file of the authority that vouches for it,
    where that is not one of the machine's own.
    """

    channel = "WEBHOOK"
    url: str
    sends: Some[Literal["alerts", "deliveries"]] = ("alerts",)
    networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    ca: Path | None = None

    @property
    def topics(self) -> tuple[str, ...]:
        made = {"alerts": topics.alerts, "deliveries": topics.deliveries}
        return tuple(made[word](self.team) for word in dict.fromkeys(self.sends))

    @property
    def allowed(self) -> list[Network]:
        """The networks beyond the public ones in which the receiver may be."""
        return [ip_network(one) for one in self.networks]

    def trust(self) -> ssl.SSLContext:
        """Whom to believe that the receiver is the one it says it is."""
        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as bad:
            raise EndpointError(f"{self.ca}: no usable certificates; hint: `ca` names a PEM file") from bad

    @model_validator(mode="after")
    def _safe(self) -> "Webhook":
        """Encrypted, or within this machine."""
        try:
            told = urlsplit(self.url)
            port = told.port
        except ValueError as bad:
            raise Slip("not an address of the web", "write https://HOST/PATH", "url") from bad
        plain = self.url.isascii() and self.url.isprintable() and " " not in self.url and "\\" not in self.url
        if not plain or not told.hostname or port == 0 or told.scheme not in {"https", "http"}:
            raise Slip("not an address of the web", "write https://HOST/PATH", "url")
        if told.username is not None or told.password is not None or told.fragment:
            raise Slip("has a name, a password or a fragment", "leave it out: the signature says who sends", "url")
        if told.scheme == "http" and not _loopback(told.hostname):
            raise Slip("not encrypted", "write https://; http is for a receiver at 127.0.0.1", "url")
        return self


class _Mailed(Endpoint):
    to: Mailbox
    every: Minutes = 15


class Email(_Mailed):
    """A shared mailbox that gets one notice every so many minutes at most, by SMTP."""

    channel = "EMAIL"


class Notify(_Mailed):
    """The same by GOV.UK Notify, in the words of a *template* there."""

    channel = "NOTIFY"
    template: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class Endpoints(Shape):
    """
    The whole file. *words* are sentences that a notice may add where an alert of that urgency is among the new ones;
    the information governance leads agree them, and without them a notice says a number and nothing else.
    """

    webhooks: Mapping[Name, Webhook] = {}
    emails: Mapping[Name, Email] = {}
    notify: Mapping[Name, Notify] = {}
    words: Mapping[Grade, Annotated[str, Field(pattern=r"^[A-Z][A-Za-z ,']{1,78}\.$")]] = {}

    @property
    def all(self) -> dict[str, Endpoint]:
        """Every endpoint by its name."""
        return {**self.webhooks, **self.emails, **self.notify}

    @model_validator(mode="after")
    def _apart(self) -> "Endpoints":
        names = [*self.webhooks, *self.emails, *self.notify]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise Slip(f"`{twice}` is there twice", "give each endpoint a name of its own", "notify", twice)
        return self


def endpoints(home: Path, teams: Iterable[str]) -> Endpoints:
    """The endpoints of the hub in *home*; EndpointError with file, line and cure where they cannot be used."""
    file, known = home / FILE, tuple(teams)
    if not file.exists():
        raise EndpointError(f"{file}: not there; hint: deploy/README.md shows how to write it")
    try:
        found = read(file, Endpoints)
        for table in ("webhooks", "emails", "notify"):
            for name, one in getattr(found, table).items():
                if one.team not in known:
                    where, cure = (table, name, "team"), f"one of {', '.join(known)}"
                    raise fault(file, where, f"no such team `{one.team}`", cure)
    except AgreementError as bad:
        raise EndpointError(str(bad).replace("see policies/README.md", "see deploy/README.md")) from bad
    return found


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
