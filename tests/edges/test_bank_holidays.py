"""The bank holidays in the bundle: computed, and compared with the official list."""

from datetime import date

import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays

from hub.edges.bank_holidays import bank_holidays
from hub.edges.policy_files import read
from hub.edges.policy_models import CalendarFile
from hub.resources import folder

SHIPPED = read(folder("policies") / "calendar.yaml", CalendarFile)
OFFICIAL = [
    day["date"] for day in BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
]


def test_the_shipped_calendar_is_the_official_list_for_all_of_its_years():
    covers = SHIPPED.covers

    assert bank_holidays(SHIPPED) == [day for day in OFFICIAL if covers.first <= day <= covers.last]
    assert covers.last.year <= max(OFFICIAL).year, "the calendar goes on where the official list has ended"


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({}, [date(2027, 12, 27), date(2027, 12, 28)]),
        ({"proclaimed": [date(2027, 12, 29)]}, [date(2027, 12, 27), date(2027, 12, 28), date(2027, 12, 29)]),
        ({"withdrawn": [date(2027, 12, 27)]}, [date(2027, 12, 28)]),
    ],
)
def test_days_may_be_proclaimed_and_withdrawn_and_weekends_are_none(told, days):
    covers = {"first": date(2027, 12, 1), "last": date(2027, 12, 31)}

    assert bank_holidays(CalendarFile.model_validate({"covers": covers, **told})) == days
