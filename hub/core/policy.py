"""
Who may see what, and why: the clauses of the data-sharing agreements, compiled to an index.

Silence is refusal and a forbid outweighs every permit. What is missing, unknown, expired or unreviewed refuses; a
forbid whose condition cannot be known applies.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hub.core.events import Value

YES_NO = ("yes", "no")
# What a clause may ask about, and the words there are for it: nothing else can be a condition.
VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "age": ("under_10", "10_to_15", "16_to_17", "18_to_24", "25_and_over"),
    "consent": YES_NO,
    "known": YES_NO,
    "custody": YES_NO,
    "care": ("LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT", "none"),
    "order": YES_NO,
    "ehcp": YES_NO,
    "protected": YES_NO,
    "resident": YES_NO,
}


class Effect(Enum):
    """What a clause does when it matches."""

    PERMIT = "permit"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of one agreement, for subjects from sources to teams, on conditions, for the fields it names."""

    id: str
    agreement: str
    effect: Effect
    purpose: str
    gateway: str
    subjects: tuple[str, ...]
    sources: tuple[str, ...]
    teams: tuple[str, ...]
    when: tuple[tuple[str, frozenset[str]], ...]
    fields: tuple[tuple[str, str], ...]
    starts: date
    review_by: date
    ends: date


@dataclass(frozen=True, slots=True)
class Ask:
    """May *team* have *subject* from *source* on this day, about a person with these attributes?"""

    subject: str
    source: str
    team: str
    on: date
    attributes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, and the clause that gave it; *reason* is None when permitted."""

    allowed: bool
    clause: Clause | None
    reason: str | None


NO_AGREEMENT = Verdict(False, None, "NO_AGREEMENT")
Index = Mapping[tuple[str, str, str], tuple[Clause, ...]]


def index(clauses: Iterable[Clause]) -> Index:
    """The clauses by (subject, source, team), forbids first, then by id: what a decision looks up once."""
    table: dict[tuple[str, str, str], list[Clause]] = {}
    for clause in clauses:
        for subject in clause.subjects:
            for source in clause.sources:
                for team in clause.teams:
                    table.setdefault((subject, source, team), []).append(clause)
    return {key: tuple(sorted(found, key=lambda c: (c.effect is Effect.PERMIT, c.id))) for key, found in table.items()}


def decide(ask: Ask, clauses: Index) -> Verdict:
    """
    Answer *ask* and name the clause that decided it.

    >>> decide(Ask("person.died", "HMPPS_PRISON", "HOUS", date(2026, 1, 1), {}), {}).reason
    'NO_AGREEMENT'
    """
    nearest: Verdict | None = None
    for clause in clauses.get((ask.subject, ask.source, ask.team), ()):
        reason = unmet(clause, ask)
        if clause.effect is Effect.FORBID:
            if reason is None or reason.startswith("MISSING:"):
                return Verdict(False, clause, "FORBIDDEN")
        elif reason is None:
            return Verdict(True, clause, None)
        elif nearest is None:
            nearest = Verdict(False, clause, reason)
    return nearest or NO_AGREEMENT


def unmet(clause: Clause, ask: Ask) -> str | None:
    """Why *clause* does not apply to *ask*; a forbid never lapses: only a signed amendment removes it."""
    if ask.on < clause.starts:
        return "NOT_YET_IN_FORCE"
    if clause.effect is Effect.PERMIT and ask.on > clause.ends:
        return "EXPIRED"
    if clause.effect is Effect.PERMIT and ask.on > clause.review_by:
        return "REVIEW_OVERDUE"
    missing = None
    for name, allowed in clause.when:
        told = ask.attributes.get(name)
        if told is None:
            missing = missing or f"MISSING:{name}"
        elif told not in allowed:
            return f"CONDITION:{name}"
    return missing


def _year(value: Value) -> Value:
    return value.year if isinstance(value, date) else None


def _month(value: Value) -> Value:
    return value.isoformat()[:7] if isinstance(value, date) else None


def _count(value: Value) -> Value:
    return len(value) if isinstance(value, tuple) else None


FORMS: Mapping[str, Callable[[Value], Value]] = {
    "keep": lambda value: value,
    "year": _year,
    "month": _month,
    "yes_no": bool,
    "count": _count,
}


def project(fields: Mapping[str, Value], clause: Clause) -> dict[str, Value]:
    """
    Only the fields the clause names, each in its form: whatever else is there never leaves (promise P2).

    A form that does not fit the value gives nothing rather than the value.
    """
    made = {name: FORMS[form](fields[name]) for name, form in clause.fields if name in fields}
    return {name: value for name, value in made.items() if value is not None}
