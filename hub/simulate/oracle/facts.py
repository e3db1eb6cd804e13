"""What is known of a person, read again from every event that has arrived: arrival order decides nothing (R5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hub.core.events import Event
from hub.simulate.oracle.days import birthday, day_of

AWAY = frozenset({"ESCAPE", "ESCAPED", "ABSCOND", "ABSCONDED", "UNLAWFULLY_AT_LARGE"})
HOSPITAL = frozenset({"RELEASED_TO_HOSPITAL", "MHA_S47", "MHA_S48"})
STEPS = frozenset({"person.received", "person.released", "person.movement", "release.in_error", "person.died"})
DECIDED = frozenset(
    {"person.received", "person.released", "person.movement", "release_dates.changed", "order.started", "order.ended"}
    | {"remand.youth_detention", "legal_status.changed", "care_status.changed"}
)
DECISIONS = frozenset({"care_status", "sentence", "yjs_order_past_18"})
EVIDENCE = ("BIRTH_CERT", "AGE_ASSESSMENT", "IMMIGRATION", "EDUCATION", "PRISON", "POLICE")
SOURCES = {"SCHOOL": 3, "HMPPS_PRISON": 4, "GMP": 5}
SELF = "SELF"
LOOKED_AFTER = frozenset({"LOOKED_AFTER", "ELIGIBLE"})


@dataclass(slots=True)
class Stay:
    """One custody episode, from its start to the release that ended it, if any."""

    number: int
    since: int
    released: Event | None = None
    left: str | None = None  # what ended it otherwise, or stopped it for now
    left_at: int = 0
    away: bool = False


@dataclass(slots=True)
class Known:
    """The facts of one person at one moment."""

    born: date | None = None
    about: dict[str, Any] = field(default_factory=dict)
    dates: Event | None = None
    newest: Event | None = None
    enforced: list[Event] = field(default_factory=list)
    sentenced: bool = False
    stay: Stay = field(default_factory=lambda: Stay(1, 0))
    inside: bool | None = None
    freed: int = 0
    out: int = 0
    removed: int = 0
    died: bool = False
    legal_status: str | None = None
    remanded: int = 0
    care: str | None = None
    cared: int = 0
    consent: dict[str, tuple[bool, str]] = field(default_factory=dict)
    orders: dict[str, Event] = field(default_factory=dict)
    services: dict[str, list[Event]] = field(default_factory=dict)
    youth_remand: Event | None = None
    returned: date | None = None
    admitted: int = 0
    fled: int = 0
    attended: int = 0
    confirmed: int = 0
    court: int = 0
    elsewhere: int = 0
    justice: bool = False
    referrals: list[Event] = field(default_factory=list)
    ehcp: bool = False
    nrm: bool = False

    def age_on(self, day: date) -> int | None:
        """Years of age, attained at midnight (K4)."""
        if self.born is None:
            return None
        age = day.year - self.born.year
        return age if birthday(self.born, age) <= day else age - 1

    def says(self, name: str) -> bool:
        """Whether something about the person is known and true."""
        return self.about.get(name) in {True, "yes", "YES"}

    def consents(self, team: str, on: date) -> bool:
        """Whether the team may be told for consent: a parent's ends at 18 (C3), a later withdrawal counts."""
        given, by = self.consent.get(team, (False, SELF))
        if not given:
            return False
        age = self.age_on(on)
        return by == SELF or (age is not None and age < 18)


def happened(event: Event) -> int:
    """When it happened, by its source's own account if that is earlier."""
    told = event.fields.get("occurred_at")
    return min(told, event.at) if isinstance(told, int) else event.at


def order(event: Event) -> tuple[int, int, str]:
    """Sequence first within a source, then the moment it happened (R5)."""
    return (happened(event) if event.seq is None else event.seq, happened(event), event.id)


def known(events: Sequence[Event]) -> Known:
    """Everything that *events*, in whatever order, say together."""
    seen: dict[tuple[str, str], Event] = {}
    for event in events:
        seen.setdefault((event.agency, event.id), event)
    told = sorted(seen.values(), key=lambda event: (happened(event), event.id))
    found = Known()
    _identity(found, told)
    found.justice = any(event.type in DECIDED or not DECISIONS.isdisjoint(event.fields) for event in told)
    _custody(found, told)
    _dates(found, told)
    for event in told:
        _take(found, event)
    return found


def _identity(found: Known, told: Iterable[Event]) -> None:
    """The date of birth of the best evidence (K7), the newest where evidence is equal."""
    best: tuple[int, int] | None = None
    for event in told:
        given = event.fields.get("new") if event.type == "person.dob_corrected" else event.fields.get("dob")
        if event.type not in {"person.registered", "person.dob_corrected"} or not isinstance(given, date):
            continue
        rank = SOURCES.get(event.agency, 3)
        if event.type == "person.dob_corrected":
            evidence = str(event.fields.get("evidence", "BIRTH_CERT"))
            rank = EVIDENCE.index(evidence) if evidence in EVIDENCE else 1
        if best is None or (rank, -happened(event)) <= best:
            best, found.born = (rank, -happened(event)), given


