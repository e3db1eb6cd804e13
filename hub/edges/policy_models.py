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
Kind = Literal["RELEASE", "TRANSITION", "CLIFF_EDGE", "OFFER_OF_SUPPORT", "REVIEW", "CORRECTION", "ESCALATION"]
Grade = Literal["IMMEDIATE", "URGENT", "HIGH", "SOON", "ROUTINE"]
YesNo = Literal["yes", "no"]
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
    alerts: tuple[Kind, ...] = ()
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


Count = Annotated[int, Strict(), Field(ge=0, le=1000)]


class _Span(_Strict):
    """A length of time: one unit, and how many of it."""

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        units = type(self).model_fields
        if sum(getattr(self, unit) is not None for unit in units) != 1:
            raise Slip("not a length of time", f"name one of {', '.join(units)}, and how many")
        return self


class Span(_Span):
    """A time that passes: working days and hours while people work, hours always."""

    working_days: Count | None = None
    working_hours: Count | None = None
    hours: Count | None = None


class Before(_Span):
    """A day before the planning date."""

    working_days: Count | None = None
    days: Count | None = None


class Repeats(_Strict):
    """Who is told again before the date, every so many working days, until an event says that it is done."""

    teams: Some[str]
    working_days: Annotated[int, Strict(), Field(ge=1, le=100)]
    until: Literal["accommodation.confirmed", "appointment.attended"]


class Stage(_Strict):
    """One line of stages.yaml."""

    name: Words
    offset: Annotated[int, Strict(), Field(ge=-366, le=3660)]
    unit: Literal["days", "working_days", "months", "september_of_year", "march_of_year"]
    and_days: Number = 0
    on: Annotated[bool, Strict()] = True
    hour: Annotated[int, Strict(), Field(ge=0, le=23)] = 9
    rolls: Annotated[bool, Strict()] = True
    rearms: Annotated[bool, Strict()] = False
    unless: Literal["accommodation.confirmed", "appointment.attended", "referral.accepted"] | None = None
    repeats: Repeats | None = None
    asks: Annotated[bool, Strict()] = False
    prompts: tuple[Literal["HOLD_IN_YOUTH_ESTATE"], ...] = ()
    urgency: Grade | None = None
    rule: Words
    action: Words
    teams: Some[str]


Copies = dict[Literal["INTENDED", "LEAD", "VCSE"], Words]
Handover = Literal["NONE", "REFERRED", "ACCEPTED", "DECLINED", "NO_REPLY"]


class CliffStage(Stage):
    """One line of the cliff table; its teams are those of the service, if it names none."""

    teams: tuple[str, ...] = ()
    only_while: Handover | None = None
    at_once: Handover | None = None
    copies: Copies = {}
    deferring: Copies = {}


class Stages(_Strict):
    """stages.yaml."""

    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]
    hospital: tuple[Stage, ...]
    review: tuple[Stage, ...]
    cliff: tuple[CliffStage, ...]


class Movement(_Strict):
    """One line of movements.yaml."""

    effect: Literal[
        "release", "admission", "transfer", "court", "absence", "hospital", "removed", "detained", "at_large"
    ]
    words: Some[Annotated[str, Field(pattern=r"^[A-Z0-9_]+$")]]
    licence: Annotated[bool, Strict()] | None = None
    reason: Literal["HOSPITAL_TRANSFER", "REMOVED_FROM_UK", "FURTHER_REMAND", "NO_RELEASE_DATE"] | None = None
    source: Words
    confidence: Literal["H", "M", "L"]

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.reason is not None) != (self.effect in {"hospital", "removed", "detained"}):
            raise Slip("a `reason` says why no release proceeds", "give one with hospital, removed and detained only")
        return self


class _Period(_Strict):
    """A line of law.yaml that holds from one day to another, or until further notice."""

    in_force_from: Day
    in_force_to: Day | None = None
    source: Words
    confidence: Literal["H", "M", "L"]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.in_force_to is not None and self.in_force_to < self.in_force_from:
            raise Slip("`in_force_to` is before `in_force_from`", "put the earlier day first")
        return self


class Births(_Strict):
    """Whose date of birth is believed, a line above before a line below."""

    says: Words
    evidence: tuple[str, ...] = ()
    agencies: tuple[Code, ...] = ()
    decides: Annotated[bool, Strict()] = False
    source: Words
    confidence: Literal["H", "M", "L"]


