"""
Policies as people write them: YAML files with every line checked, compiled to the one bundle that the core reads.

A fault names the file, the line and the cure. What an agreement does not say stays unsaid: there are no defaults that
share.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub.core.policy import FORMS
from hub.core.routing import CIRCUMSTANCES
from hub.edges.policy_files import AgreementError, fault, load, read, valid

EVERY = "*"
LONDON = ZoneInfo("Europe/London")
ALERTS = ("RELEASE", "TRANSITION", "CORRECTION")
AgeBand = Literal["under_10", "10_to_15", "16_to_17", "18_to_24", "25_and_over"]
YesNo = Literal["yes", "no"]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Strict):
    """The conditions a rule may set: each names the words allowed, over a closed vocabulary."""

    age: tuple[AgeBand, ...] | None = None
    consent: tuple[YesNo, ...] | None = None
    known: tuple[YesNo, ...] | None = None
    custody: tuple[YesNo, ...] | None = None
    care: tuple[Literal["LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT", "none"], ...] | None = None
    order: tuple[YesNo, ...] | None = None
    ehcp: tuple[YesNo, ...] | None = None
    protected: tuple[YesNo, ...] | None = None


def _form(word: str) -> str:
    if word not in FORMS:
        raise ValueError(f"unknown form; hint: write one of {', '.join(sorted(FORMS))}")
    return word


class Rule(_Strict):
    """One numbered rule of an agreement."""

    id: str
    says: Words
    effect: Literal["permit", "forbid"] = "permit"
    events: tuple[str, ...] = ()
    alerts: tuple[Literal["RELEASE", "TRANSITION", "CORRECTION"], ...] = ()
    sources: tuple[str, ...] = Field(default=(), alias="from")
    to: tuple[str, ...] = Field(min_length=1)
    when: When = When()
    fields: dict[str, Annotated[str, BeforeValidator(_form)]] = {}


class Gateway(_Strict):
    """The statute that allows the disclosure."""

    id: Words
    text: Words


class Reviewed(_Strict):
    """Who reviewed the agreement, by role, and when."""

    by: Words
    on: date


class InForce(_Strict):
    """The first and the last day."""

    start: date = Field(alias="from")
    until: date


class Agreement(_Strict):
    """One data-sharing agreement: what the ICO's code says it must carry, and its rules."""

    id: Annotated[str, Field(pattern=r"^DSA-\d{3}$")]
    title: Words
    purpose: Words
    parties: tuple[str, ...] = Field(min_length=2)
    gateway: Gateway
    lawful_basis: Words
    special_category: Words
    criminal_offence: Words
    retention: Words
    rights: Words
    reviewed: Reviewed
    review_by: date
    in_force: InForce
    rules: tuple[Rule, ...] = Field(min_length=1)


class Stage(_Strict):
    """One line of stages.yaml."""

    name: str
    offset: int
    unit: Literal["days", "working_days", "months"]
    hour: int = 9
    rolls: bool = True
    rearms: bool = False
    rule: str
    action: str
    teams: tuple[str, ...]


class Stages(_Strict):
    """stages.yaml."""

    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]


class Routes(_Strict):
    """routes.yaml: each team's ways in."""

    release: dict[str, tuple[dict[str, tuple[str, ...]], ...]]
    transition: dict[str, tuple[dict[str, tuple[str, ...]], ...]]


class Team(_Strict):
    """One line of teams.yaml."""

    name: Words
    agency: str | None = None
    subscribes: tuple[str, ...]


class Partnership(_Strict):
    """partnership.yaml."""

    name: Words
    home_authority: str
    valid_until: date
    agencies: tuple[str, ...]
    limits: dict[str, int]


class Covers(_Strict):
    """The years the calendar knows."""

    first: date
    last: date


class CalendarFile(_Strict):
    """calendar.yaml."""

    covers: Covers
    bank_holidays: tuple[date, ...]


def bundle(
    folder: Path, vocabulary: Mapping[str, Iterable[str]], teams: Iterable[str] = (), sequence: int = 1
) -> dict[str, Any]:
    """
    Read every policy file in *folder* and compile the bundle, as plain JSON values.

    *vocabulary* is the closed world of event types and their fields; *teams*, if any are named, narrows the
    partnership.
    """
    partnership = read(folder / "partnership.yaml", Partnership)
    every = _teams(folder / "teams.yaml")
    known = {code: team for code, team in every.items() if code in (set(teams) or every)}
    days = read(folder / "calendar.yaml", CalendarFile)
    kinds = {kind: sorted(names) for kind, names in vocabulary.items()}
    clauses = [
        clause
        for file in sorted((folder / "agreements").glob("*.yaml"))
        for clause in _clauses(file, read(file, Agreement), kinds, every, known, partnership.agencies)
    ]
    _once(folder / "agreements", [clause["id"] for clause in clauses])
    return {
        "name": partnership.name,
        "sequence": sequence,
        "valid_until": min(partnership.valid_until, days.covers.last).isoformat(),
        "home_authority": partnership.home_authority,
        "agencies": list(partnership.agencies),
        "teams": {code: team.model_dump(mode="json") for code, team in known.items()},
        "vocabulary": kinds,
        "clauses": clauses,
        "calendar": {
            "bank_holidays": [day.isoformat() for day in sorted(days.bank_holidays)],
            "clock_changes": clock_changes(days.covers.first.year - 20, days.covers.last.year + 10),
        },
        "stages": read(folder / "stages.yaml", Stages).model_dump(mode="json"),
        "routes": _routes(folder / "routes.yaml", every),
        "limits": partnership.limits,
    }


