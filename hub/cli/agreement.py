"""`hub agreement`: what each agreement lets whom have, when it ends, and what of it nobody uses."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from hub import words
from hub.cli import logs
from hub.cli.decisions import AsOf, instant, now
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, progress, say, section, settled, table
from hub.place import HERE, Place, values
from hub.rulebook import Bundle, in_force
from hub.words import Told

if TYPE_CHECKING:
    from hub.reports.agreement import Agreement
    from hub.reports.usage import Unused, Usage

app = App(name="agreement", help="The agreements in force: who gets what, when they end, and what nobody uses.")
HEADS = ("Agreement", "Title", "Rules", "Told", "State", "Until", "Review by")
ENDS = ("When", "In", "What", "Agreement", "Title")
USES = ("Clause", "Used", "Last", "Fields never used", "Says")
Since = Annotated[str | None, Parameter(help="from this London date or time on (else the whole log)")]
Until = Annotated[str | None, Parameter(help="up to this date, included, or this time")]


@app.command
def show(id: str | None = None, /, *, as_of: AsOf = None, place: Place = HERE, as_json: Json = False) -> int:
    """
    Show the agreements in force, or one of them: its parties and purpose, and who gets which field in which form.

    What is read is the log, not a file that might yet come into force. ID may be one rule's, too.

    Example: hub agreement show DSA-001
    """
    logs.start()
    bundle, found = _in_force(place)
    today = words.local(now(as_of)).date()
    if id is None:
        if as_json:
            emit([_flat(one, today) for one in found.values()])
        else:
            table(HEADS, [_line(one, today) for one in found.values()])
        return 0
    one = found.get(id.upper().rpartition(".")[0] if "." in id else id.upper())
    clauses = [] if one is None else [c for c in one.clauses if "." not in id or c["id"] == id.upper()]
    if one is None or not clauses:
        raise CommandError(f"{id}: not in the rules in force; hint: one of {', '.join(found)}", USAGE)
    if as_json:
        emit({**_flat(one, today), "clauses": clauses})
    else:
        _show(one, clauses, bundle, today)
    return 0


def _in_force(place: Place) -> "tuple[Bundle, dict[str, Agreement]]":
    from hub.reports.agreement import agreements

    bundle = in_force(place)
    if bundle is None:
        raise CommandError("no rules in force; hint: hub policy activate")
    return bundle, agreements(bundle)


def _flat(one: "Agreement", today: date) -> dict[str, Any]:
    days = {name: getattr(one, name).isoformat() for name in ("starts", "review_by", "ends")}
    told = {"id": one.id, "title": one.title, "purpose": one.purpose, "gateways": one.gateways, **days}
    parties = {"publish": one.told("sources"), "receive": one.told("teams")}
    return {**told, "state": one.state(today), "rules": len(one.clauses), "parties": parties}


def _line(one: "Agreement", today: date) -> tuple[str, ...]:
    told = one.told("teams")
    shown = (
        (", ".join(told) or "nobody in this hub")
        if len(told) <= 6
        else f"{', '.join(told[:5])} and {len(told) - 5} more"
    )
    days = words.day(one.ends), words.day(one.review_by)
    return one.id, one.title, str(len(one.clauses)), shown, one.state(today), *days


def _show(one: "Agreement", clauses: list[Told], bundle: Told, today: date) -> None:
    from hub.reports.agreement import agencies, clause, gets, teams, terms

    publish, receive = one.told("sources"), one.told("teams")
    days = f"{words.day(one.starts)} to {words.day(one.ends)}, review by {words.day(one.review_by)}"
    lines = [
        ("purpose", one.purpose),
        ("rests on", ", ".join(one.gateways)),
        ("tell", agencies(publish, bundle) or "nobody: it is about alerts, which come from the hub"),
        ("are told", teams(receive, bundle)),
        ("state", f"{one.state(today)}: {days}"),
    ]
    whole = len(clauses) == len(one.clauses)
    section(f"{one.id} {one.title}", "", [*lines, *(terms(bundle["agreements"].get(one.id, {})) if whole else [])])
    for told in clauses:
        say()
        state = "delivered" if told["effect"] == "permit" else "withheld"
        section(f"{told['id']} {told['effect']}s: {told['says']}", state, clause(told, bundle))
    if whole and any(told["effect"] == "permit" for told in clauses):
        say()
        section("Who gets what, all rules together", "", [(code, gets(one, code)) for code in receive])


@app.command
def expire(
    *,
    within: Annotated[int, Parameter(help="days from today", validator=Number(gte=0))] = 60,
    as_of: AsOf = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    List what ends, or is due for review, within so many days, the most urgent first; exit 1 if anything is overdue.

    An agreement past its review date shares nothing, and the whole bundle of rules nothing past its own last day.

    Example: hub agreement expire --within 90
    """
    logs.start()
    bundle, found = _in_force(place)
    today = words.local(now(as_of)).date()
    ends = [(date.fromisoformat(bundle["valid_until"]), "all rules end", "", bundle["name"])]
    for one in found.values():
        ends += [(one.ends, "ends", one.id, one.title)]
        ends += [(one.review_by, "review due", one.id, one.title)] if one.review_by < one.ends else []
    due = sorted(line for line in ends if line[0] <= today + timedelta(days=within))
    if as_json:
        emit([_due(*line, today) for line in due])
    elif due:
        table(ENDS, [(words.day(day), _in(day, today), what, number, title) for day, what, number, title in due])
    else:
        say(f"nothing ends and no review is due within {counted(within, 'day')}")
    return FAULT if any(day < today for day, *_ in due) else 0


