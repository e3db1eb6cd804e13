"""`hub audit`: the ledger's checkpoints, proofs, exports and erasures, and whether all of it is as it was."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hub.cli import logs
from hub.cli.audit_access import access
from hub.cli.audit_drill import drill
from hub.cli.audit_received import received
from hub.cli.audit_report import report
from hub.cli.decisions import instant
from hub.cli.faults import FAULT, CommandError
from hub.cli.screen import Json, counted, emit, note, say, table
from hub.place import HERE, Place
from hub.words import moment

if TYPE_CHECKING:
    from hub.audit.book import Book
    from hub.audit.check import Report
    from hub.audit.log import LogBook
    from hub.edges.home import Home

app = App(name="audit", help="Prove what was decided, check that nobody altered it, and answer for it.")
app.command(report)
app.command(access)
app.command(received)
app.command(drill)
SHOWN = 20
PolicyFile = Annotated[Path | None, Parameter(name="--policy", help="whom to believe (else the home's, the folder's)")]
To = Annotated[Path | None, Parameter(name="--to", help="write it to this file, not to the screen")]
KeptFile = Annotated[Path | None, Parameter(name="--kept", help="a checkpoint that you kept from earlier")]
Since = Annotated[str | None, Parameter(help="open decisions from this London date or time on")]
Until = Annotated[str | None, Parameter(help="up to this date, included, or this time")]


@app.command
def key(*, place: Place = HERE, as_json: Json = False) -> int:
    """
    Print the public key of this hub's ledger, as verifiers and witnesses want it.

    Example: hub audit key
    """
    from hub.wire.notes import public_key

    home = place.open()
    told = str(public_key(home.origin, home.ledger_key()))
    emit({"origin": home.origin, "key": told}) if as_json else say(told)
    return 0


@app.command
def checkpoint(*, place: Place = HERE, as_json: Json = False) -> int:
    """
    Print the newest checkpoint: the log's signed word on the size and the root of its tree.

    Example: hub audit checkpoint
    """
    logs.start()
    book = _book(place)
    steps = book.steps()
    if not steps:
        raise CommandError("ledger: no checkpoint yet; hint: `hub run` makes the first within the ledger's period")
    if as_json:
        emit({**steps[-1]._asdict(), "note": book.newest() or steps[-1].note})
    else:
        print(book.newest() or steps[-1].note, end="")
    return 0


@app.command
def proof(id: str, /, *, to: To = None, place: Place = HERE, as_json: Json = False) -> int:
    """
    Prove offline that a decision is in the ledger, by the id of it, its event, an alert, a delivery, or a reference.

    Of a delivery, an alert or a reference, what is opened is the part of the one team; of a decision or an event, the
    part that the hub alone may see. The answer is a tlog-proof file.

    Example: hub audit proof d-9dc1b0d5 --to delivery.tlog-proof
    """
    logs.start()
    from hub.audit.proof import prove, read_extra

    made = prove(_book(place), id)
    if to:
        to.write_text(str(made), "utf-8")
        note(f"{to}: leaf {made.number:,}; hint: hub audit verify {to}")
    elif as_json:
        opened = read_extra(made.extra)
        told = {"index": made.number, "path": made.path, "checkpoint": str(made.note), "part": json.loads(opened.part)}
        emit({**told, "opening": json.loads(made.extra)})
    else:
        print(made, end="")
    return 0


@app.command
def export(folder: Path, /, *, since: Since = None, until: Until = None, place: Place = HERE) -> int:
    """
    Write all that an auditor needs to check the ledger into a folder: its files are described in schemas/LEDGER.md.

    Decisions outside the period stay shut: their leaves are there, and nothing of what they say.

    Example: hub audit export ./ledger --since 2026-10-01 --until 2026-10-31
    """
    logs.start()
    from hub.audit import folder as files

    start = instant(since, "--since") if since else 0
    end = instant(until, "--until", last=True) if until else 1 << 62
    count = files.export(_book(place), folder, lambda record: start <= record["at"] < end)
    say(f"{folder}: {counted(count, 'leaf', 'leaves')}; next: hub audit verify {folder}")
    return 0


@app.command
def publish(folder: Path, /, *, place: Place = HERE) -> int:
    """
    Bring a folder up to date with what everybody may see: checkpoint and tiles, for any web server.

    There are hashes in it and nothing else. Tiles come first, so it may be served meanwhile.

    Example: hub audit publish /srv/www/ledger
    """
    logs.start()
    from hub.audit import folder as files

    count = files.publish(_book(place), folder)
    say(f"{folder}: {counted(count, 'leaf', 'leaves')}")
    return 0


@app.command
def verify(
    path: Path | None = None,
    /,
    *,
    policy: PolicyFile = None,
    kept: KeptFile = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Check the ledger of this hub, an exported folder, or a proof file: everything is computed anew.

    Every decision has its leaf and every leaf its decision, blank or receipt; all checkpoints are signed and of one
    history; what was told was decided. Exit code 1 says that something is not as it should be, and each is named.

    Example: hub audit verify ./ledger --policy witnesses.policy
    """
    logs.start()
    told = policy.read_text("utf-8") if policy else None
    if path is not None and path.is_file():
        return _verify_proof(path, told or place.open().witnesses(), kept, as_json)
    from hub.audit.check import check
    from hub.audit.folder import FolderBook

    book: Book = FolderBook(path, told) if path else _book(place, told)
    if path and told is None:
        note(f"{path}: believed whom it names itself; hint: --policy FILE names whom you trust")
    report = check(book, [kept.read_text("utf-8")] if kept else [])
    if path is None and told is None:
        _keep(book, report, place)
    if as_json:
        faults = [{"kind": kind, "where": where} for kind, where in report.faults]
        emit({"ok": not faults, "counts": dict(report.counts), "faults": faults})
    else:
        table(("What", "How many"), [(name, f"{count:,}") for name, count in sorted(report.counts.items())])
        for kind, where in report.faults[:SHOWN]:
            say(f"{kind}: {where}")
        if len(report.faults) > SHOWN:
            note(f"{len(report.faults):,} faults, of which these are the first; hint: --json shows all of them")
        shut = f"added; {counted(report.counts['left out'], 'decision')} left out, of which only the leaf was checked"
        fine = f"ok: nothing was altered{', added or left out' if not report.counts['left out'] else ' or ' + shut}"
        say(f"faults: {len(report.faults):,}" if report.faults else fine)
    return FAULT if report.faults else 0


