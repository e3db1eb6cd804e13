"""What comes in and what could not be taken, for the operator's programs and, of their own agency, for partners'."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hub import words
from hub.console.api.operation import operation
from hub.console.api.shapes import After, Asking, Instant, Limit, Maybe
from hub.console.operator import quarantine as aside
from hub.console.operator import sources as pages
from hub.console.operator import whose
from hub.console.page import Ask, missing
from hub.console.who import Role
from hub.contracts.here import catalogue as contracts
from hub.intake.quarantine import state
from hub.projection import sources as projected

SEEN = (Role.OPERATOR, Role.PARTNER)


class Source(msgspec.Struct):
    """How one agency stands: when it was last heard, and how much came in 28 days, unreadable, late and refused."""

    agency: str
    last_heard: Instant | None
    state: str
    records_28_days: int
    unreadable_28_days: int
    later_than_a_day: int
    refused_28_days: int


class Sources(msgspec.Struct):
    """Every agency that is theirs to see, the silent first."""

    items: list[Source]


class Owned(Asking):
    """Whose quarantine: of one owner, or of all that are theirs to see."""

    owner: Annotated[str, Meta(pattern=r"^([A-Z][A-Z0-9_]{0,39})?$")] = ""
    after: After = ""
    limit: Limit = 50


class Aside(msgspec.Struct):
    """A record that the hub could not take: where it lies, when it was refused and why, and what became of it."""

    place: str
    refused: Instant
    sent_by: str
    came: str
    bytes: int
    reason: str
    state: str


class Quarantine(msgspec.Struct):
    """Some of it, newest first, and where the list goes on."""

    items: list[Aside]
    after: Maybe


class Field(msgspec.Struct):
    """A field of a refused record: whether anything was said of it, never what; null where nobody can tell."""

    name: str
    kind: str
    may_lack: bool
    given: bool | None


class Masked(msgspec.Struct):
    """One record, masked: its type, its fields and sizes, and where in its schema the fault is."""

    place: str
    at: Instant
    came: str
    reason: str
    cure: str
    size: int
    type: Maybe
    version: int | None
    form: str
    fields: list[Field]
    field: Maybe
    again: Maybe
    state: str


class Topic(msgspec.Struct):
    """One topic: what it carries, and who may write and read it."""

    name: str
    says: str
    writes: str
    reads: str
    key: str
    owner: Maybe
    partitions: int
    types: tuple[str, ...]


class Catalogue(msgspec.Struct):
    """Every topic of the hub; `hub asyncapi` has their records field by field."""

    items: list[Topic]


@operation("/sources", *SEEN)
def sources(ask: Ask) -> Sources:
    """List agencies with how much came of each, and who is silent."""
    found = pages.found_sources(ask)
    if not found:
        raise missing()
    return Sources([Source(*pages.row(one)) for one in found])  # type: ignore[arg-type] # its columns in their order


@operation("/quarantine", *SEEN)
def quarantine(ask: Ask, asked: Owned) -> Quarantine:
    """List what the hub could not take."""
    owners = whose.owners(ask)
    if not owners or (asked.owner and asked.owner not in owners):
        raise missing()
    only = asked.owner or (owners[0] if len(owners) == 1 else None)
    done = aside.known(ask, ask.desk.place.reader())
    with ask.read() as sql:
        found = projected.quarantined(sql, only, after=asked.after or None, limit=asked.limit + 1)
    shown = found[: asked.limit]
    items = [Aside(*aside.row(one, done)) for one in shown]  # type: ignore[arg-type] # its columns in their order
    return Quarantine(items, shown[-1].cursor if len(found) > len(shown) else None)


@operation("/quarantine/{owner}/{partition}/{offset}", *SEEN)
def refused(ask: Ask) -> Masked:
    """Look at one record that the hub could not take, masked."""
    reader = ask.desk.place.reader()
    entry, done = aside.found(ask, reader), aside.known(ask, reader)
    fields = [Field(*one) for one in entry.fields]
    told = entry._asdict() | {"at": words.iso(entry.at), "fields": fields, "state": state(entry.place, done)}
    return Masked(**{name: told[name] for name in Masked.__struct_fields__})


@operation("/catalogue", *SEEN)
def catalogue(ask: Ask) -> Catalogue:
    """List the topics of the hub, what they carry, and who may write and read them."""
    _, entries = contracts(ask.desk.place, ask.desk.rules())
    return Catalogue(
        [
            Topic(
                *(one.topic.name, one.words.says, one.words.writes, one.words.reads, one.words.key),
                *(one.owner, one.topic.partitions, one.types),
            )
            for one in entries
        ]
    )


OPERATIONS = (sources, quarantine, refused, catalogue)
