"""`hub bench --job decision`: few agreements and many are asked the same, and answer as the agreements read."""

from dataclasses import replace

import pytest
from shipped import policies, rules
from smallhub import told

from hub.bench.decision import FEW, MANY, Question, crowded, decision, verified
from hub.core.decide import step
from hub.core.person import Person
from hub.core.policy import index


@pytest.fixture(scope="module")
def figures():
    said = []
    return decision(1000, 2, said.append), said


def test_few_and_many_have_their_figures_and_every_answer_was_right(figures):
    made, said = figures

    assert made["verified"]
    assert 0 < made["delivered"] < made["decisions"]
    for figure in ("median_us", "delivered_median_us", "p99_us"):
        assert list(made[figure]) == [FEW, MANY]
        assert all(cost > 0 for cost in made[figure].values())
    assert len(said) == 2


def test_there_are_as_many_agreements_as_it_says():
    found = {clause.agreement for held in crowded(policies(), MANY).clauses.values() for clause in held}

    assert len(found) == MANY


def test_the_shipped_teams_are_decided_as_ever_among_many():
    many = crowded(policies(), FEW).clauses

    assert {key: many[key] for key in rules().clauses} == rules().clauses


@pytest.mark.parametrize("lost", [0, 1])
def test_an_answer_that_is_not_as_the_agreements_read_is_seen(lost):
    person, _ = step(Person(), "p-1", told(1, "person.registered"), rules())
    asked = Question(person, "p-1", told(2, "release_dates.changed", crd=None), "PROB")
    subscribed = {"release_dates.changed": (rules().teams["PROB"],)}
    made = replace(rules(), subscribers=subscribed, clauses=index(()) if lost else rules().clauses)

    assert verified(asked, policies(), [made]) == (not lost)
