"""
The runtime of a connector: takes files from a folder in name order, maps them, and publishes each through an outbox.

What must survive a crash travels in the same transaction as the events: which file is done (or how far), and what was
last seen of each record. Names of files and what is remembered are sealed with the agency's own key. A file with
refusals is kept, as it came, in a folder of this machine: it holds identifiers and never leaves.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from connectors.mapping import MIB, Connector, Context, Mapped, Refusal, Seen, nothing
from connectors.outbox import KafkaOutbox, Outbox, OutboxError, Rows
from connectors.pseudonyms import FILE, MEMORY, Pseudonyms
from hub.core.events import Event
from hub.topics import slug

__all__ = ["Intake", "KafkaOutbox", "Outbox", "OutboxError", "Published"]

log = structlog.get_logger()
BATCH = 1000  # events in one transaction
READ = 64 * MIB
DONE = b'{"done": true}'


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one file."""

    events: int
    refused: tuple[Refusal, ...]
    notes: tuple[str, ...]


class Intake:
    """
    One source of one agency: everything it must remember, and the next file.

    The outbox has the last word: what it committed is what was published, whatever this process remembers of it.
    """

    def __init__(
        self,
        speaks: Connector,
        pseudonyms: Pseudonyms,
        outbox: Outbox,
        quarantine: Path,
        *,
        name: str = "inbox",
        records: Callable[[str], Seen | None] = nothing,
        limit: int = READ,
        batch: int = BATCH,
    ) -> None:
        self.source = f"{slug(pseudonyms.agency)}/{name}"
        self._speaks, self._names, self._outbox, self._batch = speaks, pseudonyms, outbox, batch
        self._quarantine, self._records, self.limit = quarantine, records, limit
        self._memory: dict[str, Seen] = {}
        self._files: dict[str, Seen] = {}
        for row, value in outbox.resume(self.source).items():
            self._take(row, value)

    def _take(self, row: str, value: bytes | None) -> None:
        kind, _, key = row.partition("/")
        kept = self._files if kind == "file" else self._memory
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = json.loads(value if kind == "file" else self._names.open(value.decode(), MEMORY))

    def sweep(self, folder: Path) -> Iterator[Published]:
        """Publish every file of *folder* that is new, in name order; then forget files that are no longer there."""
        present = set[str]()
        for path in sorted(one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")):
            with path.open("rb") as opened:
                data, made = opened.read(self.limit + 1), os.fstat(opened.fileno()).st_mtime_ns // 1000
            key = self._key(path.name, data)
            present.add(key)
            if not self._files.get(key, {}).get("done"):
                yield self.publish(path.name, data, made)
        gone = self._files.keys() - present
        if gone:
            self._commit((), {f"file/{key}": None for key in gone})

    def publish(self, name: str, data: bytes, as_of: int) -> Published:
        """Map one file and publish what it says, from where a crash may have left it."""
        key = self._key(name, data)
        about = {"source": self.source, "file": key[-8:]}
        mapped = self._speaks.map_file(name, data, self._context(as_of))
        if mapped.refused:
            keep(self._quarantine, name, data, mapped.refused)
            log.warning("refused", **about, count=len(mapped.refused), why=mapped.refused[0].why)
        start = self._reached(key, mapped.events)
        for last, upto in _batches(start, len(mapped.events), self._batch):
            rows = self._done(key, mapped) if last else {f"file/{key}": _position(upto, mapped.events[upto - 1])}
            self._commit(mapped.events[start:upto], rows)
            start = upto
        log.info("published", **about, events=len(mapped.events), notes=len(mapped.notes))
        return Published(len(mapped.events), mapped.refused, mapped.notes)

    def _context(self, as_of: int) -> Context:
        return Context(self._names, as_of, self._memory, self._records, self.limit)

    def _reached(self, key: str, events: Sequence[Event]) -> int:
        """How much of a file a crash left published; if it maps otherwise by now, all of it is sent again."""
        position = self._files.get(key) or {}
        upto = position.get("published", 0)
        return upto if 0 < upto <= len(events) and events[upto - 1].id == position.get("last") else 0

    def _done(self, key: str, mapped: Mapped) -> Rows:
        memory = {f"record/{record}": self._sealed(seen) for record, seen in mapped.memory.items()}
        return {**memory, f"file/{key}": DONE}

    def _sealed(self, seen: Seen | None) -> bytes | None:
        return None if seen is None else self._names.seal(json.dumps(seen, sort_keys=True), MEMORY).encode()

    def _commit(self, events: Sequence[Event], rows: Rows) -> None:
        self._outbox.publish(self.source, events, rows)
        for row, value in rows.items():
            self._take(row, value)

    def _key(self, name: str, data: bytes) -> str:
        """A file's own name in the log: its name may hold an identifier, so only this agency can read it back."""
        told = name.encode("utf-8", "backslashreplace").decode()  # a file system may hold names that are no text
        return self._names.seal(f"{hashlib.sha256(data).hexdigest()}/{told}", FILE)


def _batches(start: int, end: int, size: int) -> Iterator[tuple[bool, int]]:
    """
    Yield (is it the last, up to which event).

    What is remembered goes with the last batch, so that a half-published file maps the same again:

    >>> list(_batches(0, 5, 2)), list(_batches(0, 0, 2))
    ([(False, 2), (False, 4), (True, 5)], [(True, 0)])
    """
    while start + size < end:
        start += size
        yield False, start
    yield True, end


def _position(published: int, last: Event) -> bytes:
    return json.dumps({"published": published, "last": last.id}).encode()


def keep(folder: Path, name: str, data: bytes, refused: Sequence[Refusal]) -> None:
    """Keep a file as it came, with the reasons beside it, where only this user may look."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stem = f"{hashlib.sha256(data).hexdigest()[:12]}-{Path(name).name}"
    reasons = "".join(f"{one}\n" for one in refused).encode()
    for path, content in ((folder / stem, data), (folder / f"{stem}.reasons", reasons)):
        if not path.exists():
            part = path.with_name(f"{path.name}.part")
            with open(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as kept:
                kept.write(content)
                kept.flush()
                os.fsync(kept.fileno())
            part.rename(path)  # whole, or it is not there
