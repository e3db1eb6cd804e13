"""What a team gets, and what it asked for and does not get, from the rules alone."""

from datetime import date

import pytest
from shipped import policies

from hub.reports.subscriptions import subscriptions

TODAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def rules():
    return policies()


def test_every_permit_of_the_team_is_named_and_no_other(rules):
    made = subscriptions(rules, "HOUS", TODAY)
    mine = {one["id"] for one in rules["clauses"] if one["effect"] == "permit" and "HOUS" in one["teams"]}

    assert {one.clause for kind in (*made.alerts, *made.events, *made.offered) for one in kind.permits} == mine


def test_what_was_asked_for_and_is_not_told_says_who_decides(rules):
    (one,) = subscriptions(rules, "HOUS", TODAY).refused

    assert (one.subject, one.decides) == ("person.released", "Information governance lead")


def test_an_agreement_that_has_ended_gives_nothing(rules):
    made = subscriptions(rules, "HOUS", date(2040, 1, 1))

    assert (made.alerts, made.events, made.offered) == ((), (), ())
    assert {one.subject for one in made.refused} == set(rules["teams"]["HOUS"]["subscribes"])


def test_a_form_and_a_condition_are_said_in_words(rules):
    one = subscriptions(rules, "HOUS", TODAY).alerts[0].permits[0]

    assert ("homeless", "yes or no only") in one.fields
    assert one.where == "the person agreed"
