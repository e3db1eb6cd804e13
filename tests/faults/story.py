"""
A made-up half year for a small hub, the same for one seed: what agencies, teams and the clock say, in order.

Registrations and needs, release dates and their corrections, records that turn out to be somebody else's, arrests and
attendance marks, acknowledgements of alerts that the same story raises, events sent twice, and bytes nobody can read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from hub import topics
from hub.core.events import Event
from hub.edges.agreements import bundle
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import Home
from hub.engine import Program
from hub.log import Out
from hub.resources import folder
from hub.wire.bundle import issue, sign
from hub.wire.codec import cloud_headers, encode_event, vocabulary
from hub.wire.partitioner import partition_for

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAYS = 170
AHEAD = datetime(2100, 1, 1, tzinfo=UTC)  # a clock that is wrong whenever this runs
PEOPLE_SHARE = 12  # events a person, about
TICKS = 40  # over the whole story
LONG = 2**52  # an instant that no clock of a story reaches

Told = tuple[datetime, str, str, str, dict[str, Any]]  # when, type, agency, record, fields


def story(home: Home, program: Program, seed: int, events: int) -> list[Out]:
    """The rules and about *events* events with the ticks between them, as records in the order to publish them in."""
    rng = Random(seed)
    said = [event for number in range(events // PEOPLE_SHARE) for event in _life(rng, number)]
    said.sort(key=lambda one: one[:4])
    first = len(said) // 2
    start, rest = _published(said[:first], program, rng, 0), _published(said[first:], program, rng, first)
    begun = [*rules(home, program), *start, *ticks(program, said[first][0])]
    return [*begun, *_mixed(rng, rest, list(_answers(home, program, begun, rng))), *ticks(program, _day(DAYS + 30))]


def rules(home: Home, program: Program, sequence: int = 1) -> list[Out]:
    """The shipped agreements in force in every partition, signed by the home's two made-up leads."""
    made, previous = bundle(folder("policies"), vocabulary(program.schemas), home.teams), ""
    for number in range(1, sequence + 1):
        signed = sign(issue(made, number, previous, 0, LONG), 0, home.signers())
        previous = signed["hash"]
    return _everywhere(program, "rules.activated", signed)


def ticks(program: Program, moment: datetime) -> list[Out]:
    """The clock at *moment*, for every partition."""
    return _everywhere(program, "tick", {"at": _micros(moment)})


def event(program: Program, told: Event) -> Out:
    """*told* as its agency publishes it, or as a team answers."""
    topic = topics.acks(told.agency) if told.type == "alert.ack" else topics.intake(told.agency)
    key = told.record.encode()
    headers = cloud_headers(told, program.schemas.newest[told.type].version)
    return Out(topic, partition_for(key, program.partitions), key, encode_event(program.schemas, told), headers)


