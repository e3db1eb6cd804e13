"""One decision proved: the leaf it is in, the part of it that somebody may see, and the way to a checkpoint."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from hub.audit.book import AuditError, Book, Line, sealed
from hub.core.identity import identity, reference
from hub.core.ledger import DECISION, Opening, leaf_of, opening
from hub.core.merkle import ProofError, check_inclusion, inclusion, nodes
from hub.wire.notes import Note, NoteError, ProofFile, read_note
from hub.wire.witnesses import NONE, Policy, Witnessed, trusted


class Wanted(NamedTuple):
    """What an id means within one decision: its whole name, and the part of the leaf that speaks of it."""

    name: str
    number: int


Finds = Callable[[Mapping[str, Any]], Wanted | None]


class Shown(NamedTuple):
    """What a proof shows: a part of leaf *index*, in the tree of a checkpoint that its log and witnesses stand for."""

    leaf: int
    part: Mapping[str, Any]
    by: Witnessed


def finds(start: str) -> Finds:
    """
    Finds a decision by the beginning of its id, its event's, its alert's, a delivery's, or of a team's reference.

    >>> made = {"id": "d-1", "event": "e-7", "source": "YJS", "outcomes": [{"team": "PROB", "delivered": True}]}
    >>> finds("e-7")(made), finds("r-9c")(made), finds("x")(made)
    (Wanted(name='e-7', number=0), None, None)
    """

    def found(made: Mapping[str, Any]) -> Wanted | None:
        alert = made["source"] == "HUB"
        names = [(made["id"], 0), (made["event"], 1 if alert else 0)]
        if start[:1] in "rd":
            for number, one in enumerate(made["outcomes"], 1):
                names.append((reference(made["id"], one["team"]), number))
                if one["delivered"] and not alert:
                    names.append((identity("delivery", made["id"], one["team"]), number))
        return next((Wanted(*name) for name in names if name[0].startswith(start)), None)

    return found


def prove(book: Book, start: str) -> ProofFile:
    """The newest proof of what has an id that begins with *start*, up to the newest checkpoint."""
    found: dict[str, tuple[Line, int]] = {}
    match = finds(start)
    for line in book.lines():
        if line.kind == DECISION and not line.absent and (wanted := match(line.record)):
            found[wanted.name] = line, wanted.number
    if not found:
        hint = "it may wait for the next checkpoint, or be erased; `hub decisions` lists decisions"
        raise AuditError(f"{start}: no leaf is of it; hint: {hint}")
    if len(found) > 1:
        raise AuditError(f"{start}: {len(found)} ids begin so; hint: give more of it, such as {min(found)}")
    line, number = next(iter(found.values()))
    return prove_part(book, line, number)


def prove_part(book: Book, line: Line, number: int) -> ProofFile:
    """The newest proof of one part of what a *line* is made of, up to the newest checkpoint."""
    step = book.steps()[-1]
    path = inclusion(line.index, step.size, nodes(book.leaves()[: step.size]))
    return ProofFile(line.index, path, read_note(book.newest() or step.note), _extra(opening(sealed(line), number)))


def every(book: Book, decisions: Collection[str]) -> Iterator[tuple[str, str, ProofFile]]:
    """
    Of each of *decisions* (by id) that is in the tree, and each of its teams, the newest proof of that team's part.
    """
    lines = [one for one in book.lines() if one.kind == DECISION and not one.absent and one.record["id"] in decisions]
    if not lines:
        return
    step = book.steps()[-1]
    tree, note = nodes(book.leaves()[: step.size]), read_note(step.note)
    for line in lines:
        path, leaf = inclusion(line.index, step.size, tree), sealed(line)
        for number, one in enumerate(line.record["outcomes"], 1):
            yield line.record["id"], one["team"], ProofFile(line.index, path, note, _extra(opening(leaf, number)))


def _extra(opened: Opening) -> bytes:
    told = {
        "part": opened.part.decode(), "salt": opened.salt.hex(), "number": opened.number, "parts": opened.size,
        "beside": [one.hex() for one in opened.path],
    }  # fmt: skip
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def read_extra(extra: bytes) -> Opening:
    """The opening that a proof file's `extra` holds."""
    try:
        told = json.loads(extra)
        beside = tuple(map(bytes.fromhex, told["beside"]))
        salt, number, parts = bytes.fromhex(told["salt"]), told["number"], told["parts"]
        if type(number) is int and type(parts) is int and isinstance(json.loads(told["part"]), dict):
            return Opening(told["part"].encode(), salt, number, parts, beside)
        raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as bad:
        raise AuditError("proof: its `extra` opens no part; hint: take the file as it was given") from bad


def show(proof: ProofFile, policy: Policy) -> Shown:
    """What *proof* shows, or raise."""
    witnessed, opened = trusted(proof.note, policy), read_extra(proof.extra)
    check_inclusion(leaf_of(opened), proof.number, witnessed.checkpoint.size, proof.path, witnessed.checkpoint.root)
    return Shown(proof.number, json.loads(opened.part), witnessed)


def same(shown: Shown, kept: Note, policy: Policy) -> None:
    """Raise if a checkpoint *kept* from earlier is of this size and of another tree."""
    seen, now = trusted(kept, policy._replace(quorum=NONE)).checkpoint, shown.by.checkpoint
    if (seen.origin, seen.size) == (now.origin, now.size) and seen.root != now.root:
        raise NoteError("checkpoint: not the tree you kept one of; hint: the log shows two histories", "forked")


FAILS = (AuditError, NoteError, ProofError)
