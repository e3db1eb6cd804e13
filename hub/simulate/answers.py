"""What teams answer to what they were told: theirs, not theirs, held already, late, twice, or nothing at all."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from random import Random

from hub.core.events import Event, Value
from hub.simulate.life import DAY
from hub.simulate.oracle.days import HOUR
from hub.simulate.oracle.lines import NOT_OURS, Line
from hub.simulate.oracle.relive import Arrival, relive

ANSWERED, OF_NOBODY, LATE, TWICE = 0.4, 0.06, 0.1, 0.05
SAID = ("ACCEPTED", "ACCEPTED", "ACCEPTED", "ALREADY_HELD", NOT_OURS, NOT_OURS, "OPENED")
AFTER = (HOUR // 2, HOUR, 3 * HOUR, 5 * HOUR, DAY, 2 * DAY, 4 * DAY, 8 * DAY, 15 * DAY)


def answered(arrivals: Sequence[Arrival], until: int, seed: int, number: int) -> list[Arrival]:
    """*arrivals*, and among them what the teams say that the oracle has told."""
    roll = Random(f"csp-hub answers {seed} {number}")  # noqa: S311 - no secret
    made: list[Arrival] = []
    for name, oracle in sorted(relive(arrivals, until).people.items()):
        told = sorted((line for line in oracle.lines if _asks(line)), key=_stage)
        for _, group in groupby(told, key=_stage):
            made += _said(name, list(group), roll, len(made), number)
    return sorted([*arrivals, *made], key=lambda arrival: arrival.at)


def _asks(line: Line) -> bool:
    return line.raised is not None and line.kind != "CORRECTION"


def _stage(line: Line) -> tuple[str, int, str, int]:
    return line.kind, line.episode, line.stage, line.raised or 0


def _said(name: str, told: list[Line], roll: Random, count: int, number: int) -> Iterable[Arrival]:
    """Of one stage: each team for itself, or all of them that it is not theirs."""
    nobody = roll.random() < OF_NOBODY
    for line in sorted(told, key=lambda line: line.team):
        if not nobody and roll.random() >= ANSWERED:
            continue
        fields: dict[str, Value] = {"stage": line.stage, "answer": NOT_OURS if nobody else roll.choice(SAID)}
        if fields["answer"] == NOT_OURS:
            fields["reason"] = roll.choice(("OTHER_AREA", "CASE_CLOSED"))
        at = (line.raised or 0) + roll.choice(AFTER) + roll.randrange(HOUR)
        event = Event(f"s-{number}-a{count}", "alert.ack", line.team, f"{name}.{line.team}", at, None, fields)
        count += 1
        arrival = Arrival(at + (roll.randrange(2 * DAY) if roll.random() < LATE else 0), event)
        yield arrival
        if roll.random() < TWICE:
            yield replace(arrival, at=arrival.at + roll.randrange(DAY))
