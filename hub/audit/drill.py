"""
The tamper drill: a made-up ledger is tampered with in every way we know, one at a time, and both verifiers must say so.

Whoever tampers holds the folder, and where it says so the log's own signing key. The auditor holds what an auditor has:
whom to believe, and a checkpoint kept from earlier.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hub.audit import standalone
from hub.audit.book import AuditError
from hub.audit.check import check
from hub.audit.folder import FolderBook, export, tiles
from hub.audit.proof import prove, show
from hub.audit.synthetic import ORIGIN, OTHER, Synthetic, policy, secret, signed, witnessed
from hub.core.identity import reference
from hub.core.ledger import BLANK, DECISION
from hub.core.merkle import ProofError, nodes, root
from hub.engine.ledger import hashes
from hub.wire.notes import Checkpoint, Note, NoteError, ProofFile, public_key, read_checkpoint, read_note, read_proof
from hub.wire.notes import sign as sign_as
from hub.wire.witnesses import read_policy

PATIENCE = 60  # seconds for the second verifier
ENTRIES, STEPS, TOLD, NEWEST = "entries.jsonl", "checkpoints.jsonl", "told.jsonl", "checkpoint"
Row = dict[str, Any]


class Scene:
    """A fresh copy of the ledger in *folder*, and a proof of its first decision, for somebody to tamper with."""

    def __init__(self, made: Synthetic, folder: Path) -> None:
        self.made, self.folder = made, folder
        self.proof = folder.with_suffix(".tlog-proof")
        self.decisions = [line.index for line in made.lines() if line.kind == DECISION and not line.absent]
        self.blanks = [line.index for line in made.lines() if line.kind == BLANK]

    def prove(self, at: int = 0) -> ProofFile:
        made = prove(self.made, self.made.opened[self.decisions[at]].record["id"])
        return made._replace(note=read_note(self.made.newest()))

    def rows(self, name: str = ENTRIES) -> list[Row]:
        return [json.loads(line) for line in (self.folder / name).read_text("utf-8").splitlines()]

    def write(self, rows: list[Row], name: str = ENTRIES) -> None:
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    def record(self, change: Callable[[Row], object]) -> None:
        """Change the line of the first decision that is there."""
        rows = self.rows()
        change(rows[self.decisions[0]])
        self.write(rows)

    def note(self, change: Callable[[Note], Note]) -> None:
        file = self.folder / NEWEST
        file.write_text(str(change(read_note(file.read_text("utf-8")))), "utf-8")

    def last(self, note: Note) -> None:
        """Make *note* the last step and the newest checkpoint."""
        rows = self.rows(STEPS)
        self.write([*rows[:-1], {**rows[-1], "note": str(note)}], STEPS)
        self.note(lambda _: note)

    def become(self, other: Synthetic) -> None:
        shutil.rmtree(self.folder)
        export(other, self.folder)

    def leaves(self) -> list[bytes]:
        return [leaf for file in sorted((self.folder / "tile/0").iterdir()) for leaf in hashes(file.read_bytes())]

    def retile(self, leaves: list[bytes]) -> None:
        for name, data in tiles(leaves):
            (self.folder / name).write_bytes(data)


def bit(scene: Scene) -> None:
    def flip(row: Row) -> None:
        told = row["record"]["person"]
        row["record"]["person"] = told[:-1] + chr(ord(told[-1]) ^ 1)

    scene.record(flip)


def removed(scene: Scene) -> None:
    rows = scene.rows()
    scene.write([row for row in rows if row["index"] != scene.decisions[0]])


def appended(scene: Scene) -> None:
    rows = scene.rows()
    scene.write([*rows, {**rows[scene.decisions[0]], "index": len(rows), "offset": 999}])


def swapped(scene: Scene) -> None:
    rows = scene.rows()
    one, two = (rows[index] for index in scene.decisions[:2])
    for name in ("salt", "record"):
        one[name], two[name] = two[name], one[name]
    scene.write(rows)


def salt(scene: Scene) -> None:
    scene.record(lambda row: row.update(salt="00" * 32))


def outcome(scene: Scene) -> None:
    def deliver(row: Row) -> None:
        next(one for one in row["record"]["outcomes"] if not one["delivered"]).update(delivered=True, reason=None)

    scene.record(deliver)


def clause(scene: Scene) -> None:
    scene.record(lambda row: row["record"]["outcomes"][0].update(clause="DSA-001.9"))


def decided_earlier(scene: Scene) -> None:
    scene.record(lambda row: row["record"].update(at=row["record"]["at"] - 86_400_000_000))


def place(scene: Scene) -> None:
    rows = scene.rows()
    one, two = (rows[index] for index in scene.decisions[:2])
    one.update(partition=two["partition"], offset=two["offset"])
    scene.write(rows)


def leaf(scene: Scene) -> None:
    file = scene.folder / "tile/0/000"
    file.write_bytes(bytes(32) + file.read_bytes()[32:])


def leaf_and_tiles(scene: Scene) -> None:
    scene.retile([bytes(32), *scene.leaves()[1:]])


def leaf_and_signature(scene: Scene) -> None:
    made = [bytes(32), *scene.leaves()[1:]]
    scene.retile(made)
    rows, node = scene.rows(STEPS), nodes(made)
    notes = [signed(Checkpoint(ORIGIN, row["size"], root(row["size"], node))) for row in rows]
    scene.write([{**row, "note": str(note)} for row, note in zip(rows, notes, strict=True)], STEPS)
    scene.note(lambda _: witnessed(notes[-1]))


def tile_cut(scene: Scene) -> None:
    file = scene.folder / "tile/0/002"
    file.write_bytes(file.read_bytes()[:-32])


def tail_cut(scene: Scene) -> None:
    scene.become(Synthetic(many=2))


def forked(scene: Scene) -> None:
    scene.become(Synthetic(fork=True))


def root_changed(scene: Scene) -> None:
    scene.note(lambda note: note._replace(text=str(read_checkpoint(note.text)._replace(root=bytes(32)))))


def root_signed(scene: Scene) -> None:
    scene.last(witnessed(signed(Checkpoint(ORIGIN, scene.made.grown(), bytes(32)))))


def size_changed(scene: Scene) -> None:
    scene.note(lambda note: note._replace(text=str(read_checkpoint(note.text)._replace(size=256))))


def stripped(scene: Scene) -> None:
    scene.note(lambda note: note._replace(lines=note.lines[1:]))


def other_key(scene: Scene) -> None:
    scene.note(lambda note: witnessed(signed(read_checkpoint(note.text), by=OTHER)))


def other_key_hidden(scene: Scene) -> None:
    def disguise(note: Note) -> Note:
        made = sign_as(note.text, ORIGIN, secret(OTHER))._replace(id=public_key(ORIGIN, secret(ORIGIN)).id)
        return note._replace(lines=(made, *note.lines[1:]))

    scene.note(disguise)


def cosignature(scene: Scene) -> None:
    def forge(note: Note) -> Note:
        line = note.lines[1]
        data = line.signature
        return note._replace(
            lines=(note.lines[0], line._replace(signature=data[:-1] + bytes([data[-1] ^ 1])), *note.lines[2:])
        )

    scene.note(forge)


def below_quorum(scene: Scene) -> None:
    scene.note(lambda note: note._replace(lines=note.lines[:2]))


def witnesses_replaced(scene: Scene) -> None:
    (scene.folder / "witnesses.policy").write_text(policy("!"), "utf-8")
    scene.note(lambda note: witnessed(note._replace(lines=note.lines[:1]), mark="!"))


def other_leaf(scene: Scene) -> None:
    one, two = scene.prove(), scene.prove(1)
    scene.proof.write_text(str(one._replace(number=two.number, path=two.path)), "utf-8")


def path_altered(scene: Scene) -> None:
    made = scene.prove()
    scene.proof.write_text(str(made._replace(path=(bytes(32), *made.path[1:]))), "utf-8")


def part_altered(scene: Scene) -> None:
    made = scene.prove()
    scene.proof.write_text(str(made._replace(extra=made.extra.replace(b"HMPPS", b"HMPPZ"))), "utf-8")


def blank_as_decision(scene: Scene) -> None:
    rows = scene.rows()
    number = scene.blanks[0]
    rows[number] = {**rows[scene.decisions[0]], "index": number, "offset": 999, "salt": rows[number]["salt"]}
    scene.write(rows)


def decision_as_blank(scene: Scene) -> None:
    rows = scene.rows()
    at = scene.decisions[0]
    rows[at] = {"index": at, "kind": "blank", "salt": rows[at]["salt"], "record": {"kind": "blank"}}
    scene.write(rows)


def erased_silently(scene: Scene) -> None:
    rows = scene.rows()
    row = rows[scene.decisions[0]]
    rows[row["index"]] = {name: row[name] for name in ("index", "kind", "partition", "offset")} | {"erased": True}
    scene.write(rows)


def receipt_alone(scene: Scene) -> None:
    rows = scene.rows()
    line = scene.made.opened[scene.made.gone]
    row = rows[line.index]
    del row["erased"]
    row.update(salt=line.salt.hex(), record=line.record)
    scene.write(rows)


def undecided(scene: Scene) -> None:
    rows = scene.rows(TOLD)
    scene.write([*rows, {**rows[0], "offset": 999, "decision": "r-" + "0" * 32}], TOLD)


def untold(scene: Scene) -> None:
    quoted = json.loads(prove_team(scene).extra)["part"]
    scene.write([row for row in scene.rows(TOLD) if row["decision"] != json.loads(quoted)["decision"]], TOLD)


def prove_team(scene: Scene) -> ProofFile:
    record = scene.made.opened[scene.decisions[0]].record
    told = next(one["team"] for one in record["outcomes"] if one["delivered"])
    return prove(scene.made, reference(record["id"], told))


def other_origin(scene: Scene) -> None:
    def replay(note: Note) -> Note:
        told = str(read_checkpoint(note.text)._replace(origin=OTHER))
        return Note(told, (sign_as(told, OTHER, secret(OTHER)),))

    scene.note(replay)


def backwards(scene: Scene) -> None:
    rows = scene.rows(STEPS)
    scene.write([*rows[:-1], {**rows[-1], "at": rows[0]["at"] - 1}], STEPS)


def steps_swapped(scene: Scene) -> None:
    first, *rest = scene.rows(STEPS)
    scene.write([*rest, first], STEPS)


class Tampering(NamedTuple):
    """What somebody does, and by what name it must be found."""

    what: str
    kind: str
    do: Callable[[Scene], None]


TAMPERINGS = (
    Tampering("a bit flipped in a decision", "altered", bit),
    Tampering("a decision removed", "cut", removed),
    Tampering("a decision added", "added", appended),
    Tampering("two decisions swapped", "altered", swapped),
    Tampering("a salt changed", "altered", salt),
    Tampering("withheld made delivered", "altered", outcome),
    Tampering("another clause", "altered", clause),
    Tampering("a decision dated a day earlier", "altered", decided_earlier),
    Tampering("two leaves for one place in the log", "doubled", place),
    Tampering("a leaf replaced in its tile", "tile", leaf),
    Tampering("a leaf replaced, and the tiles above", "forked", leaf_and_tiles),
    Tampering("a leaf replaced, all signed and cosigned again", "forked", leaf_and_signature),
    Tampering("a tile cut short", "tile", tile_cut),
    Tampering("the last step taken away, all else in order", "cut", tail_cut),
    Tampering("another history after the first step, signed and cosigned", "forked", forked),
    Tampering("another root in the checkpoint", "forged", root_changed),
    Tampering("another root, signed and cosigned", "forked", root_signed),
    Tampering("another size in the checkpoint", "forged", size_changed),
    Tampering("the log's signature stripped", "unsigned", stripped),
    Tampering("signed by another key", "unsigned", other_key),
    Tampering("signed by another key that poses as the log's", "forged", other_key_hidden),
    Tampering("a cosignature forged", "forged", cosignature),
    Tampering("cosignatures below the quorum", "quorum", below_quorum),
    Tampering("the witnesses' keys replaced, and used", "quorum", witnesses_replaced),
    Tampering("the proof of another leaf", "unproved", other_leaf),
    Tampering("a hash of the proof's path altered", "unproved", path_altered),
    Tampering("what the proof opens altered", "unproved", part_altered),
    Tampering("a blank passed off as a decision", "altered", blank_as_decision),
    Tampering("a decision hidden as a blank", "blank", decision_as_blank),
    Tampering("an erasure without its receipt", "missing", erased_silently),
    Tampering("a receipt without its erasure", "receipt", receipt_alone),
    Tampering("something told without a decision", "undecided", undecided),
    Tampering("a decision to tell, and nothing told", "untold", untold),
    Tampering("another log's checkpoint", "foreign", other_origin),
    Tampering("a step older than the one before", "back-dated", backwards),
    Tampering("the steps in another order", "shrunk", steps_swapped),
)


class Found(NamedTuple):
    """What each verifier calls it; nothing where it found nothing."""

    hub: tuple[str, ...]
    standalone: tuple[str, ...]

    def right(self, kind: str) -> bool:
        """Whether both found it, under the same names, *kind* among them; nothing at all where *kind* is empty."""
        return self.hub == self.standalone and (kind in self.hub if kind else not self.hub)


def drill(folder: Path) -> Iterator[tuple[Tampering, Found]]:
    """Each tampering on a fresh copy in *folder*, and what was found; before them one of nothing at all."""
    made = Synthetic()
    (folder / "trusted.policy").write_text(policy(), "utf-8")
    (folder / "kept").write_text(made.newest(), "utf-8")
    export(made, folder / "whole")
    for number, one in enumerate((NOTHING, *TAMPERINGS)):
        copy = folder / f"copy-{number}"
        shutil.copytree(folder / "whole", copy)
        scene = Scene(made, copy)
        one.do(scene)
        shown = scene.proof if scene.proof.exists() else copy
        yield one, Found(_by_hub(shown, folder), _by_standalone(shown, folder))
        shutil.rmtree(copy)


def nothing(scene: Scene) -> None:
    """What is left alone must pass, else finding is no art."""


NOTHING = Tampering("nothing", "", nothing)


def _by_hub(shown: Path, folder: Path) -> tuple[str, ...]:
    trusted, kept = policy(), (folder / "kept").read_text("utf-8")
    try:
        if shown.is_dir():
            return _names(kind for kind, _ in check(FolderBook(shown, trusted), [kept]).faults)
        show(read_proof(shown.read_text("utf-8")), read_policy(trusted))
    except ProofError:
        return ("unproved",)
    except (NoteError, AuditError) as bad:
        return (bad.kind,)
    return ()


def _by_standalone(shown: Path, folder: Path) -> tuple[str, ...]:
    """As an auditor runs it: a Python that knows no package, and no path of ours."""
    words = [str(shown), "--policy", str(folder / "trusted.policy"), "--kept", str(folder / "kept"), "--json"]
    command = [sys.executable, "-I", "-S", standalone.__file__, *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if ran.returncode not in (0, 1):
        return (f"exit {ran.returncode}",)
    return _names(fault["kind"] for fault in json.loads(ran.stdout)["faults"])


def _names(kinds: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(kinds)))
