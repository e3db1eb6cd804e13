"""
A log as large as a busy partnership's year, made up without deciding anything: for what only reads the log.

Every team subscribes to everything, so there are ten outcomes a decision; who gets what is drawn, not decided. The
records are as the hub writes them. Nobody in it exists, and no agreement speaks for what is in it.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from hub import topics
from hub.core.events import AlertChange, Answer, Decision, Delivery, Event, Notice, Outcome
from hub.core.withheld import PLAIN
from hub.edges.agreements import bundle
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import Home
from hub.log import Out
from hub.resources import folder
from hub.wire.answers import Wire
from hub.wire.bundle import digest, sign
from hub.wire.codec import CodecError, Schemas, encode_event, vocabulary
from hub.wire.partitioner import partition_for
from hub.wire.recipients import Recipients
from hub.wiring import schemas

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR, DAY = 365 * 86_400_000_000, 86_400_000_000
BEGIN = round(START.timestamp()) * 1_000_000
END = BEGIN + YEAR
TEAMS = ("PROB", "YJS", "CSC", "LCPA", "ASC", "HOUS", "SMS", "MH", "DWP", "SEND")
KINDS, STAGES = ("RELEASE", "TRANSITION", "CLIFF_EDGE"), ("T12W", "T8W", "T4W", "T2W", "T0")
URGENCY = ("IMMEDIATE", "URGENT", "HIGH", "SOON", "ROUTINE")
LIVES = (("RAISED",), ("RAISED", "ACKNOWLEDGED"), ("RAISED", "ACKNOWLEDGED", "CLOSED"), ("RAISED", "SUPERSEDED"))
CHOICES = 3  # ways in which one event type comes out for one team
PORTION = 5000


@dataclass(frozen=True, slots=True)
class World:
    """What all is drawn from."""

    home: Home
    bundle: Mapping[str, Any]
    digest: str
    schemas: Schemas
    recipients: Recipients
    dice: random.Random


def fill(home: Home, decisions: int, alerts: int, seed: int = 1) -> None:
    """Append so many decisions and alerts to a home's own log, spread over a year, with all that goes with them."""
    wire = schemas()
    made = bundle(folder("policies"), vocabulary(wire), home.teams)
    world = World(home, made, digest(made), wire, Recipients(home.recipient_key()), random.Random(seed))  # noqa: S311
    wires = [Wire(wire, world.recipients, home.partitions, number) for number in range(home.partitions)]
    records = (
        _record(world, wires, number, one)
        for number, one in enumerate(chain(_decisions(world, decisions), _alerts(world, alerts)))
    )
    log = EmbeddedLog(home.log, home.partitions, durable=False)
    signed = sign(made, 0, home.signers())
    log.append([Out(topics.RULES, 0, signed["hash"].encode(), wire.encode("rules.activated", signed), ())])
    while portion := list(islice(records, PORTION)):
        log.append(portion)
    log.close()


def _record(world: World, wires: Sequence[Wire], number: int, one: Answer | Event | Out) -> Out:
    if isinstance(one, Out):
        return one
    if isinstance(one, Event):
        name = one.record.encode()
        where = topics.acks(one.agency) if one.type == "alert.ack" else topics.intake(one.agency)
        return Out(where, partition_for(name, len(wires)), name, encode_event(world.schemas, one), ())
    wire = wires[partition_for(one.person.encode(), len(wires))]
    wire.begin(b"%d" % number)
    return wire.answer(one)


def _person(world: World) -> str:
    """Most is of few: a person has from one decision to some hundreds."""
    return f"p-{int(world.dice.paretovariate(0.7) * 1000) % (1 << 128):032x}"


