"""
`hub bench --job decision`: what it costs to decide what one team gets of one event, with few agreements and with many.

A decision is all that the engine does for it: the person's facts read, the attributes that the clauses ask for worked
out, the clause found, the fields projected, the record named. What is asked comes from whole made-up lives. Agreements
beyond the shipped ones are their copies for other teams, as a partnership grows.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress, count, cycle
from pathlib import Path
from typing import Any, NamedTuple

from hub.bench import pipeline
from hub.bench.side import World, machine
from hub.core import decide
from hub.core.attributes import Asked, Attributes
from hub.core.disclosure import Answers, disclose
from hub.core.events import Decision, Event, Outcome
from hub.core.person import Person, remember
from hub.core.policy import Ask
from hub.core.rules import Rules, Team, compile_rules
from hub.core.view import view
from hub.edges.agreements import bundle
from hub.edges.collector import spare
from hub.resources import folder
from hub.wire.codec import decode_event, vocabulary

PEOPLE = 1000  # the fewest pupils the traffic knows; nobody of them is in it
FEW, MANY = 60, 600
AGAIN = 5  # times that each question is asked in a row: a clock's reading costs too much for one


class Question(NamedTuple):
    """One team and one event of one person, who is as they are once the event is told."""

    person: Person
    handle: str
    event: Event
    team: str


def decision(events: int, rounds: int, told: Callable[[str], None]) -> dict[str, Any]:
    """µs a decision with few agreements and with many, each question asked of both in turn; medians and their ratio."""
    with tempfile.TemporaryDirectory(prefix="csp-hub-bench-") as place:
        course = pipeline.prepare(Path(place), events, World(PEOPLE, mix="justice"))
        lives = [decode_event(course.program.schemas, out.value or b"") for _, out in course.told]
    made = bundle(folder("policies"), vocabulary(course.program.schemas))
    asked = list(_questions(lives, compile_rules("0" * 64, made)))
    worlds = {number: _by_team(crowded(made, number)) for number in (FEW, MANY)}
    given = [_outcome(one, worlds[FEW][one.team]).delivered for one in asked]
    costs: dict[int, list[float]] = {number: [] for number in worlds}
    spare()
    for number in range(rounds):
        for one in asked:
            for world in (FEW, MANY) if number % 2 else (MANY, FEW):
                costs[world].append(_cost(one, worlds[world][one.team]))
        told(f"round {number + 1} of {rounds}: {statistics.median(costs[MANY]):.1f} µs a decision")
    medians = {world: _median(found) for world, found in costs.items()}
    return {
        "job": "decision",
        "machine": machine(),
        "rounds": rounds,
        "decisions": len(asked),
        "delivered": sum(given),
        "verified": all(verified(one, made, [world[one.team] for world in worlds.values()]) for one in asked),
        "median_us": medians,
        "delivered_median_us": {world: _median(compress(found, cycle(given))) for world, found in costs.items()},
        "p99_us": {world: statistics.quantiles(found, n=100)[98] for world, found in costs.items()},
        "ratio": medians[MANY] / medians[FEW],
    }


def _median(costs: Iterable[float]) -> float:
    """The median, 0 of nothing."""
    return statistics.median(list(costs) or [0.0])


def crowded(made: Mapping[str, Any], agreements: int) -> Rules:
    """The rules of *made*, with copies of its agreements' permits for other teams until there are *agreements*."""
    shipped = {one["agreement"] for one in made["clauses"]}
    giving = sorted({one["agreement"] for one in made["clauses"] if one["effect"] == "permit"})
    teams, clauses, minimum = dict(made["teams"]), list(made["clauses"]), dict(made["minimum"])
    for number, agreement in zip(range(len(shipped), agreements), _round(giving), strict=False):
        for one in made["clauses"]:
            if one["agreement"] == agreement and one["effect"] == "permit":
                for team in one["teams"]:
                    teams[f"{team}_{number}"], minimum[f"{team}_{number}"] = teams[team], minimum[team]
                copied = {"agreement": f"{agreement}-{number}", "id": f"{agreement}-{number}.{one['id']}"}
                clauses.append({**one, **copied, "teams": [f"{team}_{number}" for team in one["teams"]]})
    return compile_rules("0" * 64, {**made, "teams": teams, "clauses": clauses, "minimum": minimum})


def _round(names: Sequence[str]) -> Iterator[str]:
    return (names[number % len(names)] for number in count())


def _by_team(rules: Rules) -> dict[str, Rules]:
    """The same rules once for each team, as if it alone had asked to be told."""
    return {code: replace(rules, subscribers=_alone(team)) for code, team in rules.teams.items()}


def _alone(team: Team) -> dict[str, tuple[Team, ...]]:
    return dict.fromkeys(team.subscribes, (team,))


def _questions(events: Iterable[Event], rules: Rules) -> Iterator[Question]:
    people: dict[str, Person] = {}
    for event in events:
        handle = f"p-{event.record}"
        before = people.get(handle, Person())
        kept, _ = remember(before, event)
        for team in rules.subscribers.get(event.type, ()):
            yield Question(kept, handle, event, team.code)
        people[handle], _ = decide.step(before, handle, event, rules)


def _cost(asked: Question, rules: Rules) -> float:
    begun = time.thread_time_ns()
    for _ in range(AGAIN):
        _ask(asked, rules)
    return (time.thread_time_ns() - begun) / AGAIN / 1000


def _ask(asked: Question, rules: Rules) -> Answers:
    return disclose(asked.person, asked.handle, asked.event, rules, asked.event.at, None)


def _outcome(asked: Question, rules: Rules) -> Outcome:
    return next(made.outcomes[0] for made in _ask(asked, rules) if isinstance(made, Decision))


def verified(asked: Question, made: Mapping[str, Any], worlds: Iterable[Rules]) -> bool:
    """Whether every world decides as whoever reads the agreements' lines one by one."""
    return all(_as_read(asked, made, rules) for rules in worlds)


def _as_read(asked: Question, made: Mapping[str, Any], rules: Rules) -> bool:
    event, on = asked.event, rules.calendar.local_date(asked.event.at)
    seen = view(asked.person, rules, event.at)
    told = Attributes({}, Asked(asked.person, seen, rules, on, event.at), rules.teams[asked.team])
    plain = read(Ask(event.type, event.agency, asked.team, on, told), made)
    found = _outcome(asked, rules)
    return (found.delivered, found.clause if found.delivered else None) == plain


def read(ask: Ask, made: Mapping[str, Any]) -> tuple[bool, str | None]:
    """Whether *ask* is allowed, and by which clause: every line of the bundle read, as a person would."""
    on = ask.on.isoformat()
    about = [
        one
        for one in made["clauses"]
        if ask.subject in one["subjects"] and ask.source in one["sources"] and ask.team in one["teams"]
    ]
    for one in about:
        words = [ask.attributes[name] in (None, *allowed) for name, allowed in one["when"].items()]
        if one["effect"] == "forbid" and one["starts"] <= on and all(words):
            return False, None
    for one in sorted(about, key=lambda one: str(one["id"])):
        words = [ask.attributes[name] in allowed for name, allowed in one["when"].items()]
        if one["effect"] == "permit" and one["starts"] <= on <= min(one["ends"], one["review_by"]) and all(words):
            return True, one["id"]
    return False, None