class Recall(_Period):
    """How long a fixed-term recall lasts."""

    words: Some[str]
    days: Number


class DayOfRelease(_Period):
    """The presumption against release on a Friday or the eve of a holiday."""

    served_days: Number
    eligible_days: Number
    eligible_days_child: Number


class Indeterminate(_Strict):
    """Sentences from which parole alone releases."""

    never: Some[str]
    source: Words
    confidence: Literal["H", "M", "L"]


class Law(_Strict):
    """law.yaml."""

    births: Some[Births]
    recalls: Some[Recall]
    days_of_release: Some[DayOfRelease]
    indeterminate: Indeterminate


class Movements(_Strict):
    """movements.yaml."""

    movements: Some[Movement]


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
    implied_days: Number
    collapse_days: Number
    collapse_services: Annotated[int, Strict(), Field(ge=1, le=20)]


class Services(_Strict):
    """services.yaml."""

    limits: ServiceLimits
    receivers: dict[Words, str]
    services: dict[Code, Service]


def _clock_time(told: str) -> str:
    if re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", told) is None:
        raise Slip(f"`{told}` is not a time of day", "write hours and minutes in quotes, like '09:00'")
    return told


Clock = Annotated[str, AfterValidator(_clock_time)]


def _in_order(told: tuple[str, str]) -> tuple[str, str]:
    if told[0] >= told[1]:
        raise Slip("the day ends before it begins", "put the earlier time first")
    return told


WorkingHours = Annotated[tuple[Clock, Clock], AfterValidator(_in_order)]


class Level(_Strict):
    """When one more person hears of an alert that nobody answered."""

    late: Span | None = None
    before: Before | None = None
    same_day: Annotated[bool, Strict()] = False

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if (self.late is None) == (self.before is None):
            raise Slip("not one moment", "write `late`, counted from the deadline, or `before` the planning date")
        return self


class Urgency(_Strict):
    """One line of urgency.yaml: when it applies, by when to answer, and the levels above."""

    name: Grade
    days: Number | None = None
    kinds: tuple[Kind, ...] = ()
    only_named: Annotated[bool, Strict()] = False
    acknowledge: Span
    levels: Some[Level]


class OwnClock(_Strict):
    """What one team agreed otherwise."""

    working_hours: WorkingHours | None = None
    acknowledge: dict[Grade, Span] = {}


class Urgencies(_Strict):
    """urgency.yaml: the clocks of acknowledgement and escalation."""

    start: Day = Field(alias="from")
    source: Words
    confidence: Literal["H", "M", "L"]
    working_hours: WorkingHours
    urgencies: Some[Urgency]
    addressees: Some[Code]
    not_ours: Some[Code]
    teams: dict[str, OwnClock] = {}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        *lines, last = self.urgencies
        if last.days is not None or last.only_named or any((one.days is None) != one.only_named for one in lines):
            what = "not every alert has one urgency"
            raise Slip(what, "give each line `days` or `only_named`, but for the last, which is for all the rest")
        if "OTHER" not in self.not_ours:
            raise Slip("no word for any other reason", "add OTHER", "not_ours")
        return self


Way = Annotated[dict[str, Some[str]], Field(min_length=1)]


class Asked(_Strict):
    """Who may be asked to offer support, and its ways in."""

    team: str
    ways: Some[Way]


class Routes(_Strict):
    """
    routes.yaml: each team's ways in; `unplanned` says only what is otherwise than `release`.

    Of `support` the first that may be told is asked.
    """

    release: dict[str, Some[Way]]
    unplanned: dict[str, Some[Way]]
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


def _sentence(told: str) -> str:
    if not re.fullmatch(r"[A-Z].{8,118}\.", told) or not told.isprintable():
        raise Slip("not a sentence", "begin with a capital, end with a full stop, and say it in 10 to 120 characters")
    return told


class Actions(RootModel[dict[Code, Annotated[str, AfterValidator(_sentence)]]]):
    """actions.yaml: what each action asks of a team, in a sentence or two."""


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
    history_days: Number
    court_hours: Number
    late_transition_days: Number
    hold_youth_estate_days: Number


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
    alerts: Annotated[dict[Kind, tuple[str, ...]], Field(min_length=1)]


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
    proclaimed: tuple[Day, ...] = ()
    withdrawn: tuple[Day, ...] = ()
