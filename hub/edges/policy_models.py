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
Words = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[date, Strict(), Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]
Number = Annotated[int, Strict(), Field(ge=0, le=10_000)]
RESERVED = ("HUB", "LEAD")


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


class Rule(_Strict):
    """One numbered rule of an agreement."""

    id: Words
    says: Words
    effect: Literal["permit", "forbid"] = "permit"
    events: tuple[str, ...] = ()
    alerts: tuple[Literal["RELEASE", "TRANSITION", "CLIFF_EDGE", "CORRECTION"], ...] = ()
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


Copies = dict[Literal["INTENDED", "LEAD", "VCSE"], Words]
Handover = Literal["NONE", "REFERRED", "ACCEPTED", "DECLINED", "NO_REPLY"]


class CliffStage(Stage):
    """One line of the cliff table; its teams are those of the service, if it names none."""

    teams: tuple[str, ...] = ()
    urgency: Literal["URGENT", "IMMEDIATE"] | None = None
    only_while: Handover | None = None
    at_once: Handover | None = None
    copies: Copies = {}
    deferring: Copies = {}


class Stages(_Strict):
    """stages.yaml."""

    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]
    cliff: tuple[CliffStage, ...]


class Service(_Strict):
    """One line of services.yaml: a kind of service, who closes it, when it ends, who may carry on."""

    team: str
    health: Annotated[bool, Strict()] = False
    care_act: Annotated[bool, Strict()] = False
    birthday: Annotated[int, Strict(), Field(ge=1, le=30)] | None = None
    school_leaving: Annotated[int, Strict(), Field(ge=14, le=20)] | None = None
    receivers: tuple[str, ...] = ()
    also: tuple[Words, ...] = ()
    continues: tuple[Words, ...] = ()
    stages: tuple[str, ...] = ("C90", "C28", "C0")
    known_by: Literal["CARE_STATUS", "EHCP", "REMAND", "SENTENCE"] | None = None
    held_by: tuple[Words, ...] = ()
    source: Words
    as_at: Day

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if self.birthday is not None and self.school_leaving is not None:
            raise Slip("two ends", "write `birthday` or `school_leaving`", "birthday")
        return self


class ServiceLimits(_Strict):
    """The numbers of section 3.3, in days and services as their names say."""

    no_reply_working_days: Number
    reopened_working_days: Number
    collapse_days: Number
    collapse_services: Annotated[int, Strict(), Field(ge=1, le=20)]


class Services(_Strict):
    """services.yaml."""

    limits: ServiceLimits
    receivers: dict[Words, str]
    services: dict[Code, Service]


Way = Annotated[dict[str, Some[str]], Field(min_length=1)]


class Routes(_Strict):
    """routes.yaml: each team's ways in."""

    release: dict[str, Some[Way]]
    transition: dict[str, Some[Way]]


class Team(_Strict):
    """One line of teams.yaml."""

    name: Words
    agency: str | None = None
    subscribes: tuple[str, ...]


class Teams(RootModel[dict[Code, Team]]):
    """teams.yaml."""


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
    publishes: dict[str, Some[str]]
    limits: Limits


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
    proclaimed: tuple[Day, ...] = ()
    withdrawn: tuple[Day, ...] = ()
