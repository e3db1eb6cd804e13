"""
DECIDE, one step: an event about a person in, the changed person and every answer out.

First what had fallen due before the event, then the event's own disclosures, then the alerts that its facts change.
"""

from collections.abc import Mapping
from dataclasses import replace

from hub.core import planning, protection, upkeep
from hub.core.disclosure import Answers, Teller, disclose
from hub.core.events import Event
from hub.core.identity import identity
from hub.core.life import Life, changes
from hub.core.person import MARK, RECENT, REMEMBERED, Awaited, Person, Slice, newer, record_of, remember
from hub.core.rules import Rules
from hub.core.timers import next_due
from hub.core.view import View, protected, view

MOST_WAITING = 200
NOBODY = Person()
ACTS = REMEMBERED.keys() | {"alert.ack", "person.erased"}


class WaitingError(Exception):
    """Too much waits for a slice that is on its way."""


def step(person: Person, handle: str, event: Event, rules: Rules | None, clock: int = 0) -> tuple[Person, Answers]:
    """
    Apply *event* to *person*, whose hub-internal handle is *handle*; *clock* is the partition's last tick.

    A repeated event changes nothing and answers nothing; one whose record's slice is still on its way waits for it.
    Without rules in force nothing is disclosed.

    >>> told = Event("e-1", "person.died", "HMPPS_PRISON", "r-1", 5, None, {})
    >>> person, answers = step(Person(), "p-1", told, None)
    >>> person.clock, len(answers), step(person, "p-1", told, None)[1]
    (5, 1, [])
    """
    waits = person.awaited.get(record_of(event))
    if waits is not None:
        if sum(len(stay.events) for stay in waits) >= MOST_WAITING:
            raise WaitingError(
                f"record: {MOST_WAITING} events wait for its slice; hint: send it again once that is here"
            )
        held = replace(waits[-1], events=(*waits[-1].events, event))
        return person._replace(awaited={**person.awaited, record_of(event): (*waits[:-1], held)}), []
    if known(mark := seen_mark(event), person.recent):
        return person, []
    now, acts = max(event.at, person.clock, clock), event.type in ACTS
    before, answers = advance(person, handle, now, rules) if acts else (person, [])
    kept, stale = remember(before, event)
    # What is only decided moves no clock: whoever may not have it must not learn of it by the time of an alert.
    person = kept._replace(clock=now if acts else person.clock, recent=(kept.recent + mark)[-RECENT * MARK :])
    answers += disclose(person, handle, event, rules, now, stale)
    if rules is not None and stale is None and acts:
        person = planning.new_episode(before, person, event, rules)
        person = _alert(person, handle, rules, now, answers, "", before, event)
    return person, answers


def seen_mark(event: Event) -> bytes:
    """What is kept of an event to know it again: agencies choose their ids, so the agency is part of it."""
    return bytes.fromhex(identity("mark", event.agency, event.id)[2 : 2 + 2 * MARK])


def known(mark: bytes, recent: bytes) -> bool:
    """
    Whether *mark* is one of those in *recent*, not merely found across two of them.

    >>> known(b"12345678", b"abcdefgh12345678"), known(b"efgh1234", b"abcdefgh12345678")
    (True, False)
    """
    at = recent.find(mark)
    while at % MARK and at > 0:
        at = recent.find(mark, at + 1)
    return at >= 0


def advance(person: Person, handle: str, until: int, rules: Rules | None) -> tuple[Person, Answers]:
    """
    Fire everything that falls due up to *until*, each at its own instant, in order; old rules tell nobody anything.

    It ends: a row calls once to be told, once a level, and a few times again before its date; to plan once more is due
    when a hold ends, a date has settled, or the rows have run their course. What that lays out is finite.
    """
    answers: Answers = []
    seen: View | None = None
    while rules is not None and (due := next_due(person)) is not None and due[0] <= until:
        at = max(due[0], person.clock)
        if rules.calendar.local_date(at) > rules.valid_until:
            break
        if due[1] == "":
            person = _alert(person._replace(again=None), handle, rules, at, answers)
            continue
        seen = seen if seen is not None and seen.now == at else view(person, rules, at)
        life = Life(person, rules, at, Teller(person, handle, rules, seen, at, answers))
        upkeep.call(life, due[1], seen)
        answers += changes(life, handle)
        person = life.into(person, person.rules)
    return person, answers


