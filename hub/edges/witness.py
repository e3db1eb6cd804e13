"""
A witness that a partner runs: what it cosigned last of each log, on disk, and the door at which logs ask.

It holds one key and believes nobody. Losing its folder is losing the witness: a new one needs a new name and key.
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any, NamedTuple

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.wire.cosigning import CONFLICT, MALFORMED, UNKNOWN, Refused, Request, judge, origin, read_request
from hub.wire.notes import COSIGNATURE, SIGNATURE, Checkpoint, Key, Line, cosign, key_of, public_key

log = structlog.get_logger()
MOST, PATIENCE, AT_ONCE, EVIDENCE = 64 * 1024, 10.0, 32, 100  # bytes, seconds, connections, notes kept of one log
WHOLE = 20.0  # seconds for a whole request, however it comes
SCHEMA = """
create table seen (origin text primary key, size integer not null, root blob not null, note text not null);
create table refused (origin text not null, note text not null, at integer not null, primary key (origin, note));
"""


class WitnessError(Exception):
    """A witness's folder that cannot be used; the text says the cure."""


class Seen(NamedTuple):
    """What a witness cosigned last of a log, and how many notes it keeps that were not shown to follow."""

    origin: str
    size: int
    refused: int


class Witness:
    """The witness in *folder*; *clock* gives seconds. Any number of threads or processes may ask at once."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder, clock
        try:
            told = json.loads((folder / "witness.json").read_text("utf-8"))
            self.name, keys = str(told["name"]), [key_of(one) for one in told["logs"]]
            self._secret = Ed25519PrivateKey.from_private_bytes(bytes.fromhex((folder / "witness.key").read_text()))
        except (OSError, ValueError, KeyError, TypeError) as bad:
            hint = f"make one with `hub witness init {folder} --name NAME --log VKEY`"
            raise WitnessError(f"{folder}: no witness here; hint: {hint}") from bad
        self.logs = {key.name: tuple(one for one in keys if one.name == key.name) for key in keys}
        with closing(self._open()):
            pass

    @property
    def key(self) -> Key:
        """The key by which others know it."""
        return public_key(self.name, self._secret, COSIGNATURE)

    def add(self, told: str) -> Line:
        """The cosignature that the request *told* asks for, once it is on disk; or raise why not."""
        request = read_request(told)
        asked = origin(request, self.logs)
        with closing(self._open()) as sql:
            sql.execute("begin immediate")  # to look and to write down is one act, whoever else asks meanwhile
            try:
                judge(request, asked, _seen(sql, asked.origin))
            except Refused as refused:
                self._keep(sql, request, asked, refused)
                raise
            row = (*asked, str(request.note))
            sql.execute("insert or replace into seen (origin, size, root, note) values (?, ?, ?, ?)", row)
            sql.execute("commit")
        return cosign(request.note.text, self.name, self._secret, int(self._clock()))

    def _keep(self, sql: sqlite3.Connection, request: Request, asked: Checkpoint, refused: Refused) -> None:
        """What the log signed and did not prove to follow may be evidence: it is kept, and the log is told on."""
        query = "select count(*) from refused where origin = ?"
        most = EVIDENCE * (2 if refused.status == CONFLICT else 1)  # two roots of one size prove a fork, and get in
        if refused.suspect and sql.execute(query, (asked.origin,)).fetchone()[0] < most:
            ours = {(key.name, key.id) for key in self.logs[asked.origin]}  # others may add what they like
            lines = [line for line in request.note.lines if (line.name, line.id) in ours]
            row = (asked.origin, str(request.note._replace(lines=tuple(lines))), int(self._clock()))
            sql.execute("insert or ignore into refused (origin, note, at) values (?, ?, ?)", row)
        sql.execute("commit")
        if refused.suspect:
            log.warning("checkpoint refused", origin=asked.origin, size=asked.size, status=refused.status)

    def seen(self) -> list[Seen]:
        """What it knows of each log that it watches."""
        with closing(self._open()) as sql:
            counts = dict(sql.execute("select origin, count(*) from refused group by origin").fetchall())
            known = {name: _seen(sql, name) for name in self.logs}
        return [Seen(name, one.size if one else 0, counts.get(name, 0)) for name, one in known.items()]

    def evidence(self) -> list[str]:
        """Signed notes that were not shown to follow what it cosigned, and then those it cosigned last."""
        with closing(self._open()) as sql:
            rows = sql.execute("select note from refused order by origin, at").fetchall()
            return [note for (note,) in [*rows, *sql.execute("select note from seen order by origin").fetchall()]]

    def _open(self) -> sqlite3.Connection:
        """Never a new file: a witness that has forgotten what it cosigned would cosign anything."""
        try:
            file = f"{(self._folder / 'witness.db').absolute().as_uri()}?mode=rw"
            sql = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, uri=True)
            sql.execute("pragma synchronous = full")
            return sql
        except sqlite3.Error as gone:
            hint = "restore it, or make a new witness under a new name"
            raise WitnessError(f"{self._folder}/witness.db: cannot be opened; hint: {hint}") from gone


def _seen(sql: sqlite3.Connection, name: str) -> Checkpoint | None:
    row = sql.execute("select origin, size, root from seen where origin = ?", (name,)).fetchone()
    return Checkpoint(*row) if row else None


def create(folder: Path, name: str, logs: Iterable[str], secret: Ed25519PrivateKey | None = None) -> Witness:
    """Make a witness *name* in a new *folder* that watches *logs* (vkeys)."""
    if folder.exists() and any(folder.iterdir()):
        raise WitnessError(f"{folder}: not empty; hint: name a new folder")
    keys = [key_of(one) for one in logs]
    if not keys or any(key.kind != SIGNATURE for key in keys):
        raise WitnessError("log: not the key of a log; hint: give what `hub audit key` prints at the hub")
    made = secret or Ed25519PrivateKey.generate()
    if key_of(str(public_key(name, made, COSIGNATURE))).name != name:
        raise WitnessError("name: not one; hint: a host's name will do, such as witness.police.example")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    with os.fdopen(os.open(folder / "witness.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(made.private_bytes_raw().hex())
    with closing(sqlite3.connect(folder / "witness.db")) as sql:
        sql.executescript(SCHEMA)
    told = {"name": name, "logs": list(map(str, keys))}
    (folder / "witness.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    return Witness(folder)


class Door(ThreadingHTTPServer):
    """Answers `POST /add-checkpoint` at *address*; a request is bounded in size and time, and their number too."""

    daemon_threads = True
    request_queue_size = 64  # who comes while others are answered waits: five places, the default, are soon taken

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness, self._room = witness, threading.BoundedSemaphore(AT_ONCE)
        super().__init__(address, _Asked)

    def serve_until(self, stop: threading.Event) -> None:
        """Answer until *stop* is set."""
        answering = threading.Thread(target=self.serve_forever, daemon=True)
        answering.start()
        stop.wait()
        self.shutdown()
        answering.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(timeout=PATIENCE):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        end = threading.Timer(WHOLE, _cut, [request])  # else a byte now and then would keep its place for days
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is the other side's affair."""


def _cut(request: Any) -> None:
    with suppress(OSError):
        request.shutdown(SHUT_RDWR)


class _Asked(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server: Door

    def do_POST(self) -> None:
        told = self.headers.get("Content-Length", "")
        if self.path.rpartition("/")[2] != "add-checkpoint":
            return self._answer(UNKNOWN, "")
        if not told.isdecimal() or int(told) > MOST:
            return self._answer(413, "")
        try:
            line = self.server.witness.add(self.rfile.read(int(told)).decode("utf-8"))
        except UnicodeDecodeError:
            self._answer(MALFORMED, "")
        except Refused as refused:
            conflict = refused.status == CONFLICT
            self._answer(refused.status, f"{refused.size}\n" if conflict else "", "text/x.tlog.size")
        except (sqlite3.Error, WitnessError) as bad:
            log.error("witness cannot write", error=type(bad).__name__)
            self._answer(503, "")
        else:
            self._answer(200, str(line))

    def _answer(self, status: int, body: str, kind: str = "text/plain; charset=utf-8") -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Who asked is nobody's business."""
