"""
The rules in force: one signed bundle of agreements, teams, stages and calendar, compiled for the core.

A bundle arrives as plain JSON values in the log, so every replay reads the very rules of that moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.core.calendar import DAY, Calendar, calendar
from hub.core.minimum import Minimum, narrowed
from hub.core.policy import Clause, Effect, Index, index

LEAD = ("PROB", "YJS")


@dataclass(frozen=True, slots=True)
class Team:
    """
    A team that receives: its own agency, if that publishes too, and the event types it asked to be told of.

    *authority* is the authority of a team of another area; None for all others.
    """

    code: str
    name: str
    agency: str | None
    subscribes: frozenset[str]
    authority: str | None


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of a stage table: when it falls due, whom it may concern, and the words of the rule that says so."""

    name: str
    offset: int
    unit: str
    hour: int
    rolls: bool
    rearms: bool
    teams: tuple[str, ...]
    rule: str
    action: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that rules use: months, days and hours as their names say."""

    joint_window_months: int
    unreconciled_days: int
    unreconciled_hold_hours: int
    debounce_days: int
    debounce_hours: int
    urgent_days: int
    high_days: int
    soon_days: int
    history_days: int


Ways = tuple[Mapping[str, frozenset[str]], ...]
Routes = Mapping[str, Ways]


@dataclass(frozen=True, slots=True)
class Asks:
    """What one kind of alert that is told at once asks: of which team, by which rule, for which action."""

    team: str
    rule: str
    action: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """
    Offers of support: which enforcement counts, up to which age, in what days, and what is asked.

    *teams* are asked in their order, by their ways in; *panel* is referred to when its own way is open; *protected*
    is the custodian, asked about whom everybody else hears nothing.
    """

    enforcement: frozenset[str]
    under_age: int
    quiet_days: int
    late_days: int
    rule: str
    action: str
    teams: tuple[tuple[str, Ways], ...]
    panel: Asks
    panel_ways: Ways
    protected: Asks


@dataclass(frozen=True, slots=True)
class Areas:
    """
    Whom the area decides: teams that are told in the *home* authority instead of here, or in *both*.

    *away* says when somebody counts as living elsewhere; *authorities* names each one's team, and *duty* is told, with
    its *action*, of those who live where no agreement reaches.
    """

    home: frozenset[str]
    both: frozenset[str]
    away: Ways
    duty: str
    action: str
    authorities: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything local practice and law contribute to a decision; *hash* names the bundle it was compiled from."""

    hash: str
    sequence: int
    valid_until: date
    home_authority: str
    teams: Mapping[str, Team]
    subscribers: Mapping[str, tuple[Team, ...]]
    vocabulary: Mapping[str, frozenset[str]]
    clauses: Index
    calendar: Calendar
    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]
    routes: Mapping[str, Routes]
    limits: Limits
    publishes: Mapping[str, frozenset[str]]
    accepting: frozenset[str]
    support: Support
    areas: Areas

    def reach(self, until: int) -> int:
        """The last instant up to *until* at which these rules may tell anybody anything."""
        if self.valid_until == date.max:
            return until
        return min(until, self.calendar.instant(self.valid_until + DAY, 0) - 1)


def compile_rules(digest: str, bundle: Mapping[str, Any]) -> Rules:
    """
    The bundle whose content hash is *digest*, made ready; the edge that signed and opened it has checked its shape.
    """
    teams = {code: _team(code, told) for code, told in bundle["teams"].items()}
    kinds = bundle["vocabulary"]
    return Rules(
        hash=digest,
        sequence=bundle["sequence"],
        valid_until=date.fromisoformat(bundle["valid_until"]),
        home_authority=bundle["home_authority"],
        teams=teams,
        subscribers={kind: tuple(t for t in teams.values() if kind in t.subscribes) for kind in kinds},
        vocabulary={kind: frozenset(names) for kind, names in kinds.items()},
        clauses=narrowed(index(map(_clause, bundle["clauses"])), _minimum(bundle["minimum"])),
        calendar=calendar(bundle["calendar"]["bank_holidays"], bundle["calendar"]["clock_changes"]),
        release=_stages(bundle["stages"]["release"], teams),
        unplanned=_stages(bundle["stages"]["unplanned"], teams),
        transition=_stages(bundle["stages"]["transition"], teams),
        routes={kind: _routes(bundle["routes"][kind]) for kind in ("release", "transition")},
        limits=Limits(**bundle["limits"]),
        publishes={agency: frozenset(kinds) for agency, kinds in bundle["publishes"].items()},
        accepting=frozenset(bundle["accepting"]),
        support=_support(bundle["support"], bundle["routes"], teams),
        areas=_areas(bundle["areas"], teams),
    )


