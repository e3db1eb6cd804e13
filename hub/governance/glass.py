"""
What a change of rules opens while the glass is broken: asked as everything else is, of the clauses for emergencies.
"""

from dataclasses import replace

from hub.core.disclosure import STANDING
from hub.core.emergency import HOUR, LEADS, OPENED
from hub.core.policy import Clause, Effect, Index
from hub.core.rules import Rules
from hub.governance.diff import difference
from hub.governance.wording import lines

BROKEN = "with the glass broken: "


def openings(old: Rules | None, new: Rules) -> list[str]:
    """The lines of what *new* lets be told in an emergency and *old* did not, as an amendment lists them."""
    found = [f"{BROKEN}{line}" for line in lines(difference(old and broken(old), broken(new)).opened)]
    hours = new.emergency.longest // HOUR
    longer = old is None or new.emergency.longest > old.emergency.longest
    return [*found, *([f"{BROKEN}for as long as {hours} hours"] if longer else [])]


def broken(rules: Rules) -> Rules:
    """*rules* as they answer a team to which the glass is broken: what an emergency permits, less what is forbidden."""
    held = {key: (*_forbids(rules.clauses, key), *some) for key, some in rules.emergency.clauses.items()}
    subjects = frozenset(subject for subject, _, _ in held)
    return replace(
        rules,
        clauses=held,
        teams={code: replace(team, subscribes=subjects) for code, team in rules.teams.items()},
        publishes={**rules.publishes, LEADS: frozenset({OPENED})},
        vocabulary={**rules.vocabulary, OPENED: STANDING},
    )


def _forbids(clauses: Index, key: tuple[str, str, str]) -> tuple[Clause, ...]:
    return tuple(clause for clause in clauses.get(key, ()) if clause.effect is Effect.FORBID)
