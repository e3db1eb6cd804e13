"""`hub break-glass`: emergency access for one team to one person, by two people, with an end and a review."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from hub import words
from hub.cli import logs
from hub.cli.decisions import AsOf, now
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, emit, flat, note, say, table
from hub.cli.twofold import ALONE, Control, agreed, commit
from hub.core.calendar import HOUR
from hub.place import HERE, Place, known, values
from hub.reports.glass import DAY, REVIEW
from hub.rulebook import Bundle, in_force
from hub.subject import persons

if TYPE_CHECKING:
    from hub.wire.schemas import Schemas

app = App(name="break-glass", help="Emergency access for one team to one person: two people, an end, and a review.")
HEADS = ("Opened", "Team", "About", "Because", "By", "With", "Until", "State", "Id")
Row = dict[str, Any]


@app.command(name="open")
def begin(
    *,
    team: Annotated[str | None, Parameter(help="who is to be told")] = None,
    person: Annotated[str | None, Parameter(help="about whom: a pseudonym, or an agency's record (GMP/r1...)")] = None,
    hours: Annotated[int, Parameter(help="for how long", validator=Number(gte=1))] = 24,
    control: Control = ALONE,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Let one team be told of one person, for some hours, what no agreement gives it.

    Two people sign, in two roles; policies/emergency.yaml says for which reasons, which teams, how long, and what may
    be told. A forbid still wins. It ends by itself, and is to be reviewed after that.

    Example: hub break-glass open --team HOUS --person GMP/r1.xgk... --reason LIFE_AT_RISK --hours 24
             --by DUTY_MANAGER --second IG_LEAD --key a.key --key b.key
    """
    logs.start()
    from hub import topics
    from hub.core.emergency import BREAK_GLASS
    from hub.log import Out
    from hub.wire.partitioner import partition_for
    from hub.wiring import schemas

    wire = schemas()
    rules = _rules(place)
    if hours > (longest := rules["emergency"]["longest_hours"]):
        raise CommandError(f"--hours: more than {longest}; hint: ask for less; policies/emergency.yaml sets it", USAGE)
    asked = _asked(team, person, control, place, wire, rules)
    end = {} if not asked else {"until": now(None) + hours * HOUR}
    request = agreed(BREAK_GLASS, {**asked, **end}, control, rules["emergency"]["reasons"], place)
    if request is None:
        return 0
    if request["of"] is None or request["until"] is None:
        raise CommandError(
            f"{control.request}: not a request to break the glass; hint: the first person asks anew", USAGE
        )
    home, value, key = place.open(), wire.encode("access", request), request["person"].encode()
    entry = Out(topics.PERSON, partition_for(key, home.partitions), key, value, ())
    commit(place, home, [entry, Out(topics.ACCESS, 0, request["id"].encode(), value, ())])
    if as_json:
        emit(_flat({**request, "state": "asked"}))
        return 0
    due = request["until"] + rules["emergency"]["review_days"] * DAY
    say(f"{words.short(request['id'])}: {request['of']} may be told until {words.minute(request['until'])}")
    say(f"to be reviewed by {words.minute(due)}: hub break-glass review {words.short(request['id'])}")
    note("next: hub run takes it in, and `hub break-glass list` says whether it holds")
    return 0


def _rules(place: Place) -> Bundle:
    rules = in_force(place)
    if rules is None:
        raise CommandError("no rules in force; hint: hub policy activate")
    return rules


def _asked(team: str | None, person: str | None, control: Control, place: Place, wire: "Schemas", rules: Bundle) -> Row:
    """What is asked, found to be possible first; nothing where the request file says it all."""
    from hub import topics

    if team is None and person is None and control.waiting:
        return {}
    if team is None or person is None:
        raise CommandError("--team and --person: both are needed; hint: or the --request of the first person", USAGE)
    code = known(team, place.teams())
    permits = [clause for clause in rules["emergency"]["clauses"] if clause["effect"] == "permit"]
    may = sorted({one for clause in permits for one in clause["teams"]})
    if code not in may:
        raise CommandError(f"--team: {code} is not among those it is for; hint: one of {', '.join(may)}", USAGE)
    start = persons.handle(person, place) or ""
    handle = persons.one(person, start, (one["person"] for one in values(wire, place.reader(), topics.DECISIONS)))
    from hub.core.emergency import BREAK_GLASS

    return {"what": BREAK_GLASS, "person": handle, "since": None, "of": code}


