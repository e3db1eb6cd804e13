"""Which of a prison's dates is planned on: the one that will release, moved by the days and laws of its own time."""

from datetime import date

import pytest
from shipped import rules

from hub.core import release
from hub.core.events import Event
from hub.core.person import Person, remember
from hub.core.view import in_custody, view

MTD, ETD, LTD, DPRRD = date(2027, 3, 10), date(2027, 2, 10), date(2027, 4, 14), date(2027, 6, 9)


def seen(born=date(2009, 11, 2), back=None, **told):
    events = [
        Event("e-1", "person.registered", "HMPPS_PRISON", "r", 1, None, {"dob": born}),
        Event("e-2", "release_dates.changed", "HMPPS_PRISON", "r", 3, 1, told),
    ]
    if back is not None:
        fields = {"reason": "ADMISSION", "movement": "RECALL", "return_to_custody": back}
        events.append(Event("e-3", "person.received", "HMPPS_PRISON", "r", 2, None, fields))
    person = Person()
    for event in events:
        person, _ = remember(person, event)
    return view(person, rules())


def planned(**told):
    dates = release.planning_date(seen(**told), rules())
    return dates and dates.day


@pytest.mark.parametrize(
    ("told", "day"),
    [
        ({"mtd": MTD, "etd": ETD, "ltd": LTD}, MTD),
        ({"mtd": MTD, "etd": ETD, "etd_approved": True}, ETD),
        ({"mtd": MTD, "ltd": LTD, "ltd_ordered": True}, LTD),
        ({"etd": ETD}, None),
        ({"mtd": MTD, "dprrd": DPRRD}, DPRRD),
        ({"mtd": MTD, "dprrd": DPRRD, "recall": "DTO"}, DPRRD),
        ({"crd": MTD, "apd": ETD, "hdcad": LTD}, ETD),
        ({"crd": MTD, "hdcad": LTD}, LTD),
        ({"crd": LTD, "ard": MTD}, LTD),
        ({"crd": MTD, "recall": "STANDARD", "prrd": LTD}, None),
        ({"crd": MTD, "recall": "STANDARD", "apd": LTD}, LTD),
        ({"crd": MTD, "recall": "HDC"}, None),
        ({"crd": MTD, "sentence": "IPP"}, None),
        ({"crd": MTD, "sentence": "IPP", "apd": LTD}, LTD),
        ({"hdced": MTD, "ped": ETD, "sed": LTD, "tused": LTD}, None),
    ],
    ids=str,
)
def test_the_planning_date_is_the_one_that_releases(told, day):
    assert planned(**told) == day


@pytest.mark.parametrize(
    ("kind", "back", "last"),
    [
        ("FTR_14", date(2026, 6, 2), date(2026, 6, 15)),
        ("FTR_28", date(2026, 6, 2), date(2026, 6, 29)),
        ("FTR_56", date(2026, 6, 2), date(2026, 7, 27)),
        ("FTR", date(2026, 3, 30), date(2026, 4, 26)),
        ("FTR", date(2026, 3, 31), date(2026, 5, 25)),
        ("FTR_56", date(2026, 3, 30), None),
        ("HDC", date(2026, 6, 2), None),
    ],
)
def test_a_fixed_term_recall_counts_the_day_of_return_by_the_law_of_that_day(kind, back, last):
    assert release.current_dates(seen(back=back, recall=kind), rules()).get("prrd") == last


def test_a_post_recall_date_that_the_prison_tells_is_never_computed():
    told = release.current_dates(seen(back=date(2026, 6, 2), recall="FTR_28", prrd=date(2026, 7, 8)), rules())

    assert told["prrd"] == date(2026, 7, 8)


@pytest.mark.parametrize(
    ("told", "born", "day"),
    [
        ({"crd": date(2026, 10, 2)}, date(1990, 5, 5), date(2026, 10, 1)),
        ({"crd": date(2026, 10, 2), "served_days_at_release": 27}, date(1990, 5, 5), date(2026, 10, 2)),
        ({"crd": date(2026, 10, 2), "served_days_at_release": 28}, date(1990, 5, 5), date(2026, 10, 1)),
        ({"mtd": date(2026, 10, 2)}, date(2009, 11, 2), date(2026, 9, 30)),
        ({"mtd": date(2026, 10, 1)}, date(2009, 11, 2), date(2026, 10, 1)),
        ({"mtd": date(2026, 10, 2)}, date(2008, 10, 2), date(2026, 10, 1)),
        ({"hdcad": date(2026, 10, 2)}, date(1990, 5, 5), date(2026, 10, 2)),
        ({"crd": date(2023, 12, 8)}, date(1990, 5, 5), date(2023, 12, 8)),
        (
            {"prrd": date(2026, 10, 2), "recall": "FTR_14", "cumulative_served_days": 14},
            date(1990, 5, 5),
            date(2026, 10, 2),
        ),
    ],
    ids=str,
)
def test_a_friday_is_moved_from_where_the_law_of_its_day_says_so(told, born, day):
    assert planned(born=born, **told) == day


def test_a_confirmed_date_is_believed_unless_the_law_forbids_it():
    late, early = date(2027, 4, 14), date(2027, 2, 10)

    assert planned(crd=MTD, confirmed=early) == early
    assert planned(crd=MTD, confirmed=late) == MTD
    assert planned(mtd=MTD, confirmed=late) == late
    assert planned(crd=MTD, prrd=late, recall="FTR_56", confirmed=early) == late


@pytest.mark.parametrize(
    ("reason", "held"),
    [("ADMISSION", True), ("TRANSFERRED", True), ("TEMPORARY_ABSENCE_RETURN", False), ("RETURN_FROM_COURT", False)],
)
def test_who_only_came_back_from_an_absence_is_not_known_to_be_in_custody(reason, held):
    told = Event("e-1", "person.received", "HMPPS_PRISON", "r", 1, None, {"reason": reason})

    assert in_custody(view(remember(Person(), told)[0], rules())) == held
