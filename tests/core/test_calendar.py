"""Civil time: London against the tz database, birthdays and working days against the law's own examples."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import rules

from hub.core.calendar import age_on, birthday, months_before

LONDON = ZoneInfo("Europe/London")
CALENDAR = rules().calendar
instants = st.integers(1_420_070_400, 2_145_916_799).map(lambda second: datetime.fromtimestamp(second, UTC))
days = st.dates(date(2015, 1, 2), date(2037, 12, 30))


@given(instants)
def test_a_local_date_is_the_one_of_the_tz_database(moment):
    at = int(moment.timestamp() * 1_000_000)

    assert CALENDAR.local_date(at) == moment.astimezone(LONDON).date()


@given(days, st.sampled_from([0, 9, 14]))
def test_an_hour_in_london_is_the_instant_of_the_tz_database(day, hour):
    expected = datetime(day.year, day.month, day.day, hour, tzinfo=LONDON)

    assert CALENDAR.instant(day, hour) == int(expected.timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("born", "eighteen"),
    [
        (date(2008, 2, 29), date(2026, 3, 1)),
        (date(2008, 12, 31), date(2026, 12, 31)),
        (date(2006, 2, 28), date(2024, 2, 28)),
    ],
)
def test_an_age_is_attained_on_the_anniversary_and_a_leap_day_on_1_march(born, eighteen):
    assert birthday(born, 18) == eighteen
    assert age_on(born, eighteen) == 18
    assert age_on(born, eighteen - timedelta(days=1)) == 17


@given(days, st.integers(1, 24))
def test_months_before_keeps_the_day_number_or_the_end_of_the_month(day, months):
    before = months_before(day, months)

    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day == day.day or (before.day < day.day and (before + timedelta(days=1)).day == 1)


@given(days)
def test_an_eligible_day_is_never_the_eve_of_a_day_off(day):
    found = CALENDAR.eligible_day_on_or_before(day)

    assert found <= day
    assert CALENDAR.working(found)
    assert CALENDAR.working(found + timedelta(days=1))


@given(days, st.integers(1, 9))
def test_working_days_there_and_back_again(day, count):
    start = CALENDAR.working_day_on_or_before(day)

    assert CALENDAR.working_days_after(CALENDAR.working_days_before(start, count), count) == start
