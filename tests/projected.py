"""All that a projection holds, to compare it by; and a log that is told in any portions."""

import random

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


class Portioned:
    """A log that is told in portions of any size, its partitions in any order, and stops after *most* of them."""

    def __init__(self, reader, seed, most=1 << 30):
        self.reader, self.random, self.most = reader, random.Random(seed), most
        self.ends = reader.ends

    def follow(self, names, seen, until):
        lanes = [
            [record for record in self.reader.scan(name, number) if record.offset > seen.get((name, number), -1)]
            for name in names
            for number in range(4)
        ]
        lanes = [lane for lane in lanes if lane]
        for _ in range(self.most):
            portion = []
            for _ in range(self.random.randint(1, 6)):
                if lanes:
                    lane = self.random.choice(lanes)
                    count = self.random.choice((1, 7, 400))
                    portion += lane[:count]
                    del lane[:count]
                    lanes = [lane for lane in lanes if lane]
            yield portion
            if not lanes:
                return


def never():
    return False


def nothing(step):
    pass
