"""
A day's traffic of a police-force area, made up: what agencies' connectors would publish, and who is known before.

Fifty attendance marks to three events of the justice agencies, as a day has them. The marks are of pupils the hub knows
already; the justice agencies' events are whole made-up lives, from the registration to the release. What a person's
agencies tell comes from one of them only, so that no order between topics is left to chance.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from connectors.identifiers import SCHOOL as LETTERS
from connectors.mapping import Context, Seen
from connectors.outbox import Wire, avro
from connectors.pseudonyms import Pseudonyms
from connectors.registry import connector
from hub import topics
from hub.bench.measure import BenchError
from hub.core import decide
from hub.core.calendar import Calendar, calendar
from hub.core.events import Event, Value
from hub.core.person import Person
from hub.core.resolve import resolve
from hub.core.rules import Rules
from hub.demo.diary import AGENCIES, FIRST, OPENING, SCHOOL, YOUTH, Message
from hub.demo.lives import world
from hub.demo.people import MOST, dice
from hub.demo.sources import FOLDERS, files
from hub.edges.agreements import bundle
from hub.edges.home import Home
from hub.edges.outbox import names
from hub.engine import RULES, Program
from hub.log import Out
from hub.resources import folder
from hub.wire.bundle import sign
from hub.wire.codec import vocabulary
from hub.wire.partitioner import partition_for
from hub.wire.rows import pack

MIX: Mapping[str, tuple[int, int]] = {"day": (50, 3), "justice": (0, 1)}  # attendance marks to the rest
MARKS = (("/", "\\"),) * 46 + (("I", "I"),) * 2 + (("O", "O"), ("L", "\\"))
ABSENT = "nrm.referred"  # a type that nobody in this traffic tells
RECENT = 16  # events that a known pupil's row remembers
AGES, STEP = range(8, 17), 7919  # a prime, so that marks go from pupil to pupil all over the partition
ON_ORDER = 20  # every so many-th pupil has a youth order, of whose marks youth justice is told
Row = tuple[int, str, bytes, bytes]  # partition, topic, key, value


def policies(home: Home, program: Program, agreements: int) -> dict[str, Any]:
    """The values of the record that puts the shipped agreements in force, with others' until there are *agreements*."""
    made = bundle(folder("policies"), vocabulary(program.schemas), home.teams)
    pattern = next(one for one in made["clauses"] if one["effect"] == "permit")
    team = next(iter(made["teams"].values()))
    for number in range(agreements - len({one["agreement"] for one in made["clauses"]})):
        name, code = f"made-up-{number:03d}", f"X{number:03d}"
        made["teams"][code] = {**team, "name": code, "agency": None, "subscribes": [ABSENT]}
        about = {"subjects": [ABSENT, "order.started"], "sources": list(home.agencies), "teams": [code]}
        made["clauses"].append({**pattern, "id": f"{name}/1", "agreement": name, **about})
    return sign(made, 0, home.signers())


def known(home: Home, program: Program, people: int, rules: Mapping[str, Any]) -> Iterator[Row]:
    """State rows as they are when *people* pupils are known and *rules* (of `policies`) are in force."""
    value = program.schemas.encode("rules.activated", rules)
    yield from ((number, topics.DECIDE_STATE, RULES, value) for number in range(home.partitions))
    sealer, patterns = names(home, SCHOOL), _patterns(home, program.open_rules(rules, False))
    for number in range(people):
        record = sealer.seal(f"upn:{pupil(number)}")
        held, row = patterns[number % len(patterns)]
        handle = resolve(None, Event("", "", SCHOOL, record, 0, None, {}), program.salt).person.encode()
        name, key = f"{SCHOOL}/{record}".encode(), record.encode()
        yield partition_for(key, home.partitions), topics.RESOLVE_STATE, name, handle
        yield partition_for(handle, home.partitions), topics.DECIDE_STATE, handle, row.replace(held, key)


