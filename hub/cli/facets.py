"""How many decisions there are of each kind: what `hub decisions --facets` counts, and how it shows it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hub import words
from hub.cli.screen import counted, emit, say, sheet

FACETS = ("month", "type", "source", "team", "outcome", "reason", "owner", "agreement", "clause")
LABELS = {"type": "what", "source": "from", "reason": "why withheld", "owner": "to decide"}
COLUMNS = ("facet", "value", "count")
BAR = 24
Counts = Mapping[str, Counter[str]]


def count(rows: Iterable[Mapping[str, Any]]) -> Counts:
    """
    Outcomes by facet; a facet counts those that have it.

    >>> made = {"at": 1_794_492_191_000_000, "team": "HOUS", "outcome": "withheld", "reason": "EXPIRED"}
    >>> {name: dict(found) for name, found in count([made]).items() if found}
    {'month': {'2026-11': 1}, 'team': {'HOUS': 1}, 'outcome': {'withheld': 1}, 'reason': {'EXPIRED': 1}}
    """
    made: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for row in rows:
        made["month"][words.month(row["at"])] += 1
        for name in FACETS[1:]:
            if row.get(name) is not None:
                made[name][row[name]] += 1
    return made


def show(made: Counts, as_json: bool, as_csv: bool) -> None:
    """The counts: the most frequent first, months in their order."""
    if as_json:
        emit({name: dict(_sort(name, found)) for name, found in made.items()})
    elif as_csv:
        sheet(COLUMNS, ((name, one, str(many)) for name, found in made.items() for one, many in _sort(name, found)))
    else:
        _print(made)


def _print(made: Counts) -> None:
    say(counted(made["month"].total(), "outcome"))
    for name, found in made.items():
        if not found:
            continue
        say()
        say(LABELS.get(name, name))
        told = list(_sort(name, found))
        width, most = max(len(value) for value, _ in told), max(found.values())
        figures = len(f"{most:,}")
        for value, number in told:
            say(f"  {value.ljust(width)}  {number:>{figures},}  {'▇' * max(1, round(BAR * number / most))}")


def _sort(name: str, found: Counter[str]) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda one: (0 if name == "month" else -one[1], one[0]))
