"""Which hub a command or the console speaks of: the home of an embedded log, or a Kafka cluster."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import settings

if TYPE_CHECKING:
    from hub.edges.embedded import EmbeddedLog
    from hub.edges.home import Home
    from hub.edges.reader import Reader
    from hub.wire.schemas import Schemas


class PlaceError(Exception):
    """A folder, a team or rules that are not there; the text says the cure."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Place:
    """Where the hub is."""

    home: Annotated[Path | None, Parameter(help="the hub's folder (else HUB_HOME, else .hub)")] = None
    kafka: Annotated[
        bool, Parameter(negative="", help="use Kafka at HUB_BOOTSTRAP (else localhost:9092), not the home's own log")
    ] = False
    bootstrap: Annotated[str | None, Parameter(help="use Kafka at this address")] = None

    @property
    def folder(self) -> Path:
        """The home's folder."""
        return self.home or settings.read().home

    @property
    def on_kafka(self) -> bool:
        """Whether Kafka was chosen."""
        return self.kafka or self.bootstrap is not None

    @property
    def broker(self) -> str:
        """Kafka's address."""
        return self.bootstrap or settings.read().bootstrap

    @property
    def auth(self) -> Mapping[str, Any]:
        """How Kafka knows us."""
        return settings.read().auth

    def open(self) -> "Home":
        """The home."""
        from hub.edges.home import open_home

        return open_home(self.folder)

    def log(self, home: "Home") -> "EmbeddedLog":
        """The home's own log, to write to; made-up data needs no disk flush a commit."""
        from hub.edges.embedded import EmbeddedLog

        return EmbeddedLog(home.log, home.partitions, durable=not home.synthetic)

    def reader(self) -> "Reader":
        """A reader of the chosen log; the embedded one needs a home."""
        from hub.edges.reader import EmbeddedReader, KafkaReader

        return KafkaReader(self.broker, self.auth) if self.on_kafka else EmbeddedReader(self.open().log)

    def teams(self) -> tuple[str, ...]:
        """The teams of this hub: the home's, or without one everybody in the policies that travel with the hub."""
        from hub.edges.home import HomeError

        try:
            return self.open().teams
        except HomeError:
            if not self.on_kafka:
                raise
            return shipped()[1]

    def agencies(self) -> tuple[str, ...]:
        """The agencies of this hub, found as the teams are."""
        from hub.edges.home import HomeError

        try:
            return self.open().agencies
        except HomeError:
            if not self.on_kafka:
                raise
            return shipped()[0]


HERE = Place()


def shipped(folder: Path | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The agencies and the teams of a policies folder."""
    made = compiled(folder)
    return tuple(made["agencies"]), tuple(made["teams"])


def compiled(folder: Path | None = None, teams: Iterable[str] = ()) -> dict[str, Any]:
    """The bundle of a policies folder, checked as far as the core will read it."""
    from hub import resources
    from hub.core.rules import compile_rules
    from hub.edges.agreements import bundle
    from hub.wire.codec import vocabulary
    from hub.wiring import schemas

    where = folder or resources.folder("policies")
    if not where.is_dir():
        raise PlaceError(f"{where}: no such folder; hint: name a folder of policies")
    try:
        made = bundle(where, vocabulary(schemas()), teams)
        compile_rules("", made)
    except (KeyError, TypeError, ValueError, AttributeError) as bad:
        why = f"{where}: not usable as rules ({type(bad).__name__})"
        raise PlaceError(f"{why}; hint: compare routes.yaml and stages.yaml with those shipped with the hub") from bad
    return made


def known(team: str, teams: Iterable[str]) -> str:
    """
    The code of a team, however it was typed.

    >>> known("prob", ["PROB", "YJS"])
    'PROB'
    """
    code, codes = team.upper().replace("-", "_"), tuple(teams)
    if code not in codes:
        raise PlaceError(f"{team}: no such team; hint: one of {', '.join(codes)}")
    return code


def values(schemas: "Schemas", reader: "Reader", topic: str, partition: int | None = None) -> Iterator[dict[str, Any]]:
    """
    The decoded values of a topic; a record that cannot be decoded says so and stops nobody.

    A decision that is erased is not there, even where a broker still has it.
    """
    import structlog

    from hub import topics
    from hub.wire.codec import CodecError

    gone: set[tuple[int, int]] = set()
    if topic == topics.DECISIONS:
        gone = {(told["partition"], told["offset"]) for told in values(schemas, reader, topics.ERASURES)}
    for record in reader.scan(topic, partition):
        if topic == topics.DECISIONS and (record.value is None or (record.partition, record.offset) in gone):
            continue
        try:
            yield schemas.decode(record.value or b"")[2]
        except CodecError as bad:
            structlog.get_logger().warning(
                "undecodable", topic=topic, partition=record.partition, offset=record.offset, why=str(bad)
            )


def bundles(schemas: "Schemas", reader: "Reader") -> dict[str, dict[str, Any]]:
    """Every bundle of rules that the log knows, by hash: from the rules topic, else from where they took effect."""
    import json

    from hub import topics

    found = {told["hash"]: json.loads(told["bundle"]) for told in values(schemas, reader, topics.RULES)}
    if not found:
        header = schemas.newest["rules.activated"].header
        for record in reader.scan(topics.PERSON, 0):
            if (record.value or b"").startswith(header):
                told = schemas.decode(record.value or b"")[2]
                found[told["hash"]] = json.loads(told["bundle"])
    return found
