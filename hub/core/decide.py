"""
DECIDE, one step: an event about a person in, the changed person and every answer out.

First what had fallen due before the event, then the event's own disclosures, then the alerts that its facts change.
"""

from dataclasses import replace

from hub.core import planning
from hub.core.alerts import Life, changes, fire, next_due
from hub.core.disclosure import Answers, disclose, teller
from hub.core.events import Event
from hub.core.person import RECENT, REMEMBERED, Person, Slice, newer, remember, view
from hub.core.rules import Rules

ACTS = REMEMBERED.keys() | {"alert.ack", "person.erased"}


def step(person: Person, handle: str, event: Event, rules: Rules | None, clock: int = 0) -> tuple[Person, Answers]:
    """
    Apply *event* to *person*, whose hub-internal handle is *handle*; *clock* is the partition's last tick.

    A repeated event id changes nothing and answers nothing. Without rules in force nothing is disclosed.

    >>> told = Event("e-1", "person.died", "HMPPS_PRISON", "r-1", 5, None, {})
    >>> person, answers = step(Person(), "p-1", told, None)
    >>> person.clock, len(answers), step(person, "p-1", told, None)[1]
    (5, 1, [])
    """
    if event.id in person.recent:
        return person, []
    now = max(event.at, person.clock, clock)
    before, answers = advance(person, handle, now, rules)
    kept, stale = remember(before, event)
    person = replace(kept, clock=now, recent=(*kept.recent, event.id)[-RECENT:])
    answers += disclose(person, handle, event, rules, now, stale)
    if rules is not None and stale is None and event.type in ACTS:
        person = planning.new_episode(before, person, event, rules)
        seen = view(person)
        life = Life(person, rules, now, teller(person, handle, rules, seen, answers))
        planning.take(life, handle, person.episode, seen, event)
        answers += changes(life, handle)
        person = life.into(person)
    return person, answers


def advance(person: Person, handle: str, until: int, rules: Rules | None) -> tuple[Person, Answers]:
    """Fire everything that falls due up to *until*, each at its own instant, in order."""
    answers: Answers = []
    while rules is not None and (due := next_due(person)) is not None and due[0] <= until:
        at = max(due[0], person.clock)
        life = Life(person, rules, at, teller(person, handle, rules, view(person), answers))
        fire(life, due[1])
        answers += changes(life, handle)
        person = replace(life.into(person), clock=at)
    return person, answers


def leave(
    person: Person, handle: str, record: str, rules: Rules | None, clock: int = 0
) -> tuple[Person, Slice | None, Answers]:
    """*record* turns out to be another person's: take its slice out, and withdraw what rested on it."""
    gone = person.slices.get(record)
    if gone is None:
        return person, None, []
    rest = {name: part for name, part in person.slices.items() if name != record}
    person, answers = _moved(replace(person, slices=rest), handle, "WRONG_PERSON", rules, clock)
    return person, gone, answers


def arrive(
    person: Person, handle: str, record: str, part: Slice, rules: Rules | None, clock: int = 0
) -> tuple[Person, Answers]:
    """A record's slice is handed over to this person: plan again on the union, newer facts winning."""
    held = person.slices.get(record)
    facts = dict(part.facts)
    for name, fact in held.facts.items() if held else ():
        if name not in facts or newer(fact, facts[name]):
            facts[name] = fact
    slices = {**person.slices, record: Slice(part.agency, facts)}
    return _moved(replace(person, slices=slices), handle, "", rules, clock)


def _moved(person: Person, handle: str, why: str, rules: Rules | None, clock: int) -> tuple[Person, Answers]:
    answers: Answers = []
    if rules is None:
        return person, answers
    seen = view(person)
    life = Life(person, rules, max(person.clock, clock), teller(person, handle, rules, seen, answers))
    planning.plan(life, person.episode, seen, why)
    answers += changes(life, handle)
    return life.into(person), answers
