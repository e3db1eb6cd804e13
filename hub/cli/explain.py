"""`hub explain`: what happened to one event, decision, delivery or alert, and why, in plain English."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub import explained
from hub.cli import logs
from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, flat, say, section
from hub.explained import Section
from hub.place import HERE, Place, bundles, values
from hub.why.again import Why
from hub.why.sent import Sent
from hub.words import Book

if TYPE_CHECKING:
    from hub.edges.reader import Reader
    from hub.wire.schemas import Schemas

Row = dict[str, Any]


@dataclass(slots=True)
class Found:
    """Everything whose id begins as asked: ids by kind, with the decisions and alert changes that speak of each."""

    kinds: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    teams: dict[str, str] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)


def explain(id: str, /, *, place: Place = HERE, as_json: Json = False) -> int:
    """
    Explain a decision, an event, a delivery or an alert by its id, or by enough of its first characters.

    It says what was decided about which pseudonymous person, and for each team what it got or why it did not, with the
    clause, the statute and the rules that were in force; which clauses were tried, what they asked of the person at
    that moment, and the smallest change that would have turned the answer. For an alert also its whole life.

    Example: hub explain d-9dc1b0d5
    """
    logs.start()
    from hub.wiring import schemas

    known, reader = schemas(), place.reader()
    found = search(id, known, reader)
    if not found.kinds:
        _quarantined(id, reader, place, found)
    name = _one(id, found)
    if found.sections:
        _print(found.sections, {"id": name, "kind": "quarantined"}, as_json)
        return 0
    book = Book(bundles(known, reader))
    sent = Sent(known, reader, place)
    tried: list[Row] = []
    made = list(_sections(name, found, book, sent, Why(place, reader, book), tried))
    told = {"id": name, "kind": found.kinds[name], "decisions": [flat(one) for one in found.decisions[name]]}
    _print(made, {**told, "tried": tried, "changes": [flat(one) for one in found.changes[name]]}, as_json)
    return 0


def search(start: str, schemas: "Schemas", reader: "Reader") -> Found:
    """Whatever has an id that begins with *start*."""
    from hub import topics

    found = Found()
    for made in values(schemas, reader, topics.DECISIONS):
        for kind, name, team in _names(made, start):
            if name.startswith(start):
                found.kinds[name] = kind
                found.decisions[name].append(made)
                found.teams[name] = team
    for change in values(schemas, reader, topics.CHANGES):
        if change["alert"].startswith(start):
            found.kinds[change["alert"]] = "alert"
            found.changes[change["alert"]].append(change)
    return found


def _names(made: Row, start: str) -> Iterator[tuple[str, str, str]]:
    """The ids a decision goes by; those of its deliveries follow from it, and cost a hash each."""
    from hub.core.identity import identity, reference

    yield "decision", made["id"], ""
    if start.startswith("r"):  # as a team quotes it
        for one in made["outcomes"]:
            yield "decision", reference(made["id"], one["team"]), one["team"]
    yield ("alert" if made["source"] == "HUB" else "event"), made["event"], ""
    if start.startswith("d") and made["source"] != "HUB":
        for one in made["outcomes"]:
            if one["delivered"]:
                yield "delivery", identity("delivery", made["id"], one["team"]), one["team"]


def _one(start: str, found: Found) -> str:
    names = sorted(found.kinds)
    if start in names:
        return start
    if not names:
        hint = "`hub decisions` lists decisions, `hub tail TEAM` alerts and deliveries"
        raise CommandError(f"{start}: no decision, event, delivery or alert has this id; hint: {hint}")
    if len(names) > 1:
        hint = f"give more of it, such as {names[0][: len(start) + 8]}"
        raise CommandError(f"{start}: {len(names)} ids begin so; hint: {hint}", USAGE)
    return names[0]


def _quarantined(start: str, reader: "Reader", place: Place, found: Found) -> None:
    """An event that the hub could not take has no decision: it lies in quarantine, under its own id."""
    from hub import topics

    for topic in dict.fromkeys(map(topics.quarantine, ("HUB", *place.agencies(), *place.teams()))):
        for record in reader.scan(topic):
            told = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
            if told.get("ce_id", "").startswith(start):
                found.kinds[told["ce_id"]] = "quarantined"
                source, why = told.get("quarantine.source", "unknown"), told.get("quarantine.reason", "unknown")
                found.sections = [explained.quarantined(topic, source, why)]


def _sections(name: str, found: Found, book: Book, sent: Sent, why: Why, tried: list[Row]) -> Iterable[Section]:
    """What there is to say; *tried* takes what programs may want of it."""
    made, changes = found.decisions[name], found.changes[name]
    if changes:
        changes.sort(key=lambda change: change["at"])  # a stable sort: within one instant the log's order stands
        yield from explained.life(changes, book, made[0]["bundle"] if made else next(iter(book.bundles), ""))
    for one in sorted(made, key=lambda row: row["at"]):
        yield explained.decision(one, book)
        for part in one["outcomes"]:
            if found.teams.get(name, "") in ("", part["team"]):
                there = sent.fields(one, part["team"]) if part["delivered"] else None
                said = explained.outcome(one, part, book, there)
                lines, more = why.lines(one, part)
                tried.append({"decision": one["id"], **more})
                yield said._replace(lines=(*said.lines, *lines))


def _print(made: list[Section], told: Row, as_json: bool) -> None:
    if as_json:
        emit({**told, "explained": [{"title": one.title, "lines": [list(line) for line in one.lines]} for one in made]})
        return
    for number, one in enumerate(made):
        if number:
            say()
        section(*one)
