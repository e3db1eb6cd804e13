"""The figures of the promises, and whom they fall on, as rows and as JSON: the same for commands and pages."""

from collections.abc import Iterator, Sequence
from typing import Any

from hub.reports.equity import NOT_HELD, Attribute
from hub.reports.figures import Figure, Trend, number


def flat(month: str, open_: bool, shown: Sequence[Figure], trend: Trend, least: int) -> dict[str, Any]:
    """The figures for programs: a number, or the mark where it is not shown."""
    return {
        "month": month,
        "so_far": open_,
        "threshold": least,
        "promises": {one.promise.name: _one(one, trend.get(one.promise.name, [])) for one in shown},
    }


def _one(one: Figure, trend: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "title": one.promise.title,
        "share": one.share,
        "kept": value(one.kept),
        "not_kept": value(one.broken),
        "of": value(one.of),
        "unit": one.promise.unit,
        "target": one.target,
        "source": one.source,
        "reached": one.met,
        "outcomes": {name: value(mark) for name, mark in one.parts},
        **({one.promise.detail.replace(" ", "_"): _values(one.details)} if one.promise.detail else {}),
        **{
            f"by_{split.title}": {row.name: {"kept": value(row.kept), "of": value(row.of)} for row in split.rows}
            for split in one.splits
        },
        "months": dict(trend),
        "definition": one.promise.means,
        "query": one.promise.query,
    }


def _values(rows: Sequence[tuple[str, str]]) -> dict[str, int | str]:
    return {name: value(mark) for name, mark in rows}


def value(mark: str) -> int | str:
    """
    A mark for programs: a number where it shows one.

    >>> value("1,200"), value("<5")
    (1200, '<5')
    """
    found = number(mark)
    return mark if found is None else found


def lines(month: str, shown: Sequence[Figure]) -> Iterator[tuple[str, ...]]:
    """The figures as rows: month, promise, table, part, mark."""
    for one in shown:
        name = one.promise.name
        yield from ((month, name, "", part, mark) for part, mark in _sums(one))
        yield from ((month, name, "outcome", part, mark) for part, mark in one.parts)
        yield from ((month, name, one.promise.detail, part, mark) for part, mark in one.details)
        for split in one.splits:
            yield from ((month, name, f"{split.title}: kept", row.name, row.kept) for row in split.rows)
            yield from ((month, name, f"{split.title}: of", row.name, row.of) for row in split.rows)


def _sums(one: Figure) -> Iterator[tuple[str, str]]:
    yield from (("share", one.share), ("kept", one.kept), ("not kept", one.broken), ("of", one.of))
    yield "target", "" if one.target is None else f"{one.target}%"


def equity_flat(year: int, made: Sequence[Attribute], least: int) -> dict[str, Any]:
    """The groups for programs."""
    return {
        "year": year,
        "threshold": least,
        "not_held": list(NOT_HELD),
        "by": {
            one.title: {
                "people": _values(one.people),
                "promises": {
                    each.promise: {
                        "groups": {row.name: {"kept": value(row.kept), "of": value(row.of)} for row in each.split.rows},
                        "too_few": list(each.split.hidden),
                    }
                    for each in one.promises
                },
            }
            for one in made
        },
    }


def equity_lines(year: int, made: Sequence[Attribute]) -> Iterator[tuple[str, ...]]:
    """The groups as rows: year, attribute, promise, group, kept, of, share."""
    for one in made:
        yield from ((f"{year}", one.title, "people", name, "", mark, "") for name, mark in one.people)
        for each in one.promises:
            rows = each.split.rows
            yield from ((f"{year}", one.title, each.promise, row.name, row.kept, row.of, row.share) for row in rows)
            yield from ((f"{year}", one.title, each.promise, name, "", "too few", "") for name in each.split.hidden)
