"""What is put together by hand is, byte for byte, what the schema says."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from shipped import schemas

from hub.core.events import AlertChange, Decision, Outcome
from hub.wire.answers import change, decision

words = st.text(max_size=40)
codes = st.none() | words
whole = st.integers(-(2**63), 2**63 - 1)
days = st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1))
outcomes = st.builds(
    Outcome,
    *(words, st.booleans(), codes, codes, codes, st.lists(st.tuples(words, words), max_size=4).map(tuple)),
    *(codes, codes, codes),
)
decisions = st.builds(
    Decision, words, words, words, words, words, whole, words, st.lists(outcomes, max_size=4).map(tuple)
)
changes = st.builds(
    AlertChange,
    *(words, words, words, words, codes, whole, words, words, whole, words),
    *(codes, days, whole, whole, st.booleans(), codes, codes, words, days, codes, st.none() | whole, whole, whole),
)


def told(made):
    return {name: getattr(made, name) for name in made.__slots__}


def shown(one):
    gateway = one.gateway and one.gateway.split(": ")[0]
    return {**one._asdict(), "kept": dict(one.kept), "gateway": gateway}


@given(decisions)
def test_a_decision_is_as_its_schema_says(made):
    values = {**told(made), "outcomes": [shown(one) for one in made.outcomes]}

    assert schemas().newest["decision"].header + decision(made) == schemas().encode("decision", values)


@given(changes)
def test_a_change_of_an_alert_is_as_its_schema_says(made):
    assert schemas().newest["alert.change"].header + change(made) == schemas().encode("alert.change", told(made))