def _life(rng: Random, number: int) -> Iterator[Told]:
    """What is said of one person."""
    begin, young = rng.randrange(DAYS // 2), rng.random() < 0.4
    born = date(2008, 1, 5) + timedelta(rng.randrange(500)) if young else date(1990, 1, 1) + timedelta(number)
    prison, other = f"pr.{number}", f"ot.{number}"
    registered = {"dob": born, "link": f"l1.{number}"}
    yield _day(begin), "person.registered", "HMPPS_PRISON", prison, registered
    needs = {"homeless": rng.random() < 0.5, "consent": ("HOUS",) if rng.random() < 0.6 else (), "lha": "MANCHESTER"}
    yield _day(begin + 1), "needs.flagged", "HMPPS_PRISON", prison, needs
    release = date(2026, 3, 1) + timedelta(rng.randrange(200))
    for again in range(rng.randrange(1, 4)):
        release += timedelta(rng.choice((0, 9, 40, -9)) if again else 0)
        dates = {"booking": f"b.{number}", rng.choice(("confirmed", "crd", "crd")): release}
        yield _day(begin + 2 + 7 * again), "release_dates.changed", "HMPPS_PRISON", prison, dates
    if rng.random() < 0.3:
        yield _day(begin + 30), "person.released", "HMPPS_PRISON", prison, {"reason": "RELEASED"}
    yield from _elsewhere(rng, number, begin, "YJS" if young else "GMP", other, registered)
    yield from _school(rng, number, begin) if young else ()


def _elsewhere(
    rng: Random, number: int, begin: int, agency: str, record: str, registered: dict[str, Any]
) -> Iterator[Told]:
    """A second record, which in one case of three was first taken for somebody else's."""
    wrong = {**registered, "link": f"l1.{rng.randrange(number + 1)}"}
    yield _day(begin + 3), "person.registered", agency, record, wrong if rng.random() < 0.33 else registered
    if agency == "YJS":
        yield _day(begin + 5), "order.started", agency, record, {"type": "YRO", "end": date(2027, 6, 1)}
    for week in range(rng.randrange(1, 4)):
        yield _day(begin + 6 + 7 * week), "arrest.recorded", "GMP", record, {"offence_group": "THEFT"}
    yield _day(begin + rng.randrange(8, 40)), "person.registered", agency, record, registered


def _school(rng: Random, number: int, begin: int) -> Iterator[Told]:
    """Marks of a pupil nobody has registered, in two cases of three."""
    record = f"sc.{number}"
    if rng.random() < 0.33:
        yield _day(begin), "person.registered", "SCHOOL", record, {"dob": date(2010, 1, 1), "link": f"l1.{number}"}
    for day in range(rng.randrange(2, 6)):
        mark = {"date": date(2026, 2, 2), "session": "AM", "code": "N"}
        yield _day(begin + 2 * day), "attendance.marked", "SCHOOL", record, mark


def _published(said: Sequence[Told], program: Program, rng: Random, first: int) -> list[Out]:
    """Events numbered from *first* on, with ticks between them, some sent twice and some that nobody can take."""
    outs: list[Out] = []
    for number, (at, kind, agency, record, fields) in enumerate(said, first):
        told = Event(f"e.{number}", kind, agency, record, _micros(at), None, fields)
        outs.append(event(program, told))
        if rng.random() < 0.03:
            outs.append(outs[-rng.randrange(1, min(40, len(outs)) + 1)])
        if rng.random() < 0.02:
            outs.append(_untakeable(rng, program, told))
        if number % (max(2, 2 * len(said) // TICKS)) == 0:
            outs += ticks(program, at)
    return outs


def _untakeable(rng: Random, program: Program, told: Event) -> Out:
    return rng.choice(list(UNTAKEABLE.values()))(rng, program, told)


def _noise(rng: Random, program: Program, told: Event) -> Out:
    return event(program, told)._replace(value=rng.randbytes(rng.randrange(1, 300)))


def _unknown_schema(rng: Random, program: Program, told: Event) -> Out:
    return event(program, told)._replace(value=b"\x00\x7f\xff\xff\xff" + rng.randbytes(40))


def _wrong_key(rng: Random, program: Program, told: Event) -> Out:
    return event(program, told)._replace(key=None)


def _no_value(rng: Random, program: Program, told: Event) -> Out:
    return event(program, told)._replace(value=None)


def _clock_ahead(rng: Random, program: Program, told: Event) -> Out:
    return event(program, replace(told, id=f"ahead.{told.id}", at=_micros(AHEAD)))


def large(rng: Random, program: Program, told: Event) -> Out:
    """As large as an intake topic takes, and noise."""
    return event(program, told)._replace(value=rng.randbytes(topics.OUTSIDE - 1000))


UNTAKEABLE = {
    "noise": _noise,
    "unknown schema": _unknown_schema,
    "wrong key": _wrong_key,
    "no value": _no_value,
    "clock ahead": _clock_ahead,
}


def spoilt(program: Program, rng: Random, script: Sequence[Out], kind: str, every: int) -> list[Out]:
    """*script* with one record in *every* followed by another that a hub has to keep in quarantine."""
    make = {**UNTAKEABLE, "large": large}[kind]
    mixed: list[Out] = []
    for number, out in enumerate(script):
        mixed.append(out)
        if number % every == every - 1:
            told = Event(f"bad.{number}", "needs.flagged", "HMPPS_PRISON", f"bad.{number}", _micros(START), None, {})
            mixed.append(make(rng, program, told))
    return mixed


def _answers(home: Home, program: Program, begun: Iterable[Out], rng: Random) -> Iterator[Out]:
    """Answers of the teams to a share of the alerts that *begun* raises: the same story told to a hub in memory."""
    log = EmbeddedLog(":memory:", program.partitions, durable=False)
    log.append(begun)
    Worker(log, program).drain()
    for team in home.teams:
        for record in log.scan(topics.alerts(team)):
            alert = program.schemas.decode(record.value or b"")[2]
            if rng.random() < 0.4:
                fields = {"alert": alert["id"], "answer": rng.choice(("ACCEPTED", "NOT_OURS"))}
                at = alert["raised"] + 3_600_000_000
                yield event(program, Event(f"a.{alert['id']}", "alert.ack", team, alert["person"], at, None, fields))
    log.close()


def _mixed(rng: Random, one: Sequence[Out], other: Sequence[Out]) -> list[Out]:
    """Both in their own order, shuffled into one another."""
    turns = [True] * len(one) + [False] * len(other)
    rng.shuffle(turns)
    ours, theirs = iter(one), iter(other)
    return [next(ours) if mine else next(theirs) for mine in turns]


def _everywhere(program: Program, kind: str, values: dict[str, Any]) -> list[Out]:
    value = program.schemas.encode(kind, values)
    return [Out(topics.PERSON, number, None, value, ()) for number in range(program.partitions)]


def _day(number: int) -> datetime:
    return START + timedelta(number)


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
