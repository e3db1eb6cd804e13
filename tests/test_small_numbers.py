"""Small numbers in reports: what is shown tells nobody a count below the threshold, by whatever sum."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hub.reports.small import HIDDEN, shown

LEAST = 5
counts = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda told: dict(zip("abcd", told, strict=False)))


def possible(made, counts, total):
    """Every way the parts could be, for one who sees what is shown and knows *total*, or not."""
    ranges = {"<5": range(1, 5), HIDDEN: range(5, 31)}
    columns = [ranges.get(mark) or (int(mark),) for mark in made.parts.values()]
    return [ways for ways in product(*columns) if total is None or sum(ways) == total]


@given(counts)
def test_a_small_count_could_be_any_small_count(told):
    made = shown(told, LEAST)
    total = int(made.total) if made.open else None
    ways = possible(made, told, total)

    for number, (name, count) in enumerate(told.items()):
        if 0 < count < LEAST:
            assert made.parts[name] == "<5"
            assert {way[number] for way in ways} == {1, 2, 3, 4}


@given(counts)
def test_what_needs_no_hiding_is_shown(told):
    made = shown(told, LEAST)

    if all(count == 0 or count >= LEAST for count in told.values()):
        assert made.parts == {name: str(count) for name, count in told.items()}
        assert made.total == str(sum(told.values()))


@given(counts)
def test_a_secret_total_is_not_the_sum_of_what_is_shown(told):
    made = shown(told, LEAST, secret=True)

    assert not made.open
    assert sum(told.values()) == 0 or HIDDEN in made.parts.values() or "<5" in made.parts.values()


@given(counts, st.integers(2, 9))
def test_no_small_number_is_ever_written(told, least):
    made = shown(told, least)

    assert not {str(number) for number in range(1, least)} & {*made.parts.values(), made.total}
