"""`hub quarantine`: what the hub could not take; why, whether it would be taken now, and sending it again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import Csv, now
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, say, section, sheet, table
from hub.cli.twofold import ALONE, Control, agreed, because, role
from hub.place import HERE, Place, values
from hub.rulebook import in_force
from hub.words import iso

if TYPE_CHECKING:
    from hub.intake.masked import Entry
    from hub.intake.quarantine import Line
    from hub.intake.redrive import Plan
    from hub.intake.trial import Trial, Verdict
    from hub.log import Record

app = App(name="quarantine", help="What the hub could not take: why, whether it would be now, and sending it again.")
HEADS = ("Where", "Refused", "Type", "Bytes", "State", "Why")
SHOWN = 20
Of = Annotated[str | None, Parameter(help="only what this agency or team sent (else all)")]
Some = Annotated[bool, Parameter(name="--all", negative="", help="everything that waits, of --of if that is given")]


@app.command(name="list")
def every(
    *,
    of: Of = None,
    sent: Annotated[bool, Parameter(negative="", help="what was sent again too")] = False,
    place: Place = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """
    List what waits in quarantine, newest first; never what it says.

    Example: hub quarantine list --of GMP
    """
    logs.start()
    found = [line for line in _lines(place, of) if sent or line.state != "SENT"]
    found.sort(key=lambda line: (-line.entry.at, line.entry.place))
    if as_json:
        emit([_row(line) for line in found])
    elif as_csv:
        sheet(HEADS, [_cells(line) for line in found])
    elif not found:
        note("nothing waits in quarantine")
    else:
        table(HEADS, [_cells(line) for line in found[:SHOWN]])
        if len(found) > SHOWN:
            note(f"{len(found) - SHOWN} more; hint: --csv lists all")
    return 0


@app.command
def show(where: str, /, *, place: Place = HERE, as_json: Json = False) -> int:
    """
    Show one record of quarantine: why it was refused, and which fields it has, without what they say.

    Example: hub quarantine show gmp/0/3
    """
    logs.start()
    from hub.intake.masked import masked
    from hub.intake.quarantine import Line, state
    from hub.wiring import schemas

    wire, done = schemas(), _known(place)
    (record,) = _found(place, [where]).values()
    entry = masked(wire, record)
    line = Line(entry, state(entry.place, done))
    if as_json:
        emit({**_row(line), "fields": [told._asdict() for told in entry.fields]})
        return 0
    section(*_shown(line))
    if entry.fields:
        say()
        given = {True: "given", False: "not given", None: "cannot be read"}
        table(("Field", "Holds", "Here"), [(told.name, told.kind, given[told.given]) for told in entry.fields])
    return 0


@app.command(name="try")
def attempt(*where: str, of: Of = None, every: Some = False, place: Place = HERE, as_json: Json = False) -> int:
    """
    Say of records in quarantine whether they would be taken now, by the engine itself; nothing is changed.

    It exits 1 when one of them would be refused again.

    Example: hub quarantine try gmp/0/3 gmp/1/0
    """
    logs.start()
    found = _named(place, where, of, every)
    trial = _trial(place)
    verdicts = {name: trial.run(record) for name, record in found.items()}
    if as_json:
        emit({name: told._asdict() for name, told in verdicts.items()})
    else:
        _tell(verdicts)
    return 0 if all(told.taken for told in verdicts.values()) else FAULT


@app.command
def redrive(
    *where: str,
    of: Of = None,
    every: Some = False,
    control: Control = ALONE,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Send records of quarantine again: as they came, to where they came from, once.

    Only what would be taken now is sent. Of types that policies/intake.yaml lists two people decide, each with a role
    and a key, together or by way of --request; of all others --by alone. It exits 1 when something stays.

    Example: hub quarantine redrive gmp/0/3 --reason RULES_CHANGED --by OPERATOR
    """
    logs.start()
    from hub.intake.redrive import KIND, plan, reasons, request, send
    from hub.wiring import schemas

    wire, rules = schemas(), in_force(place)
    why = reasons(rules)
    signed = agreed(KIND, {}, control, why, place) if control.waiting else None
    if control.waiting and signed is None:
        return 0
    found = _found(place, signed["entries"]) if signed else _named(place, where, of, every)
    made = plan(found, _trial(place), _known(place), rules)
    if made.two_people and signed is None:
        signed = agreed(KIND, {"what": KIND, "entries": sorted(made.sends)}, control, why, place)
        if signed is None:
            return 0
    if signed is None:
        signed = request(made.sends, because(control.reason, why), role("by", control.by), now(None))
    sent = send(place, wire, made.sends, signed, signed["second"], now(None)) if made.sends else ()
    _said(sent, made, as_json)
    return FAULT if made.stays else 0


