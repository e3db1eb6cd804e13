"""Long times are counted by a few long spans, and come to the same days."""

from hypothesis import given
from hypothesis import strategies as st

from hub.projection.spans import DAY, MONTH, begins, cells, day, midnight, spans

DAYS = st.integers(min_value=-3000, max_value=60_000)


def whole(span):
    return range(begins(span.level, span.first), begins(span.level, span.last))


@given(DAYS, st.integers(min_value=0, max_value=4000))
def test_spans_are_the_days_asked_for_each_once(first, length):
    made = list(spans(first, first + length))

    assert [on for span in made for on in whole(span)] == list(range(first, first + length))
    assert sum(span.last - span.first for span in made if span.level == DAY) <= 60
    assert sum(span.last - span.first for span in made if span.level == MONTH) <= 22


@given(DAYS)
def test_a_day_begins_at_its_midnight_in_london(number):
    at = midnight(number)

    assert day(at) == number
    assert day(at - 1) == number - 1
    assert begins(MONTH, cells(at)[MONTH]) <= number < begins(MONTH, cells(at)[MONTH] + 1)
