"""
How a log asks a witness to cosign, and what a witness answers (c2sp.org/tlog-witness): pure, for either side.

A witness answers for one thing: it never cosigns two checkpoints of a log that are not of one growing history.
"""

from collections.abc import Mapping
from typing import NamedTuple

from hub.core.merkle import EMPTY, Proof, ProofError, check_consistency
from hub.wire.notes import (
    NUMBER,
    Checkpoint,
    Key,
    Note,
    NoteError,
    decoded,
    encoded,
    read_checkpoint,
    read_note,
    signers,
)

OLD, MOST_HASHES = "old ", 63
MALFORMED, UNSIGNED, UNKNOWN, CONFLICT, UNPROVED = 400, 403, 404, 409, 422


class Refused(Exception):
    """
    A witness does not cosign: the HTTP *status* says why, and with CONFLICT *size* is what it cosigned last.

    *suspect* is what a log signed and did not show to follow what it signed before.
    """

    def __init__(self, status: int, size: int = 0, suspect: bool = False) -> None:
        super().__init__(f"refused ({status}); hint: c2sp.org/tlog-witness says what each answer means")
        self.status, self.size, self.suspect = status, size, suspect


class Request(NamedTuple):
    """A checkpoint *note* that is to be cosigned, and the *proof* that it continues the tree of *old* leaves."""

    old: int
    proof: Proof
    note: Note

    def __str__(self) -> str:
        return "\n".join([f"{OLD}{self.old}", *map(encoded, self.proof), "", str(self.note)])


def read_request(told: str) -> Request:
    """The request in the *told* body, nothing of it checked yet."""
    head, gap, note = told.partition("\n\n")
    first, *hashes = head.split("\n")
    old = first.removeprefix(OLD)
    try:
        proof = tuple(map(decoded, hashes))
        if not gap or first == old or not NUMBER.fullmatch(old) or len(proof) > MOST_HASHES:
            raise Refused(MALFORMED)
        if any(len(one) != 32 for one in proof):
            raise Refused(MALFORMED)
        return Request(int(old), proof, read_note(note))
    except NoteError as bad:
        raise Refused(MALFORMED) from bad


def origin(request: Request, logs: Mapping[str, tuple[Key, ...]]) -> Checkpoint:
    """The checkpoint of the *request*, if one of the *logs* (keys by origin) signed it."""
    try:
        made = read_checkpoint(request.note.text)
    except NoteError as bad:
        raise Refused(MALFORMED) from bad
    if made.origin not in logs:
        raise Refused(UNKNOWN)
    try:
        if signers(request.note, logs[made.origin]):
            return made
    except NoteError as bad:
        raise Refused(UNSIGNED) from bad
    raise Refused(UNSIGNED)


def judge(request: Request, asked: Checkpoint, seen: Checkpoint | None) -> None:
    """Raise unless the checkpoint *asked* continues the one *seen* last; None before any was."""
    size, root = (seen.size, seen.root) if seen else (0, EMPTY)
    if request.old > asked.size:
        raise Refused(MALFORMED)
    if request.old != size:
        raise Refused(CONFLICT, size)
    if seen and asked.size == size and asked.root != root:
        raise Refused(CONFLICT, size, suspect=True)
    try:
        check_consistency(size, root, asked.size, asked.root, request.proof)
    except ProofError as bad:
        raise Refused(UNPROVED, suspect=True) from bad
