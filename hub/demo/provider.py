"""
Somebody to sign in with on a made-up hub: a mock OpenID Connect provider, whose people are made up.

It listens on this machine alone. A real home never starts it.
"""

import socket
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from hub import words
from hub.edges.home import Home, HomeError

CLIENT, SECRET = "demo-console", "made-up"


NAME = "Somebody made up"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up: the name to sign in by, what they are, and their role in a word of the claim."""

    login: str
    what: str
    role: str


def people(home: Home, names: Mapping[str, str]) -> tuple[Person, ...]:
    """
    Whoever is at this made-up partnership: its lead, its operator, somebody of each team and agency, called by *names*.

    >>> from pathlib import Path
    >>> for one in people(Home(Path(), 1, ("GMP",), ("HOUS",), True), {"HOUS": "Housing options"}):
    ...     print(one.login, "-", one.what)
    ig.lead - Information governance lead
    ig.deputy - Information governance lead, the deputy
    hous.officer - Housing options, an officer
    operator - Operator of the hub
    gmp.systems - The police (GMP), systems team
    """
    teams = [Person(f"{_slug(one)}.officer", f"{names.get(one, one)}, an officer", f"team.{one}") for one in home.teams]
    agencies = [
        Person(f"{_slug(one)}.systems", f"{words.first(words.agency(one))}, systems team", f"partner.{one}")
        for one in home.agencies
    ]
    lead = Person("ig.lead", "Information governance lead", "lead")
    deputy = Person("ig.deputy", f"{lead.what}, the deputy", "lead")  # a report on a person takes two
    return lead, deputy, *teams, Person("operator", "Operator of the hub", "operator"), *agencies


def _slug(code: str) -> str:
    return code.lower().replace("_", "-")


@contextmanager
def provider(people: Sequence[Person], port: int) -> Iterator[str]:
    """The issuer's address while it runs in a thread; at a free port when *port* is taken."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Says nothing of what is asked: codes are in the addresses."""

        def log(self, type: str, message: str, *args: Any) -> None:
            return

    with _listening(port) as bound:
        port = bound.getsockname()[1]
        how: Any = {"threaded": True, "request_handler": Quiet, "fd": bound.fileno()}
        server = make_server("127.0.0.1", port, _app(people), **how)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def _listening(port: int) -> socket.socket:
    """Bound here, for of a port that is taken the server itself would print and end the process."""
    for one in (port, 0):
        with suppress(OSError, OverflowError):
            return socket.create_server(("127.0.0.1", one))
    raise HomeError("127.0.0.1: no free port to sign in at; hint: are all of them taken?")


def _app(people: Sequence[Person]) -> Any:
    """The mock, with a page of our own and without its debugger."""
    from jinja2 import ChoiceLoader, PackageLoader

    warnings.filterwarnings("ignore", module=r"oidc_provider_mock|authlib")  # it leans on what will not stay
    from oidc_provider_mock import User, app

    claims = [User(sub=one.login, claims={"name": NAME, "roles": [one.role]}) for one in people]
    made = app(user_claims=claims, require_nonce=True, issue_refresh_token=False)
    made.debug, made.wsgi_app = False, made.wsgi_app.app
    made.jinja_loader = ChoiceLoader([PackageLoader("hub.demo", "pages"), made.jinja_loader])
    made.jinja_env.globals["people"] = people
    return made
