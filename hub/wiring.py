"""Chooses the edges and hands them to the engine: the one place that knows all of them."""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.core.rules import Rules, compile_rules
from hub.edges.bundle import NEEDED, open_bundle
from hub.edges.codec import Schemas
from hub.edges.home import Home
from hub.edges.recipients import Recipients
from hub.engine import Program
from hub.resources import folder


def schemas() -> Schemas:
    """The schemas that travel with the hub."""
    return Schemas.load(folder("schemas"))


def program(home: Home) -> Program:
    """The program of the hub whose keys and membership are kept in *home*."""
    return Program(
        schemas=schemas(),
        recipients=Recipients(home.recipient_key()),
        partitions=home.partitions,
        agencies=home.agencies,
        teams=home.teams,
        open_rules=opener(home.trusted()),
    )


def opener(trusted: Mapping[str, Ed25519PublicKey], needed: int = NEEDED) -> Callable[[Mapping[str, Any]], Rules]:
    """Checks the signatures of every bundle it is given, and compiles each bundle once."""
    compiled: dict[str, Rules] = {}

    def opened(values: Mapping[str, Any]) -> Rules:
        digest, bundle = open_bundle(values, trusted, needed)
        if digest not in compiled:
            compiled[digest] = compile_rules(digest, bundle)
        return compiled[digest]

    return opened
