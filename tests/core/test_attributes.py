"""What an agreement may ask of a person: each word by a known answer, and what is not known refuses."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from shipped import rules

from hub.core.attributes import Asked, Attributes
from hub.core.disclosure import asked as asked_again
from hub.core.disclosure import disclose
from hub.core.events import Delivery, Event
from hub.core.person import Person, remember
from hub.core.policy import VOCABULARY, band, index
from hub.core.view import view

BORN = date(2008, 11, 30)  # 18 on 30 November 2026
TODAY = date(2026, 11, 26)


def instant(day):
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1_000_000)


def told(kind, day=date(2026, 6, 1), agency="HMPPS_PRISON", record="r-1", **fields):
    return Event(f"{kind}-{day}-{agency}", kind, agency, record, instant(day), None, fields)


def asked(*events, team="HOUS", on=TODAY, happened=None):
    """What *team* may be told by of somebody of whom these events were heard."""
    person = Person()
    for event in events:
        person, _ = remember(person, event)
    at = None if happened is None else instant(happened)
    return Attributes({}, Asked(person, view(person, rules(), instant(on)), rules(), on, at), rules().teams[team])


REGISTERED = told("person.registered", dob=BORN)


def test_the_age_is_asked_at_the_moment_that_its_name_says():
    planned = told("release_dates.changed", confirmed=date(2026, 12, 1))
    seen = asked(told("person.registered", dob=date(2010, 11, 20)), planned, happened=date(2026, 11, 19))
    later = asked(REGISTERED, planned)

    assert (seen["age"], seen["age_at_event"]) == ("16_to_17", "10_to_15")
    assert (later["age"], later["age_at_release"]) == ("16_to_17", "18_to_24")


def test_the_age_at_a_release_that_has_been_is_of_its_day():
    seen = asked(REGISTERED, told("person.released", date(2026, 11, 2), reason="CONDITIONAL"), on=date(2026, 12, 2))

    assert (seen["age"], seen["age_at_release"]) == ("18_to_24", "16_to_17")


@pytest.mark.parametrize("name", ["age", "age_at_event", "age_at_release"])
def test_no_age_is_guessed(name):
    assert asked(told("person.registered"), told("release_dates.changed", crd=TODAY), happened=TODAY)[name] is None


def test_an_alert_is_of_no_event_and_without_a_date_there_is_no_release():
    assert asked(REGISTERED)["age_at_event"] is None
    assert asked(REGISTERED)["age_at_release"] is None


REMANDED = told("remand.youth_detention", agency="YJS")
FREED = told("person.released", date(2026, 9, 1), reason="CONDITIONAL", licence=True)


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([], None),
        ([told("legal_status.changed", new="REMAND")], "remand"),
        ([told("legal_status.changed", new="CONVICTED_UNSENTENCED")], "unsentenced"),
        ([told("legal_status.changed", new="INDETERMINATE_SENTENCE")], "sentenced"),
        ([told("legal_status.changed", new="IMMIGRATION_DETAINEE")], "detained"),
        ([told("legal_status.changed", new="OTHER")], None),
        (
            [told("remand.youth_detention", agency="YJS"), told("legal_status.changed", TODAY, new="SENTENCED")],
            "sentenced",
        ),
        ([told("legal_status.changed", new="SENTENCED"), FREED], "licence"),
        ([FREED, told("release_dates.changed", date(2026, 8, 1), sled=date(2026, 11, 26))], "licence"),
        ([FREED, told("release_dates.changed", date(2026, 8, 1), sled=date(2026, 11, 25))], "none"),
        ([told("person.released", reason="NOT_GUILTY")], "none"),
        ([told("person.released", reason="CONDITIONAL")], None),
        ([FREED, told("release.in_error", date(2026, 9, 2))], None),
        ([FREED, told("person.received", date(2026, 10, 1), reason="RECALL")], "recalled"),
        ([FREED, told("release_dates.changed", date(2026, 10, 2), recall="FTR_28")], "recalled"),
    ],
)
def test_the_legal_status_is_what_was_told_last(events, word):
    assert asked(*events)["legal_status"] == word


def test_a_team_that_holds_an_open_service_has_a_case():
    opened = told("service.opened", agency="MCC_CHILDRENS", service="CIN")
    closed = told("service.closed", date(2026, 7, 1), "MCC_CHILDRENS", service="CIN", end=date(2026, 7, 1))

    assert asked(REGISTERED, opened, team="CSC")["case"] == "open"
    assert asked(REGISTERED, opened, team="ASC")["case"] == "none"
    assert asked(REGISTERED, opened, closed, team="CSC")["case"] == "closed"


def test_an_order_whose_last_day_has_passed_runs_no_longer_though_nobody_said_so():
    order = told("order.started", agency="YJS", type="YRO", end=date(2026, 11, 26))
    last, after = (asked(order, team="YJS", on=date(2026, 11, day)) for day in (26, 27))

    assert (last["order"], last["case"]) == ("yes", "open")
    assert (after["order"], after["case"]) == ("no", "closed")


def test_an_order_is_a_case_of_the_service_that_told_of_it():
    order = told("order.started", agency="YJS", type="YRO", end=date(2027, 6, 1))

    assert (asked(order, team="YJS")["case"], asked(order, team="PROB")["case"]) == ("open", "none")


def test_of_a_team_that_tells_of_no_case_it_is_not_known():
    assert asked(REGISTERED, team="DWP")["case"] is None


def test_where_somebody_lives_is_not_guessed():
    assert asked(REGISTERED)["resident"] is None
    assert asked(told("residence.changed", authority="MANCHESTER"))["resident"] == "yes"
    assert asked(told("residence.changed", authority="SALFORD"), team="SALFORD")["resident"] == "yes"
    assert asked(told("residence.changed", authority="SALFORD"))["resident"] == "no"


@pytest.mark.parametrize(("said", "word"), [("F", "female"), ("M", "male"), ("X", None), (None, None)])
def test_a_sex_that_was_not_told_is_not_known(said, word):
    assert asked(told("person.registered", **({"sex": said} if said else {})))["sex"] == word


def test_whatever_is_answered_is_a_word_of_the_vocabulary():
    seen = asked(REGISTERED, FREED, told("needs.flagged", consent=("HOUS",)), happened=TODAY)

    assert set(seen) == set(VOCABULARY)
    assert all(seen[name] is None or seen[name] in words for name, words in VOCABULARY.items())


@pytest.mark.parametrize(("number", "word"), [(0, "under_1"), (1, "1_to_10"), (10, "1_to_10"), (11, "11_and_over")])
def test_a_band_begins_with_its_number(number, word):
    assert band(number, (1, 11)) == word


def test_an_event_told_late_is_decided_by_the_age_on_its_own_day():
    clause = replace(
        next(one for found in rules().clauses.values() for one in found if one.id == "DSA-009.1"),
        when=(("age_at_event", frozenset({"16_to_17"})),),
        starts=date(2026, 1, 1),
    )
    law = replace(rules(), clauses=index([clause]))
    person, _ = remember(Person(), REGISTERED)
    noticed = told("safeguarding.noticed", date(2026, 11, 29), "GMP", date=date(2026, 11, 29))
    later = told("safeguarding.noticed", date(2026, 11, 30), "GMP", date=date(2026, 11, 30))
    heard = instant(date(2026, 12, 3))
    answers = [disclose(person, "p", event, law, heard, None) for event in (noticed, later)]

    assert [[one.team for one in made if isinstance(one, Delivery)] for made in answers] == [["SEND"], []]
    ask = asked_again(person, heard, law, law.teams["SEND"], "safeguarding.noticed", "GMP", noticed.at)
    assert ask.attributes["age_at_event"] == "16_to_17"
