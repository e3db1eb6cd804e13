"""Who is at the console: a role, and for a support team or a partner which one, as the identity provider says."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody does here."""

    LEAD = "LEAD"  # information governance
    TEAM = "TEAM"  # a support team
    OPERATOR = "OPERATOR"  # runs the hub
    PARTNER = "PARTNER"  # an agency's systems team


CALLED = {
    Role.LEAD: "Information governance lead",
    Role.TEAM: "Support team",
    Role.OPERATOR: "Operator",
    Role.PARTNER: "Partner",
}


@dataclass(frozen=True, slots=True)
class User:
    """
    Somebody signed in. *id* is opaque and stays the same from session to session; *label* is shown to themselves alone.

    *of* is the code of the team or agency they act for, None for those who act for the partnership.
    """

    id: str
    role: Role
    of: str | None
    label: str
