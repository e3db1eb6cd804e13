"""
The newest state row of every key, in SQLite: inside the embedded log, and in files of its own beside Kafka.

State may outgrow memory. What is asked of it is one row by its key, and who falls due next: both by an index.
"""

import math
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import structlog

from hub.log import StoreError
from hub.topics import DECIDE_STATE
from hub.wire.rows import VERSION, RowError, front

log = structlog.get_logger()
Rows = Mapping[tuple[str, bytes], bytes | None]

SCHEMA = """
create table if not exists state (
  partition integer not null, topic text not null, key blob not null, value blob not null,
  due integer, rules text, primary key (partition, topic, key));
create index if not exists state_due on state (partition, due, key) where due is not null;
create index if not exists state_rules on state (partition, rules, key) where rules is not null;
"""
MARKS = """
create table if not exists marks (topic text primary key, "offset" integer not null);
create table if not exists hub (name text primary key, value text not null);
"""
PRAGMAS = """
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = normal;
"""
_RENEW = "update state set value = ? where partition = ? and topic = ? and key = ? and due is ? and rules is ?"
_PUT = """
insert into state values (?, ?, ?, ?, ?, ?) on conflict do update
set value = excluded.value, due = excluded.due, rules = excluded.rules
"""
_DROP = "delete from state where partition = ? and topic = ? and key = ?"
_GET = "select value from state where partition = ? and topic = ? and key = ?"
_DUE = "select due, key from state where partition = ? and due <= ? order by due, key"
_BELOW = "select rules, key from state where partition = ? and rules < ? order by rules, key"
_ABOVE = "select rules, key from state where partition = ? and rules > ? order by rules, key"
AT_ONCE = 128  # rows asked for in one question
_PLACES = ", ".join("?" * AT_ONCE)
_SOME = f"select key, value from state where partition = ? and topic = ? and key in ({_PLACES})"  # noqa: S608
SPOILT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
PATIENCE = 5.0  # seconds for another worker to let go of a file


