"""
Why something is withheld, and who is to decide about it where nobody has: the withheld register's two columns.
"""

from collections.abc import Mapping

from hub.core.policy import VOCABULARY

# `CONDITION` and `MISSING` name an attribute after a colon; all others stand alone.
OF_ATTRIBUTES = ("CONDITION", "MISSING")
REASONS = (
    *("NO_AGREEMENT", "FORBIDDEN", "NOT_YET_IN_FORCE", "EXPIRED", "REVIEW_OVERDUE", "BUNDLE_EXPIRED", "NOT_A_TEAM"),
    *("OUTDATED", "REPEATED", "UNKNOWN_FIELD", "ERASED", "FULL", "NO_CONSENT", *OF_ATTRIBUTES),
)


def owners(told: Mapping[str, str]) -> Mapping[str, str]:
    """
    The team that is to decide, by the reason as a decision has it; a reason without one needs nobody.

    >>> owners({"EXPIRED": "IG_LEAD", "MISSING": "IG_LEAD"})["MISSING:age"]
    'IG_LEAD'
    """
    made: dict[str, str] = {}
    for reason, team in told.items():
        made |= {f"{reason}:{name}": team for name in VOCABULARY} if reason in OF_ATTRIBUTES else {reason: team}
    return made
