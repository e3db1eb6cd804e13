"""The audit of the ledger: run beside the pages, with its progress and last result; and checkpoints to take away."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from starlette.responses import Response

from hub import topics
from hub.audit import standalone
from hub.audit.book import Line
from hub.audit.check import check
from hub.audit.kept import Verified, keep, kept, verified
from hub.audit.log import LogBook
from hub.console.desk import Desk
from hub.console.page import Ask, missing, page
from hub.console.who import Role
from hub.projection.overview import Checkpoint, checkpoints
from hub.wire.notes import NoteError, public_key, read_checkpoint, read_note

log = structlog.get_logger()
SHOWN = 6  # checkpoints listed


class Counting(LogBook):
    """A ledger that says how much of it has been read."""

    done = 0

    def lines(self) -> Iterator[Line]:
        for line in super().lines():
            self.done += 1
            yield line


@dataclass(slots=True)
class Run:
    """One audit on its way; *problem* says that it could not be finished."""

    book: Counting | None = None
    total: int = 0
    over: bool = False
    problem: str = ""

    @property
    def done(self) -> int:
        """How many leaves have been checked."""
        return self.book.done if self.book else 0


_runs: dict[Path, Run] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class State:
    """The last audit, and the one that is on its way or could not be finished."""

    last: Verified | None
    run: Run | None


def state(desk: Desk) -> State:
    """Up to when all is verified."""
    run = _runs.get(desk.place.folder)
    return State(kept(desk.place.folder), run if run and (not run.over or run.problem) else None)


def start(desk: Desk) -> threading.Thread | None:
    """Audit the ledger beside the pages; None where one is on its way."""
    with _lock:
        run = _runs.get(desk.place.folder)
        if run is not None and not run.over:
            return None
        made = _runs[desk.place.folder] = Run()
    thread = threading.Thread(target=_run, args=(desk, made), name="audit", daemon=True)
    thread.start()
    return thread


def _run(desk: Desk, run: Run) -> None:
    try:
        home = desk.place.open()
        book = Counting(desk.place.reader(), desk.wire, home.partitions, home.teams, home.witnesses())
        run.book, run.total = book, book.grown()
        report, steps = check(book), book.steps()
        keep(home.path, verified(report, steps[-1] if steps else None, desk.now()))
        log.info("audited", leaves=run.done, faults=len(report.faults))
    except Exception as bad:  # whatever it is, the page says that the audit did not come to its end
        run.problem = type(bad).__name__
        log.error("audit failed", why=run.problem)
    finally:
        run.over = True


@page("/audit", Role.LEAD, nav="Audit")
def audit(ask: Ask) -> Response:
    """Whether the record stands, and all that an auditor may take away."""
    home = ask.desk.place.open()
    with ask.read() as sql:
        made = checkpoints(sql, topics.CHECKPOINTS, SHOWN)
        newest = _newest(checkpoints(sql, topics.COSIGNED, 1), made)
    return ask.render(
        "lead/audit.html",
        audit=state(ask.desk),
        origin=home.origin,
        key=str(public_key(home.origin, home.ledger_key())),
        newest=newest,
        steps=[(one.at, _size(one.note)) for one in made],
    )


def _newest(cosigned: tuple[Checkpoint, ...], made: tuple[Checkpoint, ...]) -> Checkpoint | None:
    """With the cosignatures of witnesses, where it has them."""
    if cosigned and made and cosigned[0].note.rpartition("\n\n")[0] == made[0].note.rpartition("\n\n")[0]:
        return cosigned[0]
    return made[0] if made else None


def _size(note: str) -> int | None:
    try:
        return read_checkpoint(read_note(note).text).size
    except NoteError:
        return None


@page("/audit/verify", Role.LEAD, methods=("POST",))
def audit_verify(ask: Ask) -> Response:
    """Everything computed anew; it goes on while the lead does something else."""
    begun = start(ask.desk)
    return ask.redirect("audit", "The audit has begun." if begun else "An audit is on its way already.")


@page("/audit/checkpoint.txt", Role.LEAD)
def audit_checkpoint(ask: Ask) -> Response:
    """The newest checkpoint as a file, to be kept elsewhere and compared later."""
    with ask.read() as sql:
        newest = _newest(checkpoints(sql, topics.COSIGNED, 1), checkpoints(sql, topics.CHECKPOINTS, 1))
    if newest is None:
        raise missing()
    return _file(newest.note, "checkpoint.txt")


@page("/audit/verifier.txt", Role.LEAD)
def audit_verifier(ask: Ask) -> Response:
    """The second verifier: one file of plain Python that shares nothing with the hub."""
    return _file(Path(standalone.__file__).read_text("utf-8"), "verify_ledger.py")


def _file(text: str, name: str) -> Response:
    there = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=there)


PAGES = (audit, audit_verify, audit_checkpoint, audit_verifier)
