"""A leaf is what RFC 6962 says of a salted commitment, and gives nothing away."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.ledger import leaf, leaf_hash

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "ledger.json").read_text())["leaf_hashes"]
salts = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("known", VECTORS, ids=lambda known: known["data"] or "empty")
def test_a_leaf_hash_is_that_of_rfc_6962(known):
    assert leaf_hash(bytes.fromhex(known["data"])).hex() == known["hash"]


def test_a_leaf_holds_the_commitment_and_not_the_record():
    record, salt = b"a decision", bytes(range(32))

    assert leaf(record, salt) == sha256(b"\0" + sha256(salt + record).digest()).digest()


@given(st.binary(max_size=300), salts, salts)
def test_one_record_under_two_salts_makes_two_leaves(record, one, other):
    assert (leaf(record, one) == leaf(record, other)) is (one == other)
