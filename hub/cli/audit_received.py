"""`hub audit received`: what a team checks by itself of what it was told."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hub.cli import logs
from hub.cli.faults import FAULT
from hub.cli.screen import Json, emit, say, table
from hub.place import HERE, Place, known

SHOWN = 20
PolicyFile = Annotated[Path | None, Parameter(name="--policy", help="whom to believe (else the hub's home says it)")]


def received(team: str, /, *, policy: PolicyFile = None, place: Place = HERE, as_json: Json = False) -> int:
    """
    Check, as the team itself, that everything it was told is in the ledger.

    It reads the team's own topics and the checkpoints alone, and learns nothing of anybody else. With --policy it needs
    no home. Exit code 1 says that something it was told is not proved.

    Example: hub audit received HOUS --kafka --policy witnesses.policy
    """
    logs.start()
    from hub.audit.received import received as check
    from hub.wire.witnesses import read_policy
    from hub.wiring import schemas

    believed = policy.read_text("utf-8") if policy else place.open().witnesses()
    report = check(place.reader(), schemas(), known(team, place.teams()), read_policy(believed))
    if as_json:
        faults = [{"kind": kind, "where": where} for kind, where in report.faults]
        emit({"ok": not faults, "counts": dict(report.counts), "faults": faults})
        return FAULT if faults else 0
    table(("What", "How many"), [(name, f"{count:,}") for name, count in sorted(report.counts.items())])
    for kind, where in report.faults[:SHOWN]:
        say(f"{kind}: {where}")
    say("ok: all of it is proved, or waits for the next checkpoint" if not report.faults else "not all of it is proved")
    return FAULT if report.faults else 0
