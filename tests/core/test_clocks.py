"""Working time: deadlines fall where somebody is at work, add up, and keep London's clocks through both changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import rules

from hub.core.calendar import HOUR
from hub.core.clocks import Hours, Span, after, working_time
from hub.core.life import urgency
from hub.core.person import Alert

LONDON = ZoneInfo("Europe/London")
CALENDAR, CLOCKS = rules().calendar, rules().clocks
DAY_SHIFT = Hours(9 * HOUR, 17 * HOUR)
MINUTE = HOUR // 60
instants = st.integers(1_767_225_600 // 60, 1_830_297_600 // 60).map(lambda minute: minute * MINUTE)  # 2026 and 2027
counts = st.integers(0, 60)
units = st.sampled_from(["working_days", "working_hours"])
names = st.sampled_from([line.name for line in CLOCKS.urgencies])
teams = st.sampled_from(["PROB", "HOUS"])
bases = st.none() | st.dates(date(2026, 1, 1), date(2028, 6, 30))


def london(at):
    return datetime.fromtimestamp(at / 1_000_000, UTC).astimezone(LONDON)


def instant(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp()) * 1_000_000


def worked(at, hours=DAY_SHIFT):
    """Whether people work at *at*, by the tz database."""
    here = london(at)
    clock = timedelta(hours=here.hour, minutes=here.minute) // timedelta(microseconds=1)
    return CALENDAR.working(here.date()) and hours.start <= clock <= hours.until


@given(instants, counts, units)
def test_working_time_never_ends_when_nobody_works(at, count, unit):
    assert worked(after(at, Span(count, unit), DAY_SHIFT, CALENDAR))


@given(instants, counts, counts, units)
def test_one_span_and_then_another_is_both_together(at, one, other, unit):
    first = after(at, Span(one, unit), DAY_SHIFT, CALENDAR)

    assert after(first, Span(other, unit), DAY_SHIFT, CALENDAR) == after(
        at, Span(one + other, unit), DAY_SHIFT, CALENDAR
    )


@given(instants, counts, units)
def test_time_never_runs_backwards(at, count, unit):
    assert after(at, Span(count, unit), DAY_SHIFT, CALENDAR) >= at
    assert after(at, Span(count + 1, unit), DAY_SHIFT, CALENDAR) > after(at, Span(count, unit), DAY_SHIFT, CALENDAR)


@given(instants, counts)
def test_working_days_keep_the_time_of_day_through_a_change_of_the_clocks(at, count):
    start, end = working_time(at, DAY_SHIFT, CALENDAR), after(at, Span(count, "working_days"), DAY_SHIFT, CALENDAR)

    assert london(start).time() == london(end).time()


@given(instants, st.integers(0, 30))
def test_working_hours_are_the_minutes_that_people_work(at, count):
    end, minute = after(at, Span(count, "working_hours"), DAY_SHIFT, CALENDAR), 0
    moment = working_time(at, DAY_SHIFT, CALENDAR)
    while moment < end:
        minute += worked(moment) and worked(moment + MINUTE)
        moment += MINUTE

    assert minute == count * 60


@given(names, teams, instants, bases)
def test_no_level_hears_before_the_deadline_or_before_the_one_below(name, team, at, basis):
    deadline, rings = CLOCKS.start(name, team, at, basis, CALENDAR)

    assert at <= deadline
    assert [deadline, *rings] == sorted([deadline, *rings])
    assert len(rings) <= len(CLOCKS.addressees)


@given(names, teams, instants, bases)
def test_but_for_an_emergency_nobody_is_asked_for_an_answer_when_nobody_works(name, team, at, basis):
    hours = CLOCKS.own_hours.get(team, CLOCKS.hours)
    deadline, rings = CLOCKS.start(name, team, at, basis, CALENDAR)

    assert name == "IMMEDIATE" or all(worked(moment, hours) for moment in (deadline, *rings))


TABLE = [  # of 2026: raised, the planning date, the deadline and the levels
    ("ROUTINE", "PROB", "06-17 09:00", "09-09", "06-24 09:00, 07-01 09:00"),
    ("SOON", "PROB", "07-15 09:00", "09-09", "07-17 09:00, 07-21 09:00, 07-23 09:00, 08-26 09:00"),
    ("SOON", "HOUS", "07-15 16:45", "09-09", "07-21 09:00, 07-23 09:00, 07-27 09:00, 08-26 09:00"),
    ("SOON", "PROB", "08-21 09:00", "09-09", "08-25 09:00, 08-27 09:00, 09-01 09:00, 09-01 09:00"),
    ("HIGH", "PROB", "08-26 09:00", "09-09", "08-27 09:00, 08-28 09:00, 09-04 09:00, 09-07 09:00"),
    ("URGENT", "PROB", "09-09 09:00", "09-09", "09-09 13:00, 09-09 15:00, 09-09 16:00, 09-09 17:00"),
    ("URGENT", "PROB", "09-09 10:00", "09-09", "09-09 14:00, 09-09 16:00, 09-09 17:00, 09-09 17:00"),
    ("URGENT", "PROB", "12-24 16:00", "12-24", "12-29 12:00, 12-29 14:00, 12-29 15:00, 12-29 16:00"),
    ("URGENT", "PROB", "09-09 12:30", "09-09", "09-09 16:30, 09-10 10:30, 09-10 11:30, 09-10 12:30"),
]


@pytest.mark.parametrize(("name", "team", "raised", "basis", "told"), TABLE)
def test_the_table_of_the_rules_read_on_days_of_our_calendar(name, team, raised, basis, told):
    at = instant(f"2026-{raised}")
    deadline, rings = CLOCKS.start(name, team, at, date.fromisoformat(f"2026-{basis}"), CALENDAR)

    assert ", ".join(london(moment).strftime("%m-%d %H:%M") for moment in (deadline, *rings)) == told


def test_an_emergency_is_counted_in_hours_that_pass_even_in_the_night_that_has_one_more():
    at = instant("2026-10-25 00:30")

    assert CLOCKS.start("IMMEDIATE", "PROB", at, None, CALENDAR) == (
        at + HOUR,
        (at + HOUR, at + 2 * HOUR, at + 4 * HOUR),
    )


@pytest.mark.parametrize(
    ("kind", "stage", "days", "named"),
    [
        ("RELEASE", "T12W", 84, "ROUTINE"),
        ("RELEASE", "T8W", 57, "ROUTINE"),
        ("RELEASE", "T8W", 56, "SOON"),
        ("RELEASE", "T4W", 15, "SOON"),
        ("RELEASE", "T2W", 14, "HIGH"),
        ("RELEASE", "T1W", 4, "HIGH"),
        ("RELEASE", "T2WD", 3, "URGENT"),
        ("RELEASE", "TDNA", -1, "URGENT"),
        ("RELEASE", "T0U", 20, "IMMEDIATE"),
        ("TRANSITION", "T18", 0, "HIGH"),
        ("CLIFF_EDGE", "C28", 28, "SOON"),
        ("CLIFF_EDGE", "C0", 20, "URGENT"),
        ("CORRECTION", "DATE_MOVED", 0, "HIGH"),
    ],
)
def test_an_alert_takes_the_urgency_of_its_stage_or_of_the_days_that_are_left(kind, stage, days, named):
    basis = date(2026, 9, 9)
    alert = Alert(kind, 1, stage, "PROB", 1, "PENDING", None, 0, "R", "A", basis)

    assert urgency(alert, basis - timedelta(days=days), rules()) == named


@pytest.mark.parametrize(
    ("days", "was", "named"),
    [(20, None, "SOON"), (2, None, "URGENT"), (20, "IMMEDIATE", "IMMEDIATE"), (2, "IMMEDIATE", "IMMEDIATE")],
)
def test_a_withdrawal_is_as_urgent_as_its_days_or_as_what_it_withdraws(days, was, named):
    basis = date(2026, 9, 9)
    alert = Alert(
        "CORRECTION", 1, "CANCEL", "PROB", 1, "PENDING", None, 0, "R", "A", basis, urgency=was, about="RELEASE"
    )

    assert urgency(alert, basis - timedelta(days=days), rules()) == named
