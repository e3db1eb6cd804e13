"""Every reason for which something is withheld: what the withheld register may say, and policies may speak of."""

from hub.core.policy import VOCABULARY

PLAIN = (
    *("NO_AGREEMENT", "FORBIDDEN", "NOT_YET_IN_FORCE", "EXPIRED", "REVIEW_OVERDUE", "BUNDLE_EXPIRED", "NOT_A_TEAM"),
    *("OUTDATED", "REPEATED", "UNKNOWN_FIELD", "ERASED", "FULL", "NO_CONSENT"),
)
REASONS = (*PLAIN, *(f"{reason}:{name}" for reason in ("CONDITION", "MISSING") for name in VOCABULARY))
