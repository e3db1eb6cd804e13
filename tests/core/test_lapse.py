"""Agreements that are about to lapse are known a month before; a forbid never lapses."""

from dataclasses import replace
from datetime import date, timedelta

from shipped import rules

from hub.core.lapse import lapsing, last_days
from hub.core.policy import Effect

DAY = date(2026, 6, 30)
LATER = DAY + timedelta(days=9)
ONE = next(clause for found in rules().clauses.values() for clause in found if clause.effect is Effect.PERMIT)


def a_clause(review, ends, effect=Effect.PERMIT):
    return replace(ONE, agreement="DSA-900", review_by=review, ends=ends, effect=effect)


def test_an_agreement_discloses_until_its_review_or_its_end_whichever_comes_first():
    assert last_days([a_clause(DAY, LATER)]) == {"DSA-900": DAY}
    assert last_days([a_clause(LATER, DAY), a_clause(LATER, LATER)]) == {"DSA-900": DAY}


def test_an_agreement_that_only_forbids_never_lapses():
    assert last_days([a_clause(DAY, DAY, Effect.FORBID)]) == {}


def test_what_lapses_within_a_month_or_has_is_named_the_earliest_first():
    lasts = {"A": DAY, "B": DAY - timedelta(days=31), "C": DAY - timedelta(days=40), "D": DAY + timedelta(days=99)}

    assert [name for name, _ in lapsing(lasts, DAY - timedelta(days=31))] == ["C", "B"]
    assert [name for name, _ in lapsing(lasts, DAY - timedelta(days=30))] == ["C", "B", "A"]


def test_the_rules_in_force_know_when_each_agreement_lapses():
    made = rules()

    assert {*made.lapses} >= {"DSA-001", "DSA-004"}
    assert made.lapses["DSA-001"] == made.calendar.instant(date(2029, 1, 1), 0)
