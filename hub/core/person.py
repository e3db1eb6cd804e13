"""
A person as the hub knows them: one slice of facts per source record, and the life of their alerts.

Facts are kept only for the event types listed in REMEMBERED; everything else is decided and forgotten. A newer
version of a fact replaces an older one whatever the order of arrival (rule R5), so a slice is the same for any order
of its events.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from hub.core.events import Event, Value

RECENT = 128  # marks that a person remembers
MARK = 8  # bytes of one
MOST_FACTS = 200
MOST_TOLD = 1000  # facts, slices and waiting events of one person: a row of them fits into a record of Kafka
FEW = 4  # slices that cannot come to as much
MOST_ENFORCED = 20  # of one record, the newest: older ones ask for nothing any more
NOTHING: Mapping[str, Any] = {}  # its type lets nobody write into it


class Fact(NamedTuple):
    """The newest version of one thing a record says; *seq* orders versions, *at* when either has none."""

    seq: int | None
    at: int
    id: str
    fields: Mapping[str, Value]


class Alert(NamedTuple):
    """
    One alert in its life: *due_on* is the civil date it was planned for (None: at once), *due_at* the instant.

    A CORRECTION says in *about* which kind of alert it corrects, a REVIEW which it asks about, and a CLIFF_EDGE that
    nobody takes on a stage, which. Once
    raised, it is to be answered by *ack_by*; if nobody does, each instant of *rings* takes it one *level* up, and at
    *again_at* it is told once more, for the *repeats*-th time. A CLIFF_EDGE lists the *services* that end, and its
    *copies*, each as TEAM/ACTION; a copy names the *owner*, the team whose row it repeats. *changed* is what its team
    learns anew, DUE_EARLIER, DUE_LATER or NEW_RECIPIENT, and *before* when what it replaces was due, if it saw that.
    *prompts* are codes of what else its team is asked.
    """

    kind: str
    episode: int
    stage: str
    team: str
    version: int
    state: str
    due_on: date | None
    due_at: int
    rule: str
    action: str
    basis: date | None
    was: str | None = None
    catch_up: bool = False
    urgency: str | None = None
    reason: str | None = None
    about: str | None = None
    services: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    owner: str | None = None
    answer: str | None = None
    ack_by: int | None = None
    level: int = 0
    rings: tuple[int, ...] = ()
    again_at: int | None = None
    repeats: int = 0
    changed: str | None = None
    before: int | None = None
    prompts: tuple[str, ...] = ()


class Planned(NamedTuple):
    """
    What one plan (RELEASE of an episode, TRANSITION) rests on: its version and its date, None when cancelled.

    *told* is the date that teams believe in, *knows* the teams that were told of the plan and not of its end; *teams*
    have their rows laid out, *dropped* ones had, until they no longer concerned them; *rules* laid them out. A plan
    for *services* that end lays out stages, not teams, and *copied* teams know of it by copies alone. From *muted*
    teams something was withheld for want of consent. Until *settles_at*, the version that stood on *stood_on* for the
    teams *stood_for* may come back (rule R7); *saw* names those who were told last of another day than *told*, each as
    TEAM/DAY.
    """

    version: int
    basis: date | None
    told: date | None
    knows: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    rules: str = ""
    services: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    settles_at: int | None = None
    stood_on: date | None = None
    stood_for: tuple[str, ...] = ()
    saw: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Awaited:
    """A slice that is on its way here: events of its record wait, and *then* names whom it is to go on to."""

    events: tuple[Event, ...] = ()
    then: str | None = None


class Slice(NamedTuple):
    """What one record of one agency says."""

    agency: str
    facts: Mapping[str, Fact] = NOTHING


class Grant(NamedTuple):
    """Emergency access: from *at* until *until* (UTC µs) *team* may be told more than the agreements give it."""

    id: str
    team: str
    at: int
    until: int


class Person(NamedTuple):
    """
    Everything DECIDE keeps about one person: slices by record, living alerts and plans by name, the custody episode.

    *raised* names the stages that a team has been told of under any version, with the date then planned on, *clock* is
    the last instant seen, and *recent* the marks of the last events, joined, so that a re-sent one is known. *awaited*
    slices are on their way, once for each time that their record came; *again* is when to plan once more, *rules* the
    bundle planned under, and *glass* the emergency access that was opened.
    """

    slices: Mapping[str, Slice] = NOTHING
    alerts: Mapping[str, Alert] = NOTHING
    plans: Mapping[str, Planned] = NOTHING
    raised: Mapping[str, date | None] = NOTHING
    episode: int = 1
    clock: int = 0
    recent: bytes = b""
    awaited: Mapping[str, tuple[Awaited, ...]] = NOTHING
    again: int | None = None
    rules: str = ""
    glass: tuple[Grant, ...] = ()


Named = Iterable[tuple[str, Mapping[str, Value]]]


def _whole(name: str) -> Callable[[Event], Named]:
    return lambda event: ((name, event.fields),)


def _each(prefix: str) -> Callable[[Event], Named]:
    return lambda event: tuple((f"{prefix}:{key}", {"value": value}) for key, value in event.fields.items())


def _named(prefix: str, key: str, state: str) -> Callable[[Event], Named]:
    """The state of a case or service, and by whose word it is so."""
    return lambda event: (
        (f"{prefix}:{event.fields.get(key, '')}", {**event.fields, "state": state, "by": event.agency}),
    )


def _service(key: str, mark: str, state: str, prefix: str = "") -> Callable[[Event], Named]:
    """The state of one service, and beside it the newest opening, notice or closure, which a later state leaves be."""
    kept = ("end", "reason", "agreed") if mark == "notice" else ("end",)

    def named(event: Event) -> Named:
        code = f"{prefix}{event.fields.get(key, '')}"
        yield f"service:{code}", {**event.fields, "state": state, "by": event.agency}
        yield f"{mark}:{code}", {name: event.fields[name] for name in kept if name in event.fields}

    return named


def _referral(prefix: str, state: str) -> Callable[[Event], Named]:
    """A referral, an answer to one, or both in one: each is remembered, for what follows does not undo it."""

    def named(event: Event) -> Named:
        parts = event.agency, event.fields.get("service", ""), event.fields.get("to", ""), event.at
        return ((f"{prefix}:{'/'.join(map(str, parts))}", {**event.fields, "state": state, "by": event.agency}),)

    return named


def _words(event: Event, name: str) -> tuple[str, ...]:
    told = event.fields.get(name)
    return told if isinstance(told, tuple) else ()


def _needs(event: Event) -> Named:
    yield from ((f"consent:{team}", {"given": True}) for team in _words(event, "consent"))
    yield from ((f"about:{key}", {"value": value}) for key, value in event.fields.items() if key != "consent")


def _consent(given: bool) -> Callable[[Event], Named]:
    def named(event: Event) -> Named:
        by = event.fields.get("given_by", "SELF")
        teams = _words(event, "teams") or (() if given else ("*",))  # a withdrawal that names nobody is from everybody
        return tuple((f"consent:{team}", {"given": given, "by": by}) for team in teams)

    return named


def _movement(event: Event) -> Named:
    return ((f"{event.type.removeprefix('person.')}:{event.fields.get('reason', '')}", event.fields),)


def _enforced(event: Event) -> Named:
    """That there was enforcement, and when; never what for (block B2)."""
    return ((f"enforced:{event.type}/{event.id}", {}),)


ENFORCEMENT = ("enforcement.taken", "arrest.recorded", "charge.recorded")
REMEMBERED: Mapping[str, Callable[[Event], Named]] = {
    "person.registered": _each("about"),
    "person.dob_corrected": _whole("dob_corrected"),
    "person.died": _whole("died"),
    "person.received": _movement,
    "person.released": _movement,
    "person.movement": _movement,
    "release_dates.changed": lambda event: ((f"dates:{event.fields.get('booking', '')}", event.fields),),
    "release.in_error": _whole("release_in_error"),
    "legal_status.changed": _whole("legal_status"),
    "remand.youth_detention": _whole("remand"),
    "order.started": _named("order", "type", "OPEN"),
    "order.ended": _named("order", "type", "CLOSED"),
    **dict.fromkeys(ENFORCEMENT, _enforced),
    "service.opened": _service("service", "opened", "OPEN"),
    "service.closure_planned": _service("service", "notice", "CLOSURE_PLANNED"),
    "service.closed": _service("service", "closed", "CLOSED"),
    "placement.started": _service("placement", "opened", "OPEN", "placement."),
    "placement.ended": _service("placement", "closed", "CLOSED", "placement."),
    "intervention.started": _service("intervention", "opened", "OPEN", "intervention."),
    "intervention.ended": _service("intervention", "closed", "CLOSED", "intervention."),
    "referral.made": _referral("referral", "REFERRED"),
    "referral.accepted": _referral("answer", "ACCEPTED"),
    "referral.declined": _referral("answer", "DECLINED"),
    "transfer.made": _referral("referral", "ACCEPTED"),
    "ehcp.active": lambda event: (("ehcp", {**event.fields, "state": "OPEN"}),),
    "ehcp.ended": lambda event: (("ehcp", {**event.fields, "state": "CLOSED"}),),
    "needs.flagged": _needs,
    "consent.given": _consent(True),
    "consent.withdrawn": _consent(False),
    "care_status.changed": _whole("care_status"),
    "residence.changed": _whole("residence"),
    "nrm.referred": _whole("nrm"),
    "appointment.attended": _whole("appointment.attended"),
    "accommodation.confirmed": _whole("accommodation.confirmed"),
}


def newer(one: Fact, other: Fact) -> bool:
    """
    Whether *one* replaces *other*: by the source's sequence, else by when it happened (R5).

    One total order, so that three versions cannot beat each other in a ring: a version without a sequence counts by its
    instant, which is greater than any sequence that a source counts from one.

    >>> newer(Fact(6, 9, "b", {}), Fact(7, 5, "a", {}))
    False
    """
    return _order(one) > _order(other)


def _order(fact: Fact) -> tuple[int, int, str]:
    return (fact.at if fact.seq is None else fact.seq, fact.at, fact.id)


def remember(person: Person, event: Event) -> tuple[Person, str | None]:
    """
    Fold *event* into its record's slice; the answer's second part is None, or why nothing changed.

    OUTDATED: the record already says something newer; REPEATED: it says exactly this already; ERASED: it was erased
    since; FULL: its agency has said more than MOST_FACTS things of the person, who would outgrow the state row.
    """
    record = record_of(event)
    held = person.slices.get(record) or Slice(event.agency)
    if event.type == "person.erased":
        return _with(person, record, _erased(held, event)), None
    named = REMEMBERED.get(event.type)
    if named is None:
        return person, None
    if (gone := held.facts.get("erased")) is not None and event.at <= gone.at:
        return person, "ERASED"
    facts = dict(held.facts)
    verdicts = [_put(facts, name, _fact(event, name, fields)) for name, fields in named(event)]
    if event.type in ENFORCEMENT:
        _forget_oldest(facts)
    if sum(len(part.facts) for part in person.slices.values()) + len(facts) > MOST_FACTS + len(held.facts):
        others = [part for name, part in person.slices.items() if part.agency == held.agency and name != record]
        before = sum(_many(part.facts) for part in others)
        if before + _many(facts) > max(MOST_FACTS, before + _many(held.facts)):
            return person, "FULL"
    stale = bool(verdicts) and None not in verdicts
    verdict = "OUTDATED" if "OUTDATED" in verdicts else "REPEATED"
    return _with(person, record, Slice(held.agency, facts)), verdict if stale else None


def _many(facts: Iterable[str]) -> int:
    """How many of *facts* have names that the agency makes up; of the others there are only so many in a record."""
    return sum(":" in name and not name.startswith("about:") for name in facts)


def outgrown(person: Person, before: Person) -> bool:
    """
    Whether more is said of *person* than a row may hold, and more than was *before*.

    MOST_FACTS bounds what events say; slices that arrive bring theirs, and records can be as many as an agency likes.

    >>> crowd = Person({f"GMP/r-{number}": Slice("GMP") for number in range(1001)})
    >>> outgrown(crowd, Person()), outgrown(crowd, crowd)
    (True, False)
    """
    return len(person.slices) + len(person.awaited) > FEW and _told(person) > max(MOST_TOLD, _told(before))


def _told(person: Person) -> int:
    facts = sum(1 + len(part.facts) for part in person.slices.values())
    return facts + sum(1 + len(stay.events) for waits in person.awaited.values() for stay in waits)


def record_of(event: Event) -> str:
    """A record's name here: agencies cannot speak for each other's records."""
    return f"{event.agency}/{event.record}"


def _with(person: Person, record: str, made: Slice) -> Person:
    return person._replace(slices={**person.slices, record: made})


def _erased(held: Slice, event: Event) -> Slice:
    """
    Forget all that the record said (UK GDPR Article 17, or the source's own retention).

    What remains is that it was erased, so that late events do not bring it back, and the mark of a protected person.
    """
    kept = {name: fact for name, fact in held.facts.items() if name == "about:protected"}
    return Slice(held.agency, {**kept, "erased": Fact(None, event.at, event.id, {})})


def _fact(event: Event, name: str, fields: Mapping[str, Value]) -> Fact:
    """One version of a fact. Of two words on consent at one instant the withdrawal counts, whatever their sequence."""
    told = event.fields.get("occurred_at")
    at = min(told, event.at) if isinstance(told, int) else event.at
    if name.startswith("consent:"):
        return Fact(None, at, event.id if fields.get("given") is True else f"~{event.id}", fields)
    return Fact(event.seq, at, event.id, fields)


def _forget_oldest(facts: dict[str, Fact]) -> None:
    """Keep the newest enforcement only: whatever the order of arrival, the same is kept."""
    kept = sorted((fact.at, name) for name, fact in facts.items() if name.startswith("enforced:"))
    for _, name in kept[:-MOST_ENFORCED]:
        del facts[name]


def _put(facts: dict[str, Fact], name: str, fact: Fact) -> str | None:
    held = facts.get(name)
    if held is None or newer(fact, held):
        facts[name] = fact
    if held is None or (fact.seq is not None and fact.seq == held.seq and fact.fields == held.fields):
        return "REPEATED" if held else None
    return None if facts[name] is fact else "OUTDATED"
