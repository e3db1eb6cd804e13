"""
Two-person control: a request that two information governance leads sign, each in a role of their own.

Both sign the same bytes, which say what is asked, about whom, why, when and in whose roles, so that neither signature
serves for anything else. It counts from the moment it was asked, for a day.

In the console nobody has a key: there two people who signed in agree, and the console signs that they did, with the
opaque id of each. It is the word of one machine and not of two keys, so it serves for reading, and opens nothing.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.core.calendar import HOUR
from hub.wire.bundle import canonical
from hub.wire.signing import NEEDED, key_id, signed, verifies

CONTEXT = b"csp-hub request v1\n"
DAY = 24 * HOUR  # microseconds for which a request may be completed
SIGNATURES = "signatures"
PEOPLE = ("asked_by", "agreed_by")


class TwofoldError(Exception):
    """A request that must not be done."""


def named(kind: str, values: Mapping[str, Any]) -> str:
    """The id of a request of this *kind*: it follows from what is asked, so that nothing can be asked twice as one."""
    return f"q-{sha256(_message(kind, values)).hexdigest()[:32]}"


def sign(kind: str, values: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """One lead's signature."""
    return signed(_message(kind, values), key)


def check(kind: str, values: Mapping[str, Any], trusted: Mapping[str, Ed25519PublicKey]) -> None:
    """Refuse a request of which two trusted leads, in two roles, have not signed exactly these values."""
    good = signers(kind, values, trusted)
    if len(good) < NEEDED:
        hint = f"{NEEDED} information governance leads sign it, each with their own key"
        raise TwofoldError(f"{kind}: {len(good)} good signatures of {NEEDED}; hint: {hint}")
    if values["by"] == values["second"]:
        raise TwofoldError(f"{kind}: one role twice; hint: the second person has a role of their own")
    if values["id"] != named(kind, values):
        raise TwofoldError(f"{kind}: the id is not that of the request; hint: ask for it anew")


def signers(kind: str, values: Mapping[str, Any], trusted: Mapping[str, Ed25519PublicKey]) -> frozenset[str]:
    """The trusted keys that signed exactly these values."""
    message = _message(kind, values)
    known = [told for told in values[SIGNATURES] if told["key"] in trusted]
    return frozenset(told["key"] for told in known if verifies(told, trusted[told["key"]], message))


def vouched(kind: str, values: Mapping[str, Any], console: Ed25519PublicKey) -> bool:
    """Whether the *console* signed exactly these values, for somebody who signed in."""
    made = values[SIGNATURES]
    good = len(made) == 1 and made[0]["key"] == key_id(console) and verifies(made[0], console, _message(kind, values))
    return good and values["asked_by"] is not None and values["id"] == named(kind, values)


def agreed(kind: str, values: Mapping[str, Any], console: Ed25519PublicKey) -> bool:
    """Whether two different people who signed in agreed to exactly these values, as the *console* signed."""
    asked, second = (values[name] for name in PEOPLE)
    return vouched(kind, values, console) and second is not None and asked != second


def _message(kind: str, values: Mapping[str, Any]) -> bytes:
    told = {name: value for name, value in values.items() if name not in {"id", SIGNATURES}}
    told = {name: value for name, value in told.items() if value is not None or name not in PEOPLE}
    return CONTEXT + f"{kind}\n".encode() + canonical(told)
