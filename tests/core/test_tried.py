"""Why an answer was given, and what would have turned it: what is named does turn it, and nothing smaller would."""

from dataclasses import replace
from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from hub.core.policy import VOCABULARY, Ask, Clause, Effect, decide, index
from hub.core.tried import ON, tried, turns

DAY = date(2026, 6, 1)
NAMES = ("consent", "known", "age")
days = st.sampled_from([date(2026, 1, 1), date(2026, 5, 31), DAY, date(2026, 6, 2), date(2027, 1, 1)])
conditions = st.dictionaries(
    st.sampled_from(NAMES), st.sets(st.sampled_from(("yes", "no", "16_to_17")), min_size=1).map(frozenset)
).map(lambda table: tuple(sorted(table.items())))
laws = st.lists(
    st.builds(
        lambda number, effect, when, dates: Clause(
            f"DSA-900.{number}", "DSA-900", effect, "a test", "a gateway", ("x",), ("YJS",), ("HOUS",), when, (), *dates
        ),
        st.integers(1, 99),
        st.sampled_from(Effect),
        conditions,
        st.tuples(days, days, days),
    ),
    max_size=5,
).map(index)
asks = st.fixed_dictionaries({name: st.sampled_from((*VOCABULARY[name], None)) for name in NAMES}).map(
    lambda told: Ask("x", "YJS", "HOUS", DAY, told)
)


def changed(ask, facts):
    told = dict(facts)
    return replace(ask, on=told.pop(ON, ask.on), attributes={**ask.attributes, **told})


@given(asks, laws)
def test_every_change_that_is_named_turns_the_answer_and_all_are_of_one_size(ask, rules):
    found = turns(ask, rules)

    assert all(decide(changed(ask, facts), rules).allowed != decide(ask, rules).allowed for facts in found)
    assert len({len(facts) for facts in found}) <= 1


@given(asks, laws)
def test_no_smaller_change_of_facts_would_have_done(ask, rules):
    least = min((len(facts) for facts in turns(ask, rules)), default=len(NAMES) + 1)
    for words in product(*(VOCABULARY[name] for name in NAMES)):
        told = dict(zip(NAMES, words, strict=True))
        differing = sum(ask.attributes[name] != word for name, word in told.items())
        if decide(changed(ask, tuple(told.items())), rules).allowed != decide(ask, rules).allowed:
            assert differing >= least


@given(asks, laws)
def test_what_was_tried_says_of_each_clause_whether_it_applied(ask, rules):
    looked = tried(ask, rules)
    forbids = [one for one in looked if one.clause.effect is Effect.FORBID and one.unmet is None]
    permits = [one for one in looked if one.clause.effect is Effect.PERMIT and one.unmet is None]

    assert decide(ask, rules).allowed == (bool(permits) and not forbids)
    assert all(one.facts == {name: ask.attributes[name] for name, _ in one.clause.when} for one in looked)


def test_of_many_days_that_would_do_the_nearest_is_named():
    law = Clause(
        *("DSA-900.1", "DSA-900", Effect.PERMIT, "a test", "a gateway", ("x",), ("YJS",), ("HOUS",), (), ()),
        *(date(2025, 1, 1), date(2026, 3, 1), date(2026, 5, 1)),
    )

    assert turns(Ask("x", "YJS", "HOUS", DAY, {}), index([law])) == (((ON, date(2026, 3, 1)),),)
