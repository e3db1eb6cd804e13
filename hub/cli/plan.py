"""`hub plan`: what will be raised about one person, when and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import AsOf, now
from hub.cli.screen import Json, emit, note, say, table
from hub.place import HERE, Place, values
from hub.rulebook import in_force
from hub.subject import persons

if TYPE_CHECKING:
    from hub.edges.reader import Reader
    from hub.inbox.timeline import Mark, Row
    from hub.wire.schemas import Schemas

HEADS = ("Date", "Day", "Stage", "Team", "State", "Rule", "Why")
Svg = Annotated[Path | None, Parameter(help="draw it as a picture into this file, to open in a browser or print")]
Every = Annotated[
    bool, Parameter(name="--all", negative="", help="also what was replaced or passed over before anybody saw it")
]


@dataclass(frozen=True, slots=True)
class Whose:
    """A person as far as a timeline needs them: their handle, and the days that it hangs on."""

    handle: str
    eighteenth: date | None
    plans: tuple[tuple[str, date], ...]


def plan(
    person: str,
    /,
    *,
    svg: Svg = None,
    every: Every = False,
    as_of: AsOf = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Show what was, is and will be raised about one person, when and why.

    For the hub's operator and the information governance lead alone: it reads the person's own record across all teams.

    PERSON is the hub's handle (p-...), a pseudonym that a team was given (p1....), or an agency's record (GMP/r1....).

    Example: hub plan HMPPS_PRISON/r1.xgkXyn20pGb8 --svg plan.svg
    """
    logs.start()
    from hub.inbox.timeline import marks, timeline
    from hub.wiring import schemas

    wire, reader = schemas(), place.reader()
    whose, changes = _found(person, place, wire, reader)
    rows, moment = timeline(changes, every), now(as_of)
    days = marks(words.local(moment).date(), whose.eighteenth, whose.plans)
    if svg is not None:
        svg.write_text(_drawn(whose, rows, days, place, moment), encoding="utf-8")
    if as_json:
        emit(_told(whose, rows, days))
        return 0
    say(f"person {whose.handle} (a pseudonym: the hub holds no names), as of {words.minute(moment)}")
    say(_marked(days))
    if rows:
        table(HEADS, [_line(row) for row in rows])
    else:
        note("nothing is planned and nothing was told; hint: `hub decisions --person` says what was decided")
    if svg is not None:
        note(f"{svg}: drawn")
    return 0


def _found(person: str, place: Place, schemas: "Schemas", reader: "Reader") -> tuple[Whose, list[dict[str, Any]]]:
    """Who is meant, and every step of their alerts in the order of the log."""
    from hub import topics
    from hub.wire.partitioner import partition_for

    start = persons.handle(person, place) or ""
    whole = len(start) == persons.HANDLE
    number = partition_for(start.encode(), place.open().partitions) if whole else None
    told = [one for one in values(schemas, reader, topics.CHANGES, number) if one["person"].startswith(start)]
    name = start if whole else persons.one(person, start, (one["person"] for one in told))
    whose = _whose(name, place, reader)
    if whose is None:
        raise persons.nobody(person)
    return whose, told


def _whose(name: str, place: Place, reader: "Reader") -> Whose | None:
    from hub import topics
    from hub.core.view import view
    from hub.wire.partitioner import partition_for
    from hub.wire.rows import unpack

    row = reader.row(topics.DECIDE_STATE, partition_for(name.encode(), place.open().partitions), name.encode())
    if row is None:
        return None
    person = unpack(row)
    plans = tuple((plan, held.basis) for plan, held in person.plans.items() if held.basis is not None)
    return Whose(name, view(person).eighteenth, plans)


def _drawn(whose: Whose, rows: "Sequence[Row]", days: "Sequence[Mark]", place: Place, at: int) -> str:
    from hub.inbox.picture import picture

    held = in_force(place) or {"teams": {}}
    teams = {code: str(team["name"]) for code, team in held["teams"].items()}
    told = f"As of {words.minute(at)}. Times are London's. A pseudonym: the hub holds no names. For the hub's operator."
    return picture(f"Plan for {words.short(whose.handle)}", rows, days, teams, told)


def _marked(days: "Iterable[Mark]") -> str:
    return "marked: " + ", ".join(f"{mark.label} {words.day(mark.on)}" for mark in days)


def _line(row: "Row") -> tuple[str, ...]:
    step = row.step
    when = words.day(row.on) if (row.at.hour, row.at.minute) == (9, 0) else f"{words.day(row.on)} {row.at:%H:%M}"
    return when, f"{row.on:%a}", step["stage"], step["team"], step["state"].lower(), step["rule"], row.why


def _told(whose: Whose, rows: "Iterable[Row]", days: "Iterable[Mark]") -> dict[str, Any]:
    kept = ("alert", "kind", "about", "episode", "stage", "team", "version", "state", "was", "rule", "basis", "reason")
    alerts = [
        {**{name: row.step[name] for name in kept}, "due": words.iso(row.step["due_at"]), "on": row.on, "why": row.why}
        for row in rows
    ]
    return {"person": whose.handle, "marks": [{"on": m.on, "label": m.label} for m in days], "alerts": alerts}
