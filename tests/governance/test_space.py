"""Cells stand for every question: whatever is asked is in one cell, and all of a cell are answered alike."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.core.policy import VOCABULARY, Ask, Clause, Effect, decide, index
from hub.governance.space import assignments, cells, classes, spans, words

DAY, FIRST, LAST = timedelta(1), date(2026, 1, 1), date(2026, 1, 9)
KEY = ("needs.flagged", "YJS", "HOUS")
NAMES = ("age", "care", "consent")

days = st.integers(0, 8).map(lambda more: FIRST + more * DAY)


@st.composite
def clauses(draw):
    named = draw(st.sets(st.sampled_from(NAMES), max_size=2))
    when = tuple((name, draw(st.frozensets(st.sampled_from(VOCABULARY[name]), min_size=1))) for name in sorted(named))
    starts, review, ends = draw(days), draw(days), draw(days)
    number = draw(st.integers(1, 99))
    told = (f"DSA-900.{number}", "DSA-900", draw(st.sampled_from(Effect)), "a test", "a gateway")
    return Clause(*told, *((part,) for part in KEY), when, (("lha", "keep"),), starts, review, ends)


def every():
    for more in range(9):
        for attributes in assignments(NAMES):
            yield FIRST + more * DAY, attributes


@given(st.lists(clauses(), max_size=4))
def test_every_question_is_in_exactly_one_cell_which_answers_it_as_brute_force_does(found):
    table, told = index(found), list(cells(found, FIRST, LAST))

    for on, attributes in every():
        here = [cell for cell in told if cell.holds(on, attributes)]
        assert len(here) == 1
        asked = decide(here[0].ask(KEY), table)
        exact = decide(Ask(*KEY, on, attributes), table)
        assert (asked.allowed, asked.clause) == (exact.allowed, exact.clause)


@given(st.lists(clauses(), max_size=4), st.sampled_from([name for name in VOCABULARY if name not in NAMES]))
def test_an_attribute_that_no_clause_names_cannot_matter(found, other):
    table = index(found)

    for attributes in assignments(NAMES):
        answers = {decide(Ask(*KEY, FIRST, {**attributes, other: word}), table) for word in words(other)}
        assert len(answers) == 1


@given(st.sampled_from(sorted(VOCABULARY)), st.lists(clauses(), max_size=4))
def test_every_word_and_unknown_is_in_one_class(name, found):
    told = [word for some in classes(name, found) for word in some]

    assert sorted(told, key=str) == sorted((None, *VOCABULARY[name]), key=str)


def test_a_word_that_only_a_clause_knows_is_asked_about_too():
    strange = Clause(
        "1", "DSA-900", Effect.FORBID, "", "", (), (), (), (("age", frozenset({"ageless"})),), (), *[FIRST] * 3
    )

    assert ("ageless",) in classes("age", [strange])


def test_the_last_day_of_all_time_turns_nothing():
    always = Clause("1", "DSA-900", Effect.PERMIT, "", "", (), (), (), (), (), FIRST, date.max, date.max)

    assert spans([always]) == ((date.min, FIRST - DAY), (FIRST, date.max))
