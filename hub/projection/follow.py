"""Keeps a projection up with its log: rows and positions in one transaction, so that to be killed costs nothing."""

import time
from collections.abc import Callable, Iterator, Sequence

import structlog
from sqlalchemy import Connection, select

from hub import topics
from hub.edges.reader import Reader
from hub.log import Record
from hub.projection import fresh, tables
from hub.projection.database import Database
from hub.projection.fold import Fold, Rows
from hub.projection.settle import settle, upsert

log = structlog.get_logger()
MOST = 20_000  # records of one transaction of a rebuild
Progress = Callable[[int, int], None]
Notify = Callable[[int], None]


def follow(database: Database, fold: Fold, reader: Reader, until: Callable[[], bool], notify: Notify) -> None:
    """
    Fold what the log holds and what comes, until told to stop; *notify* hears of how many
    records each step was, once they are there to be read.

    ProjectionError where another process writes, ReadError where the log cannot be read.
    """
    with database.writing() as connection:
        _prepare(connection, fold, reader)
        marked = 0
        for portion in reader.follow(fold.names, positions(connection), until):
            if portion:
                notify(_apply(connection, fold, portion))
            elif (now := time.time_ns() // 1000) - marked >= fresh.EVERY:
                reader.ends((topics.DECISIONS,))  # a broker that is gone has nothing new, either: this fails
                fresh.mark(connection, now)
                marked = now


def rebuild(database: Database, fold: Fold, reader: Reader, progress: Progress) -> int:
    """
    Make the projection anew from the log as it is now; how many records that was.

    *progress* is told how many records are folded, and of about how many.
    """
    with database.writing() as connection:
        wipe(connection)
        total, done = sum(reader.ends(fold.names).values()), 0
        for portion in _portions(record for topic in fold.names for record in reader.scan(topic)):
            _apply(connection, fold, portion)
            done += len(portion)
            progress(done, max(total, done))
    return done


def positions(connection: Connection) -> dict[tuple[str, int], int]:
    """How far each topic's partition is folded: the last offset."""
    found = connection.execute(select(tables.positions)).all()
    connection.commit()
    return {(topic, partition): offset for topic, partition, offset in found}


def wipe(connection: Connection) -> None:
    """Begin anew with nothing."""
    fresh.mark(connection, None)
    tables.meta.drop_all(connection)
    tables.meta.create_all(connection)
    connection.execute(tables.about.insert(), [{"name": "version", "value": tables.version()}])
    connection.commit()


def _prepare(connection: Connection, fold: Fold, reader: Reader) -> None:
    """Have the tables of this release, of this log."""
    tables.meta.create_all(connection, tables=[tables.about])
    version = connection.execute(select(tables.about.c.value).where(tables.about.c.name == "version")).scalar()
    connection.commit()
    if version == tables.version():
        ends, seen = reader.ends(fold.names), positions(connection)
        if all(at < ends.get(place, 0) for place, at in seen.items()):
            return
        log.info("projection wiped", reason="it is of another log")
    elif version is not None:
        log.info("projection wiped", reason="it is of another release")
    wipe(connection)


def _portions(records: Iterator[Record]) -> Iterator[Sequence[Record]]:
    portion: list[Record] = []
    for record in records:
        portion.append(record)
        if len(portion) == MOST:
            yield portion
            portion = []
    if portion:
        yield portion


def _apply(connection: Connection, fold: Fold, records: Sequence[Record]) -> int:
    """One transaction: the rows of *records* that are new, and how far that is; how many they were."""
    seen = positions(connection)
    rows, names, done = Rows(), set(), 0
    for record in records:
        place = record.topic, record.partition
        if record.offset > seen.get(place, -1):
            seen[place] = record.offset
            fold.take(record, rows)
            names.add(record.topic)
            done += 1
    with connection.begin():
        settle(connection, rows)
        upsert(
            connection,
            tables.positions,
            [{"topic": t, "partition": p, "offset": at} for (t, p), at in seen.items() if t in names],
            lambda new: {"offset": new.offset},
        )
    if rows.rows["erased"]:
        _forget(connection)
    return done


def _forget(connection: Connection) -> None:
    """Leave nothing of what was erased in the file beside SQLite's own."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("pragma wal_checkpoint(truncate)")  # below SQLAlchemy, which would begin a transaction
