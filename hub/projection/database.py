"""Where the projection lies: a file beside the log, or a PostgreSQL that several consoles share."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from hub.edges.store import keep_private

LOCK = 0x6373_7068_7562  # PostgreSQL's advisory locks have numbers
FILE = "console.db"
POOL = {"pool_size": 10, "max_overflow": 40}  # a console answers on 40 threads


class ProjectionError(Exception):
    """A projection that cannot be opened or written; the text says the cure."""


class Database:
    """
    The database at *url*, such as `postgresql+psycopg://console@db/hub`; or the file `console.db` in a hub's *home*.

    >>> Database.of(Path("."), "mysql://db/hub")
    Traceback (most recent call last):
    hub.projection.database.ProjectionError: HUB_PROJECTION: not PostgreSQL; hint: write postgresql+psycopg://USER@HOST\
/NAME, or nothing for a file in the home
    """

    def __init__(self, engine: Engine, path: Path | None = None) -> None:
        self.engine = engine
        self.path = path

    @classmethod
    def of(cls, home: Path, url: str = "") -> "Database":
        """The projection of the hub in *home*: in its folder, or where *url* says."""
        return cls._postgres(url) if url else cls._file(home / FILE)

    @classmethod
    def _postgres(cls, url: str) -> "Database":
        hint = "write postgresql+psycopg://USER@HOST/NAME, or nothing for a file in the home"
        try:
            told = make_url(url)
        except ArgumentError:
            raise ProjectionError(f"HUB_PROJECTION: not an address of a database; hint: {hint}") from None
        if told.get_backend_name() != "postgresql":
            raise ProjectionError(f"HUB_PROJECTION: not PostgreSQL; hint: {hint}")
        return cls(create_engine(told.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **POOL))

    @classmethod
    def _file(cls, path: Path) -> "Database":
        keep_private(path)
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30, "check_same_thread": False}, **POOL)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return cls(engine, path)

    @property
    def postgres(self) -> bool:
        """Whether it is PostgreSQL."""
        return self.path is None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which all that is read is as it was at one moment."""
        with self._said(), self.engine.connect() as connection:
            if self.postgres:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The one connection that may write; a second one is refused, in whichever process or on whichever machine."""
        with self._said(), self._alone() as connection:
            yield connection

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        if self.path is not None:
            with _locked(self.path.with_name(f"{self.path.name}.lock")), self.engine.connect() as connection:
                yield connection.execution_options(writing=True)
            return
        with self.engine.connect() as connection:
            # The lock is the connection's: whoever loses the one has lost the other, and writes no more.
            if not connection.execute(text(f"select pg_try_advisory_lock({LOCK})")).scalar():
                raise _taken("the database")
            connection.commit()
            try:
                yield connection
            finally:
                with suppress(SQLAlchemyError):  # whose connection is gone has no lock any more
                    connection.rollback()
                    connection.execute(text(f"select pg_advisory_unlock({LOCK})"))
                    connection.commit()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as bad:
            where = "HUB_PROJECTION" if self.path is None else str(self.path)
            cause = type(getattr(bad, "orig", None) or bad).__name__
            hint = "is the database up, and is there room? `hub console rebuild` makes its content anew"
            raise ProjectionError(f"{where}: the projection cannot be used ({cause}); hint: {hint}") from bad


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say when a transaction begins
    for words in ("journal_mode = wal", "synchronous = normal", "secure_delete = on", "temp_store = memory"):
        connection.execute(f"pragma {words}")


def _begin(connection: Connection) -> None:
    """Who will write says so at once: to find out later that somebody else was quicker would end it."""
    writes = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("begin immediate" if writes else "begin")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    number = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _taken(str(path.parent)) from None
        yield
    finally:
        os.close(number)


def _taken(where: str) -> ProjectionError:
    hint = "one console writes and others read; to rebuild it, stop the one that writes"
    return ProjectionError(f"{where}: another process writes this projection; hint: {hint}")