def _lines(place: Place, of: str | None) -> "Iterable[Line]":
    from hub.intake.quarantine import lines
    from hub.wiring import schemas

    return lines(schemas(), place.reader(), _owners(place, of), _known(place))


def _owners(place: Place, of: str | None) -> tuple[str, ...]:
    known = tuple(dict.fromkeys((*place.agencies(), *place.teams(), "HUB")))
    if of is None:
        return known
    code = of.upper().replace("-", "_")
    if code not in known:
        raise CommandError(f"--of: no such agency or team; hint: one of {', '.join(known)}", USAGE)
    return (code,)


def _known(place: Place) -> Any:
    from hub import topics
    from hub.intake.redrive import known
    from hub.wiring import schemas

    return known(values(schemas(), place.reader(), topics.REDRIVES), now(None))


def _found(place: Place, where: Iterable[str]) -> "dict[str, Record]":
    from hub.intake.quarantine import named
    from hub.intake.redrive import found

    places = list(dict.fromkeys(named(word) for word in where))
    return dict(zip(places, found(place.reader(), places), strict=True))


def _named(place: Place, where: Sequence[str], of: str | None, every: bool) -> "dict[str, Record]":
    """The records that the words name, or all that wait."""
    if bool(where) == every:
        raise CommandError("WHERE: name some, such as gmp/0/3, or --all; hint: `hub quarantine list`", USAGE)
    waiting = [line.entry.place for line in _lines(place, of) if line.state == "WAITING"] if every else where
    return _found(place, waiting)


def _trial(place: Place) -> "Trial":
    from hub.intake.trial import Trial
    from hub.wiring import program

    return Trial(program(place.open()), place.reader(), now(None))


def _tell(verdicts: "Mapping[str, Verdict]") -> None:
    from hub.intake.quarantine import short

    for name, told in verdicts.items():
        say(f"{short(name)}  {'would be taken' if told.taken else f'would be refused: {told.reason}'}")
    taken = sum(told.taken for told in verdicts.values())
    note(f"{taken} of {counted(len(verdicts), 'record')} would be taken; nothing was changed")


def _said(sent: Sequence[str], made: "Plan", as_json: bool) -> None:
    from hub.intake.quarantine import short

    if as_json:
        emit({"sent": sent, "stays": dict(made.stays), "sent_before": made.gone})
        return
    for name in sent:
        say(f"{short(name)}  sent again")
    for name, reason in made.stays.items():
        say(f"{short(name)}  stays: {reason}")
    for name in made.gone:
        say(f"{short(name)}  was sent before")
    if sent:
        note("next: hub run takes it in")


def _row(line: "Line") -> dict[str, Any]:
    entry = line.entry
    told = {"place": entry.place, "owner": entry.owner, "refused": iso(entry.at), "came": entry.came}
    why = {"reason": entry.reason, "hint": entry.cure, "field": entry.field, "state": line.state}
    return {**told, "type": entry.type, "version": entry.version, "bytes": entry.size, "form": entry.form, **why}


def _cells(line: "Line") -> tuple[str, ...]:
    from hub.intake.quarantine import STATES, short

    entry = line.entry
    kind = entry.type or "cannot be told"
    return short(entry.place), words.minute(entry.at), kind, str(entry.size), STATES[line.state], entry.reason


def _shown(line: "Line") -> "tuple[str, str, list[tuple[str, str]]]":
    from hub.intake.quarantine import STATES, short

    entry: Entry = line.entry
    kind = f"{words.happening(entry.type)}, version {entry.version}" if entry.type else "type cannot be told"
    told = [("why", entry.reason), ("cure", entry.cure), ("where", entry.field or ""), ("form", entry.form)]
    told += [("size", f"{entry.size} bytes; key {entry.key}, {counted(entry.headers, 'header')} of its own")]
    told += [("refused", words.moment(entry.at)), ("came", entry.came), ("before", entry.again or "")]
    return (
        f"{short(entry.place)}  {kind}",
        "",
        [*((name, text) for name, text in told if text), ("state", STATES[line.state])],
    )
