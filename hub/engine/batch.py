"""What the engine works with: the program of a hub, and a batch of everything that changes together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hub import topics
from hub.core.person import Person
from hub.core.rules import Rules
from hub.log import Out, Record
from hub.wire.codec import Schemas
from hub.wire.recipients import Recipients
from hub.wire.twofold import TwofoldError

FIRED = 500  # people whose timers a tick fires
REPLANNED = 200  # people a tick plans anew under new rules
CLOCK, LATE, RULES = b"!clock", b"!late", b"!rules"
FLOOD = 100  # records of one topic refused in a row, after which it is held back


class Held(NamedTuple):
    """Where a topic was left of which everything must be refused: the last applied offset, and how many in a row."""

    offset: int
    refused: int


class Batch(NamedTuple):
    """
    What one transaction makes visible: records, state rows by (topic, key), and what to accept afterwards.

    Of the topics in *held* not everything was applied: what follows is still to come.
    """

    outs: tuple[Out, ...]
    rows: dict[tuple[str, bytes], bytes | None]
    change: "Change"
    held: dict[str, Held]


@dataclass(slots=True)
class Change:
    """What accepting a batch changes in memory, and the place and reason of what it sets *aside* in quarantine."""

    people: dict[str, Person]
    records: dict[str, str]
    positions: dict[str, int]
    refused: dict[str, int]
    clock: int
    late: int
    rules: Rules | None
    aside: list[tuple[str, str]] = field(default_factory=list)


def unknown(kind: str, values: Mapping[str, Any]) -> None:
    """Refuse what two people are to have signed: nobody has said who they are."""
    raise TwofoldError(f"{kind}: no leads are known here; hint: put their ig-*.pub into the keys folder of the home")


@dataclass(frozen=True, slots=True)
class Program:
    """What every partition of one hub shares: schemas, keys, partition count, who checks new rules and signatures."""

    schemas: Schemas
    recipients: Recipients
    partitions: int
    agencies: tuple[str, ...]
    teams: tuple[str, ...]
    open_rules: Callable[[Mapping[str, Any], bool], Rules]
    salt: str
    fired: int = FIRED
    replanned: int = REPLANNED
    signed: Callable[[str, Mapping[str, Any]], None] = unknown

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics to read."""
        return topics.inputs(self.agencies, self.teams)


def place(record: Record) -> str:
    """Where a record lies, as `topic/partition/offset`."""
    return f"{record.topic}/{record.partition}/{record.offset}"
