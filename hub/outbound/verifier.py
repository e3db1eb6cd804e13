"""
Checks that a webhook came from the hub, whole and just now: for receivers, in one file to read and to copy.

It needs Python 3.10 or later and `cryptography`, and nothing of the hub. A copy of a webhook that somebody kept passes
for five minutes; so remember the ids you have dealt with, and answer one you know with 204 and nothing else. The hub,
too, sends again what it had no answer to, under the same id, for days.
"""

import re
import time
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE = 300  # seconds by which the hub's clock and yours may differ, the way of the message included
ID, TIME, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX, VERSION, MOST = "whpk_", "v1a", 10
Headers = Mapping[str, str] | Iterable[tuple[str, str]]


class WebhookError(Exception):
    """A webhook that must not be believed: answer 400, and do nothing with it."""


def verify(
    headers: Headers, body: bytes, keys: Iterable[str], now: float | None = None, tolerance: float = TOLERANCE
) -> str:
    """
    The id of the webhook with these *headers* and this *body*, as the bytes that came; or raise WebhookError.

    *keys* are the hub's public keys for this endpoint, `whpk_...`: two of them while the hub changes its key. *now* is
    the time in seconds, else that of this machine.
    """
    told = _told(headers)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", told[ID]):
        raise WebhookError("webhook-id: not one")
    if not re.fullmatch(r"[0-9]{1,12}", told[TIME]):
        raise WebhookError("webhook-timestamp: not one")
    if abs((time.time() if now is None else now) - int(told[TIME])) > tolerance:
        raise WebhookError("webhook-timestamp: too long ago, or not yet; is this machine's clock right?")
    content = f"{told[ID]}.{told[TIME]}.".encode() + body
    trusted = [public_key(key) for key in keys]
    for told_version, _, coded in (one.partition(",") for one in told[SIGNATURE].split(" ")[:MOST]):
        if told_version == VERSION and any(_signed(key, coded, content) for key in trusted):
            return told[ID]
    raise WebhookError("webhook-signature: none of a key that is trusted here")


def public_key(text: str) -> Ed25519PublicKey:
    """The key that `whpk_...` names, or raise ValueError."""
    if not text.startswith(PREFIX):
        raise ValueError("not a public key of Standard Webhooks; such a key begins with whpk_")
    return Ed25519PublicKey.from_public_bytes(b64decode(text[len(PREFIX) :], validate=True))


def _told(headers: Headers) -> Mapping[str, str]:
    """The three headers, each there once: of two that differ, nobody could say which was meant."""
    pairs = headers.items() if hasattr(headers, "items") else headers
    found = [(name.lower(), value) for name, value in pairs]
    for name in (ID, TIME, SIGNATURE):
        if sum(1 for one, _ in found if one == name) != 1:
            raise WebhookError(f"{name}: missing, or there twice")
    return dict(found)


def _signed(key: Ed25519PublicKey, coded: str, content: bytes) -> bool:
    """Whether *key* signed; the library compares, and everything it compares is public."""
    try:
        key.verify(b64decode(coded, validate=True), content)
    except (InvalidSignature, Error, ValueError):
        return False
    return True
