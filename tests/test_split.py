"""A promise split by group: what is shown tells no small number, though the sums are known."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hub.reports.split import split

LEAST = 5
columns = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=4)


def cases(counts):
    for name, (kept, broken) in zip("abcd", counts, strict=False):
        yield from [(name, True)] * kept + [(name, False)] * broken


@given(columns)
def test_a_small_number_of_a_hidden_group_could_be_any_small_number(counts):
    made = split("group", cases(counts), LEAST)
    shown = {row.name: (int(row.kept), int(row.of) - int(row.kept)) for row in made.rows}
    hidden = [name for name, pair in zip("abcd", counts, strict=False) if name not in shown and any(pair)]

    for column in (0, 1):
        left = sum(pair[column] for pair in counts) - sum(pair[column] for pair in shown.values())
        ways = [way for way in product(range(left + 1), repeat=len(hidden)) if sum(way) == left]
        for place, name in enumerate(hidden):
            small = 0 < counts["abcd".index(name)][column] < LEAST
            if small and sum(pair[column] for pair in counts) >= LEAST:  # a smaller sum is not spoken of
                assert {1, 2, 3, 4} <= {way[place] for way in ways}


@given(columns)
def test_no_group_is_shown_with_a_small_number_in_it(counts):
    for row in split("group", cases(counts), LEAST).rows:
        kept, broken = int(row.kept), int(row.of) - int(row.kept)
        assert kept not in range(1, LEAST)
        assert broken not in range(1, LEAST)


@given(columns)
def test_every_group_is_shown_or_named_as_hidden(counts):
    made = split("group", cases(counts), LEAST)

    assert {row.name for row in made.rows} | {*made.hidden} == {name for name, _ in cases(counts)}
    assert not {row.name for row in made.rows} & {*made.hidden}


@given(columns)
def test_of_a_promise_that_is_not_spoken_of_no_group_is(counts):
    assert split("group", cases(counts), LEAST, spoken=False).rows == ()


def test_groups_that_are_large_enough_are_all_shown():
    made = split("group", cases([(9, 5), (6, 6), (0, 7)]), LEAST)

    assert [(row.name, row.kept, row.of, row.share) for row in made.rows] == [
        ("a", "9", "14", "64%"),
        ("b", "6", "12", "50%"),
        ("c", "0", "7", "0%"),
    ]
    assert made.hidden == ()


def test_of_a_sum_that_would_tell_small_numbers_whatever_is_hidden_nothing_is_shown():
    assert split("group", cases([(3, 9), (4, 9), (0, 9)]), LEAST).rows == ()
