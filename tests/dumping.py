"""All that a projection holds, to compare it by."""

from sqlalchemy import select

from hub.projection import tables
from hub.projection.database import Database


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that a projection holds."""
    with database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables.meta.sorted_tables
        }
