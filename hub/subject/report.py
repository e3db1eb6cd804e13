"""
What was shared about one person, put together from the log: the statement, the proof of each line, whom else to ask of.

Whoever asks has made sure that the asking is on record first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub import topics, words
from hub.audit.log import LogBook
from hub.audit.proof import every
from hub.place import Place, bundles, values
from hub.reports.subject import Statement, period, statement
from hub.why.sent import Sent
from hub.wire.notes import ProofFile
from hub.wire.partitioner import partition_for
from hub.words import Book, Told

if TYPE_CHECKING:
    from hub.edges.reader import Reader
    from hub.wire.schemas import Schemas

KIND = "subject-report"
Proofs = Mapping[tuple[str, str], ProofFile]


@dataclass(frozen=True, slots=True)
class Report:
    """The *statement*, labelled lines *about* it, and the proofs of its lines by decision and team."""

    statement: Statement
    about: tuple[tuple[str, str], ...]
    proofs: Proofs


def report(asked: Told, rules: Told, place: Place, wire: "Schemas", now: int) -> Report:
    """What is to be told of *asked*, an access on record, under the *rules* in force; *now* in UTC microseconds."""
    reader = place.reader()
    mine, stages = _about(asked, place, wire, reader)
    sent = Sent(wire, reader, place).fields
    made = statement(mine, Book(bundles(wire, reader)), stages, sent, rules["accountability"]["exempt"], now)
    proofs = _proofs(made, place, wire, reader)
    lines = (*_heading(asked, rules), *_formerly(asked["person"], wire, reader))
    return Report(made.leaves({key: file.number for key, file in proofs.items()}), lines, proofs)


def _about(
    asked: Told, place: Place, wire: "Schemas", reader: "Reader"
) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    """The person's decisions in the time asked for, and the stage of each of their alerts."""
    person, since, until = asked["person"], asked["since"], asked["until"]
    number = partition_for(person.encode(), place.open().partitions)
    mine = [
        one
        for one in values(wire, reader, topics.DECISIONS, number)
        if one["person"] == person and (since is None or one["at"] >= since) and (until is None or one["at"] < until)
    ]
    changes = values(wire, reader, topics.CHANGES, number)
    return mine, {one["alert"]: one["stage"] for one in changes if one["person"] == person}


def _proofs(made: Statement, place: Place, wire: "Schemas", reader: "Reader") -> Proofs:
    """The proofs of those lines that have a leaf."""
    home = place.open()
    book = LogBook(reader, wire, home.partitions, home.teams, home.witnesses())
    wanted = {(line.decision, line.team) for line in made.lines}
    found = every(book, {name for name, _ in wanted})
    return {(name, team): file for name, team, file in found if (name, team) in wanted}


def _heading(asked: Told, rules: Told) -> list[tuple[str, str]]:
    return [
        ("about", f"person {asked['person']} (a pseudonym: the hub holds no names)"),
        ("time", period(asked["since"], asked["until"])),
        ("asked", f"{words.minute(asked['at'])}, by {_two(asked)}"),
        ("because", f"{rules['accountability']['reasons'][asked['reason']]} ({asked['reason']})"),
        ("on record", f"access {asked['id']}"),
    ]


def _two(asked: Told) -> str:
    """By whom: two roles who signed, or two leads who agreed in the console."""
    return "two leads who signed in" if asked.get("agreed_by") else f"{asked['by']} with {asked['second']}"


def _formerly(person: str, wire: "Schemas", reader: "Reader") -> list[tuple[str, str]]:
    """The other pseudonyms under which a record of this person was held before: what was told then is told of those."""
    header, found = wire.newest["slice.left"].header, dict[str, str]()
    for record in reader.scan(topics.PERSON):
        if (record.value or b"").startswith(header):
            told = wire.decode(record.value or b"")[2]
            if told["person"] == person and record.key and record.key != person.encode():
                found[record.key.decode()] = words.day(words.local(told["at"]).date())
    said = (
        f"{name}, of whom a record turned out to be theirs on {on}: report on that one as well"
        for name, on in found.items()
    )
    return [("also held as", line) for line in said]
