"""The catalogue: each topic with what it carries, who may write and read it, and each type with its fields in words."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from hub import topics, words
from hub.contracts.fields import Field, fields
from hub.topics import Topic
from hub.wire.schemas import Schema, Schemas

HUB, LEADS, ALL = "the hub", "the information governance leads", "everybody"
INSIDE = ("alert.ack", "tick", "slice.awaited", "slice.left", "slice.arrived", "rules.activated", "access")


class Words(NamedTuple):
    """What a topic is in words; *who* stands for the agency or team whose it is."""

    says: str
    writes: str
    reads: str
    key: str
    types: tuple[str, ...] = ()


FAMILIES: Mapping[str, Words] = {
    "intake": Words("What {who} publishes", "{who}", HUB, "the agency's pseudonym of its record"),
    "quarantine": Words(
        "What {who} sent and the hub could not take, as it came", HUB, "the operator and {who}", "as it came"
    ),
    "deliveries": Words(
        "Events that {who} may have", HUB, "{who}", "the team's pseudonym of the person", ("delivery",)
    ),
    "alerts": Words("What {who} is asked to do", HUB, "{who}", "the team's pseudonym of the person", ("alert",)),
    "acks": Words("What {who} answers", "{who}", HUB, "the team's pseudonym of the person", ("alert.ack",)),
    "proofs": Words("What shows {who} that it is in the ledger", HUB, "{who}", "the team's reference", ("proof",)),
}
PERSON, SECRET = "the hub's pseudonym of the person", "an opaque id"
ALONE: Mapping[str, Words] = {
    topics.PERSON: Words("All that is told of a person, in one order", HUB, HUB, PERSON, INSIDE),
    topics.DECISIONS: Words("Who got what, and why not", HUB, LEADS, SECRET, ("decision",)),
    topics.CHANGES: Words("Every step in the life of an alert", HUB, LEADS, PERSON, ("alert.change",)),
    topics.quarantine("HUB"): Words("What no longer could be decided, as it came", HUB, "the operator", "as it came"),
    topics.RULES: Words("The signed rules", LEADS, "the hub and every partner", "none", ("rules.activated",)),
    topics.ACCESS: Words("Who looked somebody up, with whom and why", LEADS, LEADS, SECRET, ("access",)),
    topics.REDRIVES: Words(
        "What was sent again out of quarantine, and by whom", "the operator", LEADS, SECRET, ("redrive",)
    ),
    topics.REQUESTS: Words(
        "Who asks to look somebody up, before a second person agrees",
        LEADS,
        LEADS,
        SECRET,
        ("access", "access.declined"),
    ),
    topics.READS: Words("Who looked at which page that speaks of a person", "the console", LEADS, SECRET, ("read",)),
    topics.RECEIPTS: Words("What came of each attempt to tell a team without Kafka", HUB, LEADS, SECRET, ("receipt",)),
    topics.LEAVES: Words("The ledger's tree as it grew", HUB, HUB, "none", ("ledger.leaves",)),
    topics.SALTS: Words("What opens each leaf of the ledger, until it is erased", HUB, HUB, SECRET),
    topics.ERASURES: Words("Leaves whose decision is erased", HUB, LEADS, "none", ("ledger.erasure",)),
    topics.CHECKPOINTS: Words("The ledger's signed checkpoints", HUB, ALL, "none"),
    topics.COSIGNED: Words("Checkpoints as witnesses cosigned them", HUB, ALL, "the witness"),
    topics.CONNECTOR_POSITIONS: Words("How far each connector has come", "every agency", "every agency", "its source"),
    topics.POSITIONS: Words("How far the hub has read each topic", HUB, HUB, "the topic"),
    topics.RESOLVE_STATE: Words("Which person each record is of", HUB, HUB, "agency and record"),
    topics.DECIDE_STATE: Words("What the hub knows of each person", HUB, HUB, PERSON),
}
OWN = Words("The hub's own records", HUB, HUB, SECRET)


class Entry(NamedTuple):
    """One topic; *owner* is the agency or team whose it is, None for one of the hub."""

    topic: Topic
    owner: str | None
    words: Words
    types: tuple[str, ...]


class Change(NamedTuple):
    """What one version of a type changed against the one before it."""

    version: int
    added: tuple[Field, ...]
    dropped: tuple[Field, ...]
    changed: tuple[tuple[Field, Field], ...]


def entries(
    agencies: Iterable[str], teams: Iterable[str], partitions: int, rules: Mapping[str, Any]
) -> tuple[Entry, ...]:
    """Every topic of a hub; *rules* (a bundle, or nothing) say who may state what, and what teams are called."""
    agencies, teams = tuple(agencies), tuple(teams)
    publishes: Mapping[str, Iterable[str]] = rules.get("publishes", {})
    called = {code: told["name"] for code, told in rules.get("teams", {}).items()}
    inside = (*sorted({kind for told in publishes.values() for kind in told}), *INSIDE)
    made: list[Entry] = []
    for topic in topics.catalogue(agencies, teams, partitions):
        owner = None if topic.name in ALONE else _owner(topic.name, (*agencies, *teams))
        family = topic.name.partition(".")[0]
        said = ALONE.get(topic.name) or FAMILIES.get(family, OWN)
        if owner is None:
            types = inside if topic.name == topics.PERSON else said.types
        else:
            said = _said(said, called.get(owner) or words.agency(owner))
            types = tuple(sorted(publishes.get(owner, ()))) if family == "intake" else said.types
        made.append(Entry(topic, owner, said, types))
    return tuple(made)


def _said(words: Words, who: str) -> Words:
    return words._replace(
        says=words.says.format(who=who), writes=words.writes.format(who=who), reads=words.reads.format(who=who)
    )


def _owner(name: str, codes: Iterable[str]) -> str | None:
    """
    Whose topic it is.

    >>> _owner("intake.hmpps-prison.v1", ["GMP", "HMPPS_PRISON"]), _owner("decisions.v1", ["GMP"])
    ('HMPPS_PRISON', None)
    """
    _, _, rest = name.partition(".")
    return next((code for code in codes if rest == f"{topics.slug(code)}.v1"), None)


def versions(schemas: Schemas, kind: str) -> tuple[Schema, ...]:
    """Every version of a type, oldest first."""
    found = (schema for schema in schemas.by_id.values() if schema.type == kind)
    return tuple(sorted(found, key=lambda schema: schema.version))


def changes(schemas: Schemas, kind: str) -> tuple[Change, ...]:
    """
    What each version of a type changed, newest first; the first version changed nothing.

    >>> from hub.wiring import schemas
    >>> [(one.version, [field.name for field in one.added]) for one in changes(schemas(), "service.closed")]
    [(2, ['agreed'])]
    """
    return tuple(_change(older, newer) for older, newer in pairwise(versions(schemas, kind)))[::-1]


def _change(older: Schema, newer: Schema) -> Change:
    before = {field.name: field for field in fields(older)}
    after = {field.name: field for field in fields(newer)}
    return Change(
        newer.version,
        tuple(field for name, field in after.items() if name not in before),
        tuple(field for name, field in before.items() if name not in after),
        tuple((before[name], field) for name, field in after.items() if name in before and before[name] != field),
    )
