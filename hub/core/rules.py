"""
The rules in force: one signed bundle of agreements, teams, stages and calendar, compiled for the core.

A bundle arrives as plain JSON values in the log, so every replay reads the very rules of that moment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.core.calendar import DAY, Calendar, calendar
from hub.core.clauses import broken, clause, permitted
from hub.core.clocks import Clocks, clocks
from hub.core.emergency import Emergency
from hub.core.lapse import last_days
from hub.core.law import Law, law
from hub.core.movements import Movements, movements
from hub.core.policy import AGES, Edges, Index

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
class Repeats:
    """Which teams are told again, every how many working days, and the event type that says that it is done."""

    teams: frozenset[str]
    working_days: int
    until: str

    def next_day(self, team: str, day: date, last: date | None, calendar: Calendar) -> date | None:
        """On which day *team*, told on *day*, is told once more; never on the date *last* itself, or later."""
        if team not in self.teams:
            return None
        again = calendar.working_days_after(day, self.working_days)
        return again if last is not None and again < last else None


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One line of a stage table: when it falls due, whom it may concern, and the words of the rule that says so.

    It may have an *urgency* of its own. A cliff stage may hold *only_while* a handover stands so, or fall due *at_once*
    when it does; its *copies* say which action is asked of whom else, *deferring* what is where a duty goes on.
    A stage is passed over if an event of type *unless* came before it fell due; with *asks*, its alerts to a lead say
    whose consent the date itself will need, and its *prompts* what else they ask where it is so.
    """

    name: str
    offset: int
    unit: str
    hour: int
    rolls: bool
    rearms: bool
    unless: str | None
    repeats: Repeats | None
    asks: bool
    teams: tuple[str, ...]
    rule: str
    action: str
    urgency: str | None = None
    prompts: Sequence[str] = field(default=(), hash=False)
    and_days: int = 0
    only_while: str | None = None
    at_once: str | None = None
    copies: Mapping[str, str] = field(default_factory=dict, hash=False)
    deferring: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Service:
    """
    One kind of service: the *team* that closes it, and who may carry on.

    It ends at the *birthday*, or on the *school_leaving* day of the year in which that age is reached, if nothing else
    is told. *continues* are the care statuses and services under which its duty goes on, *known_by* the fact that says
    it is held, *held_by* the care statuses or legal statuses which that fact speaks of.
    """

    team: str
    health: bool
    care_act: bool
    birthday: int | None
    school_leaving: int | None
    receivers: tuple[str, ...]
    also: tuple[str, ...]
    continues: frozenset[str]
    stages: tuple[str, ...]
    known_by: str | None
    held_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Services:
    """Every kind of service by its code and other names, names of receivers, and the numbers of section 3.3."""

    kinds: Mapping[str, Service]
    codes: Mapping[str, str]
    known_by: Mapping[str, tuple[str, ...]]
    receivers: Mapping[str, str]
    no_reply_working_days: int
    reopened_working_days: int
    implied_days: int
    collapse_days: int
    collapse_services: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers that rules use: months, days and hours as their names say."""

    joint_window_months: int
    unreconciled_days: int
    unreconciled_hold_hours: int
    debounce_days: int
    debounce_hours: int
    history_days: int
    court_hours: int
    late_transition_days: int
    hold_youth_estate_days: int


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

    *away* says who of those with another home authority counts as living there; *authorities* names each one's team,
    and *duty* is told, with its *action*, of those who live where no agreement reaches.
    """

    home: frozenset[str]
    both: frozenset[str]
    away: Ways
    duty: str
    action: str
    authorities: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """
    Everything local practice and law contribute to a decision; *hash* names the bundle it was compiled from.

    *lapses* are the instants from which each agreement tells nobody anything.
    """

    hash: str
    sequence: int
    previous: str
    activate_from: int
    activate_by: int
    valid_until: date
    home_authority: str
    teams: Mapping[str, Team]
    subscribers: Mapping[str, tuple[Team, ...]]
    vocabulary: Mapping[str, frozenset[str]]
    clauses: Index
    lapses: Mapping[str, int]
    calendar: Calendar
    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]
    hospital: tuple[Stage, ...]
    review: Mapping[str, Stage]
    movements: Movements
    law: Law
    cliff: Mapping[str, Stage]
    services: Services
    routes: Mapping[str, Routes]
    limits: Limits
    clocks: Clocks
    publishes: Mapping[str, frozenset[str]]
    actions: Mapping[str, str]
    accepting: frozenset[str]
    bands: Mapping[str, Edges]
    support: Support
    areas: Areas
    owners: Mapping[str, str]
    emergency: Emergency

    def stage(self, kind: str, name: str) -> Stage | None:
        """The line of the stage tables that alerts of *kind* and stage *name* were planned by."""
        if kind == "CLIFF_EDGE":
            return self.cliff.get(name)
        if kind == "REVIEW":
            return self.review.get(name)
        table = self.transition if kind == "TRANSITION" else (*self.release, *self.unplanned, *self.hospital)
        return next((stage for stage in table if stage.name == name), None)

    def reach(self, until: int) -> int:
        """The last instant up to *until* at which these rules may tell anybody anything."""
        return until if self.valid_until == date.max else min(until, self.expire - 1)

    @property
    def expire(self) -> int:
        """The instant from which these rules tell nobody anything."""
        return self.calendar.instant(self.valid_until + DAY, 0)


