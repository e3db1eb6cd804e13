"""Chooses the edges and hands them to the engine: the one place that knows all of them."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hub.core.rules import Rules, compile_rules
from hub.edges.home import Home
from hub.engine import Program
from hub.engine.ledger import Ledger
from hub.resources import folder
from hub.wire.bundle import BundleError, read, vouched
from hub.wire.codec import Schemas
from hub.wire.recipients import Recipients
from hub.wire.signing import NEEDED
from hub.wire.twofold import check


def schemas() -> Schemas:
    """The schemas that travel with the hub."""
    return Schemas.load(folder("schemas"))


def program(home: Home, past: bool = False) -> Program:
    """
    The program of the hub whose keys and membership are kept in *home*; for the *past*, leads who have left count too.
    """
    recipients = Recipients(home.recipient_key())
    trusted = home.once_trusted if past else home.trusted
    return Program(
        schemas=schemas(),
        recipients=recipients,
        partitions=home.partitions,
        agencies=home.agencies,
        teams=home.teams,
        open_rules=opener(trusted),
        salt=recipients.salt(),
        signed=lambda kind, values: check(kind, values, trusted()),
    )


def ledger(home: Home, program: Program) -> Ledger:
    """The ledger of the hub in *home*."""
    dice = os.urandom
    return Ledger(program.schemas, program.recipients, program.partitions, home.origin, home.ledger_key(), dice)


def opener(trusted: Callable[[], Mapping[str, Ed25519PublicKey]]) -> Callable[[Mapping[str, Any], bool], Rules]:
    """
    Checks the signatures of a bundle, unless told that this was done, and reads and compiles each bundle once.

    *trusted* is asked each time: a lead's key may come, or go, while the hub runs.
    """
    compiled: dict[str, Rules] = {}

    def opened(values: Mapping[str, Any], check: bool) -> Rules:
        digest = vouched(values, trusted() if check else {}, NEEDED if check else 0)
        if digest not in compiled:
            compiled[digest] = checked(digest, read(values["bundle"]))
        return compiled[digest]

    return opened


def checked(digest: str, bundle: Mapping[str, Any]) -> Rules:
    """The rules of a bundle that came from elsewhere; refused where its shape is not one."""
    try:
        return compile_rules(digest, bundle)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as bad:
        raise BundleError("rules.activated: not a bundle of rules; hint: make it with `hub policy build`") from bad
