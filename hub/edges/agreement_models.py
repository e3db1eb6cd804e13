"""The shapes of an agreement, and of the minimum necessary that bounds it."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from hub.core.policy import FORMS
from hub.edges.agreement_header import Header
from hub.edges.policy_files import Slip
from hub.edges.policy_words import (
    AgeBand,
    Care,
    Case,
    Code,
    Kind,
    LegalStatus,
    Sex,
    Shape,
    Some,
    Words,
    YesNo,
)


def _form(told: object) -> object:
    if not isinstance(told, str) or told not in FORMS:
        raise Slip("unknown form", f"write one of {', '.join(sorted(FORMS))}")
    return told


Form = Annotated[str, BeforeValidator(_form), WithJsonSchema({"enum": sorted(FORMS)})]


class When(Shape):
    """The conditions a rule may set: each names the words allowed, over a closed vocabulary."""

    age: Some[AgeBand] = ()
    age_at_event: Some[AgeBand] = ()
    age_at_release: Some[AgeBand] = ()
    consent: Some[YesNo] = ()
    known: Some[YesNo] = ()
    case: Some[Case] = ()
    custody: Some[YesNo] = ()
    legal_status: Some[LegalStatus] = ()
    care: Some[Care] = ()
    order: Some[YesNo] = ()
    ehcp: Some[YesNo] = ()
    protected: Some[YesNo] = ()
    resident: Some[YesNo] = ()
    sex: Some[Sex] = ()


class Gateway(Shape):
    """The statute that allows the disclosure."""

    id: Words
    text: Words


def _one_or_more(told: object) -> object:
    return told if isinstance(told, list) else [told]


Gateways = Annotated[Some[Gateway], BeforeValidator(_one_or_more, json_schema_input_type=Gateway | Some[Gateway])]


class Rule(Shape):
    """One numbered rule of an agreement; it rests on the agreement's gateways unless it names its own."""

    id: Words
    says: Words
    effect: Literal["permit", "forbid"] = "permit"
    events: tuple[str, ...] = ()
    alerts: tuple[Kind, ...] = ()
    sources: tuple[str, ...] = Field(default=(), alias="from")
    to: Some[str]
    gateways: Gateways | None = Field(default=None, alias="gateway")
    when: When = When()
    sex_law: Words | None = None
    fields: dict[str, Form] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.events and not self.alerts:
            raise Slip("a rule about nothing", "name its `events` or its `alerts`")
        if self.sources and not self.events:
            raise Slip("`from` in a rule without `events`", "leave it out: alerts come from the hub", "from")
        if self.when.age_at_event and self.alerts:
            raise Slip("an alert is of no event", "ask `age`, or `age_at_release`", "when", "age_at_event")
        if self.when.sex and not self.sex_law:
            raise Slip("asks `sex`", "say in `sex_law` which enactment allows it, or leave it out", "when", "sex")
        if self.sex_law and not self.when.sex:
            raise Slip("`sex_law` in a rule that does not ask `sex`", "leave it out", "sex_law")
        return self


class Parties(Shape):
    """Who is bound by an agreement: the agencies that state, and the teams that are told."""

    publish: Some[str]
    receive: Some[str]


class Agreement(Header):
    """One data-sharing agreement: what the ICO's code says it must carry, and its rules."""

    id: Annotated[str, Field(pattern=r"^DSA-\d{3}$")]
    title: Words
    parties: Parties
    gateways: Gateways = Field(alias="gateway")
    rules: Some[Rule]

    @model_validator(mode="after")
    def _as_decided(self) -> Self:
        if self.decision.share == "no" and any(rule.effect == "permit" for rule in self.rules):
            raise Slip("decided not to share, and permits", "let its rules forbid, or decide anew", "decision", "share")
        return self


class Necessary(Shape):
    """What an alert may say to one team, and the fields that no event may bring it."""

    may: tuple[str, ...]
    never: tuple[str, ...] = ()


class NeverQuoted(Shape):
    """Block B2: the events that no alert quotes, and what the kinds of alert that follow from them may say."""

    events: Some[str]
    alerts: Annotated[dict[Kind, tuple[str, ...]], Field(min_length=1)]


class MinimumNecessary(Shape):
    """minimum_necessary.yaml: what each team may know, and who alone may be told some fields."""

    never_quoted: NeverQuoted
    only: dict[str, Some[Code]] = Field(default_factory=dict)
    accepting: tuple[Code, ...]
    teams: dict[Code, Necessary]