def await_slice(person: Person, record: str) -> Person:
    """*record* belongs to this person from now on; what it says is on its way, and its events wait for that."""
    return person._replace(awaited={**person.awaited, record: (*person.awaited.get(record, ()), Awaited())})


def leave(
    person: Person, handle: str, record: str, to: str, rules: Rules | None, now: int
) -> tuple[Person, Slice | None, Answers]:
    """
    *record* turns out to be the person *to*: hand its slice over, and withdraw what rested on it.

    A slice that is itself still on its way is sent on when it comes: the answer's slice is None then.
    """
    waits = person.awaited.get(record)
    if waits is not None:
        left = (*waits[:-1], replace(waits[-1], then=to))
        return person._replace(awaited={**person.awaited, record: left}), None, []
    person, answers = advance(person, handle, now, rules)
    gone = person.slices.get(record) or Slice(record.partition("/")[0])
    rest = {name: part for name, part in person.slices.items() if name != record}
    # Whom nothing is left of was one with the other: that is no mistake, and nobody was told of the wrong person.
    why = "WRONG_PERSON" if rest else "EPISODE_CLOSED"
    person, made = replan(person._replace(slices=rest), handle, rules, now, why, person)
    return person, gone, [*answers, *made]


def arrive(
    person: Person, handle: str, record: str, part: Slice, rules: Rules | None, now: int
) -> tuple[Person, tuple[str, Slice] | None, Answers]:
    """
    A record's slice is handed over: plan again on the union, newer facts winning, and then let its events have their
    turn.

    The second part of the answer is the slice as it is sent on, and to whom, if the record left again meanwhile. It
    passes through whomever the record was, one after the other, so where the record came back it is awaited once more.
    """
    person, answers = advance(person, handle, now, rules)
    stay, *later = person.awaited.get(record, (Awaited(),))
    held = person.slices.get(record)
    facts = dict(part.facts)
    for name, fact in held.facts.items() if held else ():
        if name not in facts or newer(fact, facts[name]):
            facts[name] = fact
    slices = {**person.slices, record: Slice(part.agency, facts)}
    awaited = {name: other for name, other in person.awaited.items() if name != record}
    person, made = join(person._replace(awaited=awaited), handle, slices, rules, now)
    answers += made
    for event in stay.events:
        person, made = step(person, handle, event, rules, now)
        answers += made
    onward = None
    if stay.then is not None:
        person, gone, made = leave(person, handle, record, stay.then, rules, now)
        answers += made
        onward = (stay.then, gone) if gone is not None else None
    if later:
        person = person._replace(awaited={**person.awaited, record: tuple(later)})
    return person, onward, answers


def join(
    person: Person, handle: str, slices: Mapping[str, Slice], rules: Rules | None, now: int
) -> tuple[Person, Answers]:
    """All that *slices* say is this person's: plan again on it, in another episode if it tells of a return."""
    whole = person._replace(slices=slices)
    whole = whole if rules is None else planning.new_episode(person, whole, None, rules)
    return replan(whole, handle, rules, now, "", person)


def replan(
    person: Person, handle: str, rules: Rules | None, now: int, why: str = "", before: Person = NOBODY
) -> tuple[Person, Answers]:
    """
    Plan once more on the facts as they are: a slice came or went, or other rules are in force.

    *before* is who they were until then, where that may have changed.
    """
    answers: Answers = []
    if rules is None:
        return person, answers
    now = max(person.clock, now)
    return _alert(person, handle, rules, now, answers, why, before), answers


def _alert(
    person: Person,
    handle: str,
    rules: Rules,
    now: int,
    answers: Answers,
    why: str = "",
    before: Person = NOBODY,
    event: Event | None = None,
) -> Person:
    """Let what is known of the person take its effect on their alerts; *before* is who they were before that."""
    seen = view(person, rules, now)
    life = Life(person, rules, now, Teller(person, handle, rules, seen, now, answers))
    if event is not None and event.type == "alert.ack":
        upkeep.acknowledge(life, handle, event)
        planning.still(life, person.episode, seen)
    elif protected(person):
        protection.withhold(life)
        upkeep.close(life, seen, before is not NOBODY)
    else:
        protection.lift(life)
        if event is None:
            born = view(before, rules).born if before.slices else None
            planning.plan(life, person.episode, seen, why, born, before is not NOBODY)
        else:
            planning.take(life, before, person.episode, seen, event)
    answers += changes(life, handle)
    return life.into(person, rules.hash)
