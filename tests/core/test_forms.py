"""The forms in which a field may leave: known answers, and none says more than the value itself would."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.policy import DROP, FORMS

DAY, EDGES = date(2027, 1, 3), (1, 11)  # a Sunday of the last ISO week of 2026
VALUES = (DAY, 16, 0, True, False, "text", "", ("a", "b"), (), None)
GIVES = {  # what each form gives of each of VALUES; None is nothing
    "keep": VALUES,
    "year": (2027, *[None] * 9),
    "month": ("2027-01", *[None] * 9),
    "window": ("2026-W53", *[None] * 9),
    "band": (None, "11_and_over", "under_1", *[None] * 7),
    "yes_no": (True, True, False, True, False, True, False, True, False, None),
    "count": (*[None] * 7, 2, 0, None),
    "drop": (None,) * 10,
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_form_gives_this_of_that_and_nothing_of_what_it_does_not_fit(form):
    assert tuple(FORMS[form](value, EDGES) for value in VALUES) == GIVES[form]


values = st.one_of(st.none(), st.booleans(), st.integers(0, 99), st.text(), st.dates(), st.lists(st.text()).map(tuple))


@given(values, values, st.sampled_from(sorted(FORMS)))
def test_no_form_tells_apart_what_the_value_itself_would_not(one, other, form):
    assert (one, type(one)) != (other, type(other)) or FORMS[form](one, EDGES) == FORMS[form](other, EDGES)
    assert one is not None or FORMS[form](one, EDGES) is None


def test_without_bands_no_number_leaves_as_one():
    assert FORMS["band"](16, ()) is None


@given(values)
def test_what_is_dropped_never_leaves(value):
    assert FORMS[DROP](value, EDGES) is None
