"""A promise split by group: whom it was kept for and whom not, with nothing in it that tells a small number."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.reports.small import HIDDEN, shown


@dataclass(frozen=True, slots=True)
class Row:
    """One group: how many of its cases kept the promise, of how many, and the share in percent, rounded down."""

    name: str
    kept: str
    of: str
    share: str


@dataclass(frozen=True, slots=True)
class Split:
    """One way to split a promise; *hidden* counts the groups that are too small to be shown."""

    title: str
    rows: tuple[Row, ...]
    hidden: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows as a table has them."""
        return tuple((row.name, row.kept, row.of, row.share) for row in self.rows)


def split(title: str, told: Iterable[tuple[str, bool]], least: int, spoken: bool = True) -> Split:
    """
    Split cases, each its group and whether it kept the promise, so that both sums may be known from elsewhere.

    A group is shown with both of its numbers or not at all. Nothing is shown of a promise that is not *spoken* of
    itself, nor where the sums would tell a small number whatever is hidden.

    >>> split("age", [("a", True)] * 9 + [("a", False)] * 6 + [("b", True)] * 8, 5).rows[0]
    Row(name='a', kept='9', of='15', share='60%')
    """
    cases = Counter(told)
    groups = sorted({group for group, _ in cases})
    marks = {kept: _column({group: cases[group, kept] for group in groups}, least) for kept in (True, False)}
    open_ = [group for group in groups if spoken and all(marks[kept][group] for kept in marks)]
    rows = [_row(group, cases[group, True], cases[group, False]) for group in open_]
    return Split(title, tuple(rows), tuple(group for group in groups if group not in open_))


def _column(counts: Mapping[str, int], least: int) -> dict[str, bool]:
    """Which numbers of a column may be shown, though its sum is known; none, where that sum would tell one."""
    made = shown(counts, least)
    safe = made.open or not any(counts.values())
    return {group: safe and mark != HIDDEN and not mark.startswith("<") for group, mark in made.parts.items()}


def _row(name: str, kept: int, broken: int) -> Row:
    return Row(name, f"{kept:,}", f"{kept + broken:,}", percent(kept, kept + broken))


def percent(part: int, whole: int) -> str:
    """
    A share in percent, rounded down, so that only what is whole is 100%.

    >>> percent(999, 1000), percent(0, 0)
    ('99%', 'none')
    """
    return f"{100 * part // whole}%" if whole else "none"
