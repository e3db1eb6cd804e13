"""A made-up case put to the rules: the answer, every clause that was tried, and what would turn it."""

from dataclasses import dataclass

from hub.core.disclosure import BUNDLE_EXPIRED, NOT_A_TEAM
from hub.core.policy import Ask, Verdict, decide
from hub.core.rules import Rules
from hub.core.tried import Facts, Tried, tried, turns
from hub.governance.space import names
from hub.governance.told import hears


@dataclass(frozen=True, slots=True)
class Case:
    """
    What the agreements say of one question; *asked* are the attributes that any of its clauses looks at.

    *hears* says whether the question would arise at all: that the source may state it, and the team wants to be told.
    """

    verdict: Verdict
    hears: bool
    asked: tuple[str, ...]
    tried: tuple[Tried, ...]
    turns: tuple[Facts, ...]


def case(rules: Rules, ask: Ask) -> Case:
    """The answer that *rules* would give to *ask*."""
    key = (ask.subject, ask.source, ask.team)
    found = rules.clauses.get(key, ())
    verdict = decide(ask, rules.clauses)
    if ask.team not in rules.teams:
        verdict = NOT_A_TEAM
    elif ask.on > rules.valid_until:
        verdict = BUNDLE_EXPIRED
    return Case(verdict, hears(rules, key), names(found), tried(ask, rules.clauses), turns(ask, rules.clauses))
