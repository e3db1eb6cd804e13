"""What partners tell the hub, and what it answers: frozen values, whatever the agency and whatever the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

Value = None | bool | int | str | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """
    What an agency says happened to one of its records.

    *id* is the same for every re-send, *record* is the agency's own pseudonym, *at* is when it happened in UTC
    microseconds, and *seq* orders one source's versions of a fact (None: *at* orders). *fields* holds no nulls.

    >>> Event("e-1", "person.died", "HMPPS_PRISON", "r-1", 0, None, {}).type
    'person.died'
    """

    id: str
    type: str
    agency: str
    record: str
    at: int
    seq: int | None
    fields: Mapping[str, Value]


class Outcome(NamedTuple):
    """
    What one subscribed team got, and why: *kept* lists (field, form) pairs, *reason* says why it was withheld.

    Delivered and withheld outcomes together are always the subscribed teams (promise P4). *purpose* and *gateway* are
    the clause's. Where something was withheld only for want of a decision, *owner* is the team that is to take it;
    where it rests on an emergency access, *grant* names that.
    """

    team: str
    delivered: bool
    agreement: str | None
    clause: str | None
    reason: str | None
    kept: tuple[tuple[str, str], ...] = ()
    purpose: str | None = None
    gateway: str | None = None
    owner: str | None = None
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about one subject (an event, or an alert that fell due): who gets what, under which clause."""

    id: str
    person: str
    subject: str
    event: str
    source: str
    at: int
    bundle: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The fields one team may have of one event, in the form its agreement names."""

    team: str
    person: str
    decision: str
    clause: str
    subject: str
    source: str
    at: int
    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Notice:
    """
    An alert as one team sees it: raised, told again, or a correction of what that team had seen.

    It is to be answered by *ack_by*; *level* counts who was not told before: the team's manager, its service head.
    *asks* is the partnership's sentence for *action*, *due_local* London's time of *due*, *changed* what the team
    learns anew, and *previous_due* when what this replaces was due.
    """

    team: str
    person: str
    decision: str
    clause: str
    alert: str
    kind: str
    about: str | None
    stage: str
    due: int
    raised: int
    urgency: str
    action: str
    fields: Mapping[str, Value]
    asks: str
    due_local: str
    rule: str
    bundle: str
    changed: tuple[str, ...] = ()
    previous_due: int | None = None
    ack_by: int | None = None
    level: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One step in the life of one alert: the audit trail of states, for the hub and the IG lead only."""

    id: str
    alert: str
    person: str
    kind: str
    about: str | None
    episode: int
    stage: str
    team: str
    version: int
    state: str
    was: str | None
    due_on: date | None
    due_at: int
    at: int
    catch_up: bool
    urgency: str | None
    reason: str | None
    rule: str
    basis: date | None
    answer: str | None = None
    ack_by: int | None = None
    level: int = 0
    repeats: int = 0


Answer = Decision | Delivery | Notice | AlertChange
