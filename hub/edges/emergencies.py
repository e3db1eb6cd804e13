"""emergency.yaml: an agreement for when the glass is broken, and what bounds it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from hub.core.disclosure import STANDING
from hub.core.emergency import LEADS, OPENED
from hub.core.gateways import HUB
from hub.edges.agreement_models import Agreement, Form, Rule
from hub.edges.policy_files import Slip, fault
from hub.edges.policy_words import Code, Number, Shape, Words
from hub.edges.statutes import Packs

Codes = Annotated[dict[Code, Words], Field(min_length=1)]
RELEASE = "alert.RELEASE"
BOUNDS = {"longest_hours", "review_days", "reasons", "findings"}
Clause = Mapping[str, Any]


class AtOnce(Shape):
    """What is told when access is opened, of how things stand."""

    says: Words
    fields: dict[str, Form]


class Emergency(Agreement):
    """emergency.yaml: the agreement, how long, for which reasons, and by when its use is reviewed."""

    longest_hours: Annotated[Number, Field(ge=1, le=336)]
    review_days: Number
    reasons: Codes
    findings: Codes
    at_once: AtOnce

    @model_validator(mode="after")
    def _of_events(self) -> Self:
        for number, rule in enumerate(self.rules):
            if rule.alerts or rule.effect != "permit":
                raise Slip("not a permit for events", "alerts and forbids belong in agreements/", "rules", number)
        if strange := sorted(set(self.at_once.fields) - STANDING):
            raise Slip(
                f"unknown field `{strange[0]}`", f"write one of {', '.join(sorted(STANDING))}", "at_once", "fields"
            )
        return self


def barred(file: Path, told: Emergency, gateways: Packs, teams: Iterable[str]) -> None:
    """Ask the gateways of what is told at once, as of an alert that rests on what anybody said."""
    rule = Rule(
        id="0", says=told.at_once.says, alerts=("RELEASE",), to=told.parties.receive, fields=told.at_once.fields
    )
    keys = [(RELEASE, HUB, team) for team in told.parties.receive if team in set(teams)]
    gateways.resting(file, told.model_copy(update={"rules": (rule,)}), 0, keys)


def compiled(
    file: Path,
    told: Emergency,
    permits: Iterable[Clause],
    clauses: Iterable[Clause],
    kinds: Iterable[str],
    minimum: Mapping[str, Mapping[str, Iterable[str]]],
) -> dict[str, Any]:
    """
    The emergency part of a bundle: its own *permits*, what is told at once, and the forbids that hold for that.

    It says what an alert of a release would say: what forbids such an alert, or everything, forbids it too.
    """
    for team in told.parties.receive:
        never = set(minimum.get(team, {}).get("never", ()))
        for name in told.at_once.fields:
            if {"*", name} & never:
                cure = "leave it out, or the team; see minimum_necessary.yaml"
                raise fault(file, ("at_once", "fields", name), f"`{team}` may not be told `{name}`", cure)
    made, every = [dict(one) for one in permits], set(kinds)
    opened = {"subjects": [OPENED], "sources": [LEADS]}
    first = {"id": f"{told.id}.0", "says": told.at_once.says, "fields": told.at_once.fields, "when": {}}
    teams = sorted({team for one in made for team in one["teams"]})
    barring = [one for one in clauses if one["effect"] == "forbid" and _bars(set(one["subjects"]), every)]
    forbids = [{**one, **opened} for one in barring]
    bounds = told.model_dump(mode="json", include=BOUNDS)
    return {**bounds, "clauses": [{**made[0], **first, **opened, "teams": teams}, *made, *forbids]}


def _bars(subjects: set[str], every: set[str]) -> bool:
    return RELEASE in subjects or every <= subjects
