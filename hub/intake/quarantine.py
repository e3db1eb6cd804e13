"""What lies in quarantine, and what became of each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hub import topics
from hub.edges.reader import Reader
from hub.intake.masked import Entry, masked
from hub.intake.redrive import Known
from hub.wire.schemas import Schemas

HUB = "HUB"
STATES = {"WAITING": "in quarantine", "ASKED": "awaits a second person", "SENT": "sent again"}


class Line(NamedTuple):
    """An entry and what became of it: a word of STATES."""

    entry: Entry
    state: str


def lines(schemas: Schemas, reader: Reader, owners: Iterable[str], done: Known) -> Iterator[Line]:
    """Every record in the quarantine of some agencies, teams or the hub, oldest first for each."""
    for owner in owners:
        for record in reader.scan(topics.quarantine(owner)):
            entry = masked(schemas, record)
            yield Line(entry, state(entry.place, done))


def state(place: str, done: Known) -> str:
    """What became of what lies there."""
    if place in done.sent:
        return "SENT"
    return "WAITING" if done.asked(place) is None else "ASKED"


def named(word: str) -> str:
    """
    A place in quarantine, however short it was written.

    >>> named("gmp/0/3"), named("quarantine.gmp.v1/0/3")
    ('quarantine.gmp.v1/0/3', 'quarantine.gmp.v1/0/3')
    """
    owner, _, rest = word.partition("/")
    return word if owner.startswith("quarantine.") else f"quarantine.{topics.slug(owner)}.v1/{rest}"


def short(place: str) -> str:
    """
    A place in quarantine, as short as a command takes it.

    >>> short("quarantine.gmp.v1/0/3")
    'gmp/0/3'
    """
    return place.removeprefix("quarantine.").replace(".v1/", "/", 1)
