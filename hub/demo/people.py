"""
Made-up people, plain to see as such: `Testperson 0421 Example`, prisoner Z0421ZZ, a pupil of establishment 0000.

Each is drawn from the seed and their own number alone, so that person 17 is the same among 50 people and among 5,000.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from connectors.identifiers import SCHOOL, upn

MOST = 100_000  # what five digits can name
LETTERS = "ZYXWVUTSRQ"


def dice(seed: int, name: str) -> Random:
    """Dice that fall the same way for the same seed and name, on every machine."""
    return Random(f"csp-hub synthetic {seed} {name}")  # noqa: S311 - made-up people, no secret


@dataclass(frozen=True, slots=True)
class Made:
    """
    One made-up person and the numbers that agencies would know them by.

    >>> one = Made(421, date(1990, 5, 17), "M")
    >>> one.forename, one.surname, one.prisoner, one.pupil
    ('Testperson 0421', 'Example', 'Z0421ZZ', 'B999000000421')
    """

    number: int
    born: date
    sex: str

    @property
    def forename(self) -> str:
        return f"Testperson {self.number:04d}"

    @property
    def surname(self) -> str:
        return "Example"

    @property
    def link(self) -> str:
        """The reference the partners already share."""
        return f"EXAMPLE-{self.number:05d}"

    @property
    def prisoner(self) -> str:
        return f"Z{self.number % 10_000:04d}Z{LETTERS[self.number // 10_000]}"

    @property
    def pupil(self) -> str:
        """A pupil number of an establishment that cannot be, with the check letter that fits."""
        digits = f"9990000{self.number:05d}"
        fitting = ((letter + digits, upn(letter + digits)) for letter in SCHOOL)
        return next(number for number, checked in fitting if checked and checked.verified)

    @property
    def case(self) -> str:
        return f"TEST-YP-{self.number:05d}"

    @property
    def nominal(self) -> str:
        return f"TEST-{self.number:05d}"

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Everything of this person that must never be seen in the hub."""
        return (
            self.forename,
            self.link,
            self.prisoner,
            self.pupil,
            self.case,
            self.nominal,
            self.born.isoformat(),
        )


def born(roll: Random, on: date, youngest: int, oldest: int) -> date:
    """A day of birth that makes someone *youngest* to *oldest* years old on the day *on*."""
    return on - timedelta(days=roll.randint(youngest * 366, (oldest + 1) * 365 - 1))


def sex(roll: Random, men: float) -> str:
    return "M" if roll.random() < men else "F"
