"""`hub publish`: an agency's connector over its files, into the log."""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.cli import logs
from hub.cli.connector import Records, find, look_up, plain, read, refusal, secret
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, progress, say, settled
from hub.place import HERE, Place

if TYPE_CHECKING:
    from connectors.mapping import Refusal
    from connectors.outbox import Outbox
    from connectors.pseudonyms import Pseudonyms
    from connectors.publishing import Intake, Published

PAUSE = 1.0  # seconds between two looks into a folder
SHOWN = 20
Key = Annotated[Path | None, Parameter(help="the agency's own key file, at an agency that has no home of the hub")]
Shared = Annotated[Path | None, Parameter(help="the file of the key that the partners share for link references")]


@dataclass(slots=True)
class Total:
    """What became of everything so far."""

    files: int = 0
    events: int = 0
    refused: "list[Refusal]" = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, one: "Published") -> None:
        """One more file."""
        self.files += 1
        self.events += one.events
        self.refused += one.refused
        self.notes += one.notes


def publish(
    agency: str,
    /,
    *paths: Path,
    follow: Annotated[bool, Parameter(negative="", help="keep watching the folder")] = False,
    agency_key: Key = None,
    partnership_key: Shared = None,
    records: Records = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Publish an agency's files through its connector.

    Names and numbers are replaced with pseudonyms here, on the agency's machine. A file of a folder that was published
    is not published again, and sending one again is harmless. A file with refusals is kept as it came, here, for the
    agency to put right. Exit code 1 when anything was refused.

    Example: hub publish prison ./inbox --follow
    """
    logs.start("error")
    name, _ = find(agency)
    _check(agency, paths, follow)
    kept = place.folder / "refused" / name
    intake = _intake(agency, place, agency_key, partnership_key, kept, look_up(agency, records))
    total = Total()
    try:
        for one in _all(intake, paths, follow):
            total.add(one)
            _each(one, follow, as_json, total)
    except KeyboardInterrupt:
        if not follow:
            raise
    settled()
    if not (follow and as_json):
        _summary(name, total, kept, place, as_json)
    return 1 if total.refused else 0


def _check(agency: str, paths: Iterable[Path], follow: bool) -> None:
    paths = list(paths)
    if not paths:
        raise CommandError(f"PATH: none named; hint: hub publish {agency} FOLDER", USAGE)
    gone = next((path for path in paths if not path.exists()), None)
    if gone is not None:
        raise CommandError(f"{plain(str(gone))}: no such file or folder; hint: check the name", USAGE)
    if follow and (len(paths) != 1 or not paths[0].is_dir()):
        raise CommandError("--follow: watches one folder; hint: name one folder and nothing else", USAGE)


def _intake(agency: str, place: Place, own: Path | None, shared: Path | None, kept: Path, records: Any) -> "Intake":
    from connectors.outbox import avro
    from connectors.publishing import Intake, KafkaOutbox
    from hub.edges.outbox import EmbeddedOutbox
    from hub.wiring import schemas

    _, speaks = find(agency)
    names = _names(speaks.AGENCY, place, own, shared)
    outbox: Outbox
    if place.on_kafka:
        outbox = KafkaOutbox(speaks.AGENCY, avro(schemas()), bootstrap_servers=place.broker, **place.auth)
    else:
        outbox = EmbeddedOutbox(place.log(_member(place, speaks.AGENCY)), speaks.AGENCY, avro(schemas()))
    return Intake(speaks, names, outbox, kept, records=records)


def _member(place: Place, agency: str) -> Any:
    home = place.open()
    if agency not in home.agencies:
        hint = "add it to partnership.yaml before `hub init`"
        raise CommandError(f"{home.path}: {agency} is not in this partnership; hint: {hint}")
    return home


def _names(agency: str, place: Place, own: Path | None, shared: Path | None) -> "Pseudonyms":
    from connectors.pseudonyms import read_keys
    from hub.edges import outbox

    if own is None and shared is None:
        return outbox.names(_member(place, agency), agency)
    if own is None:
        raise CommandError("--partnership-key: without --agency-key; hint: give both", USAGE)
    if own.read_bytes().lstrip()[:1] == b"{":
        return read_keys(own, agency)
    if shared is None:
        raise CommandError("--agency-key: without --partnership-key; hint: give both", USAGE)
    return outbox.pseudonyms(agency, secret(own), secret(shared))


def _all(intake: "Intake", paths: Iterable[Path], follow: bool) -> "Iterator[Published]":
    for path in paths:
        if path.is_dir():
            yield from _sweep(intake, path)
        else:
            yield intake.publish(plain(path.name), *read(path, intake.limit))
    while follow:
        time.sleep(PAUSE)
        for path in paths:
            yield from _sweep(intake, path)


def _sweep(intake: "Intake", folder: Path) -> "Iterator[Published]":
    """What is new in a folder; a file whose name is no text could not be told from another next time."""
    odd = next((file.name for file in sorted(folder.iterdir()) if plain(file.name) != file.name), None)
    if odd is not None:
        raise CommandError(f"{plain(str(folder))}/{plain(odd)}: a name that is not UTF-8; hint: rename the file")
    yield from intake.sweep(folder)


def _each(one: "Published", follow: bool, as_json: bool, total: Total) -> None:
    if not follow:
        progress(total.files, "files")
        return
    if as_json:
        emit({"events": one.events, "refused": [refusal(r) for r in one.refused], "notes": list(one.notes)}, line=True)
        return
    say(f"{counted(one.events, 'event')} published, {len(one.refused)} refused")
    _tell(list(one.refused))
    sys.stdout.flush()


def _summary(name: str, total: Total, kept: Path, place: Place, as_json: bool) -> None:
    quarantine = str(kept) if total.refused else None
    if as_json:
        told = {"connector": name, "files": total.files, "events": total.events}
        emit(
            {**told, "refused": [refusal(one) for one in total.refused], "notes": total.notes, "quarantine": quarantine}
        )
        return
    files, events = counted(total.files, "new file"), counted(total.events, "event")
    say(f"{name}: {files}, {events} published, {len(total.refused)} refused")
    _tell(total.refused)
    if total.notes:
        say(f"notes    {len(total.notes)}, such as: {total.notes[0]}")
    if quarantine:
        say(f"kept     {quarantine}: the files as they came, with the reasons; they hold identifiers and stay here")
    if not total.refused and not place.on_kafka:
        note("next: hub run takes them in")


def _tell(refused: "list[Refusal]") -> None:
    for one in refused[:SHOWN]:
        say(f"refused  {one}")
    if len(refused) > SHOWN:
        say(f"refused  {len(refused) - SHOWN} more, in the files of reasons")