@app.command
def verifier() -> int:
    """
    Print a second verifier: one file of plain Python that shares nothing with the hub, for an auditor to read and run.

    Example: hub audit verifier > verify_ledger.py
    """
    from hub.audit import standalone

    print(Path(standalone.__file__).read_text("utf-8"), end="")
    return 0


def _keep(book: "Book", report: "Report", place: Place) -> None:
    """For the console to say, which may not yet have looked itself."""
    from hub.audit.kept import keep, verified

    steps = book.steps()
    keep(place.folder, verified(report, steps[-1] if steps else None, time.time_ns() // 1000))


def _verify_proof(file: Path, policy: str, kept: Path | None, as_json: bool) -> int:
    from hub.audit.proof import same, show
    from hub.wire.notes import read_note, read_proof
    from hub.wire.witnesses import read_policy

    shown = show(read_proof(file.read_text("utf-8")), read_policy(policy))
    if kept:
        same(shown, read_note(kept.read_text("utf-8")), read_policy(policy))
    size, by = shown.by.checkpoint.size, shown.by.by
    if as_json:
        emit({"ok": True, "index": shown.leaf, "size": size, "witnesses": dict(by), "part": shown.part})
        return 0
    say(f"ok: leaf {shown.leaf:,} of {size:,} in {shown.by.checkpoint.origin}")
    for name, time_ in sorted(by.items()):
        say(f"    seen by {name} at {moment(time_ * 1_000_000)}")
    table(("What", "Said"), [(name, _plain(value)) for name, value in shown.part.items()])
    return 0


@app.command
def erase(person: str, /, *, place: Place = HERE) -> int:
    """
    Erase every decision on a person whom their agency erased: records, salts and the proofs that teams can read here.

    Leaves stay, so that all proofs of others still verify; a receipt without the erased values becomes a leaf.
    What teams were told, and what agencies published, ends with those topics' retention.

    Example: hub audit erase p-559ebd8546f4015ae3c20663d9b63d0f
    """
    logs.start()
    from hub import wiring
    from hub.audit.erase import erasure

    home = place.open()
    program, now = wiring.program(home), time.time_ns() // 1000
    made = erasure(place.reader(), program.schemas, program.recipients, home.partitions, person, now)
    if place.on_kafka:
        from hub import settings
        from hub.edges.ledger_kafka import erase as commit

        client = {"bootstrap_servers": place.broker, **place.auth}
        commit(client, settings.read().app_id, (*made.receipts, *made.tombstones()))
    else:
        log = place.log(home)
        log.empty([record for record, _ in made.gone], made.receipts)
        log.close()
    say(f"{counted(len(made.receipts), 'decision')} erased; receipts follow with the next checkpoint")
    return 0


def _book(place: Place, policy: str | None = None) -> "LogBook":
    from hub.audit.log import LogBook
    from hub.wiring import schemas

    home: Home = place.open()
    told = home.witnesses() if policy is None else policy
    return LogBook(place.reader(), schemas(), home.partitions, home.teams, told)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
