"""The tree is that of RFC 6962: by its own recursive definition for every size to 64, and by known answers."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.merkle import (
    EMPTY,
    Frontier,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    nodes,
    root,
    root_of,
)

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS, OUTSIDE = (json.loads((FOLDER / name).read_text()) for name in ("ledger.json", "outside_tlog.json"))
KNOWN = [leaf_hash(bytes.fromhex(data)) for data in VECTORS["leaves"]]
MOST = 64
LEAVES = [leaf_hash(bytes([number])) for number in range(MOST)]
NODE = nodes(LEAVES)
ANY = st.integers(0, MOST)


def known(hashes):
    return tuple(map(bytes.fromhex, hashes))


def split(size):
    return max(power for power in (1, 2, 4, 8, 16, 32) if power < size)


def mth(leaves):
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    at = split(len(leaves))
    return node_hash(mth(leaves[:at]), mth(leaves[at:]))


def path(index, leaves):
    if len(leaves) == 1:
        return ()
    at = split(len(leaves))
    if index < at:
        return (*path(index, leaves[:at]), mth(leaves[at:]))
    return (*path(index - at, leaves[at:]), mth(leaves[:at]))


def subproof(old, leaves, whole):
    if old == len(leaves):
        return () if whole else (mth(leaves),)
    at = split(len(leaves))
    if old <= at:
        return (*subproof(old, leaves[:at], whole), mth(leaves[at:]))
    return (*subproof(old - at, leaves[at:], False), mth(leaves[:at]))


@pytest.mark.parametrize("size", range(9))
def test_known_roots_come_out(size):
    assert root(size, nodes(KNOWN)).hex() == VECTORS["roots"][size]


@pytest.mark.parametrize("told", VECTORS["inclusion"], ids=lambda told: f"{told['index']}of{told['size']}")
def test_known_inclusion_proofs_come_out_and_verify(told):
    index, size, proof = told["index"], told["size"], known(told["proof"])

    assert inclusion(index, size, nodes(KNOWN)) == proof
    check_inclusion(KNOWN[index], index, size, proof, bytes.fromhex(VECTORS["roots"][size]))


@pytest.mark.parametrize("told", VECTORS["consistency"], ids=lambda told: f"{told['old']}to{told['new']}")
def test_known_consistency_proofs_come_out_and_verify(told):
    old, new, proof = told["old"], told["new"], known(told["proof"])

    assert consistency(old, new, nodes(KNOWN)) == proof
    check_consistency(old, *known([VECTORS["roots"][old]]), new, *known([VECTORS["roots"][new]]), proof)


@pytest.mark.parametrize("size", range(MOST + 1))
def test_every_root_and_proof_is_that_of_the_recursive_definition(size):
    leaves = LEAVES[:size]
    top = root(size, NODE)

    assert top == mth(leaves)
    for index in range(size):
        proof = inclusion(index, size, NODE)
        assert proof == path(index, leaves)
        check_inclusion(leaves[index], index, size, proof, top)
    for old in range(1, size + 1):
        proof = consistency(old, size, NODE)
        assert proof == subproof(old, leaves, True)
        check_consistency(old, mth(leaves[:old]), size, top, proof)


@pytest.mark.parametrize("size", range(MOST + 1))
def test_a_frontier_grown_in_two_steps_has_the_root_and_the_proofs_of_the_whole(size):
    for old in range(size + 1):
        grown, node = Frontier().grow(LEAVES[:old])[0].grow(LEAVES[old:size])

        assert (grown.size, grown.root()) == (size, root(size, NODE))
        assert len(grown.hashes) == size.bit_count()
        assert [inclusion(at, size, node) for at in range(old, size)] == [
            inclusion(at, size, NODE) for at in range(old, size)
        ]


@given(st.integers(1, MOST), st.data())
def test_an_inclusion_proof_that_is_altered_anywhere_is_refused(size, data):
    index = data.draw(st.integers(0, size - 1))
    proof, top = inclusion(index, size, NODE), root(size, NODE)
    other, count = data.draw(st.integers(0, MOST - 1)), data.draw(st.integers(0, MOST))
    changed = [*proof, LEAVES[0]] if data.draw(st.booleans()) or not proof else proof[1:]

    with pytest.raises(ProofError):
        check_inclusion(LEAVES[index], index, size, changed, top)
    if other != index:
        with pytest.raises(ProofError):
            check_inclusion(LEAVES[other], index, size, proof, top)
    for at in range(len(proof)):
        with pytest.raises(ProofError):
            check_inclusion(LEAVES[index], index, size, (*proof[:at], bytes(32), *proof[at + 1 :]), top)
    if count <= index:
        with pytest.raises(ProofError):
            root_of(LEAVES[index], index, count, proof)


@given(ANY, ANY, st.data())
def test_a_consistency_proof_that_is_altered_anywhere_is_refused(one, other, data):
    old, new = sorted((one, other))
    proof, before, after = consistency(old, new, NODE), root(old, NODE), root(new, NODE)

    check_consistency(old, before, new, after, proof)
    with pytest.raises(ProofError):
        check_consistency(old, bytes(32), new, after, proof)
    with pytest.raises(ProofError):
        check_consistency(old, before, new, bytes(32), proof) if old else check_consistency(1, after, 0, before, ())
    with pytest.raises(ProofError):
        check_consistency(old, before, new, after, (*proof, bytes(32)))
    for at in range(len(proof)):
        with pytest.raises(ProofError):
            check_consistency(old, before, new, after, (*proof[:at], bytes(32), *proof[at + 1 :]))


def test_a_tree_that_shrank_is_refused():
    with pytest.raises(ProofError, match="smaller than the 8"):
        check_consistency(8, root(8, NODE), 7, root(7, NODE), ())


def test_a_leaf_cannot_pass_for_a_node():
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_an_independent_implementation_finds_the_same_roots_and_proofs():
    sizes = range(1, MOST + 1)
    included = (one for size in sizes for at in range(size) for one in inclusion(at, size, NODE))
    continued = (one for size in sizes for old in range(1, size + 1) for one in consistency(old, size, NODE))

    assert [root(size, NODE).hex() for size in sizes] == OUTSIDE["roots"]
    assert sha256(b"".join(included)).hexdigest() == OUTSIDE["inclusion"]
    assert sha256(b"".join(continued)).hexdigest() == OUTSIDE["consistency"]
