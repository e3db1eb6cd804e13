"""Chooses the edges and hands them to the engine: the one place that knows all of them."""

import os
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from hashlib import sha256
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


@cache
def schemas() -> Schemas:
    """The schemas that travel with the hub, read once a process."""
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
    Checks the signatures of a bundle, unless told that this was done, and reads and compiles it.

    *trusted* is asked each time: a lead's key may come, or go, while the hub runs.
    """

    def opened(values: Mapping[str, Any], check: bool) -> Rules:
        return compiled_rules(vouched(values, trusted() if check else {}, NEEDED if check else 0))

    return opened


@lru_cache(maxsize=16)
def compiled_rules(body: bytes) -> Rules:
    """The rules of a bundle, by its bytes; the last few are kept. Refused where it has not the shape of one."""
    bundle = read(body)
    try:
        return compile_rules(sha256(body).hexdigest(), bundle)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as bad:
        raise BundleError("rules.activated: not a bundle of rules; hint: make it with `hub policy build`") from bad
