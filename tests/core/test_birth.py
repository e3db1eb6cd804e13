"""Which date of birth is planned on: the best evidence, whatever is told first, and in doubt a child's."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import rules

from hub.core.events import Event
from hub.core.person import Person, remember
from hub.core.view import view

YOUNG, OLD = date(2009, 7, 14), date(2005, 2, 3)
DAY = date(2026, 9, 1)


def registered(agency, dob, at=1, **more):
    return Event(f"{agency}-{at}", "person.registered", agency, f"r-{agency}", at, None, {"dob": dob, **more})


def corrected(agency, new, at=5, **more):
    return Event(f"{agency}-{at}", "person.dob_corrected", agency, f"r-{agency}", at, None, {"new": new, **more})


def seen(*events):
    person = Person()
    for event in events:
        person, _ = remember(person, event)
    return view(person, rules())


@pytest.mark.parametrize(
    ("better", "worse"),
    list(
        itertools.pairwise(
            [
                corrected("GMP", YOUNG, 1, evidence="BIRTH_CERT"),
                corrected("GMP", OLD, 2, evidence="AGE_ASSESSMENT"),
                registered("SCHOOL", YOUNG, 3),
                registered("MCC_CHILDRENS", OLD, 4),
                registered("HMPPS_PRISON", YOUNG, 5),
                registered("GMP", OLD, 6),
            ]
        )
    ),
    ids=lambda event: f"{event.agency} {event.fields.get('evidence', '')}",
)
def test_the_better_evidence_counts_though_the_worse_is_told_later(better, worse):
    if better.agency == worse.agency:
        worse = Event(worse.id, worse.type, worse.agency, "r-other", worse.at, None, worse.fields)
    told = better.fields.get("new") or better.fields.get("dob")

    assert seen(better, worse).born == seen(worse, better).born == told


@given(
    st.permutations(
        [registered("GMP", OLD), corrected("GMP", YOUNG), registered("YJS", OLD, 3), corrected("YJS", YOUNG, 4)]
    )
)
def test_the_order_in_which_dates_of_birth_are_told_never_matters(events):
    assert seen(*events).born == YOUNG


def test_a_correction_counts_before_what_the_same_source_had_said():
    assert seen(registered("SCHOOL", OLD, 9), corrected("SCHOOL", YOUNG, 5)).born == YOUNG


@pytest.mark.parametrize(
    ("precision", "day"), [("YEAR", date(2009, 1, 1)), ("MONTH", date(2009, 7, 1)), ("DAY", YOUNG), (None, YOUNG)]
)
def test_what_is_unknown_of_a_birthday_is_taken_for_the_earliest(precision, day):
    more = {} if precision is None else {"dob_precision": precision}
    born = seen(registered("YJS", YOUNG, **more)).birth

    assert (born.day, born.estimated) == (day, precision in {"YEAR", "MONTH"})


def test_whose_age_is_disputed_is_a_child_until_it_is_decided():
    claimed = registered("MCC_CHILDRENS", YOUNG)
    doubted = corrected("GMP", OLD, 5, disputed=True, evidence="HOME_OFFICE")
    assessed = corrected("MCC_CHILDRENS", OLD, 9, evidence="AGE_ASSESSMENT")

    assert seen(claimed, doubted).born == YOUNG
    assert seen(registered("GMP", OLD, age_disputed=True)).age(DAY) == 17
    assert seen(claimed, doubted, assessed).age(DAY) == seen(assessed, doubted, claimed).age(DAY) == 21