def compile_rules(digest: str, bundle: Mapping[str, Any]) -> Rules:
    """
    The bundle whose content hash is *digest*, made ready; the edge that signed and opened it has checked its shape.
    """
    teams = {code: _team(code, told) for code, told in bundle["teams"].items()}
    kinds = bundle["vocabulary"]
    clock = calendar(bundle["calendar"]["bank_holidays"], bundle["calendar"]["clock_changes"])
    return Rules(
        hash=digest,
        sequence=int(bundle["sequence"]),
        previous=str(bundle["previous"]),
        activate_from=int(bundle["activate_from"]),
        activate_by=int(bundle["activate_by"]),
        valid_until=date.fromisoformat(bundle["valid_until"]),
        home_authority=bundle["home_authority"],
        teams=teams,
        subscribers={kind: tuple(t for t in teams.values() if kind in t.subscribes) for kind in kinds},
        vocabulary={kind: frozenset(names) for kind, names in kinds.items()},
        clauses=permitted(bundle),
        lapses={name: clock.instant(day + DAY, 0) for name, day in last_days(map(clause, bundle["clauses"])).items()},
        calendar=clock,
        release=_stages(bundle["stages"]["release"], teams),
        unplanned=_stages(bundle["stages"]["unplanned"], teams),
        transition=_stages(bundle["stages"]["transition"], teams),
        hospital=_stages(bundle["stages"]["hospital"], teams),
        movements=movements(bundle["movements"]),
        law=law(bundle["law"]),
        review={stage.name: stage for stage in _stages(bundle["stages"]["review"], teams)},
        cliff={stage.name: stage for stage in _stages(bundle["stages"]["cliff"], teams)},
        services=_services(bundle["services"]),
        routes=_all_routes(bundle["routes"]),
        limits=Limits(**bundle["limits"]),
        clocks=clocks(bundle["urgency"]),
        publishes={agency: frozenset(kinds) for agency, kinds in bundle["publishes"].items()},
        actions=bundle["actions"],
        accepting=frozenset(bundle["accepting"]),
        bands={"age": AGES, **{name: tuple(edges) for name, edges in bundle["bands"].items()}},
        support=_support(bundle["support"], bundle["routes"], teams),
        areas=_areas(bundle["areas"], teams),
        owners=bundle["accountability"]["review"],
        emergency=broken(bundle),
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


def _team(code: str, told: Mapping[str, Any]) -> Team:
    return Team(code, told["name"], told.get("agency"), frozenset(told["subscribes"]), told.get("authority"))


def _stages(lines: Sequence[Mapping[str, Any]], teams: Mapping[str, Team]) -> tuple[Stage, ...]:
    """The stage table, each row narrowed to the teams this partnership has; LEAD stands for PROB, YJS or both (J1)."""
    return tuple(_stage(line, teams) for line in lines)


def _stage(line: Mapping[str, Any], teams: Mapping[str, Team]) -> Stage:
    told = line["repeats"]
    repeats = told and Repeats(frozenset(told["teams"]), told["working_days"], told["until"])
    return Stage(
        **{**line, "teams": tuple(code for code in _leads(line["teams"]) if code in teams), "repeats": repeats}
    )


def _services(told: Mapping[str, Any]) -> Services:
    kinds = {code: _service(made) for code, made in told["services"].items()}
    known: dict[str, tuple[str, ...]] = {}
    for code, kind in kinds.items():
        if kind.known_by is not None:
            known[kind.known_by] = (*known.get(kind.known_by, ()), code)
    return Services(
        kinds=kinds,
        codes={name: code for code, kind in kinds.items() for name in (code, *kind.also)},
        known_by=known,
        receivers=told["receivers"],
        **told["limits"],
    )


def _service(made: Mapping[str, Any]) -> Service:
    lists = {name: tuple(made[name]) for name in ("receivers", "also", "stages")}
    sets = {name: frozenset(made[name]) for name in ("continues", "held_by")}
    plain = {name: made[name] for name in ("team", "health", "care_act", "birthday", "school_leaving", "known_by")}
    told: dict[str, Any] = {**plain, **lists, **sets}
    return Service(**told)


def _leads(teams: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(code for team in teams for code in (LEAD if team == "LEAD" else (team,)))


def _all_routes(told: Mapping[str, Any]) -> Mapping[str, Routes]:
    """The ways in by kind of alert; whoever an unplanned release asks nothing else of has those of a planned one."""
    made = {kind: _routes(told[kind]) for kind in ("release", "unplanned", "transition")}
    return {**made, "unplanned": {**made["release"], **made["unplanned"]}}


def _routes(table: Mapping[str, Any]) -> Routes:
    return {team: _ways(ways) for team, ways in table.items()}


def _ways(ways: Iterable[Mapping[str, Iterable[str]]]) -> Ways:
    return tuple({name: frozenset(words) for name, words in way.items()} for way in ways)
