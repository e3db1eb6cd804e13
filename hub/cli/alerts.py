"""`hub alerts`: what teams were told, what still waits for them, their answers and their calendars."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import AsOf, Csv, instant, now
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, say, section, sheet, table
from hub.place import HERE, Place, known, values
from hub.rulebook import in_force, working_days

if TYPE_CHECKING:
    from hub.core.calendar import Calendar
    from hub.inbox.items import Item

app = App(name="alerts", help="What teams were told: list what waits, look at one, answer it, export a calendar.")
SHOWN = 50
HEADS = ("Clock", "Urgency", "What is asked", "Stage", "Team", "State", "Due", "Alert")
Answer = Literal["accepted", "not-ours", "already-held"]
Team = Annotated[str | None, Parameter(help="only this team's")]
State = Literal["raised", "acknowledged", "escalated", "copy", "closed", "superseded", "cancelled", "all"]


@app.command(name="list")
def every(
    *,
    team: Team = None,
    state: Annotated[list[State] | None, Parameter(negative="", help="only in this state; may be repeated")] = None,
    due_before: Annotated[str | None, Parameter(help="only what fell due before this London date or time")] = None,
    limit: Annotated[int | None, Parameter(help="the first so many (else 50 in a table, all in JSON and CSV)")] = None,
    as_of: AsOf = None,
    place: Place = HERE,
    as_json: Json = False,
    as_csv: Csv = False,
) -> int:
    """
    List the alerts of one team or of all, what has waited longest for an answer first.

    What is over (superseded, cancelled, closed) is left out unless --state asks for it. Corrections ask for no answer:
    hub tail shows them.

    Example: hub alerts list --team HOUS --due-before 2026-12-01
    """
    logs.start()
    if as_json and as_csv:
        raise CommandError("--csv: beside --json; hint: choose one", USAGE)
    moment = now(as_of)
    before = instant(due_before, "--due-before") if due_before else None
    asked = {word.upper() for word in state or ()}
    found = [
        item
        for item in _items(place, _teams(team, place))
        if ("ALL" in asked or item.state in asked or (not asked and not item.over))
        and (before is None or item.told["due"] < before)
    ]
    whole = as_json or as_csv
    shown = found[: max(limit, 0)] if limit is not None else found if whole else found[:SHOWN]
    days = working_days(in_force(place))
    _print(shown, len(found), moment, days, as_json, as_csv)
    return 0


@app.command
def show(id: str, /, *, team: Team = None, as_of: AsOf = None, place: Place = HERE, as_json: Json = False) -> int:
    """
    Show one alert as its team got it, by its id or enough of its first characters: what to do, by when, who answered.

    Where the team has no Kafka, it also says how the alert was sent (hub outbound), and what came of each attempt.

    Example: hub alerts show a-559ebd85
    """
    logs.start()
    from hub.inbox.receipts import receipt
    from hub.inbox.rows import row

    item = _one(id, _items(place, _teams(team, place)), team)
    moment, days = now(as_of), working_days(in_force(place))
    answers, sent = list(_answers(item, place)), list(_sent(item, place))
    if as_json:
        emit({**row(item, moment, days), "fields": item.told["fields"], "answers": answers, "receipts": sent})
        return 0
    section(*_shown(item, moment, days))
    if sent:
        say()
        section("How it was sent", "", [(words.moment(one["at"]), receipt(one)) for one in sent])
    if answers:
        say()
        section("Its answers", "", [(words.moment(one["at"]), _answer(one)) for one in answers])
    return 0


@app.command
def ack(
    id: str,
    /,
    *,
    answer: Answer,
    role: Annotated[str, Parameter(help="who answers: a role such as DUTY_OFFICER, never a name")],
    team: Annotated[str, Parameter(help="the team that answers")],
    reason: Annotated[str | None, Parameter(help="why it is not yours: a code such as OTHER_AREA")] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Answer an alert for a team: the same record that the team's own system would write to its acks topic.

    accepted: we take it on. not-ours: it is for somebody else, and --reason says why. already-held: we are on it.

    Example: hub alerts ack a-559ebd85 --answer accepted --role DUTY_OFFICER --team HOUS
    """
    logs.start("error")
    from hub.inbox import answers

    code = known(team, place.teams())
    held = in_force(place)
    item = _one(id, _told(place, [code]), code)
    try:
        said = {"answer": answer, "role": role, "reason": reason}
        given = answers.answer(item.told, code, said, held and held["urgency"]["not_ours"], now(None))
    except answers.AnswerError as bad:
        raise CommandError(f"--{bad.field}: {bad}", USAGE) from None
    _send(given, place)
    fields = {name: given.fields[name] for name in ("answer", "role", "reason") if name in given.fields}
    if as_json:
        emit({"alert": item.told["id"], "team": code, **fields, "id": given.id})
        return 0
    say(f"{words.short(item.told['id'])}: {_answer({**fields, 'agency': code})}")
    note("next: hub run takes it in, and `hub alerts show` shows what came of it")
    return 0


@app.command
def calendar(
    team: str,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="the file to write (else stdout)")] = None,
    place: Place = HERE,
) -> int:
    """
    Export a team's alerts as an iCalendar file: what is asked, when, an opaque reference and a link.

    Nothing of any person is in it, so it may lie in a shared calendar. What was withdrawn is there as cancelled, so
    that importing the file again takes it away. HUB_URL says where the links lead.

    Example: hub alerts calendar HOUS --out housing.ics
    """
    logs.start()
    from hub import settings
    from hub.inbox import own
    from hub.inbox.ical import calendar as made

    code = known(team, place.teams())
    corrections = [told for _, told in _notices(place, [code]) if told["kind"] == "CORRECTION"]
    found = list(own.seen(_items(place, [code]), corrections))
    text = made(code, found, settings.read().url)
    if out is None:
        print(text.decode(), end="")
        return 0
    out.write_bytes(text)
    note(f"{out}: {counted(len(found), 'alert')} of {code}")
    return 0


