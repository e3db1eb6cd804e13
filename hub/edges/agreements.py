"""
Policies as people write them: YAML files with every line checked, compiled to the one bundle that the core reads.

A fault names the file, the line and the cure. What an agreement does not say stays unsaid: there are no defaults that
share.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from hub.core.disclosure import ALERT_FIELDS
from hub.core.gateways import HUB
from hub.core.routing import CIRCUMSTANCES
from hub.core.support import WORDS
from hub.edges import (
    accountability,
    banding,
    commitment_files,
    concerned,
    emergencies,
    ico,
    intake,
    necessary,
    statutes,
)
from hub.edges.agreement_models import Agreement, Parties, Rule
from hub.edges.amendments import amendment
from hub.edges.bank_holidays import bank_holidays, clock_changes
from hub.edges.policy_files import AgreementError, fault, read
from hub.edges.policy_models import (
    Actions,
    CalendarFile,
    Law,
    Movements,
    Partnership,
    Routes,
    Services,
    Team,
    Teams,
)
from hub.edges.stage_models import Stages, Urgencies
from hub.wire.bundle import issue

__all__ = ["AgreementError", "bundle"]

EVERY = "*"
LEAD = "LEAD"
ASKING = (
    "action",
    "copies",
    "deferring",
)  # the columns of any table that name what is asked, of one team or of several
ACK = "alert.ack"
DAYS = ("days", "working_days")
YEARS = ("months", "september_of_year", "march_of_year")
UNITS = {
    "release": (*DAYS, "months"),
    "unplanned": DAYS,
    "transition": YEARS,
    "cliff": DAYS,
    "hospital": DAYS,
    "review": DAYS,
}
KINDS = {"transition": "TRANSITION", "cliff": "CLIFF_EDGE", "review": "REVIEW"}
CLIFF_STAGES = ("C90", "C28", "C0", "CU", "COLLAPSE", "SUPERVISION_END")


@dataclass(frozen=True, slots=True)
class World:
    """The closed world that every file may speak of, and nothing else: event types, agencies and teams."""

    kinds: Mapping[str, list[str]]
    publishes: Mapping[str, list[str]]
    teams: Mapping[str, Team]
    bounds: necessary.Bounds
    gateways: statutes.Packs


def bundle(folder: Path, vocabulary: Mapping[str, Iterable[str]], teams: Iterable[str] = ()) -> dict[str, Any]:
    """
    Read every policy file in *folder* and compile the bundle, as plain JSON values.

    *vocabulary* is the closed world of event types and their fields; *teams*, if any are named, narrows the
    partnership. Which bundle it follows, and when it may be activated, is said when it is issued.
    """
    partnership = read(folder / "partnership.yaml", Partnership)
    kinds = {kind: sorted(names) for kind, names in vocabulary.items()}
    publishes = _publishes(folder / "partnership.yaml", partnership, kinds)
    members = _teams(folder / "teams.yaml", kinds, publishes)
    bounds = necessary.bounds(folder, kinds, members)
    gateways = statutes.signed(folder, partnership.kinds, {code: team.kind for code, team in members.items()}, kinds)
    world = World(kinds, publishes, members, bounds, gateways)
    known = {code: team for code, team in world.teams.items() if code in (set(teams) or world.teams)}
    days = read(folder / "calendar.yaml", CalendarFile)
    fields = {name for names in kinds.values() for name in names} | ALERT_FIELDS
    bands = banding.compiled(folder / "bands.yaml", fields)
    banded, minimum = {*bands, banding.AGE}, necessary.compiled(world.bounds, known)
    agreements = _agreements(folder / "agreements", ico.lines(folder))
    clauses = _all_clauses(folder / "agreements", agreements, world, set(known), banded)
    file = folder / "emergency.yaml"
    access = read(file, emergencies.Emergency)
    permits = list(_clauses(file, access, world, set(known), banded))
    emergencies.barred(file, access, world.gateways, known)
    made = {
        "name": partnership.name,
        **issue({"amendment": amendment(folder)}, 1, "", 0, 0),
        "valid_until": min(partnership.valid_until, days.covers.last).isoformat(),
        "home_authority": partnership.home_authority,
        "agencies": list(partnership.agencies),
        "publishes": publishes,
        "teams": {code: team.model_dump(mode="json") for code, team in known.items()},
        "vocabulary": kinds,
        "agreements": {one.id: one.model_dump(mode="json", exclude={"rules"}) for one in agreements.values()},
        "clauses": clauses,
        "gateways": gateways.compiled({id for clause in (*clauses, *permits) for id in clause["rests_on"]["gateways"]}),
        "calendar": {
            "bank_holidays": [day.isoformat() for day in bank_holidays(days)],
            "clock_changes": [*map(list, clock_changes(days.covers.first.year - 20, days.covers.last.year + 10))],
        },
        "stages": _stages(folder / "stages.yaml", world.teams),
        "law": _law(folder / "law.yaml", world.publishes),
        "movements": _movements(folder / "movements.yaml"),
        "services": _services(folder / "services.yaml", world.teams),
        "routes": _routes(folder / "routes.yaml", world.teams),
        "limits": partnership.limits.model_dump(),
        "urgency": _urgency(folder / "urgency.yaml", world.teams),
        "minimum": minimum,
        "accepting": list(world.bounds.minimum.accepting),
        "bands": bands,
        "support": concerned.support(folder / "support.yaml", world.teams),
        "areas": concerned.areas(folder / "areas.yaml", world.teams, known, clauses, partnership.home_authority),
        "accountability": accountability.compiled(folder / "accountability.yaml", world.kinds, world.teams),
        "intake": intake.compiled(folder / "intake.yaml", world.kinds, partnership.agencies),
        "commitments": commitment_files.compiled(folder / "commitments.yaml"),
        "emergency": emergencies.compiled(file, access, permits, clauses, kinds, minimum),
    }
    return {**made, "actions": _actions(folder / "actions.yaml", made)}


def _twice(words: Iterable[str]) -> list[str]:
    told = list(words)
    return [word for number, word in enumerate(told) if word in told[:number]]


def _strange(words: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those of *words* that are not *known*."""
    among = set(known)
    return [word for word in words if word not in among]


