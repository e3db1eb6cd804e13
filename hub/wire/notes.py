"""
Signed notes, checkpoints, cosignatures and proof files as C2SP specifies them, so that any verifier can read ours.

See c2sp.org: signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof, tlog-tiles.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE, COSIGNATURE = 1, 4  # the algorithm byte of a key: Ed25519 over the note, or over the note and a time
DASH, PROOF, EXTRA, INDEX = "\u2014 ", "c2sp.org/tlog-proof@v1", "extra ", "index "
MOST, LONGEST = 64, 1 << 20  # signatures and characters of a note that will be looked at
NAME = re.compile(r"[^\s+\x00-\x1f]+")
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
WIDTH = {SIGNATURE: 64, COSIGNATURE: 72}
PRIME = 2**255 - 19
_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
WEAK = {0, 1, PRIME - 1, _ORDER_8, PRIME - _ORDER_8}  # RFC 8032's y of small order: anybody can sign for such a key


class NoteError(Exception):
    """
    A note, key, checkpoint or proof that must not be believed; the text says why.

    *kind* is its name in an audit: unsigned, forged, foreign (of another log), or quorum (by too few).
    """

    def __init__(self, text: str, kind: str = "unsigned") -> None:
        super().__init__(text)
        self.kind = kind


class Key(NamedTuple):
    """A public key by its *name* and *kind*; a vkey in text."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name it."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(bytes([self.kind]) + self.public)}"


class Line(NamedTuple):
    """One signature of a note: whose it says it is, and its bytes."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{DASH}{self.name} {encoded(self.id + self.signature)}\n"


class Note(NamedTuple):
    """A *text* (with its last newline) and the signatures under it, none of them checked yet."""

    text: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.lines))}"


class Signed(NamedTuple):
    """A key that signed, and when, in seconds, if it says so."""

    key: Key
    time: int | None


class Checkpoint(NamedTuple):
    """What a log says of itself: its *origin*, the *size* of its tree and that tree's *root*."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encoded(self.root)}\n"


class ProofFile(NamedTuple):
    """Leaf *number* is in the tree of a checkpoint *note*; *extra* is what the leaf is made of, where one may know."""

    number: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"{EXTRA}{encoded(self.extra)}"] if self.extra else []
        return "\n".join([PROOF, *extra, f"{INDEX}{self.number}", *map(encoded, self.path), "", str(self.note)])


def key_of(text: str) -> Key:
    """
    The key that a vkey names.

    >>> key_of("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").name
    'PeterNeumann'
    """
    name, _, rest = text.partition("+")
    told, _, coded = rest.partition("+")
    data = decoded(coded)
    key = Key(name, data[0] if data else 0, data[1:])
    named = NAME.fullmatch(name) and key.kind in WIDTH and told == key.id.hex()
    if not named or len(key.public) != 32 or _weak(key.public):
        raise NoteError("vkey: not a key of Ed25519 notes or cosignatures; hint: copy all of NAME+ID+KEY")
    return key


def _weak(public: bytes) -> bool:
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    return y >= PRIME or y in WEAK


def public_key(name: str, secret: Ed25519PrivateKey, kind: int = SIGNATURE) -> Key:
    """The key by which others check what *secret* signs."""
    return Key(name, kind, secret.public_key().public_bytes_raw())


def sign(text: str, name: str, secret: Ed25519PrivateKey) -> Line:
    """The signature of *text* by the key *name*."""
    return Line(name, public_key(name, secret).id, secret.sign(text.encode()))


def cosign(text: str, name: str, secret: Ed25519PrivateKey, time: int) -> Line:
    """A witness's cosignature of the checkpoint *text*, as of *time* in seconds."""
    signature = secret.sign(_cosigned(text, time))
    return Line(name, public_key(name, secret, COSIGNATURE).id, time.to_bytes(8, "big") + signature)


