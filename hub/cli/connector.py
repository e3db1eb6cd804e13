"""`hub connector`: which partner systems there are connectors for, and what one makes of a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hub.cli import logs
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, eyes, note, say, table
from hub.words import iso

if TYPE_CHECKING:
    from connectors.mapping import Connector, Context, Mapped, Refusal
    from hub.core.events import Event

app = App(name="connector", help="Connectors: which partners have one, and what it makes of a file.")
Records = Annotated[Path | None, Parameter(help="a folder of full records, for events that only say `go and fetch`")]


@app.command(name="list")
def list_all(*, as_json: Json = False) -> int:
    """
    List the connectors.

    Example: hub connector list
    """
    from connectors.registry import connector, names

    rows = [(name, connector(name).AGENCY, _about(connector(name))) for name in names()]
    if as_json:
        emit([{"connector": name, "agency": agency, "about": about} for name, agency, about in rows])
    else:
        table(("Connector", "Agency", "Reads"), rows)
    return 0


def _about(speaks: "Connector") -> str:
    return (speaks.__doc__ or "").strip().split("\n")[0].partition(": ")[2]


@app.command(name="try")
def try_out(agency: str, /, *files: Path, records: Records = None) -> int:
    """
    Show what a connector makes of files, one JSON object a line, and publish nothing.

    It needs no hub and no key: pseudonyms are made with a throwaway key, the same in every run. Later files of one call
    are compared with the records of earlier ones, as in real use. Exit code 1 when anything was refused.

    Example: hub connector try prison releases.json
    """
    logs.start()
    _, speaks = find(agency)
    if not files:
        raise CommandError(f"FILE: none named; hint: hub connector try {agency} FILE", USAGE)
    if eyes():
        note("pseudonyms below are made with a throwaway key, and nothing is published")
    memory: dict[str, Any] = {}
    refused = 0
    for file in files:
        mapped = attempt(speaks, file, _context(speaks, memory, agency, records))
        memory.update(mapped.memory)
        emit(_line(file, mapped), line=True)
        refused += bool(mapped.refused)
    return 1 if refused else 0


@app.command
def keygen(
    file: Path,
    /,
    *,
    partnership_key: Annotated[Path, Parameter(help="the file of the key that the partners share")],
) -> int:
    """
    Make the key file of an agency's connector, at the agency, where it stays.

    Example: hub connector keygen prison.keys --partnership-key partnership.key
    """
    import json
    import os
    from base64 import urlsafe_b64encode

    from connectors.pseudonyms import new_keys

    shared = urlsafe_b64encode(secret(partnership_key)).rstrip(b"=").decode()
    made = json.dumps(json.loads(new_keys()) | {"link": {"1": shared}}, indent=2) + "\n"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(made)
    except FileExistsError:
        raise CommandError(f"{file}: there already; hint: without the old key no old pseudonym can be opened") from None
    say(f"{file}: the agency's own key; keep a copy, and let it never leave the agency")
    say(f"next: hub publish AGENCY FOLDER --agency-key {file} --kafka")
    return 0


def secret(file: Path) -> bytes:
    """A key of at least 32 bytes in hex, in a file that nobody else may read."""
    if file.stat().st_mode & 0o077:
        raise CommandError(f"{file}: others may read this file; hint: chmod 600 {file}")
    try:
        found = bytes.fromhex(file.read_text("ascii").strip())
    except ValueError:
        found = b""
    if not 32 <= len(found) <= 256:
        raise CommandError(f"{file}: not a key; hint: 64 hex digits on one line, as in the keys folder of a home")
    return found


def find(agency: str) -> "tuple[str, Connector]":
    """The connector of a folder's name, or of the agency it speaks for."""
    from connectors.registry import UnknownConnectorError, connector, names

    by_agency = {connector(name).AGENCY: name for name in names()}
    name = by_agency.get(agency.upper(), agency.lower().replace("-", "_"))
    if name not in by_agency.values():
        raise UnknownConnectorError(f"{agency}: no connector of this name; hint: one of {', '.join(names())}")
    return name, connector(name)


def _context(speaks: "Connector", memory: Mapping[str, Any], agency: str, records: Path | None) -> "Context":
    from connectors.mapping import Context
    from hub.edges.outbox import pseudonyms

    names = pseudonyms(speaks.AGENCY, b"throwaway".ljust(32), b"throwaway".ljust(32))
    kept = {record: seen for record, seen in memory.items() if seen is not None}
    return Context(names, 0, kept, look_up(agency, records))


def look_up(agency: str, records: Path | None) -> Any:
    """A connector's look-up over a folder of full records, if it has one."""
    from importlib import import_module
    from importlib.util import find_spec

    from connectors.mapping import nothing

    if records is None:
        return nothing
    place = f"connectors.{find(agency)[0]}.lookup"
    if find_spec(place) is None:
        raise CommandError(f"--records: the {agency} connector looks nothing up; hint: leave it out", USAGE)
    if not records.is_dir():
        raise CommandError(f"{records}: no such folder; hint: name the folder of full records", USAGE)
    return import_module(place).folder_of_records(records)


def attempt(speaks: "Connector", file: Path, context: "Context") -> "Mapped":
    """What a connector makes of one file; whatever goes wrong is a refusal, never a traceback."""
    from dataclasses import replace

    from connectors.mapping import Mapped, Refusal

    name = plain(file.name or str(file))
    try:
        data, made = read(file, context.limit)
    except (OSError, ValueError) as bad:
        return Mapped(refused=(Refusal(name, *_unread(bad)),))
    try:
        return speaks.map_file(name, data, replace(context, as_of=made))
    except Exception as fault:
        why = f"the connector failed on it ({type(fault).__name__})"
        return Mapped(refused=(Refusal(name, why, "this is a fault of the connector: report it, without the file"),))


def read(file: Path, limit: int) -> tuple[bytes, int]:
    """A file's bytes, one more than the limit at most, and when it was made in UTC microseconds."""
    import os

    with file.open("rb") as opened:
        return opened.read(limit + 1), os.fstat(opened.fileno()).st_mtime_ns // 1000


def _unread(bad: Exception) -> tuple[str, str]:
    if isinstance(bad, FileNotFoundError):
        return "no such file", "check the name"
    if isinstance(bad, IsADirectoryError):
        return "a folder, not a file", "name the files in it"
    if isinstance(bad, PermissionError):
        return "may not be read", "check its permissions"
    return "cannot be read", "check the name, and the disk it is on"


def plain(name: str) -> str:
    r"""
    A file's name as text that can be written anywhere: what is no character is written out.

    >>> plain("may\udcff.csv")
    'may\\udcff.csv'
    """
    return name.encode("utf-8", "backslashreplace").decode()


def _line(file: Path, mapped: "Mapped") -> dict[str, Any]:
    made: dict[str, Any] = {
        "file": plain(str(file)),
        "events": [event(one) for one in mapped.events],
        "refused": refusal(mapped.refused[0]) if mapped.refused else None,
    }
    if len(mapped.refused) > 1:
        made["also_refused"] = len(mapped.refused) - 1
    return {**made, "notes": list(mapped.notes)}


def event(one: "Event") -> dict[str, Any]:
    """An event as JSON."""
    names = {"id": one.id, "type": one.type, "agency": one.agency, "record": one.record}
    return {**names, "at": iso(one.at), "seq": one.seq, "fields": dict(one.fields)}


def refusal(one: "Refusal") -> dict[str, str]:
    """A refusal as JSON."""
    return {"where": one.where, "why": one.why, "cure": one.cure}
