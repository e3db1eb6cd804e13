"""The hub's side of witnessing: every checkpoint goes to every witness, beside the ledger and never before it."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import structlog

from hub.core.ledger import TILE
from hub.core.merkle import consistency, levels, root
from hub.engine.ledger import hashes
from hub.wire.cosigning import CONFLICT, Request
from hub.wire.notes import NUMBER, Note, NoteError, read_checkpoint, read_note, signers
from hub.wire.witnesses import NONE, Policy

log = structlog.get_logger()
PATIENCE, AGAIN, MOST = 5.0, 30.0, 64 * 1024  # seconds for an answer, seconds between rounds, bytes of an answer
ASKS = 4  # so many times an answer's seconds are for a round: two requests, each connected and answered


class Cosigner:
    """
    Asks the witnesses of *policy* to cosign each checkpoint; `take` gives a note once enough of them have.

    The tree is told by the roots of its tiles: steps are of whole tiles, so proofs between checkpoints need no more.
    """

    def __init__(self, policy: Policy, patience: float = PATIENCE, again: float = AGAIN) -> None:
        self._policy, self._patience, self._again = policy, patience, again
        self._urls = {name: policy.urls[name] for name in policy.witnesses if name in policy.urls}
        self._lock, self._news, self._stopped = threading.Lock(), threading.Event(), threading.Event()
        self._tiles: list[bytes] = []
        self._note: Note | None = None
        self._known: dict[str, int] = {}
        self._asked: dict[str, threading.Thread] = {}
        self._done: Note | None = None
        self._thread = threading.Thread(target=self._run, name="cosigner", daemon=True)

    @property
    def idle(self) -> bool:
        """Whether the policy asks for nobody, or says nowhere to ask."""
        return self._policy.quorum == NONE or not self._urls

    def start(self) -> None:
        """Begin to ask, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; what is not cosigned is asked for again at the next start."""
        self._stopped.set()
        self._news.set()
        self._thread.join(ASKS * self._patience + 1)

    def grown(self, tiles: Iterable[bytes], note: Note) -> None:
        """The ledger has grown by *tiles*, and *note* is its newest checkpoint."""
        with self._lock:
            self._tiles.extend(tiles)
            self._note = note
        self._news.set()

    def take(self) -> Note | None:
        """The newest checkpoint under enough cosignatures; each only once."""
        with self._lock:
            note, self._done = self._done, None
        return note

    def _run(self) -> None:
        note, told = None, ""
        while True:
            self._news.clear()
            if self._stopped.is_set():  # looked at before, its news could be cleared away
                return
            with self._lock:
                newest, tiles = self._note, tuple(self._tiles)
            if newest and (note is None or note.text != newest.text):
                note = newest
            if note:
                note, told = self._round(note, tiles, told)
            waiting = note is not None and len(note.lines) <= len(self._urls)
            self._news.wait(self._again if waiting else None)

    def _round(self, note: Note, tiles: Sequence[bytes], told: str) -> tuple[Note, str]:
        """Ask whoever has not cosigned *note*; what it is then, and what was told of it last."""
        had = self._by(note)
        missing = [name for name in self._urls if name not in had]
        if not missing:
            return note, told
        for answer in self._answers(missing, note, tiles):
            note = Note(note.text, (*note.lines, *(line for line in answer.lines if line not in note.lines)))
        by = self._by(note)
        enough, size = self._policy.satisfied(by), read_checkpoint(note.text).size
        if enough and len(by) > len(had):
            with self._lock:
                self._done = note
        facts = {"size": size, "by": sorted(by), "missing": sorted(self._urls.keys() - by)}
        if (now := str((enough, facts["by"]))) != told:
            (log.info if enough else log.warning)(
                "checkpoint cosigned" if enough else "checkpoint lacks quorum", **facts
            )
        return note, now

    def _answers(self, names: Iterable[str], note: Note, tiles: Sequence[bytes]) -> list[Note]:
        """What witnesses *names* say in time; whoever drips its answer is left behind, and asked again when done."""
        found: list[Note] = []
        until = time.monotonic() + ASKS * self._patience
        for name in names:
            if not ((asked := self._asked.get(name)) and asked.is_alive()):
                ask = threading.Thread(target=lambda one=name: found.append(self._ask(one, note, tiles)), daemon=True)
                self._asked[name] = ask
                ask.start()
        for name in names:
            self._asked[name].join(max(0.0, until - time.monotonic()))
        return found.copy()

    def _by(self, note: Note) -> set[str]:
        keys = {one.key for one in signers(note, self._policy.witnesses.values())}
        return {name for name, key in self._policy.witnesses.items() if key in keys}

    def _ask(self, name: str, note: Note, tiles: Sequence[bytes]) -> Note:
        """The *note* with the cosignature of witness *name*, or without it and a line that says why."""
        why = ""
        try:
            for _ in range(2):  # the first answer may be how far the witness is
                status, body = self._post(name, self._request(note, tiles, self._known.get(name, 0)))
                if (
                    status == CONFLICT
                    and NUMBER.fullmatch(size := body.strip())
                    and int(size) != self._known.get(name, 0)
                ):
                    self._known[name] = int(size)
                    continue
                if status == 200:
                    lines = read_note(f"{note.text}\n{body}").lines
                    ours = signers(Note(note.text, lines), [self._policy.witnesses[name]])
                    if ours:
                        self._known[name] = read_checkpoint(note.text).size
                        ids = {(one.key.name, one.key.id) for one in ours}
                        return Note(note.text, (*note.lines, *(one for one in lines if (one.name, one.id) in ids)))
                why = f"answered {status}"
                break
        except (OSError, HTTPException, NoteError, ValueError) as bad:
            why = str(bad) if isinstance(bad, NoteError) else type(bad).__name__
            self._known.pop(name, None)  # it may have lied, or been mended since: the next round asks again
        log.warning("witness did not cosign", witness=name, why=why or "does not say how far it is")
        return note

    def _request(self, note: Note, tiles: Sequence[bytes], old: int) -> str:
        size = read_checkpoint(note.text).size
        made = levels(tiles[: size // TILE])
        if (
            old % TILE
            or old > size
            or root(size // TILE, lambda level, at: made[level][at]) != read_checkpoint(note.text).root
        ):
            raise NoteError("witness: has seen what is no beginning of this ledger; hint: which of them was restored?")
        proof = consistency(old // TILE, size // TILE, lambda level, at: made[level][at])
        return str(Request(old, proof, note))

    def _post(self, name: str, body: str) -> tuple[int, str]:
        url = urlsplit(self._urls[name])
        kind = {"http": HTTPConnection, "https": HTTPSConnection}.get(url.scheme)
        if kind is None or not url.hostname:
            raise ValueError("no address of the web")
        at = kind(url.hostname, url.port, timeout=self._patience)
        try:
            at.request("POST", f"{url.path.rstrip('/')}/add-checkpoint", body.encode(), {"Content-Type": "text/plain"})
            answer = at.getresponse()
            return answer.status, answer.read(MOST).decode("utf-8")
        finally:
            at.close()


def tile_roots(leaves: bytes) -> Iterator[bytes]:
    """The roots of whole tiles of *leaves*, hashes that lie one behind the other."""
    packed = hashes(leaves)
    for start in range(0, len(packed), TILE):
        yield levels(packed[start : start + TILE])[-1][0]