@app.command(name="list")
def every(*, as_of: AsOf = None, place: Place = HERE, as_json: Json = False) -> int:
    """
    List every emergency access, newest first: for whom, why, until when, and whether it was reviewed.

    It exits 1 while a review is overdue.

    Example: hub break-glass list
    """
    logs.start()
    from hub.wiring import schemas

    found = _grants(place, schemas(), now(as_of))
    if as_json:
        emit([_flat(one) for one in found])
    elif found:
        table(HEADS, [_line(one) for one in found])
    else:
        note("nobody has broken the glass; hint: `hub break-glass open` does")
    return FAULT if any(one["state"] == "REVIEW OVERDUE" for one in found) else 0


@app.command
def review(
    id: str,
    /,
    *,
    control: Control = ALONE,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Record what the review of an emergency access found, signed by two people; --reason is the finding.

    `hub decisions --agreement DSA-900` and `hub explain ID` show what was told under it.

    Example: hub break-glass review q-1fbb2720 --reason JUSTIFIED --by IG_LEAD --second DPO --key a.key --key b.key
    """
    logs.start()
    from hub import topics
    from hub.log import Out
    from hub.wiring import schemas

    wire = schemas()
    moment = now(None)
    found = [one for one in _grants(place, wire, moment) if one["id"].startswith(id)]
    if len(found) != 1:
        many = f"{len(found)} begin so" if found else "no emergency access has this id"
        raise CommandError(f"{id}: {many}; hint: `hub break-glass list` names them", USAGE)
    (grant,) = found
    if moment < grant["until"]:
        raise CommandError(f"{id}: open until {words.minute(grant['until'])}; hint: review it when it has ended")
    asked = {"what": REVIEW, "person": grant["person"], "since": None, "until": None, "of": grant["id"]}
    request = agreed(REVIEW, asked, control, _rules(place)["emergency"]["findings"], place)
    if request is None:
        return 0
    commit(place, place.open(), [Out(topics.ACCESS, 0, request["id"].encode(), wire.encode("access", request), ())])
    if as_json:
        emit(_flat({**request, "state": "reviewed"}))
    else:
        say(f"{words.short(grant['id'])}: reviewed, {request['reason'].lower().replace('_', ' ')}")
    return 0


def _grants(place: Place, wire: "Schemas", moment: int) -> list[Row]:
    """Every access that two leads signed, newest first, with the state it is in."""
    from hub import topics
    from hub.core.emergency import OPENED
    from hub.reports.glass import Opened, grants
    from hub.wire.twofold import TwofoldError, check

    reader, trusted = place.reader(), place.open().once_trusted()
    good = []
    for told in values(wire, reader, topics.ACCESS):
        try:
            check(told["what"], told, trusted)
        except TwofoldError:
            continue  # `hub audit access` finds it
        good.append(told)
    made = (one for one in values(wire, reader, topics.DECISIONS) if one["subject"] == OPENED)
    opened = {one["event"]: Opened(one["outcomes"][0]["reason"], one["id"]) for one in made}
    return grants(good, opened, _rules(place)["emergency"]["review_days"], moment)


def _flat(one: Row) -> Row:
    from hub.wire.twofold import PEOPLE

    told = {name: value for name, value in one.items() if name not in {"signatures", "since", "decision", *PEOPLE}}
    return flat(told) | {name: words.iso(told[name]) for name in ("until", "due") if told.get(name) is not None}


def _line(one: Row) -> tuple[str, ...]:
    why, about = one["reason"].lower().replace("_", " "), words.short(one["person"])
    who, until = (one["by"], one["second"]), words.minute(one["until"])
    return words.minute(one["at"]), one["of"], about, why, *who, until, one["state"], words.short(one["id"])
