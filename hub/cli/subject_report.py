"""`hub subject-report`: everything that was disclosed about one person, and what was withheld, for that person."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import instant, now
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, say, section
from hub.cli.twofold import ALONE, Control, agreed, commit
from hub.place import HERE, Place, values
from hub.rulebook import in_force
from hub.subject import persons

if TYPE_CHECKING:
    from hub.edges.reader import Reader
    from hub.reports.subject import Line, Statement
    from hub.subject.report import Proofs
    from hub.wire.schemas import Schemas

PROOF = (
    "Every line is a decision with an id and, from the next checkpoint on, a leaf in the ledger. --proofs writes a "
    "proof of each, which anybody can check without the hub: hub audit verify FILE."
)
Row = dict[str, Any]


def subject_report(
    person: str | None = None,
    /,
    *,
    control: Control = ALONE,
    since: Annotated[str | None, Parameter(help="from this London date or time on")] = None,
    until: Annotated[str | None, Parameter(help="up to this date, included, or this time")] = None,
    html: Annotated[Path | None, Parameter(help="write it into this file as well, to print and hand over")] = None,
    proofs: Annotated[
        Path | None, Parameter(help="write a proof of every line into this folder, to check without the hub")
    ] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Report what was told about one person: to whom, what for, under which clause, which fields; and what was withheld.

    It asks for a reason and two people in two roles, each with their own key, and is itself on record before
    anything is shown (`hub audit access`). What the person must not be told is left out by policy, and counted.

    PERSON is the hub's handle (p-...), a team's pseudonym (p1....) or an agency's record (GMP/r1....).

    Example: hub subject-report GMP/r1.xgk... --reason SUBJECT_ACCESS --by IG_LEAD --second DPO --key a.key --key b.key
    """
    logs.start()
    from hub.subject.report import KIND, report
    from hub.wiring import schemas

    wire, reader = schemas(), place.reader()
    rules = in_force(place)
    if rules is None:
        raise CommandError("no rules were ever in force; hint: there is nothing to report")
    asked = _asked(person, since, until, control, place, wire, reader)
    request = agreed(KIND, asked, control, rules["accountability"]["reasons"], place)
    if request is None:
        return 0
    _record(request, place, wire)
    told = report(request, rules, place, wire, now(None))
    made, about = told.statement, told.about
    if html is not None:
        from hub.reports.subject_page import drawn

        html.write_text(drawn(made, about, PROOF), "utf-8")
    if as_json:
        emit(_document(request, made))
    else:
        _show(made, about)
    if html is not None:
        note(f"{html}: written; it is about a person, keep it as such")
    if proofs is not None:
        _write(told.proofs, proofs)
    return 0


def _asked(
    person: str | None,
    since: str | None,
    until: str | None,
    control: Control,
    place: Place,
    wire: "Schemas",
    reader: "Reader",
) -> Row:
    """What is asked, whom it is about found first: nobody signs for somebody who is not there."""
    from hub import topics
    from hub.subject.report import KIND

    if person is None:
        if not control.waiting:
            raise CommandError("PERSON: missing; hint: name one, or the --request that the first person made", USAGE)
        return {}
    start = persons.handle(person, place) or ""
    handle = persons.one(person, start, (one["person"] for one in values(wire, reader, topics.DECISIONS)))
    return {
        "what": KIND,
        "person": handle,
        "since": instant(since, "--since") if since else None,
        "until": instant(until, "--until", last=True) if until else None,
        "of": None,
    }


def _record(told: Row, place: Place, wire: "Schemas") -> None:
    """The access is on record before anything is shown."""
    from hub import topics
    from hub.log import Out

    commit(place, place.open(), [Out(topics.ACCESS, 0, told["id"].encode(), wire.encode("access", told), ())])
    note(f"{words.short(told['id'])}: on record; `hub audit access` lists it")


def _write(files: "Proofs", folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for (name, team), file in files.items():
        (folder / f"{name}-{team}.tlog-proof").write_text(str(file), "utf-8")
    note(f"{folder}: {counted(len(files), 'proof')}; next, wherever you like: hub audit verify FILE --policy POLICY")


def _document(told: Row, made: "Statement") -> Row:
    from hub.reports.subject import flat

    asked = {name: told[name] for name in ("id", "person", "reason", "by", "second")}
    times = {name: None if told[name] is None else words.iso(told[name]) for name in ("at", "since", "until")}
    return {
        "access": {**asked, **times},
        "told": [flat(line) for line in made.told],
        "withheld": [flat(line) for line in made.withheld],
        "left_out": made.left_out,
        "proof": PROOF,
    }


def _show(made: "Statement", about: Iterable[tuple[str, str]]) -> None:
    from hub.reports.subject_page import left_out

    section("What was shared about one person", "", about)
    for lines, title, state in (
        (made.told, "Told to others", "delivered"),
        (made.withheld, "Asked for, and not told", "withheld"),
    ):
        say()
        say(f"{title}: {counted(len(lines), 'line')}")
        for line in lines:
            say()
            section(f"{words.minute(line.at)}  {line.name}: {line.says}", state, _lines(line))
    say()
    if made.left_out:
        say(left_out(made.left_out))
    say(PROOF)


def _lines(line: "Line") -> list[tuple[str, str]]:
    from hub.reports.subject import fields, law, where

    what = ("fields", fields(line)) if line.delivered else ("why", line.why)
    under = [("under", law(line)), ("for", line.purpose or ""), ("statute", line.statute)] if line.clause else []
    decides = [("to decide", line.owner)] if line.owner else []
    return [("from", words.agency(line.source)), what, *decides, *under, ("decision", where(line))]
