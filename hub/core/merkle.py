"""
The tree of RFC 6962, section 2.1: roots, inclusion and consistency proofs and their check, over SHA-256.

A tree is told by its nodes: the hash of the whole subtree of 2**level leaves that is number *index* from the left.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

Nodes = Callable[[int, int], bytes]  # of level and index
Proof = tuple[bytes, ...]
EMPTY = sha256(b"").digest()


class ProofError(Exception):
    """A proof that proves nothing: somebody altered a leaf, a tree or the proof."""


def leaf_hash(data: bytes) -> bytes:
    """
    The hash of a leaf that holds *data*; the zero keeps a leaf from passing for a node.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others."""
    return sha256(b"\1" + left + right).digest()


def levels(leaves: Iterable[bytes]) -> list[list[bytes]]:
    """
    Every whole subtree over *leaves* (leaf hashes), level by level.

    >>> [len(level) for level in levels([leaf_hash(b"")] * 5)]
    [5, 2, 1]
    """
    made = [list(leaves)]
    while len(below := made[-1]) > 1:
        made.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return made


def nodes(leaves: Iterable[bytes]) -> Nodes:
    """The nodes of a tree of which all *leaves* are at hand."""
    made = levels(leaves)
    return lambda level, index: made[level][index]


def root(size: int, node: Nodes) -> bytes:
    """
    The hash of the tree of the first *size* leaves.

    >>> root(0, nodes([])) == EMPTY
    True
    """
    return _span(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: Nodes) -> Proof:
    """What shows that a leaf is number *index* of *size* (RFC 6962, section 2.1.1), the lowest sibling first."""
    if not 0 <= index < size:
        raise ProofError(f"leaf {index}: not in a tree of {size}; hint: ask for a later checkpoint")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span(middle, end, node))
            end = middle
        else:
            path.append(_span(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency(old: int, new: int, node: Nodes) -> Proof:
    """What shows that the tree of *old* leaves is the beginning of that of *new* (RFC 6962, section 2.1.2)."""
    if not 0 <= old <= new:
        raise ProofError(f"tree of {old}: not the beginning of one of {new}; hint: name the older one first")
    path, start, end = [], 0, new
    while old not in (0, end):
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_span(middle, end, node))
            end = middle
        else:
            path.append(_span(start, middle, node))
            start = middle
    if start:
        path.append(_span(start, end, node))
    return tuple(reversed(path))


def _split(size: int) -> int:
    """The largest power of two below *size*."""
    return 1 << (size - 1).bit_length() - 1


def _span(start: int, end: int, node: Nodes) -> bytes:
    """The hash over leaves *start* to *end*, where *start* is a place at which RFC 6962 splits a tree."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(_span(start, middle, node), _span(middle, end, node))


def root_of(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that *proof* leads to from a *leaf* hash (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofError(f"leaf {index}: not in a tree of {size}; hint: this is another tree's proof")
    at, last, made = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise ProofError("proof: too long; hint: it is of another leaf or size")
        if at & 1 or at == last:
            made = node_hash(sibling, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node_hash(made, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("proof: too short; hint: it is of another leaf or size")
    return made


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise unless *proof* shows that the *leaf* hash is number *index* of the tree of *size* with this *root*."""
    if root_of(leaf, index, size, proof) != root:
        raise ProofError(
            f"leaf {index}: not in the tree of {size} with this root; hint: leaf, proof or root is altered"
        )


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise unless *proof* shows that one tree is the beginning of the other (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= new:
        raise ProofError(f"tree of {new}: smaller than the {old} seen before; hint: the log was cut, ask for the rest")
    if old in (0, new):
        if proof or old_root != (new_root if old else EMPTY) or (not new and new_root != EMPTY):
            raise ProofError(f"tree of {new}: not the tree of {old} seen before; hint: the log shows two histories")
        return
    first, *rest = proof if old & (old - 1) else (old_root, *proof)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = first
    for sibling in rest:
        if not last:
            raise ProofError("proof: too long; hint: it is between other sizes")
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    if last or before != old_root or after != new_root:
        raise ProofError(f"tree of {new}: does not begin with the {old} seen before; hint: the log shows two histories")


class Frontier(NamedTuple):
    """
    All that a tree of *size* leaves must keep to grow: the hash of each whole subtree at its right edge, largest first.

    >>> grown, _ = Frontier().grow([leaf_hash(b"")] * 5)
    >>> grown.size, len(grown.hashes)
    (5, 2)
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def grow(self, leaves: Sequence[bytes]) -> "tuple[Frontier, Nodes]":
        """The frontier after *leaves* (leaf hashes), and the nodes that a proof of any of these may need."""
        made = dict(zip(_edges(self.size), self.hashes, strict=True))
        level, start, end = 0, self.size, self.size + len(leaves)
        size = end
        made |= {(0, start + at): leaf for at, leaf in enumerate(leaves)}
        while start < end:
            start -= start & 1  # the left one of the pair is at the old edge
            for at in range(start, end - 1, 2):
                made[level + 1, at >> 1] = node_hash(made[level, at], made[level, at + 1])
            level, start, end = level + 1, start >> 1, end >> 1
        return Frontier(size, tuple(made[edge] for edge in _edges(size))), lambda level, at: made[level, at]

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY
        made = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            made = node_hash(left, made)
        return made


def _edges(size: int) -> list[tuple[int, int]]:
    """Level and index of each whole subtree at the right edge of a tree of *size*, largest first."""
    return [(level, (size >> level) - 1) for level in reversed(range(size.bit_length())) if size >> level & 1]
