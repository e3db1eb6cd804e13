"""One made-up person, whom agencies tell of."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from hub.core.events import Event, Value
from hub.simulate.oracle.days import HOUR, instant

DAY = 24 * HOUR


def days(count: int) -> timedelta:
    return timedelta(days=count)


@dataclass(slots=True)
class Life:
    """One made-up person: the year they live in, their dice, and what is told of them."""

    number: int
    first: date
    length: int
    roll: Random
    born: date
    told: list[Event] = field(default_factory=list)
    seq: int = 0
    number_told: int = 0
    speaks_of: str = "A"

    def tell(self, at: int, agency: str, kind: str, **fields: Value) -> None:
        """One event; a field of None is left out, a `seq` orders the source's versions."""
        seq = fields.pop("seq", None)
        made = {name: value for name, value in fields.items() if value is not None}
        number = f"s-{self.number}-{self.number_told}"
        self.number_told += 1  # not their count: some are taken back, and no id is used twice
        record = f"{self.speaks_of}.{agency}"
        self.told.append(Event(number, kind, agency, record, at, seq if isinstance(seq, int) else None, made))

    def dates(self, at: int, **fields: Value) -> None:
        """The prison's dates as they now read."""
        self.seq += 1
        self.tell(at, "HMPPS_PRISON", "release_dates.changed", seq=self.seq, **fields)

    def prison(self, at: int, kind: str, **fields: Value) -> None:
        self.tell(at, "HMPPS_PRISON", kind, **fields)

    def some(self, share: float) -> bool:
        return self.roll.random() < share

    def day(self, earliest: int = 0, latest: int | None = None) -> date:
        return self.first + days(self.roll.randint(earliest, max(earliest, self.length if latest is None else latest)))

    def at(self, day: date) -> int:
        """Some moment of office hours."""
        return instant(day, 0) + self.roll.randint(8 * 60, 19 * 60) * (HOUR // 60)

    def soon(self, at: int, most: int = 24) -> int:
        return at + self.roll.randint(1, most * 60) * (HOUR // 60)