def read_note(told: str) -> Note:
    """A note taken apart; nothing of it is to be believed before `signers` has looked at it."""
    text, gap, below = told.rpartition("\n\n")
    lines = below.split("\n")
    if len(told) > LONGEST or not gap or lines.pop() or not 0 < len(lines) <= MOST or _control(told):
        raise NoteError("note: not text, an empty line and signatures; hint: take the file as it was published")
    return Note(f"{text}\n", tuple(map(_line, lines)))


def _line(told: str) -> Line:
    name, _, coded = told.removeprefix(DASH).partition(" ")
    data = decoded(coded)
    if not told.startswith(DASH) or not NAME.fullmatch(name) or len(data) < 5:
        raise NoteError("note: a signature line that is none; hint: take the file as it was published")
    return Line(name, data[:4], data[4:])


def signers(note: Note, keys: Iterable[Key]) -> tuple[Signed, ...]:
    """
    Which of *keys* signed *note*.

    Signatures of others are nobody's; one that names a key of ours and is not by it is forged, and the note is refused.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, Signed] = {}
    for line in note.lines:
        key = known.get((line.name, line.id))
        if key is None:
            continue
        if key in found:
            raise NoteError(f"{key.name}: signed twice; hint: take the file as it was published", "forged")
        found[key] = Signed(key, _checked(note.text, key, line.signature))
    return tuple(found.values())


def _checked(text: str, key: Key, signature: bytes) -> int | None:
    time, message = None, text.encode()
    if key.kind == COSIGNATURE:
        time = int.from_bytes(signature[:8], "big")
        signature, message = signature[8:], _cosigned(text, time)
    try:
        if len(signature) != 64:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError) as forged:
        raise NoteError(
            f"{key.name}: its signature is not of this note; hint: somebody altered one of them", "forged"
        ) from forged
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's *text* is; lines that extend it are passed over."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines) or not NUMBER.fullmatch(lines[1]):
        raise NoteError("checkpoint: not an origin, a size and a root; hint: take the file as it was published")
    root = decoded(lines[2])
    if len(root) != 32 or int(lines[1]) >> 63:
        raise NoteError(
            "checkpoint: its root is no SHA-256, or its size beyond all; hint: take the file as it was published"
        )
    return Checkpoint(lines[0], int(lines[1]), root)


def read_proof(told: str) -> ProofFile:
    """A proof file taken apart; nothing of it is checked."""
    head, gap, note = told.partition("\n\n")
    first, *lines = head.split("\n")
    extra = decoded(lines.pop(0)[len(EXTRA) :]) if lines and lines[0].startswith(EXTRA) else b""
    if first != PROOF or not gap or not lines or not lines[0].startswith(INDEX):
        raise NoteError("proof: not a tlog-proof file; hint: take the file as it was given")
    number = lines.pop(0)[len(INDEX) :]
    path = tuple(map(decoded, lines))
    if not NUMBER.fullmatch(number) or any(len(one) != 32 for one in path):
        raise NoteError("proof: its index or a hash is none; hint: take the file as it was given")
    return ProofFile(int(number), path, read_note(note), extra)


def tile(level: int, number: int) -> str:
    """
    Where a whole tile of 256 hashes lies.

    >>> tile(0, 1234067), tile(1, 0)
    ('tile/0/x001/x234/067', 'tile/1/000')
    """
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(["tile", str(level), *reversed(groups)])


def partial(level: int, number: int, width: int) -> str:
    """
    Where a tile of fewer hashes lies: those at the right edge of the levels above the leaves.

    >>> partial(1, 0, 3)
    'tile/1/000.p/3'
    """
    return f"{tile(level, number)}.p/{width}"


def _control(told: str) -> bool:
    return any(mark < " " and mark != "\n" for mark in told)


def encoded(data: bytes) -> str:
    """Base64 as notes have it."""
    return b64encode(data).decode()


def decoded(told: str) -> bytes:
    """Only what we would write ourselves: two texts of one value would be two files of one meaning."""
    try:
        data = b64decode(told, validate=True)
    except (Base64Error, ValueError):
        data = b""
    if not data or encoded(data) != told:
        raise NoteError("base64: not as it is written; hint: take the file as it was published")
    return data
