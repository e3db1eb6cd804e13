"""
Breaking the glass: what a team may be told for some hours because two people signed that somebody would come to harm.

It is a permission beside the agreements: what they allow or forbid stands, and alerts keep to them. It ends by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub.core.calendar import HOUR
from hub.core.person import Grant, Person
from hub.core.policy import Ask, Effect, Index, Verdict, decide

OPENED, LEADS = "emergency.opened", "IG"  # what an opening is called among subjects, and who states it
BREAK_GLASS = "break-glass"  # what the signed request asks for
FINAL = frozenset({"FORBIDDEN", "NOT_A_TEAM", "BUNDLE_EXPIRED"})


@dataclass(frozen=True, slots=True)
class Emergency:
    """How long access may be open (µs), for which reasons, and what its clauses allow and forbid."""

    longest: int
    reasons: frozenset[str]
    clauses: Index

    def verdict(self, ask: Ask, before: Verdict) -> Verdict:
        """The answer to *ask* with the glass broken, where the agreements said *before*."""
        if before.allowed or before.reason in FINAL:
            return before
        made = decide(ask, self.clauses)
        return made if made.allowed else before


def emergency(told: Mapping[str, Any], clauses: Index) -> Emergency:
    """The emergency part of a bundle, made ready."""
    return Emergency(told["longest_hours"] * HOUR, frozenset(told["reasons"]), clauses)


def granted(person: Person, team: str, now: int) -> Grant | None:
    """The access that is open to *team* at the instant *now*."""
    return next((one for one in person.glass if one.team == team and one.at <= now < one.until), None)


def others(person: Person, now: int, subject: str, source: str, clauses: Index, asked: frozenset[str]) -> Iterator[str]:
    """The teams that hear of *subject* for an open access alone: they are not among those that *asked* to."""
    for one in person.glass:
        if one.at <= now < one.until and one.team not in asked and (subject, source, one.team) in clauses:
            yield one.team


def refusal(person: Person, grant: Grant, reason: str, made: Emergency, now: int) -> str | None:
    """Why *grant* cannot be opened at the instant *now*; the signatures are checked elsewhere."""
    if grant.until <= now:
        return "it has ended already; hint: ask for it anew"
    if any(one.id == grant.id for one in person.glass):
        return "it is open already; hint: a signed request serves once"
    if not 0 < grant.until - grant.at <= made.longest:
        return f"longer than {made.longest // HOUR} hours; hint: see `longest_hours` in policies/emergency.yaml"
    if reason not in made.reasons:
        return "a reason that is none; hint: see `reasons` in policies/emergency.yaml"
    if all(one.effect is Effect.FORBID for one in made.clauses.get((OPENED, LEADS, grant.team), ())):
        return "not for this team; hint: see `parties` in policies/emergency.yaml"
    return None
