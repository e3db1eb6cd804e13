"""
What the ICO's data sharing code asks an agreement to say before its rules: one shape for each of its lines.

Which line of the code each answers, and the cure where it does not, stands in policies/ico.yaml.
"""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hub.edges.policy_files import Slip
from hub.edges.policy_words import Day, Number, Shape, Some, Words, YesNo

EMPTY = re.compile(r"\W*(tb[acd]|todo|n/?a|nil|none|x+|pending|draft|(as|see) above|to be \w+)?\W*", re.IGNORECASE)
BASIS = re.compile(r"Article 6\(1\)\((a|b|c|d|e|ea|f)\)")
SPECIAL, NEEDS_SCHEDULE = re.compile(r"Article 9\(2\)\([a-j]\)"), re.compile(r"Article 9\(2\)\([bghij]\)")
SCHEDULE, OFFENCE = "DPA 2018 Schedule 1", re.compile("DPA 2018 Schedule 1|Article 10")
After = Literal[
    "told",
    "episode_closed",
    "case_closed",
    "service_ended",
    "offer_made",
    "birthday_19",
    "consent_withdrawn",
    "alert_over",
    "question_answered",
    "corrected_disclosure_deleted",
    "assessment_published",
]


def _said(told: str) -> str:
    if EMPTY.fullmatch(told):
        raise Slip("says nothing", "say it in a sentence; where there is nothing, say why")
    return told


Said = Annotated[Words, AfterValidator(_said)]


def _basis(told: str) -> str:
    if BASIS.search(told) is None:
        raise Slip("names no lawful basis", "begin with `Article 6(1)(e)` or another letter of it")
    return told


class Controllers(Shape):
    """Whether the parties are separate or joint controllers; what joint ones arranged (UK GDPR Article 26)."""

    relation: Literal["separate", "joint"]
    says: Said


class Power(Shape):
    """The power to share, beside data protection law: express in the statute, or implied by a function in it."""

    power: Literal["express", "implied"]
    says: Said


class Carried(Shape):
    """Whether a kind of data is carried, and then under which condition."""

    carried: YesNo
    condition: Said | None = None

    @model_validator(mode="after")
    def _conditioned(self) -> Self:
        if self.carried == "no" and self.condition is not None:
            raise Slip("a condition for what is not carried", "leave it out, or write `carried: yes`", "condition")
        if self.carried == "yes":
            self._check(self.condition or "")
        return self

    def _check(self, condition: str) -> None:
        """Refuse a condition that is none."""


class Special(Carried):
    """Special category data (UK GDPR Article 9, DPA 2018 ss.10-11)."""

    def _check(self, condition: str) -> None:
        if SPECIAL.search(condition) is None:
            raise Slip("names no condition", "name one of Article 9(2)(a) to (j), written so", "condition")
        if NEEDS_SCHEDULE.search(condition) and SCHEDULE not in condition:
            raise Slip("half a condition", f"name the paragraph of {SCHEDULE} beside it (DPA 2018 s.10)", "condition")


class Offence(Carried):
    """Criminal offence data (UK GDPR Article 10, DPA 2018 s.11(2))."""

    def _check(self, condition: str) -> None:
        if OFFENCE.search(condition) is None:
            raise Slip("names no condition", f"name the paragraph of {SCHEDULE}", "condition")


class Part3(Shape):
    """Whether any party shares for law enforcement purposes, and then how (DPA 2018 Part 3)."""

    applies: YesNo
    says: Said


class Retention(Shape):
    """For how many days after the first of these a recipient may keep what it was told, and how it is disposed of."""

    says: Said
    days: Number
    after: Some[After]
    disposal: Said


class Onward(Shape):
    """To which teams a recipient may pass on what it was told."""

    allowed: YesNo
    to: tuple[str, ...] = ()
    says: Said

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.allowed == "yes") is not bool(self.to):
            raise Slip("allowed to nobody, or not allowed to somebody", "name the teams where it is allowed", "to")
        return self


class Emergency(Shape):
    """What may be needed in an emergency, who decides then, and when that was last tried out, how."""

    may_need: Said
    authority: Said
    tested: Day
    exercise: Said


class Assessment(Shape):
    """The data protection impact assessment: its reference, and when it was made or last looked at."""

    reference: Said
    on: Day


class View(Shape):
    """The view of the data protection officer."""

    view: Said
    on: Day


class Decision(Shape):
    """Whether to share, why or why not, by whom and when."""

    share: YesNo
    reasons: Said
    by: Said
    on: Day


class Reviewed(Shape):
    """Who reviewed the agreement, by role, and when."""

    by: Said
    on: Day


class InForce(Shape):
    """The first and the last day."""

    start: Day = Field(alias="from")
    until: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start > self.until:
            raise Slip("`from` is after `until`", "put the earlier day first")
        return self


class Header(Shape):
    """All that an agreement says of itself beside who its parties are and on which statute it rests."""

    purpose: Said
    controllers: Controllers
    contact: Said
    necessity: Said
    fairness: Said
    not_sharing: Said
    legal_power: Power
    lawful_basis: Annotated[Said, AfterValidator(_basis)]
    special_category: Special
    criminal_offence: Offence
    part_3: Part3
    exemptions: Said
    transparency: Said
    rights: Said
    children: Said
    security: Said
    breaches: Said
    accuracy: Said
    retention: Retention
    onward_sharing: Onward
    emergency: Emergency
    dpia: Assessment
    dpo: View
    decision: Decision
    reviewed: Reviewed
    review_by: Day
    in_force: InForce

    @property
    def starts(self) -> date:
        """The first day it holds: an agreement is not in force before it was reviewed, nor before it was decided on."""
        return max(self.in_force.start, self.reviewed.on, self.decision.on)

    @model_validator(mode="after")
    def _in_turn(self) -> Self:
        if self.reviewed.on > self.review_by:
            raise Slip("the next review is before the last", "give a `review_by` after `reviewed.on`", "review_by")
        if self.reviewed.on > self.in_force.until:
            raise Slip("reviewed after it ended", "give an `in_force.until` after `reviewed.on`", "in_force")
        for name in ("dpia", "dpo"):
            if getattr(self, name).on > self.decision.on:
                raise Slip("later than the decision that rests on it", "decide anew, after it", name, "on")
        if self.decision.on > self.in_force.until:
            raise Slip("decided after it ended", "give an `in_force.until` after `decision.on`", "in_force")
        return self
