"""Are we keeping our promises? What is shown of the cases: marks that tell of nobody, targets, definitions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.place import compiled
from hub.reports import figures
from hub.reports import promises as came
from hub.reports.commitments import Case
from hub.reports.month import answered as answered_chapter
from hub.reports.month import readable

RULES = compiled()


def shown(some, month="2026-11", least=5):
    return figures.figures(some, month, RULES, least)


def many(promise, counts):
    pairs = [(name, number) for name, count in counts.items() for number in range(count)]
    return [Case(promise, f"{name}{number}", date(2026, 11, 9), name, "b", "PROB") for name, number in pairs]


def of_cliff(counts, least=5):
    return next(one for one in shown(many("cliff", counts), least=least) if one.promise.name == "cliff")


@pytest.mark.parametrize(
    ("kept", "broken", "share", "met"),
    [(19, 1, "≥82%", False), (40, 0, "100%", True), (12, 8, "60%", False), (2, 30, "≤12%", False), (3, 3, "–", None)],
)
def test_a_share_says_no_more_than_the_numbers_that_may_be_shown(kept, broken, share, met):
    made = of_cliff({came.TAKEN_ON: kept, came.NOBODY_THERE: broken})

    assert (made.share, made.met) == (share, met)
    assert (made.of == "–") == (0 < kept < 5 or 0 < broken < 5)


@given(st.integers(0, 12), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_no_figure_tells_a_number_below_the_threshold(kept, broken, later, apart):
    told = {came.TAKEN_ON: kept, came.NOBODY_THERE: broken, came.TAKEN_ON_LATER: later, came.NO_CLIFF: apart}
    made = of_cliff(told)
    marks = {made.kept, made.broken, made.of, *(mark for _, mark in made.parts), *(mark for _, mark in made.details)}

    assert not marks & {"1", "2", "3", "4"}
    ways = [(a, b) for a in range(30) for b in range(30) if fits(a, made.parts[1][1]) and fits(b, made.parts[2][1])]
    ways = [(a, b) for a, b in ways if fits(a + b, made.broken)]
    for place, real in enumerate((broken, later)):
        if 0 < real < 5:
            assert {1, 2, 3, 4} <= {way[place] for way in ways} or broken + later < 5


def fits(number, mark):
    if mark == "–":
        return True
    return 0 < number < 5 if mark == "<5" else number == int(mark)


def test_targets_are_those_of_the_month():
    lines = [
        {"from": "2026-01-01", "target": 80, "source": "before", "confidence": "L"},
        {"from": "2026-11-01", "target": None, "source": "since", "confidence": "L"},
    ]
    rules = {"commitments": {"cliff": lines}}

    assert [figures.figures([], month, rules, 5)[0].target for month in ("2026-10", "2026-11")] == [80, None]
    assert figures.figures([], "2025-12", rules, 5) == []
    assert figures.figures([], "2026-11", {}, 5) == []


def test_every_definition_is_said_in_full():
    for one in shown([]):
        assert "{" not in one.promise.means + one.promise.query
        assert one.source


OF_ALERTS = (came.ANSWERED, came.ANSWERED_LATE, came.UNANSWERED, came.OVER_BEFORE, came.WAITS)


@given(st.dictionaries(st.sampled_from(OF_ALERTS), st.integers(0, 12)))
def test_alerts_are_hidden_as_the_report_of_the_month_hides_them(counts):
    made = next(one for one in shown(many("answered", counts)) if one.promise.name == "answered")
    reported = dict(readable(answered_chapter(many("answered", counts)), 5).tables[0][1])

    assert {name: mark for name, mark in made.parts if mark != "0"} == (
        reported or dict.fromkeys((name for name, _ in made.parts), "–") if any(counts.values()) else {}
    )


KINDS = ("release alert", "transition alert", "offer alert")


@given(st.lists(st.tuples(st.sampled_from(OF_ALERTS), st.sampled_from(KINDS)), max_size=60))
def test_two_tables_of_alerts_and_their_total_leave_every_small_number_open(pairs):
    some = [Case("answered", "p", date(2026, 11, 9), name, kind) for name, kind in pairs]
    made = readable(answered_chapter(some), 5)
    total, tables = spread(made.total), [dict(rows) for _, rows in made.tables if rows]

    for table in tables:
        for name in [name for name, mark in table.items() if mark == "<5"]:
            for number in (1, 2, 3, 4):
                sums = [
                    total,
                    *(added({**other, **({name: f"{number}"} if other is table else {})}) for other in tables),
                ]
                assert max(low for low, _ in sums) <= min(high for _, high in sums)


def spread(mark):
    """Between which numbers the one behind a mark lies, for one who knows the rule."""
    return {"<5": (1, 4), "–": (5, 1_000)}.get(mark) or (int(mark), int(mark))


def added(table):
    ranges = [spread(mark) for mark in table.values()]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def test_a_sum_with_a_hidden_part_is_hidden():
    counts = {came.ANSWERED: 20, came.ANSWERED_LATE: 40, came.UNANSWERED: 3, came.WAITS: 2}
    made = next(one for one in shown(many("answered", counts)) if one.promise.name == "answered")

    assert (made.kept, made.broken, made.share, made.of) == ("20", "–", "–", "–")
    assert made.met is None


def test_the_share_of_alerts_is_told_before_their_number_is():
    counts = {came.ANSWERED: 20, came.ANSWERED_LATE: 40, came.OVER_BEFORE: 3}
    made = next(one for one in shown(many("answered", counts)) if one.promise.name == "answered")

    assert (made.share, made.of) == ("33%", "60")
    assert readable(answered_chapter(many("answered", counts)), 5).total == "–"
