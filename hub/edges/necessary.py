"""
The linter's bounds: minimum necessary per team (section 2.5) and the hard block B2, as the policies state them.

An agreement that goes beyond them is refused with its line. The core narrows clauses once more when it reads a bundle.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.core.disclosure import ALERT_FIELDS
from hub.core.minimum import ALL, Minimum
from hub.core.policy import DROP
from hub.edges.agreement_models import MinimumNecessary, Rule
from hub.edges.policy_files import fault, read

Slip = tuple[tuple[str, ...], str, str]
TABLE = "minimum_necessary.yaml"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What no agreement may go beyond: the table of teams, and what no alert quotes."""

    minimum: MinimumNecessary
    quotes: frozenset[str]


def bounds(folder: Path, kinds: Mapping[str, Iterable[str]], teams: Iterable[str]) -> Bounds:
    """Read the table in *folder*: it may speak only of *kinds* of events with their fields, and of *teams*."""
    file = folder / TABLE
    told = read(file, MinimumNecessary)
    known = {name for names in kinds.values() for name in names} | ALERT_FIELDS
    for where, words, among, what in _named(told, kinds, known, teams):
        if strange := [word for word in words if word not in among]:
            raise fault(file, where, f"unknown {what} `{strange[0]}`", f"see {SEE[what]}")
    if silent := [code for code in teams if code not in told.teams]:
        raise fault(file, ("teams",), f"nothing said of `{silent[0]}`", "give it a line, `{may: []}` for no field")
    for code, line in told.teams.items():
        if both := sorted({*line.may} & {*line.never}):
            raise fault(file, ("teams", code), f"`{both[0]}` is in both lists", "leave it in one")
    quotes = frozenset(name for kind in told.never_quoted.events for name in kinds[kind]) - ENVELOPE
    return Bounds(told, quotes)


SEE = {
    "event type": "schemas/ for the names",
    "team": "teams.yaml",
    "field": "schemas/, and policies/README.md for alerts",
}
ENVELOPE = frozenset({"id", "agency", "record", "at", "seq"})


def _named(
    told: MinimumNecessary, kinds: Iterable[str], known: Iterable[str], teams: Iterable[str]
) -> Iterable[tuple[tuple[str, ...], Iterable[str], Iterable[str], str]]:
    """Where a word stands, the words, what they may be, and what such a word is called."""
    yield ("never_quoted", "events"), told.never_quoted.events, kinds, "event type"
    yield from (
        (("never_quoted", "alerts"), names, ALERT_FIELDS, "field") for names in told.never_quoted.alerts.values()
    )
    yield ("accepting",), told.accepting, teams, "team"
    yield ("only",), told.only, known, "field"
    yield from ((("only", name), codes, teams, "team") for name, codes in told.only.items())
    yield ("teams",), told.teams, teams, "team"
    for code, line in told.teams.items():
        yield ("teams", code, "may"), line.may, ALERT_FIELDS, "field"
        yield ("teams", code, "never"), line.never, {ALL, *known}, "field"


def compiled(made: Bounds, teams: Iterable[str]) -> dict[str, Any]:
    """The table as the bundle carries it, for *teams*: what others alone may be told is among what is never told."""
    return {code: {"may": sorted(line.may), "never": sorted(line.never)} for code, line in _lines(made, teams)}


def _lines(made: Bounds, teams: Iterable[str]) -> Iterable[tuple[str, Minimum]]:
    for code in teams:
        line = made.minimum.teams[code]
        others = {name for name, codes in made.minimum.only.items() if code not in codes}
        yield code, Minimum(frozenset(line.may), frozenset({*line.never, *others}))


def slips(rule: Rule, made: Bounds) -> Iterable[Slip]:
    """Where a permit goes beyond the bounds: a field its team may not know, or a quotation."""
    if rule.alerts:
        yield from _quoted(rule, made)
    subjects = (*rule.events, *(f"alert.{kind}" for kind in rule.alerts))
    for code, minimum in _lines(made, [code for code in rule.to if code in made.minimum.teams]):
        for name in leaving(rule):
            if not all(minimum.allows(subject, name) for subject in subjects):
                yield ("fields", name), f"`{code}` may not be told `{name}`", f"leave it out; see {TABLE}"


def leaving(rule: Rule) -> Iterable[str]:
    """The fields that *rule* gives in any form: what it names only to withhold is within every bound."""
    return (name for name, form in rule.fields.items() if form != DROP)


def _quoted(rule: Rule, made: Bounds) -> Iterable[Slip]:
    """Block B2: nothing of the events that may only cause an alert, and next to nothing where they cause every one."""
    cure = f"leave it out; see `never_quoted` in {TABLE}"
    for name in leaving(rule):
        if name in made.quotes and name not in ALERT_FIELDS:
            yield ("fields", name), f"no alert quotes `{name}`", cure
        for kind in rule.alerts:
            allowed = made.minimum.never_quoted.alerts.get(kind)
            if allowed is not None and name not in allowed:
                yield ("fields", name), f"`{kind}` does not say `{name}`", cure
