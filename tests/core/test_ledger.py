"""A leaf is a salted commitment of its parts: each opens by itself, and gives nothing away."""

import json
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.ledger import BLANK, DECISION, TILE, Entry, commit, grow, leaf_of, opening, part_salt, seal
from hub.core.merkle import Frontier, ProofError, check_inclusion, leaf_hash, nodes, root

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ledger.json").read_text())["leaf_hashes"]
SEED, NOTHING = bytes(32), (b"blank",)
salts = st.binary(min_size=32, max_size=32)
parts = st.lists(st.binary(max_size=80), min_size=1, max_size=9).map(tuple)


def entry(number, salt=None, said=(b"who", b"PROB", b"YJS")):
    return Entry(DECISION, 0, number, said, salt or sha256(str(number).encode()).digest())


@pytest.mark.parametrize("known", VECTORS, ids=lambda known: known["data"] or "empty")
def test_a_leaf_hash_is_that_of_rfc_6962(known):
    assert leaf_hash(bytes.fromhex(known["data"])).hex() == known["hash"]


def test_a_leaf_holds_the_root_of_its_salted_parts():
    salt = bytes(range(32))
    one, two = (sha256(b"\0" + part_salt(salt, at) + part).digest() for at, part in enumerate((b"who", b"PROB")))

    assert seal(entry(0, salt, (b"who", b"PROB"))).hash == sha256(b"\0" + sha256(b"\1" + one + two).digest()).digest()


@given(parts, salts, salts)
def test_one_decision_under_two_salts_makes_two_leaves(said, one, other):
    assert (seal(entry(0, one, said)).hash == seal(entry(0, other, said)).hash) is (one == other)


@given(parts, salts, st.data())
def test_every_part_opens_by_itself_and_only_as_it_was(said, salt, data):
    leaf = seal(entry(0, salt, said))
    number = data.draw(st.integers(0, len(said) - 1))
    opened = opening(leaf, number)

    assert leaf_of(opened) == leaf.hash
    assert leaf_of(opened._replace(part=opened.part + b"!")) != leaf.hash
    for other in range(len(said)):
        if other != number:
            with suppress(ProofError):
                assert leaf_of(opened._replace(number=other)) != leaf.hash


@given(st.integers(1, 9), salts)
def test_what_opens_one_part_holds_neither_another_part_nor_its_salt(count, salt):
    leaf = seal(entry(0, salt, tuple(b"secret of %d" % at for at in range(count))))
    opened = opening(leaf, 0)
    shown = b"".join((opened.part, opened.salt, *opened.path))

    assert salt not in shown
    for at, part in enumerate(leaf.entry.parts[1:], 1):
        assert part not in shown
        assert part_salt(salt, at) not in shown
        assert commit(part, opened.salt) not in opened.path


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257])
def test_the_tree_grows_by_whole_tiles(count):
    grown = grow(Frontier(), [entry(number) for number in range(count)], SEED, NOTHING)
    hashes = [leaf.hash for leaf in grown.leaves]

    assert grown.frontier.size == len(hashes) == max(TILE, -(-count // TILE) * TILE)
    assert sum(leaf.entry.kind != BLANK for leaf in grown.leaves) == count
    assert grown.frontier.root() == root(len(hashes), nodes(hashes))


def test_leaves_lie_in_an_order_that_nobody_chose():
    grown = grow(Frontier(), [entry(number) for number in range(100)], SEED, NOTHING)
    hashes = [leaf.hash for leaf in grown.leaves]

    assert hashes == sorted(hashes)
    assert [leaf.entry.offset for leaf in grown.leaves if leaf.entry.kind == DECISION] != list(range(100))


def test_every_new_leaf_can_be_proved_from_the_frontier_alone():
    before = grow(Frontier(), [entry(number) for number in range(700)], SEED, NOTHING).frontier
    grown = grow(before, [entry(number) for number in range(1000, 1300)], SEED, NOTHING)

    for index, leaf in enumerate(grown.leaves, grown.first):
        check_inclusion(leaf.hash, index, grown.frontier.size, grown.proof(index), grown.frontier.root())
