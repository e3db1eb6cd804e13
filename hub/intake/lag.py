"""How far each stage of the hub is behind its log: in records, and by the age of the oldest that waits."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hub import topics
from hub.edges.reader import Reader
from hub.projection.sources import Lag


class Stage(NamedTuple):
    """A step of an event's way: how many records wait for it, and since when the oldest does (UTC µs)."""

    name: str
    behind: int
    since: int | None


STAGES = (
    ("taking in what agencies send", "intake."),
    ("taking in what teams answer", "acks."),
    ("deciding", topics.PERSON),
)


def stages(reader: Reader, lags: Iterable[Lag]) -> tuple[Stage, ...]:
    """Every stage; *lags* are of the hub's inputs. On Kafka a transaction's mark counts as a record and has no age."""
    told = list(lags)
    return tuple(_stage(name, [one for one in told if one.topic.startswith(start)], reader) for name, start in STAGES)


def _stage(name: str, lags: list[Lag], reader: Reader) -> Stage:
    return Stage(name, sum(one.behind for one in lags), min(_ages(reader, lags), default=None))


def _ages(reader: Reader, lags: Iterable[Lag]) -> Iterator[int]:
    for one in lags:
        record = reader.one(one.topic, one.partition, one.first)
        if record is not None and record.timestamp >= 0:
            yield record.timestamp * 1000
