"""
When agreements stop disclosing: on the day after the one by which they are to be reviewed, or after their last.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from hub.core.policy import Clause, Effect

SOON = 31  # days before, from which on it is said


def last_days(clauses: Iterable[Clause]) -> dict[str, date]:
    """The last day on which each agreement discloses anything; one that only forbids never lapses, and is not here."""
    made: dict[str, date] = {}
    for clause in clauses:
        if clause.effect is Effect.PERMIT:
            last = min(clause.ends, clause.review_by)
            made[clause.agreement] = min(last, made.get(clause.agreement, last))
    return made


def lapsing(lasts: Mapping[str, date], today: date, within: int = SOON) -> tuple[tuple[str, date], ...]:
    """
    The agreements whose last day is less than *within* days after *today*, or past, the earliest first.

    >>> lapsing({"DSA-001": date(2026, 12, 20), "DSA-002": date(2027, 5, 1)}, date(2026, 11, 26))
    (('DSA-001', datetime.date(2026, 12, 20)),)
    """
    soon = [(last, name) for name, last in lasts.items() if last < today + timedelta(days=within)]
    return tuple((name, last) for last, name in sorted(soon))
