"""
The shape of every other policy file: which names may stand in it, and what each may hold.

What can be judged without looking at another file is judged here; the rest is in agreements.py.
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, RootModel, Strict, model_validator

from hub.edges.policy_files import Slip
from hub.edges.policy_words import Code, Day, Number, Party, Shape, Some, Words


class Movement(Shape):
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


class _Period(Shape):
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


class Births(Shape):
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


class Indeterminate(Shape):
    """Sentences from which parole alone releases."""

    never: Some[str]
    source: Words
    confidence: Literal["H", "M", "L"]


class Law(Shape):
    """law.yaml."""

    births: Some[Births]
    recalls: Some[Recall]
    days_of_release: Some[DayOfRelease]
    indeterminate: Indeterminate


class Movements(Shape):
    """movements.yaml."""

    movements: Some[Movement]


class Service(Shape):
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


class ServiceLimits(Shape):
    """The numbers of section 3.3, in days and services as their names say."""

    no_reply_working_days: Number
    reopened_working_days: Number
    implied_days: Number
    collapse_days: Number
    collapse_services: Annotated[int, Strict(), Field(ge=1, le=20)]


class Services(Shape):
    """services.yaml."""

    limits: ServiceLimits
    receivers: dict[Words, str]
    services: dict[Code, Service]


Way = Annotated[dict[str, Some[str]], Field(min_length=1)]


class Asked(Shape):
    """Who may be asked to offer support, and its ways in."""

    team: str
    ways: Some[Way]


class Routes(Shape):
    """
    routes.yaml: each team's ways in; `unplanned` says only what is otherwise than `release`.

    Of `support` the first that may be told is asked.
    """

    release: dict[str, Some[Way]]
    unplanned: dict[str, Some[Way]]
    transition: dict[str, Some[Way]]
    support: Some[Asked]
    panel: Some[Way]


class Team(Shape):
    """One line of teams.yaml."""

    name: Words
    kind: Party
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


class Says(Shape):
    """Which rule raises an alert, and what it asks."""

    rule: Words
    action: Words


class AtOnce(Says):
    """What is asked of one team at once."""

    team: str


class Panel(AtOnce):
    """The referral, and what its absence prompts others to ask."""

    prompt: Words


class Support(Shape):
    """support.yaml: offers of support after enforcement, the panel, and the custodian of protected records."""

    enforcement: Some[Literal["enforcement.taken", "arrest.recorded", "charge.recorded"]]
    under_age: Number
    quiet_days: Number
    late_days: Number
    offer: Says
    panel: Panel
    protected: AtOnce


class Desk(Shape):
    """Who is told where no agreement reaches."""

    team: str
    action: Words


class Reached(Shape):
    """Another authority's team, and the agreement that reaches it."""

    team: str
    agreement: str


class AreasFile(Shape):
    """areas.yaml: whom it concerns that somebody lives elsewhere."""

    home: tuple[str, ...]
    both: tuple[str, ...]
    away: Some[Way]
    duty: Desk
    authorities: dict[str, Reached]


class Limits(Shape):
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


class Partnership(Shape):
    """partnership.yaml."""

    name: Words
    home_authority: Words
    valid_until: Day
    agencies: Some[Code]
    kinds: dict[str, Party]
    publishes: dict[str, Some[str]]
    limits: Limits


class Covers(Shape):
    """The years the calendar knows."""

    first: Day
    last: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise Slip("`first` is after `last`", "put the earlier day first")
        return self


class CalendarFile(Shape):
    """calendar.yaml."""

    covers: Covers
    proclaimed: tuple[Day, ...] = ()
    withdrawn: tuple[Day, ...] = ()
