"""Known answers from outside for everything sealed, signed or hashed here."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as theirs

from hub.wire.bundle import BundleError, canonical, key_id, open_bundle, sign
from hub.wire.partitioner import murmur2, partition_for
from hub.wire.recipients import RecipientError, Recipients

HANDLE = "p-" + "5" * 32


def test_aes_siv_gives_the_answer_of_rfc_5297_appendix_a_1():
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    aad = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    sealed = AESSIV(key).encrypt(bytes.fromhex("112233445566778899aabbccddee"), [aad])

    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"


def test_ed25519_signs_as_rfc_8032_section_7_1_test_2_says():
    key = Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )

    assert key.sign(b"\x72").hex().startswith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_partitions_are_those_of_kafkas_own_murmur2_tests(key, hashed):
    assert partition_for(key, 12) == (hashed & 0x7FFFFFFF) % 12


@given(st.binary(max_size=60))
def test_any_key_is_hashed_as_another_client_hashes_it(key):
    assert murmur2(key) == theirs(key)


@given(st.sampled_from(["PROB", "HOUS"]), st.binary(min_size=16, max_size=16))
def test_a_pseudonym_opens_for_its_own_team_alone(team, raw):
    recipients = Recipients(b"k" * 32)
    handle = f"p-{raw.hex()}"
    other = "HOUS" if team == "PROB" else "PROB"

    assert recipients.open(team, recipients.seal(team, handle)) == handle
    with pytest.raises(RecipientError):
        recipients.open(other, recipients.seal(team, handle))


@given(st.text(max_size=80))
def test_no_text_opens_that_was_not_sealed(text):
    with pytest.raises(RecipientError):
        Recipients(b"k" * 32).open("PROB", text)


def test_another_hub_makes_other_pseudonyms():
    assert Recipients(b"k" * 32).seal("PROB", HANDLE) != Recipients(b"l" * 32).seal("PROB", HANDLE)


def test_a_decisions_key_is_found_again_with_the_hubs_secret_and_by_nobody_else():
    assert Recipients(b"k" * 32).decision_key(b"record") == Recipients(b"k" * 32).decision_key(b"record")
    assert Recipients(b"k" * 32).decision_key(b"record") != Recipients(b"l" * 32).decision_key(b"record")
    assert Recipients(b"k" * 32).decision_key(b"record") != Recipients(b"k" * 32).decision_key(b"another")


def test_a_bundle_changed_by_one_byte_is_refused():
    leads = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2)]
    trusted = {key_id(lead.public_key()): lead.public_key() for lead in leads}
    values = sign({"sequence": 1}, 7, leads)

    assert open_bundle(values, trusted)[1] == {"sequence": 1}
    with pytest.raises(BundleError):
        open_bundle({**values, "bundle": canonical({"sequence": 2})}, trusted)
    with pytest.raises(BundleError):
        open_bundle(values, dict(list(trusted.items())[:1]))
