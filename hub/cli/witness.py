"""`hub witness`: what a partner runs, so that the hub cannot show one ledger to one and another to somebody else."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from hub.cli import logs
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, note, say, table

app = App(name="witness", help="Watch a hub's ledger as a partner: cosign what grows, refuse what does not.")
Folder = Annotated[Path, Parameter(help="the witness's own folder")]


@app.command
def init(
    folder: Folder,
    /,
    *,
    name: Annotated[str, Parameter(help="what it is called, such as witness.police.example")],
    log: Annotated[list[str], Parameter(help="the key of a ledger to watch, as `hub audit key` prints it there")],
    as_json: Json = False,
) -> int:
    """
    Make a witness: a folder with its key and what it has cosigned.

    Example: hub witness init /srv/witness --name witness.police.example --log csp-hub/1f0c+5e1d+AQ...
    """
    from hub.edges.witness import create

    made = create(folder, name, log)
    if as_json:
        emit({"name": made.name, "key": str(made.key), "logs": sorted(made.logs)})
        return 0
    say(f"{folder}: a new witness; never restore it from an older copy, for it must not forget what it cosigned")
    say(f"key: {made.key}")
    say(f"next: hub witness run {folder} --listen 0.0.0.0:8460, behind TLS")
    say("      and give the hub this line for its witnesses.policy:")
    say(f"      witness {name} {made.key} https://{name}")
    return 0


@app.command
def run(
    folder: Folder,
    /,
    *,
    listen: Annotated[str, Parameter(help="address and port")] = "127.0.0.1:8460",
) -> int:
    """
    Answer logs that ask to be cosigned (c2sp.org/tlog-witness), until told to stop.

    It cosigns a checkpoint only if its log signed it and proves that it continues the one cosigned last, and has that
    on disk before it answers. Whatever else it is shown it refuses, and what was signed of it it keeps.

    Example: hub witness run /srv/witness --listen 0.0.0.0:8460
    """
    logs.start("info")
    from hub.cli.run_hub import stopping
    from hub.edges.witness import Door, Witness

    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise CommandError(f"--listen: `{listen}` is no address and port; hint: such as 127.0.0.1:8460", USAGE)
    with Door((host, int(port)), Witness(folder)) as door, stopping() as stop:
        note(f"{folder}: {door.witness.name} answers at {host}:{door.server_port}; Ctrl-C stops it")
        door.serve_until(stop)
    return 0


@app.command
def show(
    folder: Folder,
    /,
    *,
    evidence: Annotated[
        bool, Parameter(negative="", help="print the signed notes that it refused, and its last")
    ] = False,
    as_json: Json = False,
) -> int:
    """
    Print a witness's key, and how far it has cosigned each log.

    Example: hub witness show /srv/witness
    """
    from hub.edges.witness import Witness

    made = Witness(folder)
    if evidence:
        print("\n".join(made.evidence()), end="")
    elif as_json:
        emit({"name": made.name, "key": str(made.key), "logs": [one._asdict() for one in made.seen()]})
    else:
        say(f"witness {made.name} {made.key}")
        table(("Log", "Cosigned up to", "Refused"), [(log, f"{size:,}", str(bad)) for log, size, bad in made.seen()])
    return 0