def _due(day: date, what: str, number: str, title: str, today: date) -> dict[str, Any]:
    told = {"on": day.isoformat(), "days": (day - today).days, "what": what}
    return {**told, "agreement": number or None, "title": title}


def _in(day: date, today: date) -> str:
    left = (day - today).days
    return "today" if left == 0 else counted(left, "day") if left > 0 else f"overdue by {counted(-left, 'day')}"


@app.command
def usage(
    *,
    since: Since = None,
    until: Until = None,
    patch: Annotated[
        Path | None, Parameter(help="print a patch against this folder of policies that removes what was never used")
    ] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Say how often each rule and field of the agreements in force was used, and which never were.

    A field counts as used when a delivery or an alert really carried it. What was never used is proposed for removal:
    --patch POLICIES prints that as a patch, to be reviewed and applied with `git apply`; an agreement is never emptied.

    Example: hub agreement usage --since 2026-01-01 --patch policies > less.patch
    """
    logs.start()
    from hub.reports.usage import unused

    bundle, found = _in_force(place)
    began = _began(place)
    start = instant(since, "--since") if since else min(began.values(), default=0)
    used = _used(place, start if since else None, instant(until, "--until", True) if until else None)
    never = unused(bundle, used, began, start)
    if patch is not None:
        from hub.edges.pruning import patch as pruned

        print(pruned(patch, never.clauses, never.fields), end="")
        return 0
    if as_json:
        emit(_document(bundle, used, never))
    else:
        _usage(bundle, found, used, never)
    return 0


def _began(place: Place) -> dict[str, int]:
    from hub import topics
    from hub.reports.usage import began
    from hub.wiring import schemas

    told = values(schemas(), place.reader(), topics.RULES)
    return began((one["at"], json.loads(one["bundle"])) for one in told)


def _used(place: Place, since: int | None, until: int | None) -> "Usage":
    """Every disclosure of the time, from the teams' own topics."""
    from hub.reports.usage import Usage

    made = Usage()
    for number, (at, told) in enumerate(_disclosed(place)):
        if (since is None or at >= since) and (until is None or at < until):
            made.add(told["clause"], told["fields"], at)
        if number % 5000 == 4999:
            progress(number + 1, "disclosures read")
    settled()
    return made


def _disclosed(place: Place) -> Iterator[tuple[int, dict[str, Any]]]:
    from hub import topics
    from hub.wiring import schemas

    wire, reader = schemas(), place.reader()
    for team in place.teams():
        for told in values(wire, reader, topics.deliveries(team)):
            yield told["at"], told
        for told in values(wire, reader, topics.alerts(team)):
            yield told["raised"], told


def _document(bundle: Bundle, used: "Usage", never: "Unused") -> dict[str, Any]:
    from hub.core.policy import DROP

    clauses = [
        {
            "clause": one["id"],
            "used": used.clauses[one["id"]],
            "last": None if one["id"] not in used.last else words.day(words.local(used.last[one["id"]]).date()),
            "fields": {name: used.fields[one["id"], name] for name, form in one["fields"].items() if form != DROP},
        }
        for one in bundle["clauses"]
        if one["effect"] == "permit" and one["teams"]
    ]
    return {"clauses": clauses, "unused": {"clauses": never.clauses, "fields": never.fields, "young": never.young}}


def _usage(bundle: Bundle, found: "dict[str, Agreement]", used: "Usage", never: "Unused") -> None:
    permits = [one for one in bundle["clauses"] if one["effect"] == "permit" and one["teams"]]
    table(USES, [_use(one, used, never) for one in permits])
    say()
    idle = [name for name, one in found.items() if _idle(one, never.clauses)]
    fields = sum(map(len, never.fields.values()))
    unused_fields = f"{counted(fields, 'field')} of rules that were"
    say(f"never used: {counted(len(never.clauses), 'rule')} of {len(permits)}, and {unused_fields}")
    if idle:
        say(f"of these agreements nothing was used: {', '.join(idle)}; whether to end them is for you to decide")
    if never.young:
        say(f"too young to say: {', '.join(never.young)}")
    note("next: hub agreement usage --patch POLICIES prints what to take out, for review")


def _idle(one: "Agreement", unused: Iterable[str]) -> bool:
    permits = {told["id"] for told in one.clauses if told["effect"] == "permit" and told["teams"]}
    return bool(permits) and permits <= set(unused)


def _use(one: dict[str, Any], used: "Usage", never: "Unused") -> tuple[str, ...]:
    name = one["id"]
    last = words.day(words.local(used.last[name]).date()) if name in used.last else "never"
    return name, f"{used.clauses[name]:,}", last, ", ".join(never.fields.get(name, ())), one["says"]