def _patterns(home: Home, rules: Rules) -> list[tuple[bytes, bytes]]:
    """Pupils as DECIDE keeps them, as (record, row): all pseudonyms are of one length, so that one fits for another."""
    sealer = names(home, SCHOOL)
    made = []
    for number in range(ON_ORDER):
        record = sealer.seal(f"upn:{pupil(number)}")
        born = FIRST - timedelta(days=366 * AGES[number % len(AGES)] + 17 * number)
        told = [Event("registered", "person.registered", SCHOOL, record, OPENING, OPENING, {"dob": born, "sex": "F"})]
        if number == 7:  # aged 15
            more: dict[str, Value] = {
                "type": "YOUTH_REHABILITATION_ORDER",
                "start": FIRST,
                "end": FIRST + timedelta(days=400),
            }
            told.append(Event("ordered", "order.started", YOUTH, "r1.order", OPENING, OPENING, more))
        person = Person()
        for event in told:
            person, _ = decide.step(person, "p-" + "0" * 32, event, rules)
        recent = b"".join(decide.seen_mark(replace(told[0], id=f"mark {index}")) for index in range(RECENT))
        made.append((record.encode(), pack(person._replace(recent=recent))))
    return made


def pupil(number: int) -> str:
    """
    The pupil number of made-up pupil *number*, of an establishment that cannot be.

    >>> pupil(421)
    'B999000000421'
    """
    digits = f"999{number:09d}"
    return LETTERS[sum(place * int(digit) for place, digit in enumerate(digits, 2)) % 23] + digits


def events(home: Home, program: Program, count: int, people: int, mix: str = "day") -> list[tuple[str, Out]]:
    """*count* events as (id, record of the intake topic), each topic in its order, the same every time."""
    marks, rest = MIX[mix]
    justice = -(-count * rest // (marks + rest))
    days = bundle(folder("policies"), vocabulary(program.schemas), home.teams)["calendar"]
    told = [*_lives(home, calendar(days["bank_holidays"], days["clock_changes"]), justice)]
    attended = iter(_marks(home, count - justice, people))
    mixed = [event for one in told for event in (*islice(attended, marks // rest), one)]
    wire = avro(program.schemas)
    return [(event.id, _record(event, wire, home.partitions)) for event in [*mixed, *attended]]


def _record(event: Event, wire: Wire, partitions: int) -> Out:
    key = event.record.encode()
    value, headers = wire(event)
    return Out(topics.intake(event.agency), partition_for(key, partitions), key, value, tuple(headers))


def _lives(home: Home, days: Calendar, count: int) -> Sequence[Event]:
    """Whole lives until they make *count* events, in the order in which they are told."""
    mappers = {agency: Mapper(names(home, agency)) for agency in AGENCIES if agency != SCHOOL}
    told: list[tuple[int, Event]] = []
    for _, messages in world(MOST - 1, 1, days):
        if len(told) >= count:
            break
        agencies = Counter(message.agency for message in messages if message.agency in mappers)
        if agencies:
            chosen = agencies.most_common(1)[0][0]
            mine = [message for message in messages if message.agency == chosen]
            told += [(message.at, event) for message in mine for event in mappers[chosen].told(message)]
    if len(told) < count:
        raise BenchError(
            f"bench: {MOST - 1:,} made-up lives have no more than {len(told):,} events; hint: fewer --events"
        )
    return [event for _, event in sorted(told, key=lambda one: one[0])][:count]


class Mapper:
    """One agency's connector, which remembers what it has seen."""

    def __init__(self, sealer: Pseudonyms) -> None:
        self._sealer, self._memory = sealer, dict[str, Seen]()
        self._speaks = connector(FOLDERS[sealer.agency])

    def told(self, message: Message) -> Iterator[Event]:
        """The events of one message."""
        for suffix, data in files(message.agency, [message]):
            yield from self.file(f"one.{suffix}", data, message.at)

    def file(self, name: str, data: bytes, as_of: int) -> tuple[Event, ...]:
        """The events of one file."""
        mapped = self._speaks.map_file(name, data, Context(self._sealer, as_of, self._memory))
        self._memory |= {record: seen or {} for record, seen in mapped.memory.items()}
        return mapped.events


def _marks(home: Home, count: int, people: int) -> Iterator[Event]:
    """Attendance marks, one a pupil and session, session by session."""
    mapper, roll = Mapper(names(home, SCHOOL)), dice(1, "marks")
    for session in range(-(-count // people)):
        day, half = _school_day(session // 2), session % 2
        lines = ["upn,date,session,code"]
        for number in range(session * people, min((session + 1) * people, count)):
            code = roll.choice(MARKS)[half]
            lines.append(f"{pupil(number * STEP % people)},{day.isoformat()},{('AM', 'PM')[half]},{code}")
        yield from mapper.file("marks.csv", "\n".join(lines).encode(), OPENING)


@lru_cache(maxsize=512)
def _school_day(number: int) -> date:
    weeks, day = divmod(number, 5)
    return FIRST + timedelta(days=7 * weeks + day)
