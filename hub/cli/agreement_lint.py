"""`hub agreement lint`: whether agreements say all that the ICO's code asks, line by line."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import words
from hub.cli.decisions import AsOf, now
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, say
from hub.place import compiled

if TYPE_CHECKING:
    from hub.edges.ico import Finding

TESTED = 366  # days after which a plan for emergencies is to be tried out again


def lint(place: Path | None = None, /, *, as_of: AsOf = None, as_json: Json = False) -> int:
    """
    Check one agreement, or a folder of policies (else those shipped with the hub), against the ICO's code.

    Every finding names its line of the code (ico.yaml), the file and its line, and the cure; exit 1 if there is any.
    Of a folder the needs of its partners are checked too (arrows.yaml). What lapses within a month is said beside it.

    Example: hub agreement lint policies/agreements/dsa-001-resettlement.yaml
    """
    folder, files = placed(place)
    found, today = findings(folder, files), words.local(now(as_of)).date()
    soon = [] if found else _sound(folder, today, whole=place not in files)
    if as_json:
        emit({"findings": [_flat(one, folder) for one in found], "soon": soon})
    else:
        for one in found:
            say(str(one))
        for line in soon:
            note(line)
        if not found:
            say(f"ok: {counted(len(files), 'agreement')}, nothing missing")
    return FAULT if found else 0


def _sound(folder: Path, today: date, whole: bool) -> list[str]:
    """Compile what lacks nothing, and say what is due; raises where the rest of the policies is not as it should."""
    from hub.edges.arrows import arrows

    made = compiled(folder)
    if whole:
        arrows(folder, made)
    return [*lapses(made, today), *_untested(made, today)]


def findings(folder: Path, files: list[Path]) -> "list[Finding]":
    """All that is wrong with the agreements in *files*, by the lines of the code in *folder*."""
    from hub.edges.ico import lines, linted

    rules = lines(folder)
    return [one for file in files for one in linted(file, rules)[1]]


def lapses(made: dict[str, Any], today: date) -> list[str]:
    """Which agreements of a bundle stop disclosing within a month, or have."""
    from hub.core.lapse import lapsing
    from hub.core.rules import compile_rules

    rules = compile_rules("", made)
    lasts = {name: rules.calendar.local_date(at - 1) for name, at in rules.lapses.items()}
    return [_lapse(name, last, today) for name, last in lapsing(lasts, today)]


def _lapse(name: str, last: date, today: date) -> str:
    left = (last - today).days
    when = f"in {counted(left + 1, 'day')}" if left >= 0 else "any more"
    return f"{name}: discloses nothing {when}, its last day is {words.day(last)}; hint: review it"


def _untested(made: dict[str, Any], today: date) -> list[str]:
    tested = {name: date.fromisoformat(one["emergency"]["tested"]) for name, one in made["agreements"].items()}
    cure = "hint: try it out and write down the day"
    return [
        f"{name}: its plan for emergencies was last tested on {words.day(day)}; {cure}"
        for name, day in tested.items()
        if (today - day).days > TESTED
    ]


def placed(place: Path | None) -> tuple[Path, list[Path]]:
    """The folder of policies, and which of its agreements are meant."""
    from hub import resources
    from hub.edges.ico import files

    where = place or resources.folder("policies")
    if where.is_file():
        return where.parent.parent, [where]
    if not where.is_dir():
        raise CommandError(f"{where}: not there; hint: name a folder of policies or an agreement in one", USAGE)
    return where, files(where / "agreements")


def _flat(one: "Finding", folder: Path) -> dict[str, Any]:
    from hub.edges.ico import lines

    asked = lines(folder).get(one.rule)
    code = {"asks": asked.asks, "source": asked.source} if asked else {"asks": None, "source": None}
    return {**one._asdict(), "file": str(one.file), **code}
