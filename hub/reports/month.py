"""One month of the hub in numbers that tell of nobody: what was told, withheld, answered and kept aside."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub import words
from hub.reports.commitments import Case
from hub.reports.promises import PROMISES
from hub.reports.small import HIDDEN, Parts, shown
from hub.words import Told

NOBODY = "no agreement"


@dataclass(frozen=True, slots=True)
class Table:
    """One way to split a number into parts; where some must be hidden for another's sake, the *first* are."""

    title: str
    counts: Mapping[str, int]
    first: Container[str] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """
    One number, and every way in which the report splits it: all tables have the same sum.

    Where the first table *leads*, the number itself and the other tables are hidden before its parts are.
    """

    name: str
    title: str
    tables: tuple[Table, ...]
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A chapter as it may be read: its total, and each table's title and parts, the largest first."""

    name: str
    title: str
    total: str
    tables: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def month(
    decisions: Iterable[Told], alerts: Iterable[Case], aside: Iterable[tuple[str, str]], book: words.Book
) -> list[Chapter]:
    """
    The chapters of a month: its *decisions*, the *alerts* and corrections first told in it, and what was kept *aside*.

    Each of *aside* is whose it was and why.
    """
    told, not_told = Counters(), Counters()
    for made in decisions:
        for one in made["outcomes"]:
            team = book.team(made["bundle"], one["team"])
            (told if one["delivered"] else not_told).add(made, one, team)
    kept, told_of = list(aside), list(alerts)
    corrected = [one for one in told_of if one.promise == "corrected"]
    return [
        Chapter("delivered", "Told to a team", told.tables()),
        Chapter("withheld", "Withheld from a team", (Table("why", not_told.reasons), *not_told.tables())),
        answered(told_of),
        Chapter("corrections", "Corrections told", (Table("what", Counter(one.came for one in corrected)),)),
        Chapter(
            "quarantine",
            "Kept aside: what the hub could not take",
            (Table("whose", Counter(owner for owner, _ in kept)), Table("why", Counter(why for _, why in kept))),
        ),
    ]


def answered(alerts: Iterable[Case]) -> Chapter:
    """The alerts that were first told in a month: what came of them, and of which kind they are."""
    raised = [one for one in alerts if one.promise == "answered"]
    came, kinds = (Counter(getattr(one, name) for one in raised) for name in ("came", "detail"))
    apart = PROMISES["answered"].apart
    tables = Table("what came of them", came, apart), Table("kind", kinds)
    return Chapter("alerts", "Alerts raised", tables, leads=True)


class Counters:
    """Outcomes of one sort, counted by what they are, for whom, and under which agreement."""

    def __init__(self) -> None:
        self.reasons, self.teams, self.agreements, self.kinds = (Counter[str]() for _ in range(4))

    def add(self, made: Told, one: Told, team: str) -> None:
        """Count one outcome."""
        self.reasons[one["reason"] or ""] += 1
        self.teams[team] += 1
        self.agreements[one["agreement"] or NOBODY] += 1
        self.kinds[words.happening(made["subject"])] += 1

    def tables(self) -> tuple[Table, ...]:
        """By team, by agreement, by what it was."""
        return Table("team", self.teams), Table("agreement", self.agreements), Table("what", self.kinds)


def readable(chapter: Chapter, least: int) -> Shown:
    """
    *chapter* without anything that tells a number from 1 to one below *least*: not by any table, nor by its total.

    Of a total that is itself so small nothing more is said: into how many parts it falls would narrow it down.
    """
    first = chapter.tables[0]
    made = [_shown(table, least, False) for table in chapter.tables]
    if chapter.leads and not made[0].total.startswith("<") and _withholds(first, made):
        marks = {name: f"<{least}" if 0 < count < least else f"{count:,}" for name, count in first.counts.items()}
        made = [Parts(HIDDEN, marks), *(Parts(HIDDEN, {}) for _ in made[1:])]
    elif not all(part.open for part in made):
        made = [_shown(table, least, True) for table in chapter.tables]
    if made[0].total.startswith("<"):
        made = [Parts(made[0].total, {}) for _ in made]
    rows = (_ordered(table.counts, part) for table, part in zip(chapter.tables, made, strict=True))
    titles = (table.title for table in chapter.tables)
    return Shown(chapter.name, chapter.title, made[0].total, tuple(zip(titles, rows, strict=True)))


def _withholds(table: Table, made: Sequence[Parts]) -> bool:
    """Whether more than the parts that go first would have to be hidden, or the total has to be."""
    hidden = (name for name, mark in made[0].parts.items() if mark == HIDDEN)
    return not all(part.open for part in made) or any(name not in table.first for name in hidden)


def _shown(table: Table, least: int, secret: bool) -> Parts:
    return shown(table.counts, least, secret, table.first)


def _ordered(counts: Mapping[str, int], made: Parts) -> tuple[tuple[str, str], ...]:
    """The largest first; those that are hidden last and by name, for their order would tell how they compare."""
    names = sorted(made.parts, key=lambda name: (0, -counts[name], name) if _plain(made.parts[name]) else (1, 0, name))
    return tuple((name, made.parts[name]) for name in names if counts[name])


def _plain(mark: str) -> bool:
    return mark.replace(",", "").isdigit()


def both(delivered: Shown, withheld: Shown) -> str:
    """How many outcomes there were; not told where it would tell one of its two parts."""
    if not (_plain(delivered.total) and _plain(withheld.total)):
        return HIDDEN
    return f"{int(delivered.total.replace(',', '')) + int(withheld.total.replace(',', '')):,}"


def flat(made: Iterable[Shown]) -> dict[str, Any]:
    """The chapters for programs: a number, or None and `<5` where it is not shown."""
    return {
        one.name: {
            "total": number(one.total),
            **{title: {name: number(mark) for name, mark in rows} for title, rows in one.tables},
        }
        for one in made
    }


def number(mark: str) -> int | str | None:
    """
    A mark as a program reads it.

    >>> number("1,200"), number("<5"), number("–")
    (1200, '<5', None)
    """
    return int(mark.replace(",", "")) if _plain(mark) else None if mark == HIDDEN else mark