def _publishes(file: Path, told: Partnership, kinds: Iterable[str]) -> dict[str, list[str]]:
    """Which agency may state which event types: those of its own line, and those that every agency may."""
    if twice := _twice(told.agencies):
        raise fault(file, ("agencies",), f"`{twice[0]}` is written twice", "name each agency once")
    if strange := [*_strange(told.kinds, told.agencies), *_strange(told.agencies, told.kinds)]:
        raise fault(
            file, ("kinds",), f"`{strange[0]}` is not in both lists", "give every agency its kind, and no other"
        )
    if strange := _strange(told.publishes, (EVERY, *told.agencies)):
        raise fault(file, ("publishes", strange[0]), f"unknown agency `{strange[0]}`", "see `agencies` in this file")
    if silent := _strange(told.agencies, told.publishes):
        raise fault(file, ("publishes",), f"nothing said of `{silent[0]}`", "name the event types it may state")
    for agency, types in told.publishes.items():
        if ACK in types:
            cure = "leave it out: acknowledgements come by the teams' own topics"
            raise fault(file, ("publishes", agency), f"`{ACK}` is no agency's to state", cure)
        if strange := _strange(types, kinds):
            raise fault(file, ("publishes", agency), f"unknown event type `{strange[0]}`", "see schemas/ for the names")
    common = told.publishes.get(EVERY, ())
    return {agency: sorted({*common, *told.publishes[agency]}) for agency in told.agencies}


def _teams(file: Path, kinds: Iterable[str], agencies: Iterable[str]) -> dict[str, Team]:
    teams = read(file, Teams).root
    for code, team in teams.items():
        if strange := _strange(team.subscribes, kinds):
            raise fault(file, (code, "subscribes"), f"unknown event type `{strange[0]}`", "see schemas/ for the names")
        if team.agency is not None and team.agency not in agencies:
            raise fault(file, (code, "agency"), f"unknown agency `{team.agency}`", "see partnership.yaml")
    return teams


def _stages(file: Path, teams: Iterable[str]) -> dict[str, Any]:
    """The stage tables; release and unplanned stages make alerts of one kind, and share their names."""
    told = read(file, Stages)
    named: set[tuple[str, str]] = set()
    for table, units in UNITS.items():
        kind = KINDS.get(table, "RELEASE")
        for number, stage in enumerate(getattr(told, table)):
            at = (table, number)
            if stage.unit not in units:
                raise fault(file, (*at, "unit"), f"`{stage.unit}` is not for {table}", f"write {' or '.join(units)}")
            if strange := _strange(stage.teams, (LEAD, *teams)):
                raise fault(file, (*at, "teams"), f"unknown team `{strange[0]}`", "see teams.yaml")
            if stage.repeats and (strange := _strange(stage.repeats.teams, stage.teams)):
                what = f"`{strange[0]}` is not told in the first place"
                raise fault(file, (*at, "repeats", "teams"), what, "add it to the stage's `teams`")
            if (kind, stage.name) in named:
                raise fault(file, (*at, "name"), f"`{stage.name}` is written twice", "give every stage its own name")
            named.add((kind, stage.name))
    if lacking := _strange(CLIFF_STAGES, (stage.name for stage in told.cliff)):
        raise fault(file, ("cliff",), f"`{lacking[0]}` is missing", "copy its line from the shipped file")
    tables = told.model_dump(mode="json").items()
    return {table: [_without(line, "on") for line in lines if line["on"]] for table, lines in tables}


