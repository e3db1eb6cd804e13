"""Known answers from outside for everything sealed, signed or hashed here."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as theirs

from hub.wire.partitioner import murmur2, partition_for
from hub.wire.recipients import RecipientError, Recipients

HANDLE = "p-" + "5" * 32


def test_aes_siv_gives_the_answer_of_rfc_5297_appendix_a_1():
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    aad = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
    sealed = AESSIV(key).encrypt(bytes.fromhex("112233445566778899aabbccddee"), [aad])

    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"


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
    key = Recipients(b"k" * 32).decision_key(b"place#1", b"record")

    assert key == Recipients(b"k" * 32).decision_key(b"place#1", b"record")
    assert key != Recipients(b"l" * 32).decision_key(b"place#1", b"record")
    assert key != Recipients(b"k" * 32).decision_key(b"place#1", b"another")
    assert key != Recipients(b"k" * 32).decision_key(b"place#2", b"record")
