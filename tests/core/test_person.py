"""What the hub keeps of a person does not depend on the order in which a source's events arrive."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import rules

from hub.core.attributes import Asked, Attributes
from hub.core.decide import known, step
from hub.core.events import Event
from hub.core.person import MARK, MOST_FACTS, RECENT, REMEMBERED, Person, remember
from hub.core.view import care_status, view

AT = 1_790_000_000_000_000


def told(kind, at=0, seq=None, number="e", agency="HMPPS_PRISON", record="r-1", **fields):
    return Event(f"{number}-{at}-{seq}", kind, agency, record, AT + at, seq, fields)


def asked(person):
    """What an agreement with housing may ask of *person*."""
    asking = Asked(person, view(person), rules(), rules().calendar.local_date(AT))
    return Attributes({}, asking, rules().teams["HOUS"])


def remembered(events):
    person = Person()
    for event in events:
        person, _ = remember(person, event)
    return person.slices


dates = st.builds(
    lambda at, seq, crd: told("release_dates.changed", at, seq, crd=crd),
    st.integers(0, 9),
    st.integers(0, 9),
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
)
needs = st.builds(
    lambda at, homeless, teams: told("needs.flagged", at, homeless=homeless, consent=tuple(teams)),
    st.integers(0, 9),
    st.booleans(),
    st.lists(st.sampled_from(["HOUS", "SMS"]), max_size=2, unique=True),
)
withdrawals = st.builds(lambda at: told("consent.withdrawn", at, number="w", teams=("HOUS",)), st.integers(0, 9))
histories = st.lists(st.one_of(dates, needs, withdrawals), max_size=8, unique_by=lambda event: (event.type, event.id))


@given(histories.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_arrival_order_within_a_source_never_matters(both):
    events, shuffled = both

    assert remembered(events) == remembered(shuffled)


def test_an_older_version_is_known_as_outdated_and_a_repeated_one_as_such():
    person, _ = remember(Person(), told("release_dates.changed", 0, 7, crd=date(2027, 5, 12)))

    assert remember(person, told("release_dates.changed", 9, 6, crd=date(2027, 8, 18)))[1] == "OUTDATED"
    assert remember(person, told("release_dates.changed", 9, 7, crd=date(2027, 5, 12)))[1] == "REPEATED"


def test_what_no_rule_needs_is_not_kept():
    assert "attendance.marked" not in REMEMBERED
    assert remembered([told("attendance.marked", code="N")]) == {}


def test_an_erased_record_leaves_nothing_behind_but_that_it_was():
    slices = remembered(
        [told("needs.flagged", homeless=True), told("person.erased", 5), told("needs.flagged", 3, health=True)]
    )

    assert list(slices["HMPPS_PRISON/r-1"].facts) == ["erased"]


def test_a_protected_persons_mark_is_lifted_by_the_record_that_set_it_alone():
    marked = told("person.registered", 0, protected=True)
    others = told("person.registered", 9, agency="GMP", record="r-2", protected=False)
    lifted = told("person.registered", 9, number="z", protected=False)

    assert marks([marked, others]) == marks([others, marked]) == "yes"
    assert marks([marked, told("person.erased", 9)]) == "yes"
    assert marks([marked, lifted]) == "no"


def marks(events):
    person = Person()
    for event in events:
        person, _ = remember(person, event)
    return asked(person)["protected"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_versions_with_and_without_a_sequence_have_one_winner(order):
    versions = [
        told("release_dates.changed", 5, 2, "a", crd=date(2027, 1, 6)),
        told("release_dates.changed", 1, 3, "b", crd=date(2027, 2, 3)),
        told("release_dates.changed", 3, None, "c", crd=date(2027, 3, 3)),
    ]
    slices = remembered([versions[number] for number in order])

    assert slices["HMPPS_PRISON/r-1"].facts["dates:"].fields["crd"] == date(2027, 3, 3)


def consents(*events):
    person, _ = remember(Person(), told("person.registered", dob=date(2001, 1, 1)))
    for event in events:
        person, _ = remember(person, event)
    return asked(person)["consent"]


def test_doubt_about_consent_refuses():
    given = told("consent.given", 1, teams=("HOUS",))

    assert consents(given) == "yes"
    assert consents(given, told("consent.withdrawn", 1, number="a", teams=("HOUS",))) == "no"
    assert consents(told("consent.withdrawn", 1, number="a", teams=("HOUS",)), given) == "no"
    assert consents(given, told("consent.withdrawn", 2)) == "no"
    assert (
        consents(told("needs.flagged", 1, 100, consent=("HOUS",)), told("consent.withdrawn", 2, 2, teams=("HOUS",)))
        == "no"
    )
    assert consents(told("consent.given", 1, teams=("HOUS",), given_by="MOTHER")) == "no"


def test_one_agency_cannot_speak_for_the_record_of_another():
    slices = remembered([told("needs.flagged", homeless=True), told("person.erased", 1, agency="GMP")])

    assert "about:homeless" in slices["HMPPS_PRISON/r-1"].facts


def test_thirteen_weeks_looked_after_some_of_it_after_16_make_an_eligible_child():
    ninety, more = (told("person.registered", lac_days_since_14=days, lac_after_16=True) for days in (90, 91))

    assert care_status(view(remember(Person(), ninety)[0])) is None
    assert care_status(view(remember(Person(), more)[0])) == "ELIGIBLE"


def test_a_parents_consent_ends_at_18():
    child, adult = (
        remember(
            remember(Person(), told("person.registered", dob=born))[0],
            told("consent.given", 1, teams=("HOUS",), given_by="PARENT"),
        )[0]
        for born in (date(2012, 1, 1), date(2001, 1, 1))
    )
    says = [asked(person)["consent"] for person in (child, adult)]

    assert says == ["yes", "no"]


def test_a_record_that_says_too_many_things_stops_growing():
    events = [told("service.opened", number, service=f"S{number}") for number in range(MOST_FACTS + 50)]
    person = Person()
    for event in events:
        person, verdict = remember(person, event)

    assert verdict == "FULL"
    assert len(person.slices["HMPPS_PRISON/r-1"].facts) == MOST_FACTS


@pytest.mark.parametrize(
    ("agency", "kind", "fields"),
    [
        ("MCC_CHILDRENS", "person.died", {}),
        ("HMPPS_PRISON", "person.released", {"reason": "RELEASED"}),
        ("PROBATION", "consent.withdrawn", {"teams": ("HOUS",)}),
    ],
)
def test_an_agency_that_says_too_many_things_of_a_person_drowns_neither_a_death_nor_another_agency(
    agency, kind, fields
):
    person, verdict = Person(), None
    for number in range(MOST_FACTS):
        person, verdict = remember(person, told("service.opened", number, agency="MCC_CHILDRENS", service=f"S{number}"))

    assert verdict == "FULL"
    assert remember(person, told(kind, MOST_FACTS, agency=agency, **fields))[1] is None


MARKS = st.lists(st.lists(st.sampled_from([0, 1]), min_size=MARK, max_size=MARK).map(bytes), max_size=9)


@given(MARKS, MARKS.filter(bool))
def test_an_event_is_known_by_its_whole_mark_alone(marks, others):
    mark = others[0]

    assert known(mark, b"".join(marks)) == (mark in marks)


def test_the_last_events_are_known_again_and_older_ones_forgotten():
    told = [Event(f"e-{number}", "arrest.recorded", "GMP", "r-1", number, None, {}) for number in range(RECENT + 1)]
    person = Person()
    for event in told:
        person, _ = step(person, "p-1", event, None)

    assert step(person, "p-1", told[1], None) == (person, [])
    assert step(person, "p-1", told[0], None)[0] != person
