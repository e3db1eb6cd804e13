"""Notes, checkpoints, cosignatures and proof files are those of C2SP: known answers from outside, and no way round."""

import json
from base64 import b64decode
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hub.wire.notes import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    ProofFile,
    cosign,
    key_of,
    public_key,
    read_checkpoint,
    read_note,
    read_proof,
    sign,
    signers,
    tile,
)

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS, OUTSIDE = (json.loads((FOLDER / name).read_text()) for name in ("ledger.json", "outside_tlog.json"))
KNOWN, EXAMPLE = VECTORS["note"], VECTORS["checkpoint"]
SECRET, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
BODY = str(Checkpoint("hub.example/ledger", 512, bytes(32)))
PLAIN = Note(BODY, (sign(BODY, "hub.example/ledger", SECRET),))


def test_the_known_key_signs_the_known_note_to_the_byte():
    _, _, name, _, coded = KNOWN["secret"].split("+", 4)
    secret = Ed25519PrivateKey.from_private_bytes(b64decode(coded)[1:])

    assert str(sign(KNOWN["text"], name, secret)) == KNOWN["line"] + "\n"
    assert str(public_key(name, secret)) == KNOWN["vkey"]


def test_the_known_note_is_read_and_signed_by_the_known_key():
    told = f"{KNOWN['text']}\n{KNOWN['line']}\n"
    note, key = read_note(told), key_of(KNOWN["vkey"])

    assert (note.text, str(note), str(key)) == (KNOWN["text"], told, KNOWN["vkey"])
    assert [one.key.name for one in signers(note, [key])] == ["PeterNeumann"]


@pytest.mark.parametrize("start", range(0, len(KNOWN["vkey"]), 3))
def test_a_key_that_is_mangled_is_refused(start):
    key = KNOWN["vkey"]
    for bad in (key[start + 1 :], key[:start], key[:start] + chr(ord(key[start]) + 1) + key[start + 1 :]):
        with pytest.raises(NoteError):
            key_of(bad)


def test_the_specifications_checkpoint_is_read():
    note = read_note(EXAMPLE["note"])
    checkpoint = read_checkpoint(note.text)

    assert (checkpoint.origin, checkpoint.size) == (EXAMPLE["origin"], EXAMPLE["size"])
    assert (str(checkpoint), str(note)) == (note.text, EXAMPLE["note"])
    assert int.from_bytes(note.lines[1].signature[:8], "big") == EXAMPLE["time"]


@given(st.integers(0, len(str(PLAIN).encode()) - 1), st.integers(1, 255))
def test_a_note_of_which_one_byte_is_altered_is_nobodys(at, by):
    data = bytearray(str(PLAIN).encode())
    data[at] = (data[at] + by) % 256
    key = public_key("hub.example/ledger", SECRET)

    with suppress(NoteError, UnicodeDecodeError):
        assert not signers(read_note(data.decode()), [key])


def test_a_signature_by_a_key_that_is_not_ours_says_nothing_and_forged_ones_are_refused():
    ours, theirs = public_key("hub.example/ledger", SECRET), public_key("hub.example/ledger", OTHER)
    forged = PLAIN.lines[0]._replace(id=theirs.id)

    assert signers(PLAIN, [theirs]) == ()
    with pytest.raises(NoteError, match="not of this note"):
        signers(Note(BODY, (forged,)), [theirs])
    with pytest.raises(NoteError, match="signed twice"):
        signers(Note(BODY, PLAIN.lines * 2), [ours])


def test_a_cosignature_counts_at_its_own_time_and_no_other():
    line = cosign(BODY, "police.example", OTHER, 1_780_000_000)
    key = public_key("police.example", OTHER, COSIGNATURE)
    later = line._replace(signature=(1_780_000_001).to_bytes(8, "big") + line.signature[8:])

    assert [one.time for one in signers(Note(BODY, (*PLAIN.lines, line)), [key])] == [1_780_000_000]
    with pytest.raises(NoteError, match="not of this note"):
        signers(Note(BODY, (later,)), [key])


def test_a_log_key_cannot_cosign_nor_a_witness_key_sign():
    key = public_key("one.example", SECRET, COSIGNATURE)

    assert key.id != public_key("one.example", SECRET).id
    assert not signers(Note(BODY, (sign(BODY, "one.example", SECRET),)), [key])


@pytest.mark.parametrize(
    "bad",
    ["", "origin\n", "origin\n1\n", f"\n1\n{'A' * 43}=\n", f"o\n01\n{'A' * 43}=\n", "o\n1\nAAAA\n",
     f"o\n-1\n{'A' * 43}=\n", f"o\n1\n{'A' * 43}=", f"o\n1\n{'A' * 42}B=\n", f"o\n1\n{'A' * 43}=\n\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(bad):
    with pytest.raises(NoteError):
        read_checkpoint(bad)


@pytest.mark.parametrize(
    "bad", ["", "text\n", "text\n\n", "text\n\nno dash\n", f"{PLAIN}x", str(PLAIN)[:-1], "a\r\n\n\u2014 n AAAAAAA=\n"]
)
def test_what_is_no_note_is_refused(bad):
    with pytest.raises(NoteError):
        read_note(bad)


@given(st.integers(0, 1 << 40), st.lists(st.binary(min_size=32, max_size=32), max_size=40), st.binary(max_size=300))
def test_a_proof_file_says_what_was_put_into_it(index, path, extra):
    made = ProofFile(index, tuple(path), PLAIN, extra)

    assert read_proof(str(made)) == made


def test_a_proof_file_is_laid_out_as_specified():
    lines = str(ProofFile(7, (bytes(32),), PLAIN, b"x")).split("\n")

    assert lines[:5] == ["c2sp.org/tlog-proof@v1", "extra eA==", "index 7", "A" * 43 + "=", ""]
    with pytest.raises(NoteError):
        read_proof(str(ProofFile(7, (bytes(32),), PLAIN)).replace("index 7", "index 07"))


def test_tiles_lie_where_the_specification_has_them():
    assert tile(0, 273) == "tile/0/273"
    assert tile(2, 1000) == "tile/2/x001/000"


def test_an_independent_implementation_signs_and_cosigns_the_same_note_to_the_byte():
    line = cosign(BODY, "police.example", OTHER, 1_780_000_000)
    log, witness = map(key_of, (OUTSIDE["log"], OUTSIDE["witness"]))

    assert str(Note(BODY, (*PLAIN.lines, line))) == OUTSIDE["note"]
    assert log == public_key("hub.example/ledger", SECRET)
    assert witness == public_key("police.example", OTHER, COSIGNATURE)
    assert [one.key for one in signers(read_note(OUTSIDE["note"]), [log, witness])] == [log, witness]
