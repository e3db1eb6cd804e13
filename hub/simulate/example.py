"""A disagreement made small: the shortest history that still shows it, written as a case that `hub scenarios` runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import yaml

from hub.core.rules import Rules
from hub.simulate.compare import Seen, judge
from hub.simulate.oracle.days import LONDON
from hub.simulate.oracle.lines import Line
from hub.simulate.oracle.relive import Arrival, relive


def shrunk(arrivals: Sequence[Arrival], until: int, rules: Rules, kinds: Iterable[str]) -> list[Arrival]:
    """Events are taken away, last first, for as long as hub and oracle still differ in the same way."""
    asked, made = tuple(kinds), list(arrivals)
    wanted = _way(made, until, rules, asked)
    shorter = True
    while shorter:
        shorter = False
        for place in reversed(range(1, len(made))):
            less = made[:place] + made[place + 1 :]
            if wanted in _ways(less, until, rules, asked):
                made, shorter = less, True
    return made


def _ways(arrivals: Sequence[Arrival], until: int, rules: Rules, kinds: tuple[str, ...]) -> list[tuple[str, ...]]:
    verdict = judge(arrivals, until, rules, kinds)
    found = [("missed", *_kind(seen)) for seen in verdict.missed]
    return found + [("uncalled", *_kind(seen)) for seen in verdict.uncalled] + [("broken",) for _ in verdict.broken]


def _way(arrivals: Sequence[Arrival], until: int, rules: Rules, kinds: tuple[str, ...]) -> tuple[str, ...]:
    return _ways(arrivals, until, rules, kinds)[0]


def _kind(seen: Seen) -> tuple[str, ...]:
    return seen.kind, seen.about, seen.stage, seen.team, seen.state


def case(name: str, arrivals: Sequence[Arrival], until: int, kinds: Iterable[str]) -> str:
    """A history and the oracle's answer to it, as a scenario file."""
    asked = set(kinds)
    lines = [line for line in relive(arrivals, until).lines if asked & {line.kind, line.about}]
    first, *rest = arrivals
    told = {
        "id": name,
        "title": "what the oracle makes of a simulated history",
        "as_of": _moment(until),
        "person": {key: _value(value) for key, value in first.event.fields.items()},
        "events": [_event(arrival) for arrival in rest],
        "expected": [_row(line) for line in lines],
    }
    return yaml.safe_dump({"scenarios": [told]}, sort_keys=False, width=160, default_flow_style=None)


def _event(arrival: Arrival) -> Mapping[str, Any]:
    event = arrival.event
    fields = {name: _value(value) for name, value in event.fields.items()} | {"event_id": event.id}
    if event.seq is not None:
        fields = {"seq": event.seq, **fields}
    late = {"heard": _moment(arrival.at)} if arrival.at > event.at else {}
    return {"at": _moment(event.at), **late, "agency": event.agency, "type": event.type, "fields": fields}


def _row(line: Line) -> Mapping[str, Any]:
    made: dict[str, Any] = {"kind": line.kind, "stage": line.stage, "due": _due(line), "team": line.team}
    made["state"] = line.state
    if line.version > 1:
        made["version"] = line.version
    more = {"was": line.was, "reason": line.reason, "urgent": line.urgent, "catch_up": line.catch_up}
    return made | {name: value for name, value in more.items() if value}


def _due(line: Line) -> str:
    return line.due.isoformat() if isinstance(line.due, date) else _moment(line.due)


def _value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, LONDON).isoformat()
