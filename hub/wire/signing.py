"""What information governance leads sign, rules and requests alike: Ed25519 (RFC 8032), by keys with short names."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NEEDED = 2


def key_id(key: Ed25519PublicKey) -> str:
    """The short name of a public key: the first 16 hex digits of its SHA-256."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def signed(message: bytes, key: Ed25519PrivateKey) -> dict[str, Any]:
    """One lead's signature over *message*, which begins with what kind of thing it is."""
    return {"key": key_id(key.public_key()), "signature": key.sign(message)}


def verifies(made: Mapping[str, Any], key: Ed25519PublicKey, message: bytes) -> bool:
    """Whether the signature *made* is by *key*, over *message*."""
    try:
        key.verify(made["signature"], message)
    except InvalidSignature:
        return False
    return True
