"""
The embedded log: partitions and offsets in one SQLite file, one transaction a batch.

The same topics, the same records and the same rows as on Kafka: for a first look, and for a pilot on one machine.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import time_ns
from typing import Any

import msgspec

from hub.edges.breaker import Breaker, taken
from hub.edges.store import Rows, Store, keep_private
from hub.engine import Partition, Program
from hub.log import Headers, Out, Record

SCHEMA = """
create table if not exists log (
  topic text not null, partition integer not null, "offset" integer not null,
  key blob, value blob, headers text not null, timestamp integer not null,
  primary key (topic, partition, "offset")) without rowid;
create table if not exists hub (name text primary key, value text not null);
"""
_PARTITIONS = "insert or ignore into hub values ('partitions', ?)"
_EMPTY = """
update log set key = null, value = null, headers = '' where topic = ? and partition = ? and "offset" = ?
"""


def _lay(path: Path, partitions: int) -> None:
    """A log appears with all its tables, or not at all: others read while it is made, or make it too."""
    new = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    keep_private(new)
    try:
        with closing(sqlite3.connect(new, isolation_level=None)) as sql:
            sql.execute("pragma journal_mode = wal")
            sql.executescript(SCHEMA)
            sql.execute(_PARTITIONS, (str(partitions),))
            Store(sql, 0)
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)


class LogError(Exception):
    """A log file that cannot be used; the text says the cure."""


class EmbeddedLog:
    """
    A log of *partitions* partitions in the file *path*, made when it does not exist; *states* has their state rows.

    *clock* says in nanoseconds when a record enters. *durable* survives a loss of power; without it, only a crash of
    the program (enough for synthetic data).

    >>> log = EmbeddedLog(":memory:", 2)
    >>> log.append([Out("person.v1", 1, b"k", b"v", ())])
    >>> [(record.offset, record.value) for record in log.read("person.v1", 1, 0)]
    [(0, b'v')]
    """

    def __init__(
        self, path: Path | str, partitions: int, durable: bool = True, clock: Callable[[], int] = time_ns
    ) -> None:
        try:
            if path != ":memory:" and not Path(path).exists():
                _lay(Path(path), partitions)
            self._sql = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._sql.execute("pragma journal_mode = wal")
            self._sql.execute("pragma synchronous = full" if durable else "pragma synchronous = off")
            self._sql.executescript(SCHEMA)
            self.states = tuple(Store(self._sql, number) for number in range(partitions))
        except (sqlite3.Error, OSError) as bad:
            hint = "name a new file or one made by this release of the hub"
            raise LogError(f"{path}: not a hub log ({type(bad).__name__}); hint: {hint}") from bad
        self.partitions = self._count(path, partitions)
        self._clock = clock

    def _count(self, path: Path | str, partitions: int) -> int:
        self._sql.execute(_PARTITIONS, (str(partitions),))
        held = int(self._sql.execute("select value from hub where name = 'partitions'").fetchone()[0])
        if held != partitions:
            raise LogError(f"{path}: has {held} partitions, not {partitions}; hint: keep the count it was made with")
        return held

    def close(self) -> None:
        """Let go of the file."""
        self._sql.close()

    def append(self, outs: Iterable[Out]) -> None:
        """Append records as one transaction."""
        self.commit(-1, outs, {})

    def commit(self, partition: int, outs: Iterable[Out], rows: Rows) -> None:
        """Make *outs* and the state *rows* of *partition* visible together, or not at all."""
        with self._together():
            self._add(outs)
            if rows:
                self.states[partition].put(rows)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What is written within is visible together, or not at all; what goes wrong is raised again once undone."""
        self._sql.execute("begin immediate")
        try:
            yield
        except BaseException:
            if self._sql.in_transaction:  # a full disk has ended it already, and its own error is the one to see
                self._sql.execute("rollback")
            raise
        self._sql.execute("commit")

    def _add(self, outs: Iterable[Out]) -> None:
        now = self._clock() // 1_000_000
        ends: dict[tuple[str, int], int] = {}
        added: list[tuple[Any, ...]] = []
        for out in outs:
            place = (out.topic, out.partition)
            offset = ends[place] if place in ends else self.end(*place)
            ends[place] = offset + 1
            added.append((*place, offset, out.key, out.value, _dump(out.headers), now))
        self._sql.executemany("insert into log values (?, ?, ?, ?, ?, ?, ?)", added)

    def empty(self, records: Iterable[Record], outs: Iterable[Out]) -> None:
        """Append *outs* and leave nothing of *records* but their places, both or neither; it is overwritten."""
        gone = [(record.topic, record.partition, record.offset) for record in records]
        self._sql.execute("pragma secure_delete = on")
        with self._together():
            self._sql.executemany(_EMPTY, gone)
            self._add(outs)
        self._sql.execute("pragma wal_checkpoint(truncate)")  # or the old pages would stay in the file beside it

    @contextmanager
    def moment(self) -> Iterator[None]:
        """What is read within is as it was at one moment; the file is locked once for all of it, not for each row."""
        self._sql.execute("begin")
        try:
            yield
        finally:
            self._sql.execute("rollback")

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next record of this partition will have."""
        found = self._sql.execute('select max("offset") from log where topic = ? and partition = ?', (topic, partition))
        last = found.fetchone()[0]
        return 0 if last is None else int(last) + 1

    def read(self, topic: str, partition: int, start: int, limit: int = 1000) -> list[Record]:
        """Up to *limit* records from offset *start* on."""
        rows = self._sql.execute(
            'select * from log where topic = ? and partition = ? and "offset" >= ? order by "offset" limit ?',
            (topic, partition, start, limit),
        )
        return [Record(topic, partition, at, key, value, _load(text), ms) for _, _, at, key, value, text, ms in rows]

    def scan(self, topic: str) -> Iterator[Record]:
        """Every record of a topic, partition by partition."""
        for partition in range(self.partitions):
            start = 0
            while found := self.read(topic, partition, start):
                yield from found
                start = found[-1].offset + 1

    def topics(self) -> list[str]:
        """The topics that hold anything."""
        return [row[0] for row in self._sql.execute("select distinct topic from log order by topic")]


class Worker:
    """Runs every partition of a hub over an embedded log."""

    def __init__(self, log: EmbeddedLog, program: Program, batch: int = 500) -> None:
        self._log = log
        self._batch = batch
        self.partitions = [Partition(number, program, state) for number, state in enumerate(log.states)]
        self.breakers = [Breaker(one.number, sealed=one.sealed) for one in self.partitions]

    def drain(self) -> int:
        """Apply everything there is to read and nobody holds back, and what that leads to; how many records it was."""
        total = 0
        while done := sum(self.turn(partition) for partition in self.partitions):
            total += done
        return total

    def turn(self, partition: Partition) -> int:
        """Apply one batch of one partition; how many records it was."""
        with self._log.moment():
            records = self._read(partition)
            if not records:
                return 0
            batch = partition.apply(records)
        self._log.commit(partition.number, batch.outs, batch.rows)
        partition.accept(batch)
        self.breakers[partition.number].note(records, batch.held)
        self.breakers[partition.number].seal(partition.sealed)
        return len(taken(records, batch.held))

    def _read(self, partition: Partition) -> Sequence[Record]:
        found: list[Record] = []
        breaker = self.breakers[partition.number]
        breaker.free()
        for topic in partition.program.inputs:
            if topic in breaker.held:
                continue
            found += self._log.read(topic, partition.number, partition.position(topic) + 1, self._batch - len(found))
            if len(found) >= self._batch:
                break
        return found


def _dump(headers: Headers) -> str:
    return _encode([(name, value.decode("latin-1")) for name, value in headers]).decode() if headers else ""


def _load(text: str) -> Headers:
    return tuple([(name, value.encode("latin-1")) for name, value in _decode(text)]) if text else ()


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[str, str]]).decode
