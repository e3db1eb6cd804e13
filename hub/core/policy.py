"""
Who may see what, and why: the clauses of the data-sharing agreements, compiled to an index.

Silence is refusal and a forbid outweighs every permit. What is missing, unknown, expired or unreviewed refuses; a
forbid whose condition cannot be known applies.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hub.core.events import Value

YES_NO = ("yes", "no")
AGES = (10, 16, 18, 25)  # the years at which a band of ages begins
AGE_BANDS = ("under_10", "10_to_15", "16_to_17", "18_to_24", "25_and_over")
# What a clause may ask about, and the words there are for it: nothing else can be a condition.
VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "age": AGE_BANDS,
    "age_at_event": AGE_BANDS,
    "age_at_release": AGE_BANDS,
    "consent": YES_NO,
    "known": YES_NO,
    "case": ("open", "closed", "none"),
    "custody": YES_NO,
    "legal_status": ("remand", "unsentenced", "sentenced", "recalled", "licence", "detained", "none"),
    "care": ("LOOKED_AFTER", "ELIGIBLE", "RELEVANT", "FORMER_RELEVANT", "none"),
    "order": YES_NO,
    "ehcp": YES_NO,
    "protected": YES_NO,
    "resident": YES_NO,
    "sex": ("female", "male"),
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


Edges = tuple[int, ...]
DROP = "drop"


def band(number: int, edges: Edges) -> str:
    """
    The band of a number, each of *edges* beginning a new one.

    >>> band(17, AGES), band(9, AGES), band(30, AGES)
    ('16_to_17', 'under_10', '25_and_over')
    """
    reached = bisect_right(edges, number)
    if reached == 0:
        return f"under_{edges[0]}"
    return f"{edges[-1]}_and_over" if reached == len(edges) else f"{edges[reached - 1]}_to_{edges[reached] - 1}"


def _year(value: Value, edges: Edges) -> Value:
    return value.year if isinstance(value, date) else None


def _month(value: Value, edges: Edges) -> Value:
    return value.isoformat()[:7] if isinstance(value, date) else None


def _window(value: Value, edges: Edges) -> Value:
    """The week of a date, Monday to Sunday (ISO 8601)."""
    return "{:04}-W{:02}".format(*value.isocalendar()[:2]) if isinstance(value, date) else None


def _band(value: Value, edges: Edges) -> Value:
    return band(value, edges) if edges and isinstance(value, int) and not isinstance(value, bool) else None


def _yes_no(value: Value, edges: Edges) -> Value:
    return None if value is None else bool(value)


def _count(value: Value, edges: Edges) -> Value:
    return len(value) if isinstance(value, tuple) else None


FORMS: Mapping[str, Callable[[Value, Edges], Value]] = {
    "keep": lambda value, edges: value,
    "year": _year,
    "month": _month,
    "window": _window,
    "band": _band,
    "yes_no": _yes_no,
    "count": _count,
    DROP: lambda value, edges: None,
}
NO_BANDS: Mapping[str, Edges] = {}


def project(fields: Mapping[str, Value], clause: Clause, bands: Mapping[str, Edges] = NO_BANDS) -> dict[str, Value]:
    """
    Only the fields the clause names, each in its form: whatever else is there never leaves (promise P2).

    A form that does not fit the value gives nothing rather than the value; *bands* say where those of a field begin.
    """
    made = {name: FORMS[form](fields[name], bands.get(name, ())) for name, form in clause.fields if name in fields}
    return {name: value for name, value in made.items() if value is not None}
