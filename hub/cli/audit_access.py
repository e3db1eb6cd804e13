"""`hub audit access`: who looked somebody up, with whom, when and why."""

import math
from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import instant
from hub.cli.faults import FAULT
from hub.cli.screen import Json, emit, flat, note, table
from hub.place import HERE, Place, values
from hub.subject import persons

HEADS = ("When", "What", "About", "By", "With", "Because", "Signed", "Id")
Row = dict[str, Any]


def access(
    *,
    person: Annotated[str | None, Parameter(help="only about this pseudonym, or agency's record")] = None,
    since: Annotated[str | None, Parameter(help="from this London date or time on")] = None,
    until: Annotated[str | None, Parameter(help="up to this date, included, or this time")] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    List who looked somebody up, newest first: subject reports and reviews, by which two roles, and why.

    It exits 1 if a record lacks the good signatures of two leads: somebody has written it past the hub.

    Example: hub audit access --since 2026-11-01
    """
    logs.start()
    start = instant(since, "--since") if since else 0
    end = instant(until, "--until", last=True) if until else math.inf
    about = persons.handle(person, place) or ""
    found = [one for one in _accesses(place) if one["person"].startswith(about) and start <= one["at"] < end]
    found.sort(key=lambda one: (one["at"], one["id"]), reverse=True)
    if as_json:
        emit([_flat(one) for one in found])
    elif found:
        table(HEADS, [_line(one) for one in found])
    else:
        note("nobody looked anybody up; hint: `hub subject-report` does, and is on record here")
    return FAULT if any(one["signed"] < 2 for one in found) else 0


def _accesses(place: Place) -> Iterator[Row]:
    """Every access, and by how many of the leads who ever were it is signed; in the console two people agreed."""
    from hub import topics
    from hub.wire.twofold import agreed, signers
    from hub.wiring import schemas

    home = place.open()
    trusted, console = home.once_trusted(), home.console_signer().public_key()
    for told in values(schemas(), place.reader(), topics.ACCESS):
        two = agreed(told["what"], told, console)
        yield {**told, "signed": 2 if two else len(signers(told["what"], told, trusted))}


def _flat(one: Row) -> Row:
    return flat({name: value for name, value in one.items() if name != "signatures"})


def _line(one: Row) -> tuple[str, ...]:
    why = one["reason"].lower().replace("_", " ")
    by = "in the console" if one["agreed_by"] else "by both"
    signed = by if one["signed"] >= 2 else f"BY {one['signed']} ONLY"
    who = one["by"], one["second"]
    return words.minute(one["at"]), one["what"], words.short(one["person"]), *who, why, signed, words.short(one["id"])