def _support(told: Mapping[str, Any], routes: Mapping[str, Any], teams: Mapping[str, Team]) -> Support:
    """What offers of support go by, narrowed to the teams this partnership has."""
    asked = tuple((line["team"], _ways(line["ways"])) for line in routes["support"] if line["team"] in teams)
    return Support(
        enforcement=frozenset(told["enforcement"]),
        under_age=told["under_age"],
        quiet_days=told["quiet_days"],
        late_days=told["late_days"],
        rule=told["offer"]["rule"],
        action=told["offer"]["action"],
        teams=asked,
        panel=Asks(**told["panel"]),
        panel_ways=_ways(routes["panel"]) if told["panel"]["team"] in teams else (),
        protected=Asks(**told["protected"]),
    )


def _areas(told: Mapping[str, Any], teams: Mapping[str, Team]) -> Areas:
    """The areas, narrowed to the teams this partnership has; without a duty desk every team stays as it is."""
    reached = {name: line["team"] for name, line in told["authorities"].items() if line["team"] in teams}
    there = told["duty"]["team"] in teams
    return Areas(
        home=frozenset(told["home"]) if there else frozenset(),
        both=frozenset(told["both"]) if there else frozenset(),
        away=_ways(told["away"]),
        duty=told["duty"]["team"],
        action=told["duty"]["action"],
        authorities=reached,
    )


def _minimum(table: Mapping[str, Any]) -> Mapping[str, Minimum]:
    return {team: Minimum(frozenset(line["may"]), frozenset(line["never"])) for team, line in table.items()}


def _team(code: str, told: Mapping[str, Any]) -> Team:
    return Team(code, told["name"], told.get("agency"), frozenset(told["subscribes"]), told.get("authority"))


def _stages(lines: Sequence[Mapping[str, Any]], teams: Mapping[str, Team]) -> tuple[Stage, ...]:
    """The stage table, each row narrowed to the teams this partnership has; LEAD stands for PROB, YJS or both (J1)."""
    return tuple(
        Stage(**{**line, "teams": tuple(code for code in _leads(line["teams"]) if code in teams)}) for line in lines
    )


def _leads(teams: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(code for team in teams for code in (LEAD if team == "LEAD" else (team,)))


def _routes(table: Mapping[str, Any]) -> Routes:
    return {team: _ways(ways) for team, ways in table.items()}


def _ways(ways: Iterable[Mapping[str, Iterable[str]]]) -> Ways:
    return tuple({name: frozenset(words) for name, words in way.items()} for way in ways)


def _clause(made: Mapping[str, Any]) -> Clause:
    return Clause(
        id=made["id"],
        agreement=made["agreement"],
        effect=Effect(made["effect"]),
        purpose=made["purpose"],
        gateway=made["gateway"],
        subjects=tuple(made["subjects"]),
        sources=tuple(made["sources"]),
        teams=tuple(made["teams"]),
        when=tuple((name, frozenset(allowed)) for name, allowed in sorted(made["when"].items())),
        fields=tuple(sorted(made["fields"].items())),
        starts=date.fromisoformat(made["starts"]),
        review_by=date.fromisoformat(made["review_by"]),
        ends=date.fromisoformat(made["ends"]),
    )
