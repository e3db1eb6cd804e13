"""
Worked cases: a short history in, the alerts it must have led to compared with those it did.

A case names a person, events and the alerts expected at a moment; it runs through the same core as production, under
the same agreements. Only the kinds and teams that a case names are compared, and PROB and YJS in every release case.
An alert expected as RAISED may meanwhile be acknowledged, escalated or closed; a version that nobody heard of before
its date moved back is no alert.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from hub.core.debounce import NO_NET_CHANGE
from hub.core.decide import advance, join, replan, step
from hub.core.events import AlertChange, Answer, Event, Value
from hub.core.person import Person
from hub.core.rules import Rules

LONDON = ZoneInfo("Europe/London")
SHORT = {"arrest": ("arrest.recorded", {}), "remand": ("legal_status.changed", {"new": "REMAND"})}
BORN = {"dob": "dob_precision", "new": "precision"}
RAISED = frozenset({"RAISED", "ACKNOWLEDGED", "ESCALATED", "CLOSED"})
UNFIT = (
    "cannot be run; hint: a case has `as_of`, `events` with `at`, `agency` and `type`,"
    " and `expected` with `kind`, `stage`, `team`, `due` and `state`"
)
ASIDE = frozenset({"note", "seq", "event_id", "occurred_at", "person", "previous_dob"})


class ScenarioError(Exception):
    """A scenario file that cannot be read; the text says where and the cure."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one case: *differences* are in plain words, none when it passed."""

    id: str
    title: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every expected alert was there, and no other."""
        return not self.differences


def load(file: Path) -> list[dict[str, Any]]:
    """The cases of a scenario file."""
    try:
        told = yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)
        return list(told["scenarios"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as bad:
        raise ScenarioError(f"{file}: not a scenario file; hint: YAML with a list under `scenarios`") from bad


def run(case: Mapping[str, Any], rules: Rules) -> Result:
    """Run one case through the core and compare."""
    try:
        happened = history(case, rules)
        wanted = [_expected(row) for row in case["expected"]]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return Result(str(case.get("id")), str(case.get("title")), (UNFIT,))
    return Result(case["id"], case["title"], tuple(_compare(wanted, _rows(happened, wanted), case["expected"])))


def history(case: Mapping[str, Any], rules: Rules) -> list[AlertChange]:
    """Every step of every alert that the case's events lead to, up to its `as_of`."""
    people: dict[str, Person] = {}
    merged: dict[str, str] = {}
    answers: list[Answer] = []
    until = _instant(case["as_of"])
    for heard, name, event in sorted(_events(case), key=lambda told: told[0]):
        if heard > until:
            continue
        handle = name if event.type == "alert.ack" else merged.get(name, name)  # it names whom it was told of
        for told in _by_team(event, rules):
            people[handle], made = step(people.get(handle, Person()), handle, told, rules, heard)
            answers += made
        answers += join_or_part(people, merged, event, rules)
    for handle, person in people.items():
        answers += advance(person, handle, until, rules)[1]
    return [answer for answer in answers if isinstance(answer, AlertChange)]


def join_or_part(people: dict[str, Person], merged: dict[str, str], event: Event, rules: Rules) -> Iterable[Answer]:
    """The records of a person who proves to be another are theirs from then on, until it proves to be wrong."""
    told = {name: str(value) for name, value in event.fields.items()}
    if event.type == "person.merged":
        merged[told["removed"]] = told["kept"]
        yield from _move(people, told["removed"], told["removed"], told["kept"], event.at, rules)
    elif event.type == "person.unmerged":
        merged.pop(told["b"], None)
        yield from _move(people, told["b"], told["a"], told["b"], event.at, rules)


def _move(people: dict[str, Person], name: str, here: str, there: str, now: int, rules: Rules) -> Iterable[Answer]:
    """Every record of the person called *name* goes from *here* to *there*, all at once."""
    for handle in (here, there):
        people[handle], made = advance(people.get(handle, Person()), handle, now, rules)
        yield from made
    known = people[here].slices
    gone = {record: part for record, part in known.items() if record.partition("/")[2].startswith(f"{name}.")}
    rest = {record: part for record, part in known.items() if record not in gone}
    why = "WRONG_PERSON" if rest else "EPISODE_CLOSED"
    people[here], left = replan(people[here]._replace(slices=rest), here, rules, now, why, people[here])
    people[there], come = join(people[there], there, {**people[there].slices, **gone}, rules, now)
    yield from (*left, *come)


def _events(case: Mapping[str, Any]) -> Iterable[tuple[int, str, Event]]:
    """
    Each event with when it is heard (`heard`, else at once) and the person it is about.

    Events say `person`, a merge `kept`, and all else is about A.
    """
    told = [line for line in case["events"] if line["type"] != "birthday.reached"]
    about = dict(case.get("person", {}))
    if "previous_dob" in about:
        about["dob"] = about["previous_dob"]
    if told:
        first = told[0]
        who, agency = _who(first), first["agency"]
        at = _instant(first["at"])
        yield at, who, Event("registered", "person.registered", agency, f"{who}.0", at, None, _fields(about))
    for number, line in enumerate(told):
        fields = line.get("fields") or {}
        kind, more = SHORT.get(line["type"], (line["type"], {}))
        made = {**_fields(fields), **more}
        if "occurred_at" in fields:
            made["occurred_at"] = _instant(fields["occurred_at"])
        event_id, record = fields.get("event_id", f"e{number}"), f"{_who(line)}.{line['agency']}"
        at = _instant(line["at"])
        heard = max(at, _instant(line.get("heard", line["at"])))
        yield heard, _who(line), Event(event_id, kind, line["agency"], record, at, fields.get("seq"), made)


