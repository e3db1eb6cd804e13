"""
The signed bundle of rules: canonical bytes, Ed25519 signatures of IG keys (RFC 8032), and the door that checks them.

A bundle with too few good signatures from distinct trusted keys is refused, whatever else it says.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NEEDED = 2
CONTEXT = b"csp-hub rules bundle v1\n"


class BundleError(Exception):
    """Rules that must not come into force."""


def canonical(bundle: Mapping[str, Any]) -> bytes:
    """
    The one byte form of a bundle: sorted keys, no spaces, UTF-8 (RFC 8785 for text and whole numbers).

    >>> canonical({"b": 1, "a": "x"})
    b'{"a":"x","b":1}'
    """
    return json.dumps(bundle, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def key_id(key: Ed25519PublicKey) -> str:
    """The short name of a public key: the first 16 hex digits of its SHA-256."""
    return sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def sign(bundle: Mapping[str, Any], at: int, keys: Iterable[Ed25519PrivateKey]) -> dict[str, Any]:
    """The values of a `rules.activated` record: *bundle* in force from *at* (UTC µs), signed by every one of *keys*."""
    body = canonical(bundle)
    signatures = [{"key": key_id(key.public_key()), "signature": key.sign(_signed(body, at))} for key in keys]
    return {"hash": sha256(body).hexdigest(), "at": at, "bundle": body, "signatures": signatures}


def open_bundle(
    values: Mapping[str, Any], trusted: Mapping[str, Ed25519PublicKey], needed: int = NEEDED
) -> tuple[str, dict[str, Any]]:
    """The hash and the bundle, once enough distinct *trusted* keys have signed exactly these bytes."""
    body = values["bundle"]
    digest = sha256(body).hexdigest()
    if digest != values["hash"]:
        raise BundleError("rules.activated: the hash is not that of the bundle; hint: sign the bundle again")
    good = {told["key"] for told in values["signatures"] if _verifies(told, trusted, _signed(body, values["at"]))}
    if len(good) < needed:
        raise BundleError(
            f"rules.activated: {len(good)} good signatures of {needed}; hint: {needed} leads sign, their ig-*.pub here"
        )
    try:
        made = json.loads(body)
    except ValueError as bad:
        raise BundleError("rules.activated: the bundle is not JSON; hint: make it with `hub policy activate`") from bad
    if not isinstance(made, dict):
        raise BundleError("rules.activated: the bundle is not a table; hint: make it with `hub policy activate`")
    return digest, made


def _signed(body: bytes, at: int) -> bytes:
    return CONTEXT + str(at).encode() + b"\n" + body


def _verifies(told: Mapping[str, Any], trusted: Mapping[str, Ed25519PublicKey], message: bytes) -> bool:
    key = trusted.get(told["key"])
    if key is None:
        return False
    try:
        key.verify(told["signature"], message)
    except InvalidSignature:
        return False
    return True
