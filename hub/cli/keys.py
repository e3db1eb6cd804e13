"""The keys of information governance leads, as files."""

from pathlib import Path
from typing import TYPE_CHECKING

from hub.cli.faults import FAULT, CommandError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def private_key(file: Path) -> "Ed25519PrivateKey":
    """A lead's private key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(file.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise CommandError(f"{file}: not an IG lead's private key; hint: the .key file of `hub policy keygen`", FAULT)
    return found
