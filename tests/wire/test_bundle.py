"""The signed bundle: its one byte form and its signatures as others make them, and every way not to be one."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from smallhub import LEADS, TRUSTED

from hub.wire.bundle import CONTEXT, BundleError, canonical, content, issue, read, sign, signature, vouched
from hub.wire.signing import key_id

VECTORS = Path(__file__).parents[1] / "vectors"
ED25519, JCS = (json.loads((VECTORS / f"{name}.json").read_text())["cases"] for name in ("ed25519", "jcs"))
STRANGER = Ed25519PrivateKey.from_private_bytes(b"\x03" * 32)
VALUES = sign({"sequence": 1}, 7, LEADS)
ONE, TWO = VALUES["signatures"]

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda part: st.lists(part) | st.dictionaries(st.text(), part),
    max_leaves=12,
)


@pytest.mark.parametrize("case", ED25519, ids=range(1, 4))
def test_ed25519_signs_as_rfc_8032_says(case):
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["secret"]))
    message, made = bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])

    assert key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex() == case["public"]
    assert key.sign(message) == made
    key.public_key().verify(made, message)


@pytest.mark.parametrize("case", JCS)
def test_the_canonical_form_is_that_of_rfc_8785(case):
    assert canonical(json.loads(case["input"])).decode() == case["output"]


@given(st.dictionaries(st.text(), plain))
def test_the_canonical_form_reads_back_and_does_not_depend_on_the_order_of_keys(told):
    body = canonical(told)

    assert json.loads(body) == told
    assert canonical(dict(reversed(told.items()))) == body


@pytest.mark.parametrize("number", [1.5, 1e300, 2**53, -(2**53), float("nan")])
def test_a_number_that_another_reader_would_read_otherwise_is_refused(number):
    with pytest.raises(BundleError, match="number"):
        canonical({"limit": [number]})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"b":1,"a":2}', "canonical"),
        (b'{"a": 1}', "canonical"),
        (b'{"a":1,"a":2}', "canonical"),
        (b'{"a":1}\n', "canonical"),
        (b'{"a":1.0}', "number"),
        (b"[]", "not a table"),
        (b"\xff", "not JSON"),
        (b"{", "not JSON"),
    ],
)
def test_bytes_that_are_not_the_one_form_of_a_bundle_are_refused(body, why):
    with pytest.raises(BundleError, match=why):
        read(body)


def test_a_lead_signs_the_context_and_the_canonical_bytes_and_nothing_else():
    body = canonical({"sequence": 1})
    made = signature(body, LEADS[0])

    LEADS[0].public_key().verify(made["signature"], CONTEXT + body)
    assert made["key"] == key_id(LEADS[0].public_key())
    assert VALUES["signatures"][0] == made
    assert VALUES["hash"] == sha256(body).hexdigest()


def test_signatures_made_apart_open_the_bundle_whatever_their_order():
    assert vouched({**VALUES, "signatures": [TWO, ONE]}, TRUSTED) == VALUES["bundle"]
    assert read(VALUES["bundle"]) == {"sequence": 1}


FLIPPED = {**TWO, "signature": bytes([TWO["signature"][0] ^ 1]) + TWO["signature"][1:]}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"signatures": []}, "signatures: 0 of 2"),
        ({"signatures": [ONE]}, "signatures: 1 of 2"),
        ({"signatures": [ONE, {**TWO, "key": ""}]}, "does not name its key"),
        ({"signatures": [ONE, TWO, {**TWO, "key": ""}]}, "does not name its key"),
        ({"signatures": [ONE, ONE]}, f"two are of one key, {ONE['key']}"),
        ({"signatures": [ONE, TWO, ONE]}, "two are of one key"),
        ({"signatures": [ONE, signature(VALUES["bundle"], STRANGER)]}, "not trusted here"),
        ({"signatures": [ONE, {**TWO, "key": ONE["key"]}]}, "two are of one key"),
        ({"signatures": [{**TWO, "key": ONE["key"]}]}, "is of something else"),
        ({"signatures": [ONE, FLIPPED]}, f"that of key {TWO['key']} is of something else"),
        ({"signatures": [ONE, {**TWO, "signature": b""}]}, "is of something else"),
        ({"signatures": [ONE, sign({"sequence": 2}, 7, LEADS)["signatures"][1]]}, "is of something else"),
        ({"hash": "0" * 64}, "the hash is not that of the bundle"),
        ({"bundle": canonical({"sequence": 2})}, "the hash is not that of the bundle"),
    ],
)
def test_each_way_not_to_be_signed_is_refused_with_its_own_words(change, why):
    with pytest.raises(BundleError, match=why) as told:
        vouched({**VALUES, **change}, TRUSTED)

    assert "; hint: " in str(told.value)


def test_what_a_bundle_says_does_not_depend_on_which_it_follows():
    rules = {"teams": {}, "amendment": None}

    assert content(issue(rules, 2, "ab", 5)) == content(issue({**rules, "amendment": {}}, 9, "cd", 6)) == {"teams": {}}
