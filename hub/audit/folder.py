"""A ledger in a folder of plain files, as schemas/LEDGER.md has it: written for an auditor, read by whoever checks."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.audit.book import DROPPED, LEFT_OUT, MISSING, AuditError, Book, Line, Step, Told
from hub.audit.check import delivered, short
from hub.core.ledger import BLANK, DECISION, ERASURE, TILE
from hub.core.merkle import levels
from hub.engine.ledger import hashes
from hub.wire.notes import partial, tile

TILE_BITS = 8
NONE_YET = "ledger: no checkpoint yet; hint: `hub run` makes the first within the ledger's period"
Within = Callable[[Mapping[str, Any]], bool]


def export(book: Book, folder: Path, within: Within = lambda record: True) -> int:
    """Write *book* to *folder*, with what is *within* a period opened and the rest left out; how many leaves it is."""
    if folder.exists() and any(folder.iterdir()):
        raise AuditError(f"{folder}: not empty; hint: name a new folder")
    if book.pending():
        raise AuditError("ledger: an erasure waits for its receipt; hint: export after the next checkpoint")
    steps, leaves = book.steps(), book.leaves()
    if not steps:
        raise AuditError(NONE_YET)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "checkpoints.jsonl", (step._asdict() for step in steps))
    (folder / "checkpoint").write_text(book.newest() or steps[-1].note, "utf-8")
    (folder / "witnesses.policy").write_text(book.policy, "utf-8")
    for name, data in tiles(leaves):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    told = list(book.told())  # before decisions are read: what a hub at work tells now, it has decided by then
    _write(folder / "entries.jsonl", (_told(line, within) for line in book.lines()))
    if book.strays():
        raise AuditError(f"{book.strays()[0]}: a decision without its leaf; hint: hub audit verify says what else")
    later = set[bytes]().union(*map(delivered, book.waiting()))  # of the next checkpoint
    _write(folder / "told.jsonl", (one._asdict() for one in told if short(one.decision) not in later))
    return len(leaves)


def publish(book: Book, folder: Path) -> int:
    """Bring *folder* up to date with what everybody may see: the tiles, and then the checkpoint. How many leaves."""
    steps, leaves = book.steps(), book.leaves()
    if not steps:
        raise AuditError(NONE_YET)
    for name, data in tiles(leaves):
        _replace(folder / name, data)
    _replace(folder / "witnesses.policy", book.policy.encode())
    _replace(folder / "checkpoint", (book.newest() or steps[-1].note).encode())
    return len(leaves)


def _replace(file: Path, data: bytes) -> None:
    """Whoever reads meanwhile sees the old one or the new one."""
    if not file.exists() or file.read_bytes() != data:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.new")
        new.write_bytes(data)
        new.replace(file)


def tiles(leaves: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """The tree's hashes as files (c2sp.org/tlog-tiles)."""
    made = levels(leaves)
    for level in range(-(-len(made) // TILE_BITS)):
        row = made[TILE_BITS * level]
        for number, start in enumerate(range(0, len(row), TILE)):
            some = row[start : start + TILE]
            yield tile(level, number) if len(some) == TILE else partial(level, number, len(some)), b"".join(some)


def _told(line: Line, within: Within) -> dict[str, Any]:
    place = {"partition": line.partition, "offset": line.offset} if line.kind == DECISION else {}
    about = {"index": line.index, "kind": line.kind, **place}
    if line.absent:
        return {**about, line.absent: True}
    if line.kind == DECISION and not within(line.record):
        return {**about, "left_out": True}
    return {**about, "salt": line.salt.hex(), "record": line.record}


def _write(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


LINE, PLACE = {"index": int, "kind": str}, {"partition": int, "offset": int}
OPEN, ABSENT = {"salt": str, "record": dict}, (DROPPED, LEFT_OUT, MISSING)
STEP = {"at": int, "size": int, "note": str}
TOLD = {"team": str, "topic": str, **PLACE, "decision": str}
_KINDS = (DECISION, ERASURE, BLANK)


def _whole(text: str) -> int:
    """Numbers are whole and of eight bytes: of any other, two verifiers may write something else."""
    number = int(text)
    if number.bit_length() > 63:
        raise ValueError("a number of more than eight bytes")
    return number


class FolderBook(Book):
    """A ledger in *folder*, as `export` wrote it, or somebody else did."""

    def __init__(self, folder: Path, policy: str | None = None) -> None:
        self._folder = folder
        if not (folder / "checkpoint").is_file():
            raise AuditError(f"{folder}: no exported ledger; hint: make one with `hub audit export {folder}`")
        self.policy = self._text("witnesses.policy") if policy is None else policy

    def newest(self) -> str:
        return self._text("checkpoint")

    def steps(self) -> list[Step]:
        return [Step(**self._formed(STEP, row)) for row in self._rows("checkpoints.jsonl")]

    def leaves(self) -> list[bytes]:
        found: list[bytes] = []
        number = 0
        while (file := self._folder / tile(0, number)).is_file():
            found += hashes(file.read_bytes())
            number += 1
        for name, data in tiles(found):
            if not (self._folder / name).is_file() or self._bytes(name) != data:
                raise AuditError(f"{self._folder}/{name}: is not whole, or not of those below; hint: altered", "tile")
        return found

    def grown(self) -> int:
        return len(self.leaves())

    def lines(self) -> Iterator[Line]:
        for row in self._rows("entries.jsonl"):
            decision = row.get("kind") == DECISION
            absent = next((name for name in ABSENT if row.get(name) is True), "") if decision else ""
            form = LINE | (PLACE if decision else {}) | ({absent: bool} if absent else OPEN)
            told = {"salt": "", "record": {}, "absent": absent} | self._formed(form, row)
            told.pop(absent, None)
            try:
                salt = bytes.fromhex(told["salt"])
            except ValueError:
                salt = b""
            yield Line(**told | {"salt": salt})

    def told(self) -> Iterator[Told]:
        return (Told(**self._formed(TOLD, row)) for row in self._rows("told.jsonl"))

    def _formed(self, form: Mapping[str, type], row: dict[str, Any]) -> dict[str, Any]:
        """A *row* that has the names and types of *form*, and no others."""
        if {name: type(value) for name, value in row.items()} != form or row.get("kind", BLANK) not in _KINDS:
            why = f"{self._folder}: a line that is not as schemas/LEDGER.md has it"
            raise AuditError(f"{why}; hint: take the folder as it was exported")
        return row

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(self._text(name).split("\n"), 1):
            if not line:
                continue
            try:
                row = json.loads(line, parse_int=_whole, parse_float=_whole, parse_constant=_whole)
            except (ValueError, RecursionError) as bad:
                raise AuditError(f"{self._folder}/{name}:{number}: no JSON; hint: it was altered") from bad
            if not isinstance(row, dict):
                raise AuditError(f"{self._folder}/{name}:{number}: no object; hint: it was altered")
            yield row

    def _text(self, name: str) -> str:
        try:
            return self._bytes(name).decode()
        except UnicodeDecodeError as bad:
            raise AuditError(f"{self._folder}/{name}: not UTF-8; hint: take the folder as it was exported") from bad

    def _bytes(self, name: str) -> bytes:
        file = self._folder / name
        if not file.is_file():
            raise AuditError(f"{file}: not there; hint: take the folder as it was exported")
        return file.read_bytes()