def _custody(found: Known, told: Iterable[Event]) -> None:
    """Walk through the movements as they happened."""
    stay = Stay(1, 0)
    for event in told:
        if event.type not in STEPS:
            continue
        reason, at = str(event.fields.get("reason", "")), happened(event)
        if reason == "SENT_TO_COURT":
            found.court = at
        elif reason:
            found.elsewhere = at
        if event.type == "person.died":
            found.died = True
        elif event.type == "release.in_error":
            stay.released, found.freed, found.out = None, 0, 0
        elif event.type == "person.received":
            back = event.fields.get("return_to_custody")
            found.returned = back if isinstance(back, date) else found.returned
            stay.left, stay.away = None if stay.left == "HOSPITAL_TRANSFER" else stay.left, False
            if reason == "ADMISSION":
                found.admitted = at
                if stay.released is not None or stay.left == "REMOVED_FROM_UK":
                    stay = Stay(stay.number + 1, at)
                stay.away, stay.left, found.inside = False, None, True
            elif reason == "TRANSFERRED":
                found.inside = True
        elif reason in HOSPITAL:
            stay.left, stay.left_at = "HOSPITAL_TRANSFER", at
        elif reason in AWAY:
            stay.away, found.fled = True, at
        elif "REMOVED_FROM_UK" in {reason, event.fields.get("detail")}:
            stay.left, found.inside, found.freed, found.removed = "REMOVED_FROM_UK", False, at, at
        elif reason == "TRANSFERRED":
            found.inside = True
        elif event.type == "person.released" and reason == "RELEASED":
            stay.released, found.inside, found.freed, found.out = event, False, at, at
            stay.left, stay.away = None, False
    found.stay = stay


def _dates(found: Known, told: Iterable[Event]) -> None:
    """The newest version of the dates that belongs to the present stay."""
    latest: dict[str, Event] = {}
    for event in told:
        held = latest.get(event.record)
        if event.type == "release_dates.changed" and (held is None or order(event) > order(held)):
            latest[event.record] = event
    newest = max(latest.values(), key=lambda event: (happened(event), event.id), default=None)
    found.sentenced, found.newest = newest is not None, newest
    if newest is not None and (happened(newest) >= found.stay.since or happened(newest) > found.freed):
        found.dates = newest


def _take(found: Known, event: Event) -> None:
    fields = event.fields
    if event.type in {"person.registered", "needs.flagged"}:
        for name, value in fields.items():
            if name == "consent" and isinstance(value, tuple):
                found.consent |= dict.fromkeys(value, (True, SELF))
            else:
                found.about[name] = value
    elif event.type == "consent.given":
        by = str(fields.get("given_by", SELF))
        found.consent |= dict.fromkeys(_teams(event), (True, by))
    elif event.type == "consent.withdrawn":
        found.consent |= dict.fromkeys(_teams(event) or tuple(found.consent), (False, SELF))
    elif event.type == "legal_status.changed":
        found.legal_status, found.remanded = str(fields.get("new")), happened(event)
    elif event.type == "care_status.changed":
        found.care, found.cared = str(fields.get("new")), happened(event)
    elif event.type == "order.started":
        found.orders[str(fields.get("type", ""))] = event
    elif event.type == "order.ended":
        found.orders.pop(str(fields.get("type", "")), None)
    elif event.type in {"service.opened", "service.closure_planned", "service.closed"}:
        found.services.setdefault(str(fields.get("service", "")), []).append(event)
    elif event.type == "appointment.attended":
        found.attended = happened(event)
    elif event.type == "accommodation.confirmed":
        found.confirmed = happened(event)
    elif event.type == "remand.youth_detention":
        found.youth_remand = event
    elif event.type in {"referral.made", "referral.accepted", "referral.declined"}:
        found.referrals.append(event)
    elif event.type in {"ehcp.active", "ehcp.ended"}:
        found.ehcp = event.type == "ehcp.active"
    elif event.type in {"enforcement.taken", "arrest.recorded", "charge.recorded"}:
        found.enforced.append(event)
    elif event.type == "nrm.referred":
        found.nrm = True


def _teams(event: Event) -> tuple[str, ...]:
    told = event.fields.get("teams")
    return tuple(told) if isinstance(told, tuple) else ()


def open_services(found: Known) -> set[str]:
    """Services that are open, closing or not: the last word on each counts."""
    return {name for name, told in found.services.items() if told[-1].type != "service.closed"}


def care_status(found: Known, today: date) -> str | None:
    """What children's services owe: as told, or as days looked after since 14 make it (13 weeks, section 3.1)."""
    status = found.care or found.about.get("care_status")
    if status is None and found.says("lac_after_16") and int(found.about.get("lac_days_since_14", 0)) >= 91:
        age = found.age_on(today)
        status = None if age is None or age < 16 else "ELIGIBLE" if age < 18 else "FORMER_RELEVANT"
    return None if status is None else str(status)


def looked_after(found: Known, today: date) -> bool:
    """By care status, or by remand as a child, until that ends or they come of age (LASPO s.104)."""
    if care_status(found, today) in LOOKED_AFTER:
        return True
    remanded = found.remanded if found.legal_status == "REMAND" else 0
    at = max(remanded, happened(found.youth_remand) if found.youth_remand else 0)
    over = at == 0 or found.freed > at or found.remanded > at
    return not over and found.born is not None and max(day_of(at), today) < birthday(found.born, 18)


def order_past_18(found: Known) -> bool:
    """Whether an order outlasts childhood."""
    if found.says("yjs_order_past_18"):
        return True
    if found.born is None:
        return False
    adult = birthday(found.born, 18)
    ends = [event.fields.get("end") for event in found.orders.values()]
    return any(isinstance(end, date) and end > adult for end in ends)
