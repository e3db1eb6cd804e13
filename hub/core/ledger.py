"""
The ledger's leaves: each decision as one, without saying anything of it (RFC 6962, section 2.1).

A leaf holds a salted commitment of the record's bytes. Record and salt can be erased and the tree still verifies; who
holds both can show that this very record is what the leaf stands for.
"""

from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """
    The hash of a leaf that holds *data*; the zero keeps a leaf from passing for a node.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\0" + data).digest()


def leaf(record: bytes, salt: bytes) -> bytes:
    """The leaf of *record*: whoever does not know its *salt* (32 secret bytes) cannot guess the record by its leaf."""
    return leaf_hash(sha256(salt + record).digest())
