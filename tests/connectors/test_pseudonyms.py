"""Known answers from outside, and the promises a pseudonym makes."""

import base64
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from connectors.pseudonyms import BOOKING, KeyFileError, PseudonymError, Pseudonyms, new_keys, read_keys

OLD, NEW = bytes(range(64)), bytes(range(64, 128))
LINK = {1: bytes(32)}


def test_the_cipher_is_that_of_rfc_5297_appendix_a_1() -> None:
    key = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
    bound = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")

    sealed = AESSIV(key).encrypt(bytes.fromhex("112233445566778899aabbccddee"), [bound])

    assert sealed.hex() == "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"


def test_a_link_is_the_hmac_of_rfc_4231_test_case_6_cut_to_16_bytes() -> None:
    made = Pseudonyms("A", {1: OLD}, {1: b"\xaa" * 131}).link("Test Using Larger Than Block-Size Key - Hash Key First")

    assert base64.urlsafe_b64decode(made.removeprefix("l1.") + "==").hex() == "60e431591ee0b67f0d8a26aacbf5b77f"


@given(st.text(max_size=40).filter(lambda text: text.isprintable()))
def test_what_is_sealed_opens_again_and_is_always_the_same(local: str) -> None:
    names = Pseudonyms("HMPPS_PRISON", {1: OLD}, LINK)

    assert names.open(names.seal(local)) == local
    assert names.seal(local) == names.seal(local)


def test_a_pseudonym_opens_for_its_own_agency_and_purpose_only() -> None:
    sealed = Pseudonyms("HMPPS_PRISON", {1: OLD}, LINK).seal("A0001AA")

    with pytest.raises(PseudonymError):
        Pseudonyms("GMP", {1: OLD}, LINK).open(sealed)
    with pytest.raises(PseudonymError):
        Pseudonyms("HMPPS_PRISON", {1: OLD}, LINK).open("b" + sealed[1:], BOOKING)


def test_an_old_key_still_opens_while_the_new_one_seals() -> None:
    before = Pseudonyms("GMP", {1: OLD}, LINK).seal("TEST-0001")
    both = Pseudonyms("GMP", {1: OLD, 2: NEW}, LINK)

    assert both.open(before) == "TEST-0001"
    assert both.seal("TEST-0001").startswith("r2.")
    with pytest.raises(PseudonymError):
        Pseudonyms("GMP", {2: NEW}, LINK).open(before)


@given(st.text(max_size=60))
def test_anything_else_is_refused_and_never_a_traceback(told: str) -> None:
    with pytest.raises(PseudonymError):
        Pseudonyms("GMP", {1: OLD}, LINK).open(told)


def test_a_link_is_the_partnerships_and_not_the_agencys() -> None:
    assert Pseudonyms("GMP", {1: OLD}, LINK).link(" shared-1 ") == Pseudonyms("YJS", {1: NEW}, LINK).link("shared-1")


def test_a_key_file_is_read_when_only_its_owner_may(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(new_keys())
    os.chmod(path, 0o600)

    assert read_keys(path, "GMP").seal("x").startswith("r1.")
    os.chmod(path, 0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        read_keys(path, "GMP")


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", '{"record": {"1": "AA"}, "link": {"1": "AA"}}', '{"record": {"x": 1}}']
)
def test_a_broken_key_file_says_so(tmp_path: Path, told: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(told)
    os.chmod(path, 0o600)

    with pytest.raises(KeyFileError):
        read_keys(path, "GMP")
