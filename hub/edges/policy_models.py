"""
The shape of every policy file: which names may stand in it, and what each may hold.

What can be judged without looking at another file is judged here; the rest is in agreements.py.
"""

import re
from datetime import date
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel, Strict, model_validator

from hub.core.policy import FORMS
from hub.edges.policy_files import Slip

T = TypeVar("T")
Some = Annotated[tuple[T, ...], Field(min_length=1)]
AgeBand = Literal["under_10", "10_to_15", "16_to_17", "18_to_24", "25_and_over"]
Care = Literal["LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT", "none"]
YesNo = Literal["yes", "no"]
AlertKind = Literal["RELEASE", "TRANSITION", "CORRECTION", "CLIFF_EDGE", "REVIEW", "OFFER_OF_SUPPORT"]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[date, Strict(), Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
Number = Annotated[int, Strict(), Field(ge=0, le=10_000)]
RESERVED = ("HUB", "LEAD")
Publisher = Literal["justice", "police", "education", "health", "social_care", "housing"]


def _code(told: str) -> str:
    """A code becomes part of a topic's name: capitals, digits and `_` make no two codes one slug."""
    if re.fullmatch("[A-Z][A-Z0-9_]*", told) is None:
        raise Slip(f"`{told}` is not a code", "write a capital letter, then capitals, digits and `_`")
    if told in RESERVED:
        raise Slip(f"`{told}` is the hub's own word", "choose another code")
    return told


Code = Annotated[str, AfterValidator(_code)]


def _form(told: object) -> object:
    if not isinstance(told, str) or told not in FORMS:
        raise Slip("unknown form", f"write one of {', '.join(sorted(FORMS))}")
    return told


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Strict):
    """The conditions a rule may set: each names the words allowed, over a closed vocabulary."""

    age: Some[AgeBand] = ()
    consent: Some[YesNo] = ()
    known: Some[YesNo] = ()
    custody: Some[YesNo] = ()
    care: Some[Care] = ()
    order: Some[YesNo] = ()
    ehcp: Some[YesNo] = ()
    protected: Some[YesNo] = ()
    resident: Some[YesNo] = ()


class Rule(_Strict):
    """One numbered rule of an agreement."""

    id: Words
    says: Words
    effect: Literal["permit", "forbid"] = "permit"
    events: tuple[str, ...] = ()
    alerts: tuple[AlertKind, ...] = ()
    sources: tuple[str, ...] = Field(default=(), alias="from")
    to: Some[str]
    when: When = When()
    fields: dict[str, Annotated[str, BeforeValidator(_form)]] = {}

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.events and not self.alerts:
            raise Slip("a rule about nothing", "name its `events` or its `alerts`")
        if self.sources and not self.events:
            raise Slip("`from` in a rule without `events`", "leave it out: alerts come from the hub", "from")
        return self


class Parties(_Strict):
    """Who is bound by an agreement: the agencies that state, and the teams that are told."""

    publish: Some[str]
    receive: Some[str]


class Gateway(_Strict):
    """The statute that allows the disclosure."""

    id: Words
    text: Words


class Reviewed(_Strict):
    """Who reviewed the agreement, by role, and when."""

    by: Words
    on: Day


class InForce(_Strict):
    """The first and the last day."""

    start: Day = Field(alias="from")
    until: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start > self.until:
            raise Slip("`from` is after `until`", "put the earlier day first")
        return self


class Agreement(_Strict):
    """One data-sharing agreement: what the ICO's code says it must carry, and its rules."""

    id: Annotated[str, Field(pattern=r"^DSA-\d{3}$")]
    title: Words
    purpose: Words
    parties: Parties
    gateway: Gateway
    lawful_basis: Words
    special_category: Words
    criminal_offence: Words
    retention: Words
    rights: Words
    reviewed: Reviewed
    review_by: Day
    in_force: InForce
    rules: Some[Rule]

    @property
    def starts(self) -> date:
        """The first day it holds: an agreement is not in force before it was reviewed."""
        return max(self.in_force.start, self.reviewed.on)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.reviewed.on > self.review_by:
            raise Slip("the next review is before the last", "give a `review_by` after `reviewed.on`", "review_by")
        if self.reviewed.on > self.in_force.until:
            raise Slip("reviewed after it ended", "give an `in_force.until` after `reviewed.on`", "in_force")
        return self