def _without(line: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != name}


def _services(file: Path, teams: Iterable[str]) -> dict[str, Any]:
    """The kinds of service, each with a team that exists, receivers that do, and one code a name."""
    told = read(file, Services)
    for word, team in told.receivers.items():
        if team not in teams:
            raise fault(file, ("receivers", word), f"unknown team `{team}`", "see teams.yaml")
    named: list[str] = []
    for code, service in told.services.items():
        at = ("services", code)
        if strange := _strange((service.team, *service.receivers), teams):
            raise fault(file, at, f"unknown team `{strange[0]}`", "see teams.yaml")
        if strange := _strange(service.stages, CLIFF_STAGES):
            raise fault(file, (*at, "stages"), f"unknown stage `{strange[0]}`", "see `cliff` in stages.yaml")
        named += [code, *service.also]
    if twice := _twice(named):
        raise fault(file, ("services",), f"`{twice[0]}` names two services", "give every service its own names")
    return told.model_dump(mode="json")


def _law(file: Path, agencies: Iterable[str]) -> dict[str, Any]:
    told = read(file, Law)
    for number, line in enumerate(told.births):
        if strange := _strange(line.agencies, agencies):
            raise fault(file, ("births", number, "agencies"), f"unknown agency `{strange[0]}`", "see partnership.yaml")
    return told.model_dump(mode="json")


def _movements(file: Path) -> list[dict[str, Any]]:
    """What each word of a prison means; a word means one thing."""
    told = read(file, Movements).movements
    words = [word for line in told for word in line.words]
    for number, line in enumerate(told):
        if twice := [word for word in line.words if word in _twice(words)]:
            cure = "give every word one meaning"
            raise fault(file, ("movements", number), f"`{twice[0]}` is written twice", cure)
    return [line.model_dump(mode="json") for line in told]


def _routes(file: Path, teams: Mapping[str, Team]) -> dict[str, Any]:
    """The ways in, each word checked against what can be known of a person."""
    told = read(file, Routes)
    for kind in ("release", "unplanned", "transition"):
        for team, ways in getattr(told, kind).items():
            concerned.check(file, (kind, team), (team,), ways, teams, CIRCUMSTANCES)
    for number, asked in enumerate(told.support):
        concerned.check(file, ("support", number), (asked.team,), asked.ways, teams, WORDS)
    concerned.check(file, ("panel",), (), told.panel, teams, WORDS)
    return told.model_dump(mode="json")


def _urgency(file: Path, teams: Mapping[str, Team]) -> dict[str, Any]:
    told = read(file, Urgencies)
    if strange := _strange(told.teams, teams):
        raise fault(file, ("teams", strange[0]), f"unknown team `{strange[0]}`", "see teams.yaml")
    for number, line in enumerate(told.urgencies):
        if len(line.levels) > len(told.addressees):
            what = "more levels than `addressees`"
            raise fault(file, ("urgencies", number, "levels"), what, "name who hears at each level")
    return told.model_dump(mode="json", by_alias=True)


def _actions(file: Path, made: Any) -> dict[str, str]:
    """The sentence of every action; whatever in the rest of the bundle names one must find its own here."""
    told = read(file, Actions).root
    if strange := _strange(sorted(set(_asked(made))), told):
        raise AgreementError(f"{file}: nothing said of `{strange[0]}`; hint: add a sentence that says what it asks")
    return told


def _asked(made: Any) -> Iterable[str]:
    """
    Every action that something in a bundle names, whatever the table.

    >>> sorted(_asked({"stages": {"release": [{"action": "B"}]}, "others": [{"copies": {"LEAD": "A"}}]}))
    ['A', 'B']
    """
    if isinstance(made, Mapping):
        for name, part in made.items():
            named = [part] if isinstance(part, str) else part.values() if isinstance(part, Mapping) else ()
            yield from named if name in ASKING else _asked(part)
    elif isinstance(made, list | tuple):
        for part in made:
            yield from _asked(part)


def _agreements(folder: Path, lines: Mapping[str, ico.Line]) -> dict[Path, Agreement]:
    return {file: ico.agreement(file, lines) for file in ico.files(folder)}


def _all_clauses(
    folder: Path, agreements: Mapping[Path, Agreement], world: World, known: set[str], banded: set[str]
) -> list[dict[str, Any]]:
    made = [clause for file, one in agreements.items() for clause in _clauses(file, one, world, known, banded)]
    if twice := _twice(clause["id"] for clause in made):
        cure = "give every agreement and rule its own number"
        raise AgreementError(f"{folder}: `{twice[0]}` is written twice; hint: {cure}")
    return made