def _who(line: Mapping[str, Any]) -> str:
    fields = line.get("fields") or {}
    return str(fields.get("person") or fields.get("kept") or fields.get("a") or "A")


def _by_team(event: Event, rules: Rules) -> Iterable[Event]:
    """The event; an acknowledgement that a case has of an agency comes from each team of that agency's."""
    if event.type != "alert.ack" or event.agency in rules.teams:
        return (event,)
    return [replace(event, agency=code) for code, team in rules.teams.items() if team.agency == event.agency]


def _fields(told: Mapping[str, Any]) -> dict[str, Value]:
    made = {name: _value(value) for name, value in told.items() if value is not None and name not in ASIDE}
    for name, word in BORN.items():
        parts = str(made.get(name, "")).split("-")
        if len(parts) < 3 and parts[0].isdecimal():  # of some people only the year of birth is known, or the month
            made[name] = date(int(parts[0]), int(parts[1]) if len(parts) == 2 else 1, 1)
            made[word] = ("YEAR", "MONTH")[len(parts) - 1]
    return made


def _value(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(map(str, value))
    if isinstance(value, str) and len(value) == 10 and value[4] == "-":
        return date.fromisoformat(value)
    if isinstance(value, date | bool | int | str):
        return value
    raise ValueError("a field is neither text, number, truth, date nor list")


def _instant(told: Any) -> int:
    """UTC microseconds; an instant without a zone is UTC."""
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told).replace("Z", "+00:00"))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


Row = dict[str, Any]


def _key(row: Row) -> tuple[Any, ...]:
    return row["kind"], row["stage"], row["team"], row["version"]


def _expected(line: Mapping[str, Any]) -> Row:
    due = str(line["due"])
    version = line.get("version", 1) if line["kind"] in {"RELEASE", "TRANSITION"} else 1
    return {**line, "version": version, "due": date.fromisoformat(due) if len(due) == 10 else _instant(due)}


def _rows(happened: Iterable[AlertChange], wanted: list[Row]) -> list[Row]:
    """The last state of every alert in the scope of the case."""
    kinds, teams = {row["kind"] for row in wanted}, {row["team"] for row in wanted}
    if "RELEASE" in kinds:
        teams |= {"PROB", "YJS"}
    last: dict[str, AlertChange] = {}
    for change in happened:
        last[change.alert] = change
    unsaid = {_version(change) for change in last.values() if change.reason == NO_NET_CHANGE}
    shown = [change for change in last.values() if _version(change) not in unsaid]
    inside = [c for c in shown if not wanted or (c.kind in kinds and c.team in teams)]
    return [_row(change) for change in inside]


def _version(change: AlertChange) -> tuple[Any, ...]:
    return change.kind, change.episode, change.team, change.version, change.kind == "CORRECTION" and change.alert


def _row(change: AlertChange) -> Row:
    versioned = change.kind in {"RELEASE", "TRANSITION"}
    return {
        "person": change.person,
        "kind": change.kind,
        "stage": change.stage,
        "team": change.team,
        "version": change.version if versioned else 1,
        "state": change.state,
        "was": change.was,
        "due": change.due_on or change.due_at,
        "reason": change.reason,
        "urgent": change.urgency in {"URGENT", "IMMEDIATE"},
        "catch_up": change.catch_up,
    }


def _compare(wanted: list[Row], had: list[Row], told: list[Mapping[str, Any]]) -> Iterable[str]:
    rest = list(had)
    for row, line in zip(wanted, told, strict=True):
        same = [
            found
            for found in rest
            if _key(found) == _key(row) and line.get("person", found["person"]) == found["person"]
        ]
        if not same:
            yield f"missing: {_name(row)} {row['state']} due {_say(row['due'])}"
            continue
        nearest = min(same, key=lambda found: len(_unlike(row, found, line)))
        rest.remove(nearest)
        for name in _unlike(row, nearest, line):
            yield f"different: {_name(row)} {name} is {_say(nearest[name])}, expected {_say(row.get(name, False))}"
    for row in rest:
        yield f"unexpected: {_name(row)} {row['state']} due {_say(row['due'])}"


def _unlike(row: Row, found: Row, line: Mapping[str, Any]) -> list[str]:
    """The names in which an alert differs from the expected one; a mark not mentioned is expected to be unset."""
    names = ["state", "due", *(name for name in ("was", "reason") if name in line)]
    names += ["urgent"] if row["state"] == "RAISED" else []
    names += ["catch_up"] if row["kind"] in {"RELEASE", "TRANSITION"} else []
    if row["state"] == "RAISED" and found["state"] in RAISED:
        names.remove("state")
    return [name for name in names if found[name] != row.get(name, False)]


def _name(row: Row) -> str:
    return f"{row['kind']} {row['stage']} {row['team']} v{row['version']}"


def _say(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1_000_000, LONDON).isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)