class Stage(_Strict):
    """One line of stages.yaml."""

    name: Words
    offset: Annotated[int, Strict(), Field(ge=-366, le=3660)]
    unit: Literal["days", "working_days", "months"]
    hour: Annotated[int, Strict(), Field(ge=0, le=23)] = 9
    rolls: Annotated[bool, Strict()] = True
    rearms: Annotated[bool, Strict()] = False
    rule: Words
    action: Words
    teams: Some[str]


class Stages(_Strict):
    """stages.yaml."""

    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]


Way = Annotated[dict[str, Some[str]], Field(min_length=1)]


class Asked(_Strict):
    """Who may be asked to offer support, and its ways in."""

    team: str
    ways: Some[Way]


class Routes(_Strict):
    """routes.yaml: each team's ways in; of `support` the first that may be told is asked."""

    release: dict[str, Some[Way]]
    transition: dict[str, Some[Way]]
    support: Some[Asked]
    panel: Some[Way]


class Team(_Strict):
    """One line of teams.yaml."""

    name: Words
    agency: str | None = None
    authority: str | None = None
    subscribes: tuple[str, ...]


class Teams(RootModel[dict[Code, Team]]):
    """teams.yaml."""


class Says(_Strict):
    """Which rule raises an alert, and what it asks."""

    rule: Words
    action: Words


class AtOnce(Says):
    """What is asked of one team at once."""

    team: str


class Panel(AtOnce):
    """The referral, and what its absence prompts others to ask."""

    prompt: Words


class Support(_Strict):
    """support.yaml: offers of support after enforcement, the panel, and the custodian of protected records."""

    enforcement: Some[Literal["enforcement.taken", "arrest.recorded", "charge.recorded"]]
    under_age: Number
    quiet_days: Number
    late_days: Number
    offer: Says
    panel: Panel
    protected: AtOnce


class Desk(_Strict):
    """Who is told where no agreement reaches."""

    team: str
    action: Words


class Reached(_Strict):
    """Another authority's team, and the agreement that reaches it."""

    team: str
    agreement: str


class AreasFile(_Strict):
    """areas.yaml: whom it concerns that somebody lives elsewhere."""

    home: tuple[str, ...]
    both: tuple[str, ...]
    away: Some[Way]
    duty: Desk
    authorities: dict[str, Reached]


class Limits(_Strict):
    """The numbers that rules use: months, days and hours as their names say."""

    joint_window_months: Number
    unreconciled_days: Number
    unreconciled_hold_hours: Number
    debounce_days: Number
    debounce_hours: Number
    urgent_days: Number
    high_days: Number
    soon_days: Number
    history_days: Number


class Partnership(_Strict):
    """partnership.yaml."""

    name: Words
    home_authority: Words
    valid_until: Day
    agencies: Some[Code]
    kinds: dict[str, Publisher]
    publishes: dict[str, Some[str]]
    limits: Limits


class Necessary(_Strict):
    """What an alert may say to one team, and the fields that no event may bring it."""

    may: tuple[str, ...]
    never: tuple[str, ...] = ()


class NeverQuoted(_Strict):
    """Block B2: the events that no alert quotes, and what the kinds of alert that follow from them may say."""

    events: Some[str]
    alerts: Annotated[dict[AlertKind, tuple[str, ...]], Field(min_length=1)]


class MinimumNecessary(_Strict):
    """minimum_necessary.yaml: what each team may know, and who alone may be told some fields."""

    never_quoted: NeverQuoted
    only: dict[str, Some[Code]] = {}
    accepting: tuple[Code, ...]
    teams: dict[Code, Necessary]


class Statute(_Strict):
    """One line of gateways.yaml: what no clause may do under it."""

    says: Words
    start: Day = Field(alias="from")
    source: Words
    confidence: Literal["H", "M", "L"]
    bars_publishers: tuple[Publisher, ...] = ()
    bars_fields: tuple[str, ...] = ()
    bars_alerts: Annotated[bool, Strict()] = False


class Statutes(RootModel[dict[str, Statute]]):
    """gateways.yaml."""


class Covers(_Strict):
    """The years the calendar knows."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise Slip("`first` is after `last`", "put the earlier day first")
        return self


class CalendarFile(_Strict):
    """calendar.yaml."""

    covers: Covers
    bank_holidays: tuple[Day, ...]