def clock_changes(first: int, last: int) -> list[list[int]]:
    """
    When London's UTC offset changes, as [UTC second, offset in seconds], from the tz database.

    >>> clock_changes(2026, 2026)[1:]
    [[1774746000, 3600], [1792890000, 0]]
    """
    day, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    made = [[int(day.timestamp()), _offset(day)]]
    while day < end:
        if _offset(day + timedelta(days=1)) != made[-1][1]:
            hour = next(h for n in range(25) if _offset(h := day + timedelta(hours=n)) != made[-1][1])
            made.append([int(hour.timestamp()), _offset(hour)])
        day += timedelta(days=1)
    return made


def _offset(moment: datetime) -> int:
    return int((moment.astimezone(LONDON).utcoffset() or timedelta()).total_seconds())


def _teams(file: Path) -> dict[str, Team]:
    return {code: valid(file, told, Team, (code,)) for code, told in load(file).items()}


def _once(folder: Path, numbers: list[str]) -> None:
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise AgreementError(
            f"{folder}: `{twice}` is written twice; hint: give every agreement and rule its own number"
        )


def _routes(file: Path, teams: Mapping[str, Team]) -> dict[str, Any]:
    """The ways in, each word checked against what can be known of a person."""
    told = read(file, Routes)
    for kind in ("release", "transition"):
        for team, ways in getattr(told, kind).items():
            if team not in teams:
                raise fault(file, (kind,), f"unknown team `{team}`", "see teams.yaml")
            for number, way in enumerate(ways):
                strange = [name for name, words in way.items() if not set(words) <= set(CIRCUMSTANCES.get(name, ()))]
                if strange:
                    raise fault(
                        file, (kind, team, number), f"unknown word in `{strange[0]}`", "see hub/core/routing.py"
                    )
    return told.model_dump(mode="json")


def _clauses(
    file: Path,
    agreement: Agreement,
    kinds: Mapping[str, list[str]],
    every: Mapping[str, Team],
    teams: Mapping[str, Team],
    agencies: Iterable[str],
) -> Iterable[dict[str, Any]]:
    for number, rule in enumerate(agreement.rules):
        subjects = [*(_expand(rule.events, kinds)), *(f"alert.{kind}" for kind in rule.alerts)]
        sources = [
            *(_expand(rule.sources or (EVERY,), agencies) if rule.events else ()),
            *(["HUB"] if rule.alerts else ()),
        ]
        _check(file, number, rule, kinds, every, agencies)
        yield {
            "id": f"{agreement.id}.{rule.id}",
            "agreement": agreement.id,
            "title": agreement.title,
            "says": rule.says,
            "effect": rule.effect,
            "purpose": agreement.purpose,
            "gateway": f"{agreement.gateway.id}: {agreement.gateway.text}",
            "subjects": subjects,
            "sources": sources,
            "teams": [team for team in _expand(rule.to, teams) if team in teams],
            "when": {name: list(words) for name, words in rule.when.model_dump(exclude_none=True).items()},
            "fields": rule.fields,
            "starts": agreement.in_force.start.isoformat(),
            "review_by": agreement.review_by.isoformat(),
            "ends": agreement.in_force.until.isoformat(),
        }


def _expand(words: Iterable[str], every: Iterable[str]) -> list[str]:
    return sorted(every) if EVERY in words else list(words)


def _check(
    file: Path,
    number: int,
    rule: Rule,
    kinds: Mapping[str, list[str]],
    teams: Mapping[str, Team],
    agencies: Iterable[str],
) -> None:
    """The closed world: a rule may only speak of event types, fields and agencies that exist."""
    unknown = [kind for kind in rule.events if kind != EVERY and kind not in kinds]
    if unknown:
        raise fault(
            file, ("rules", number, "events"), f"unknown event type `{unknown[0]}`", "see schemas/ for the names"
        )
    nobody = [team for team in rule.to if team != EVERY and team not in teams]
    if nobody:
        raise fault(file, ("rules", number, "to"), f"unknown team `{nobody[0]}`", "see teams.yaml")
    strangers = [code for code in rule.sources if code not in agencies]
    if strangers:
        raise fault(file, ("rules", number, "from"), f"unknown agency `{strangers[0]}`", "see partnership.yaml")
    if rule.effect == "permit" and EVERY in (*rule.events, *rule.to, *rule.sources):
        raise fault(file, ("rules", number), "a permit for everything", "name the events, agencies and teams")
    if rule.effect == "permit" and rule.events and not rule.sources:
        raise fault(file, ("rules", number), "a permit without `from`", "name the publishing agencies")
    fields = {name for kind in rule.events if kind != EVERY for name in kinds[kind]}
    missing = [name for name in rule.fields if rule.events and not rule.alerts and name not in fields]
    if missing:
        raise fault(file, ("rules", number, "fields"), f"unknown field `{missing[0]}`", "see schemas/ for the fields")
