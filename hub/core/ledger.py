"""
LEDGER: what becomes a leaf, and how the tree grows by whole tiles.

A leaf is the hash of a small tree over the salted parts of what was decided: what the hub alone may see, and each
team's own outcome. Whoever holds one part, its salt and the hashes beside it can show that this very part is in the
leaf, and learns nothing of the others. Without its salt nobody can guess a part, so what is erased stays unknown.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from hub.core.merkle import Frontier, Nodes, Proof, ProofError, inclusion, leaf_hash, nodes, root, root_of

TILE = 256  # leaves by which the tree grows; then every tile is whole, and its size tells nothing of one decision
WIDTH = 32  # bytes of a hash and of a salt
DECISION, ERASURE, BLANK = "decision", "erasure", "blank"


class LedgerError(Exception):
    """What must not happen to a ledger; the text says where and the cure."""


class Entry(NamedTuple):
    """What is to become a leaf: its *parts* and the *salt* of all of them; *partition* and *offset* say whence."""

    kind: str
    partition: int
    offset: int
    parts: tuple[bytes, ...]
    salt: bytes


class Leaf(NamedTuple):
    """A leaf's *hash*, and the commitments of its entry's parts, of which it is made."""

    hash: bytes
    entry: Entry
    commitments: tuple[bytes, ...]


class Opening(NamedTuple):
    """One part of a leaf and what shows that it is part *number* of *size*."""

    part: bytes
    salt: bytes
    number: int
    size: int
    path: Proof


class Grown(NamedTuple):
    """The tree after a step: its new *leaves* from *first* on, and the nodes that their proofs need."""

    first: int
    leaves: tuple[Leaf, ...]
    frontier: Frontier
    node: Nodes

    def proof(self, index: int) -> Proof:
        """What shows that leaf *index* is in the tree."""
        return inclusion(index, self.frontier.size, self.node)


def part_salt(salt: bytes, number: int) -> bytes:
    """The salt of part *number*: who is given it cannot find the others'."""
    return sha256(salt + number.to_bytes(4, "big")).digest()


def commit(part: bytes, salt: bytes) -> bytes:
    """The commitment of one *part* under its own *salt* of 32 bytes: a leaf of the small tree."""
    return leaf_hash(salt + part)


def seal(entry: Entry) -> Leaf:
    """
    The leaf of *entry*.

    >>> seal(Entry("blank", -1, 0, (b"{}",), bytes(32))).hash.hex()[:16]
    '5ac9b36073757192'
    """
    commitments = tuple([commit(part, part_salt(entry.salt, at)) for at, part in enumerate(entry.parts)])
    return Leaf(leaf_hash(root(len(commitments), nodes(commitments))), entry, commitments)


def opening(leaf: Leaf, number: int) -> Opening:
    """What a team is given of a leaf: part *number*, its salt, and the hashes beside it."""
    size = len(leaf.commitments)
    path = inclusion(number, size, nodes(leaf.commitments))
    return Opening(leaf.entry.parts[number], part_salt(leaf.entry.salt, number), number, size, path)


def leaf_of(opened: Opening) -> bytes:
    """The hash of the leaf that an opening is of; `merkle.check_inclusion` then says whether that is in a tree."""
    if {len(opened.salt), *map(len, opened.path)} != {WIDTH}:  # else one leaf could be opened as two things
        raise ProofError(f"part {opened.number}: a salt or hash not of {WIDTH} bytes; hint: take it as it was given")
    return leaf_hash(root_of(commit(opened.part, opened.salt), opened.number, opened.size, opened.path))


def derived(seed: bytes, kind: str, number: int) -> bytes:
    """The salt of what need not be erased, a blank or a receipt: from the one *seed* of its step."""
    return sha256(seed + kind.encode() + number.to_bytes(8, "big")).digest()


def grow(frontier: Frontier, entries: Sequence[Entry], seed: bytes, blank: tuple[bytes, ...]) -> Grown:
    """
    Grow the tree by *entries*, and by as many blanks as fill up its last tile; by one tile where there are none.

    Leaves lie in the order of their hashes, which nobody chooses: not in that of arrival, from which a partner could
    tell who belongs to whom, and when.
    """
    missing = -len(entries) % TILE if entries else TILE
    blanks = [Entry(BLANK, -1, number, blank, derived(seed, BLANK, number)) for number in range(missing)]
    leaves = sorted((seal(entry) for entry in (*entries, *blanks)), key=lambda leaf: leaf.hash)
    grown, node = frontier.grow([leaf.hash for leaf in leaves])
    return Grown(frontier.size, tuple(leaves), grown, node)
