"""The shapes of what says when: stages with their repeats, and the clocks of acknowledgement and escalation."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, Strict, model_validator

from hub.edges.policy_files import Slip
from hub.edges.policy_words import Code, Day, Grade, Kind, Number, Shape, Some, Words

Count = Annotated[int, Strict(), Field(ge=0, le=1000)]


class _Span(Shape):
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


class Repeats(Shape):
    """Who is told again before the date, every so many working days, until an event says that it is done."""

    teams: Some[str]
    working_days: Annotated[int, Strict(), Field(ge=1, le=100)]
    until: Literal["accommodation.confirmed", "appointment.attended"]


class Stage(Shape):
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
    copies: Copies = Field(default_factory=dict)
    deferring: Copies = Field(default_factory=dict)


class Stages(Shape):
    """stages.yaml."""

    release: tuple[Stage, ...]
    unplanned: tuple[Stage, ...]
    transition: tuple[Stage, ...]
    hospital: tuple[Stage, ...]
    review: tuple[Stage, ...]
    cliff: tuple[CliffStage, ...]


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


class Level(Shape):
    """When one more person hears of an alert that nobody answered."""

    late: Span | None = None
    before: Before | None = None
    same_day: Annotated[bool, Strict()] = False

    @model_validator(mode="after")
    def _one_moment(self) -> Self:
        if (self.late is None) == (self.before is None):
            raise Slip("not one moment", "write `late`, counted from the deadline, or `before` the planning date")
        return self


class Urgency(Shape):
    """One line of urgency.yaml: when it applies, by when to answer, and the levels above."""

    name: Grade
    days: Number | None = None
    kinds: tuple[Kind, ...] = ()
    only_named: Annotated[bool, Strict()] = False
    acknowledge: Span
    levels: Some[Level]


class OwnClock(Shape):
    """What one team agreed otherwise."""

    working_hours: WorkingHours | None = None
    acknowledge: dict[Grade, Span] = Field(default_factory=dict)


class Urgencies(Shape):
    """urgency.yaml: the clocks of acknowledgement and escalation."""

    start: Day = Field(alias="from")
    source: Words
    confidence: Literal["H", "M", "L"]
    working_hours: WorkingHours
    urgencies: Some[Urgency]
    addressees: Some[Code]
    not_ours: Some[Code]
    teams: dict[str, OwnClock] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        *lines, last = self.urgencies
        if last.days is not None or last.only_named or any((one.days is None) != one.only_named for one in lines):
            what = "not every alert has one urgency"
            raise Slip(what, "give each line `days` or `only_named`, but for the last, which is for all the rest")
        if "OTHER" not in self.not_ours:
            raise Slip("no word for any other reason", "add OTHER", "not_ours")
        return self