def _teams(team: str | None, place: Place) -> Sequence[str]:
    return [known(team, place.teams())] if team else place.teams()


def _notices(place: Place, teams: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    from hub import topics
    from hub.wiring import schemas

    wire, reader = schemas(), place.reader()
    for team in teams:
        yield from ((team, told) for told in values(wire, reader, topics.alerts(team)))


def _told(place: Place, teams: Iterable[str]) -> "list[Item]":
    """What teams were told, from their own topics alone: all that a team itself may read."""
    from hub.inbox.items import items

    return items(_notices(place, teams), ())


def _items(place: Place, teams: Iterable[str]) -> "list[Item]":
    """What teams were told, and what came of it: the states are the hub's, from `alert-changes.v1`."""
    from hub import topics
    from hub.inbox.items import items
    from hub.wiring import schemas

    return items(_notices(place, teams), values(schemas(), place.reader(), topics.CHANGES))


def _one(start: str, found: "Iterable[Item]", team: str | None) -> "Item":
    those = [item for item in found if item.told["id"].startswith(start)]
    if not those:
        hint = (
            f"`hub alerts list{f' --team {team}' if team else ''} --state all` lists them; a correction needs no answer"
        )
        raise CommandError(f"{start}: no alert{f' of {team}' if team else ''} has this id; hint: {hint}")
    if len(those) > 1 and start not in {item.told["id"] for item in those}:
        hint = f"give more of it, such as {those[0].told['id'][: len(start) + 8]}"
        raise CommandError(f"{start}: {len(those)} alerts begin so; hint: {hint}", USAGE)
    return those[0]


def _send(answer: Any, place: Place) -> None:
    from hub.edges import acks
    from hub.wiring import schemas

    if place.on_kafka:
        acks.send(place.broker, place.auth, schemas(), answer)
        return
    log = place.log(place.open())
    try:
        acks.append(log, schemas(), answer)
    finally:
        log.close()


def _answers(item: "Item", place: Place) -> Iterator[dict[str, Any]]:
    """What the team answered, in the order of the log."""
    from hub import topics
    from hub.wiring import schemas

    for told in values(schemas(), place.reader(), topics.acks(item.team)):
        named = told["alert"] == item.told["id"] or (not told["alert"] and told["stage"] == item.told["stage"])
        if named and told["record"] == item.told["person"]:
            yield {name: told[name] for name in ("id", "agency", "at", "answer", "reason", "role")}


def _sent(item: "Item", place: Place) -> Iterator[dict[str, Any]]:
    """What became of each attempt to bring it to the team outside Kafka, in the order of the log."""
    from hub import topics
    from hub.wiring import schemas

    for told in values(schemas(), place.reader(), topics.RECEIPTS):
        if (told["team"], told["of"]) == (item.team, item.told["id"]):
            yield {name: told[name] for name in ("endpoint", "channel", "attempt", "outcome", "why", "at", "next")}


def _answer(told: Any) -> str:
    said = words.answered(told["answer"] or "ACCEPTED")
    why = f" ({told['reason'].lower().replace('_', ' ')})" if told.get("reason") else ""
    return f"{said}{why}, {told['role'] or 'no role named'} of {told['agency']}"


def _print(shown: "Sequence[Item]", total: int, at: int, days: "Calendar", as_json: bool, as_csv: bool) -> None:
    from hub.inbox.rows import COLUMNS, row

    if as_json:
        emit([row(item, at, days) for item in shown])
    elif as_csv:
        rows = (row(item, at, days) for item in shown)
        sheet(COLUMNS, ([_cell(one[name]) for name in COLUMNS] for one in rows))
    elif shown:
        table(HEADS, [_line(item, at, days) for item in shown])
    if len(shown) < total:
        note(f"the first {len(shown):,} of {total:,}; hint: --limit N shows more, --csv or --json all of them")
    if not total and not as_json:
        note("no alert is in such a state; hint: --state all shows what is over, `hub decisions` what was withheld")


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(value) if isinstance(value, list) else str(value)


def _line(item: "Item", at: int, days: "Calendar") -> tuple[str, ...]:
    told = item.told
    asked, urgency = told["asks"] or words.action(told["action"]), told["urgency"].lower()
    about = told["stage"], item.team, item.state.lower()
    return item.clock(at, days), urgency, asked, *about, words.minute(told["due"]), words.short(told["id"])


def _shown(item: "Item", at: int, days: "Calendar") -> tuple[str, str, list[tuple[str, str]]]:
    from hub.inbox.notice import notice

    told = item.told
    title, lines = notice(told)
    state = f"{item.state.lower().replace('_', ' ')} since {words.moment(item.since)}"
    lines += [("clock", item.clock(at, days)), ("state", state)]
    if told["fields"]:
        lines.append(("facts", words.fields(told["fields"])))
    rules = f"{told['rule'] or 'not told'}, bundle {told['bundle'][:12] or 'not told'}, under {told['clause']}"
    return title, "", [*lines, ("for", item.team), ("person", told["person"]), ("rule", rules), ("id", told["id"])]