def _decisions(world: World, count: int) -> Iterator[Answer | Event | Out]:
    ways, subjects = dict[tuple[str, str], list[tuple[Outcome, ...]]](), _subjects(world)
    often = [1 / (1 + rank) for rank in range(len(subjects))]  # a few types are most of what comes
    drawn = world.dice.choices(subjects, often, k=count)
    for number, (source, subject) in enumerate(drawn):
        at = _at(number * YEAR // count)
        if (source, subject) not in ways:
            ways[source, subject] = [_outcomes(world, subject) for _ in range(CHOICES)]
        person, name = _person(world), f"e1.{number:022x}"
        made = Decision(
            f"d-{world.dice.getrandbits(128):032x}",
            *(person, subject, name, source, at, world.digest),
            world.dice.choice(ways[source, subject]),
        )
        yield made
        if source != "HUB":
            yield Event(name, subject, source, f"r1.{person[-8:]}", at - world.dice.randrange(3 * DAY), None, {})
        if number % 200 == 0:
            yield _aside(source, number)
        for one in made.outcomes:
            if one.delivered and source != "HUB":
                fields = dict.fromkeys(dict(one.kept), "X")
                yield Delivery(one.team, person, made.id, str(one.clause), subject, source, at, fields)


def _aside(source: str, number: int) -> Out:
    owner = "HUB" if source == "HUB" else source
    headers = (("quarantine.reason", b"type: unknown; hint: look"), ("quarantine.source", b"intake/0/%d" % number))
    return Out(topics.quarantine(owner), 0, b"k", b"?" * 100, headers)


def _subjects(world: World) -> list[tuple[str, str]]:
    found = [(agency, subject) for agency, some in world.bundle["publishes"].items() for subject in some]
    known = [one for one in found if one[0] in world.home.agencies and _encodes(world, one[1])]
    every = [*known, *(("HUB", f"alert.{kind}") for kind in KINDS)]
    return world.dice.sample(every, len(every))


def _encodes(world: World, subject: str) -> bool:
    try:
        return bool(encode_event(world.schemas, Event("e", subject, "A", "r", 0, None, {})))
    except CodecError:
        return False


def _outcomes(world: World, subject: str) -> tuple[Outcome, ...]:
    return tuple(_outcome(world, subject, team) for team in TEAMS)


def _outcome(world: World, subject: str, team: str) -> Outcome:
    one = world.dice.choice(world.bundle["clauses"])
    by = one["agreement"], one["id"]
    if world.dice.random() < 0.3:
        kept = tuple((name, form) for name, form in one["fields"].items() if form != "drop")
        return Outcome(team, True, *by, None, kept, one["purpose"], one["gateway"])
    reason = world.dice.choice((*PLAIN, "CONDITION:age", "MISSING:order"))
    return Outcome(team, False, *by, reason, (), one["purpose"], one["gateway"])


def _alerts(world: World, count: int) -> Iterator[Answer | Event | Out]:
    for number in range(count):
        team, kind, stage = (world.dice.choice(some) for some in (TEAMS, KINDS, STAGES))
        person, name, at = _person(world), f"a-{world.dice.getrandbits(128):032x}", _at(number * YEAR // count)
        urgency, life = world.dice.choice(URGENCY), world.dice.choice(LIVES)
        when = datetime.fromtimestamp(at / 1e6, UTC)
        more = {"urgency": urgency, "ack_by": at + 3 * DAY}
        for step, state in enumerate(("PENDING", *life)):
            yield AlertChange(
                f"c-{number}-{step}", name, person, kind, None, 1, stage, team, 1, state, None, when.date(), at,
                at + step * DAY, False, urgency, None, f"R-{stage}", when.date(), ack_by=at + 3 * DAY,
            )  # fmt: skip
        yield Notice(
            team, person, f"d-{number}", world.bundle["clauses"][0]["id"], name, kind, None, stage, at, at,
            action="PREPARE_RELEASE_PLAN", fields={"prison": "MDI"}, asks="Prepare the release plan",
            due_local=when.isoformat(), rule=f"R-{stage}", bundle=world.digest, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        if "ACKNOWLEDGED" in life:
            said = {"alert": name, "stage": stage, "answer": "ACCEPTED", "role": "DUTY_OFFICER"}
            yield Event(f"k-{number}", "alert.ack", team, world.recipients.seal(team, person), at + DAY, None, said)


def _at(after: int) -> int:
    return BEGIN + after
