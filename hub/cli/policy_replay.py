"""`hub policy replay`: the recorded log decided again under other rules, and what that would have opened and closed."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.cli import logs
from hub.cli.decisions import instant
from hub.cli.replay import recording
from hub.cli.screen import Json, counted, emit, progress, say, settled, table
from hub.place import HERE, Place
from hub.rulebook import meant
from hub.words import iso

if TYPE_CHECKING:
    from hub.replay.under import Turn, Turned

SINCE = Annotated[str, Parameter(help="from this London date or time on, by the hub's clock")]
FIGURES = ("opened", "closed", "part")
HEADS = ("Team", "Told of", "Clause", "Opened", "Closed", "In part")


def replay(new: str | None = None, /, *, since: SINCE, place: Place = HERE, as_json: Json = False) -> int:
    """
    Decide the recorded log again, from a date on, under other rules, and count what they open and close.

    NEW is a folder of policies (else those shipped with the hub), a bundle file, or the number or hash of a bundle in
    the log. Nothing is written. `in part` are disclosures that would be made either way, with other fields.

    Example: hub policy replay ./policies --since 2026-10-01
    """
    logs.start("error")
    from hub.replay.under import under
    from hub.wiring import program

    home, bundle = place.open(), meant(new, place)
    start = instant(since, "--since")
    try:
        with recording(place, home, False) as recorded:
            found = under(program(home, past=True), recorded, bundle, start, progress)
    finally:
        settled()
    if as_json:
        emit(_document(found))
    else:
        _show(found, since)
    return 0


def _document(found: "Turned") -> dict[str, Any]:
    turns = [_told(turn) for turn in found.turns]
    return {
        "records": found.records,
        "same": found.same,
        "moved": found.moved,
        "counts": _counts(found),
        "turns": turns,
    }


def _told(turn: "Turn") -> dict[str, Any]:
    """One disclosure by its ids and the names of its fields; a value could be personal."""
    told = turn.told
    about = {"id": told.id, "decision": told.decision, "at": iso(told.at), "team": told.team, "subject": told.subject}
    how = {"turn": "opened" if turn.opened else "closed", "whole": turn.whole, "fields": turn.fields}
    return {**about, "clause": told.clause, **how}


def _counts(found: "Turned") -> list[dict[str, Any]]:
    """How many by team, subject and clause."""
    made: dict[tuple[str, str, str], Counter[str]] = {}
    for turn in found.turns:
        one = made.setdefault((turn.told.team, turn.told.subject, turn.told.clause), Counter())
        one["opened" if turn.opened else "closed"] += 1
        one["part"] += not turn.whole
    return [
        {"team": key[0], "subject": key[1], "clause": key[2], **{name: made[key][name] for name in FIGURES}}
        for key in sorted(made)
    ]


def _show(found: "Turned", since: str) -> None:
    counts = _counts(found)
    if not found.records:
        say(f"nothing in the log since {since}")
        return
    if counts:
        table(
            HEADS, [tuple(f"{value:,}" if name in FIGURES else value for name, value in one.items()) for one in counts]
        )
    opened, closed, part = (f"{sum(one[name] for one in counts):,}" for name in FIGURES)
    same, moved = counted(found.same, "disclosure"), f"{found.moved:,} at another time"
    say(f"since {since}: {same} the same, {moved}, {opened} opened and {closed} closed, {part} of them in part")
