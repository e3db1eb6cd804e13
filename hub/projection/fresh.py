"""
Until when all that the log held was in the projection: so that an old page, or an empty one, is not taken for today's.

It lies beside the projection's own tables, for it does not come from the log; to wipe these is to know of nothing.
"""

from sqlalchemy import BigInteger, Column, Connection, Engine, Integer, MetaData, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

EVERY = 15_000_000  # microseconds between two marks while there is nothing new
OLD = 60_000_000  # microseconds after which pages say that they may be out of date
ROWS = Table(
    "projection_fresh",
    MetaData(),
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)


def mark(connection: Connection, at: int | None) -> None:
    """All of the log was in it *at* (UTC microseconds); None: nobody can say, for it is made anew."""
    ROWS.metadata.create_all(connection)
    connection.execute(delete(ROWS))
    if at is not None:
        connection.execute(insert(ROWS).values(one=1, at=at))
    connection.commit()


def stale(database: Engine, now: int) -> bool:
    """Whether what pages show may be older than a minute."""
    try:
        with database.connect() as connection:
            at = connection.execute(select(ROWS.c.at)).scalar()
    except SQLAlchemyError:
        return True  # nothing was ever marked here
    return at is None or now - at > OLD