def _clauses(
    file: Path, agreement: Agreement, world: World, known: set[str], banded: set[str]
) -> Iterable[dict[str, Any]]:
    """The clauses of one agreement, narrowed to the *known* teams; only *banded* fields leave as a band."""
    _parties(file, agreement.parties, world)
    if strange := _strange(agreement.onward_sharing.to, world.teams):
        raise fault(file, ("onward_sharing", "to"), f"unknown team `{strange[0]}`", "see teams.yaml")
    for number, rule in enumerate(agreement.rules):
        for place, what, cure in _slips(rule, agreement, world):
            raise fault(file, ("rules", number, *place), what, cure)
        if plain := [name for name, form in rule.fields.items() if form == "band" and name not in banded]:
            cure = "say in bands.yaml where they begin, or choose another form"
            raise fault(file, ("rules", number, "fields", plain[0]), f"no bands for `{plain[0]}`", cure)
        sources = _expand(rule.sources or (EVERY,), world.publishes) if rule.events else []
        asked = [(*pair, team) for pair in _heard(rule, sources) for team in rule.to]
        yield {
            "id": f"{agreement.id}.{rule.id}",
            "agreement": agreement.id,
            "title": agreement.title,
            "says": rule.says,
            "effect": rule.effect,
            "purpose": agreement.purpose,
            **world.gateways.resting(file, agreement, number, asked),
            "subjects": [*_expand(rule.events, world.kinds), *(f"alert.{kind}" for kind in rule.alerts)],
            "sources": [*sources, *([HUB] if rule.alerts else [])],
            "teams": [team for team in _expand(rule.to, world.teams) if team in known],
            "when": {name: list(words) for name, words in rule.when.model_dump(exclude_defaults=True).items()},
            **({"sex_law": rule.sex_law} if rule.sex_law else {}),
            "fields": rule.fields,
            "starts": agreement.starts.isoformat(),
            "review_by": agreement.review_by.isoformat(),
            "ends": agreement.in_force.until.isoformat(),
        }


def _heard(rule: Rule, sources: Iterable[str]) -> list[tuple[str, str]]:
    """What a rule may tell of, and from whom: events from agencies, alerts from the hub."""
    return [*product(rule.events, sources), *((f"alert.{kind}", HUB) for kind in rule.alerts)]


def _expand(words: Iterable[str], every: Iterable[str]) -> list[str]:
    return sorted(every) if EVERY in words else list(words)


def _parties(file: Path, parties: Parties, world: World) -> None:
    if strange := _strange(parties.publish, world.publishes):
        raise fault(file, ("parties", "publish"), f"unknown agency `{strange[0]}`", "see partnership.yaml")
    if strange := _strange(parties.receive, world.teams):
        raise fault(file, ("parties", "receive"), f"unknown team `{strange[0]}`", "see teams.yaml")


def _slips(rule: Rule, agreement: Agreement, world: World) -> Iterable[necessary.Slip]:
    """
    Whatever is wrong with *rule*: where, what, and the cure. It may speak only of what exists, and for the parties.
    """
    parties = agreement.parties
    events, sources, teams = (
        [word for word in words if word != EVERY] for words in (rule.events, rule.sources, rule.to)
    )
    if strange := _strange(events, world.kinds):
        yield ("events",), f"unknown event type `{strange[0]}`", "see schemas/ for the names"
    if strange := _strange(teams, world.teams):
        yield ("to",), f"unknown team `{strange[0]}`", "see teams.yaml"
    if strange := _strange(sources, world.publishes):
        yield ("from",), f"unknown agency `{strange[0]}`", "see partnership.yaml"
    if rule.effect == "permit" and EVERY in (*rule.events, *rule.to, *rule.sources):
        yield (), "a permit for everything", "name the events, agencies and teams"
    if rule.effect == "permit" and rule.events and not rule.sources:
        yield (), "a permit without `from`", "name the publishing agencies"
    if strange := _strange(sources, parties.publish):
        yield ("from",), f"`{strange[0]}` is not a party", "add it to `parties.publish`, if it signed"
    if strange := _strange(teams, parties.receive):
        yield ("to",), f"`{strange[0]}` is not a party", "add it to `parties.receive`, if it signed"
    for agency in sources:
        if strange := _strange(events, world.publishes[agency]):
            yield ("from",), f"`{agency}` does not publish `{strange[0]}`", "see `publishes` in partnership.yaml"
    fields = {name for kind in events for name in world.kinds[kind]} | (ALERT_FIELDS if rule.alerts else set())
    quoted = world.bounds.quotes if rule.alerts else ()
    if strange := _strange(rule.fields, {*fields, *quoted}):
        yield ("fields", strange[0]), f"unknown field `{strange[0]}`", f"see {necessary.SEE['field']}"
    if rule.effect == "permit":
        yield from necessary.slips(rule, world.bounds)