class Store:
    """
    The rows of one *partition* in the database *sql*, which others may share.

    >>> store = Store(sqlite3.connect(":memory:"), 0)
    >>> store.put({("state.resolve.v1", b"r-1"): b"p-1"})
    >>> store.get("state.resolve.v1", b"r-1"), store.get("state.resolve.v1", b"r-2")
    (b'p-1', None)
    """

    def __init__(self, sql: sqlite3.Connection, partition: int) -> None:
        self._sql = sql
        self._partition = partition
        sql.executescript(SCHEMA)

    def get(self, topic: str, key: bytes) -> bytes | None:
        """The row of *key*."""
        try:
            found = self._sql.execute(_GET, (self._partition, topic, key)).fetchone()
        except sqlite3.Error as bad:
            raise self._fault(bad) from bad
        return None if found is None else found[0]

    def some(self, topic: str, keys: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(key, row) of those of *keys* that have one: rows asked for together cost less."""
        left = iter(keys)
        while asked := list(islice(left, AT_ONCE)):
            asked += asked[-1:] * (AT_ONCE - len(asked))  # always as many, so that it is one question to prepare
            yield from self._found(_SOME, topic, *asked)

    def due(self, until: int) -> Iterator[tuple[int, str]]:
        """(instant, handle) of the people with a timer up to *until*, in this order."""
        return ((due, key.decode()) for due, key in self._found(_DUE, until))

    def outdated(self, rules: str) -> Iterator[tuple[str, str]]:
        """(rules, handle) of the people planned under other rules than *rules*, in this order."""
        return ((under, key.decode()) for query in (_BELOW, _ABOVE) for under, key in self._found(query, rules))

    def rows(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Every row."""
        return self._found("select topic, key, value from state where partition = ?")

    def _found(self, query: str, *told: int | str | bytes) -> Iterator[Any]:
        try:
            yield from self._sql.execute(query, (self._partition, *told))
        except sqlite3.Error as bad:
            raise self._fault(bad) from bad

    def put(self, rows: Rows) -> None:
        """Keep *rows*, and forget those that are None, in whatever transaction is open."""
        number, run = self._partition, self._sql.execute
        for place, row in rows.items():
            if row is None:
                run(_DROP, (number, *place))
                continue
            found_by = _looked_up(*place, row)
            # Usually neither changes, and then SQLite need not write the pages of two indexes.
            if not run(_RENEW, (row, number, *place, *found_by)).rowcount:
                run(_PUT, (number, *place, row, *found_by))

    def _fault(self, bad: sqlite3.Error) -> StoreError:
        return StoreError(f"state: {bad}; hint: look at the disk that the hub's log lies on")


def keep_private(path: Path | str) -> None:
    """
    Make the file of a database for its owner alone; what SQLite lays beside it has its mode.

    One that is there is left alone: to close it here would end the locks that SQLite holds on it in this process.
    """
    if path != ":memory:":
        with suppress(OSError):  # SQLite says what is wrong
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _looked_up(topic: str, key: bytes, row: bytes) -> tuple[int | None, str | None]:
    """What a person's row is found by; the engine's own rows among them begin with `!`."""
    if topic != DECIDE_STATE or key.startswith(b"!"):
        return None, None
    try:
        return front(row)
    except RowError as bad:
        raise StoreError(f"{topic}: {bad}") from bad


def _code(bad: sqlite3.Error) -> int:
    """SQLite's own primary code; Python's errors have none."""
    return getattr(bad, "sqlite_errorcode", 0) & 0xFF


class Cache(Store):
    """
    The rows of one *partition* in the file *path*, as of *marks*: up to where its state topics were read.

    It is a cache of those topics, written when a commit is known. *identity* says which topics they are; what is of
    others, or was last written more than *lasts* seconds ago, so that deletions may have left the topics since, is
    wiped. A loss of power may take the newest of it, rows and marks together.

    >>> cache = Cache(":memory:", 0)
    >>> cache.write({("state.resolve.v1", b"r-1"): b"p-1"}, {"state.resolve.v1": 1})
    >>> cache.get("state.resolve.v1", b"r-1"), cache.marks
    (b'p-1', {'state.resolve.v1': 1})
    """

    def __init__(
        self,
        path: Path | str,
        partition: int,
        identity: str = "",
        lasts: float = math.inf,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self._path = path
        self._identity = f"{identity} rows={VERSION}"
        self._clock = clock
        self._patience = patience
        try:
            self._open(partition)
            why = self._unfit(lasts)
        except sqlite3.Error as bad:
            if _code(bad) not in SPOILT:
                raise self._fault(bad) from bad
            why = "it cannot be read"
        if why:
            self.wipe(why)

    def _open(self, partition: int) -> None:
        if self._path != ":memory:":
            Path(self._path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_private(self._path)
        sql = sqlite3.connect(self._path, isolation_level=None, timeout=self._patience)
        self._sql, self._partition = sql, partition
        sql.executescript(PRAGMAS)
        sql.execute("begin immediate")  # from now on until it is closed, the file is ours
        sql.execute("commit")
        super().__init__(sql, partition)
        sql.executescript(MARKS)
        self.marks: dict[str, int] = dict(sql.execute('select topic, "offset" from marks'))

    def _unfit(self, lasts: float) -> str:
        """Why the rows that are here cannot be built upon, or nothing."""
        told = dict(self._sql.execute("select name, value from hub"))
        if not told:
            return ""
        if told["identity"] != self._identity:
            return "it is of other topics, or of another release"
        age = self._clock() - float(told["written"])
        return "" if 0 <= age <= lasts else "it is too old to know what was deleted since"

    def wipe(self, why: str) -> None:
        """Begin anew with nothing."""
        log.info("state wiped", path=str(self._path), reason=why)
        self._remove()
        self._open(self._partition)

    def _remove(self) -> None:
        self.close()
        for end in ("", "-wal", "-shm") if self._path != ":memory:" else ():
            Path(f"{self._path}{end}").unlink(missing_ok=True)

    def write(self, rows: Rows, marks: Mapping[str, int]) -> None:
        """Keep *rows*, after which the topics were read up to *marks*: both or neither."""
        sql = self._sql
        try:
            sql.execute("begin")
            self.put(rows)
            sql.executemany("insert or replace into marks values (?, ?)", marks.items())
            told = [("identity", self._identity), ("written", str(self._clock()))]
            sql.executemany("insert or replace into hub values (?, ?)", told)
            sql.execute("commit")
        except sqlite3.Error as bad:
            raise self._fault(bad) from bad
        self.marks.update(marks)

    def close(self) -> None:
        """Let go of the file."""
        self._sql.close()

    def _fault(self, bad: sqlite3.Error) -> StoreError:
        if _code(bad) == sqlite3.SQLITE_BUSY:
            hint = "give each worker on one machine a HUB_INSTANCE_ID or HUB_STATE of its own"
            return StoreError(f"{self._path}: another worker has it; hint: {hint}")
        if _code(bad) in SPOILT:
            self._remove()  # or the next start would come to this point again
        return StoreError(f"{self._path}: {bad}; hint: look at its disk; the file itself may be deleted at any time")


class Passing:
    """
    The rows on their way to a partition that keeps its state in memory: once it has taken them, nothing more is kept.

    >>> passing = Passing()
    >>> passing.write({("counts", b"a"): b"1"}, {})
    >>> list(passing.rows()), list(passing.rows())
    ([('counts', b'a', b'1')], [])
    """

    marks: Mapping[str, int] = {}

    def __init__(self) -> None:
        self._rows: dict[tuple[str, bytes], bytes | None] | None = {}

    def rows(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Every row, this once."""
        rows, self._rows = self._rows or {}, None
        return ((topic, key, row) for (topic, key), row in rows.items() if row is not None)

    def write(self, rows: Rows, marks: Mapping[str, int]) -> None:
        """Keep *rows*, unless they were taken already."""
        if self._rows is not None:
            self._rows.update(rows)

    def wipe(self, why: str) -> None:
        """Begin anew with nothing."""
        self._rows = {}

    def close(self) -> None: ...
