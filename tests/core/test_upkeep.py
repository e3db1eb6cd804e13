"""An alert that a team has: silence climbs, an answer stops it, work that must be shown done is asked for again."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import Lived, ack, at, told

from hub.core.calendar import HOUR
from hub.core.events import Decision, Notice
from hub.core.life import OVER

CRD = date(2026, 9, 9)
BORN = told("2026-06-01 09:00", "person.registered", dob=date(1990, 5, 5))
DATED = told("2026-06-01 09:30", "release_dates.changed", crd=CRD)
HOMELESS = told("2026-06-01 10:00", "needs.flagged", homeless=True, consent=("HOUS",))
WITH_HOUSING = (BORN, DATED, HOMELESS)
OUT = told("2026-09-09 08:30", "person.released", reason="RELEASED", licence=True)


def levels(life, stage, team="PROB"):
    """When each level heard of *stage*, and which."""
    return [(notice.level, notice.raised) for notice in life.notices(team, stage) if notice.level]


def test_an_alert_says_by_when_it_is_to_be_answered():
    (notice,) = Lived(BORN, DATED, until="2026-06-17 09:00").notices("PROB", "T12W")

    assert (notice.urgency, notice.level, notice.ack_by) == ("ROUTINE", 0, at("2026-06-24 09:00"))


def test_silence_climbs_to_the_manager_the_service_head_and_the_duty_desk_each_once():
    life = Lived(BORN, DATED, until="2026-09-08 09:00")
    (desk,) = life.notices("CSP_DUTY", "T8W")

    assert levels(life, "T8W") == [(1, at("2026-07-21 09:00")), (2, at("2026-07-23 09:00"))]
    assert (desk.raised, desk.kind, desk.about, desk.fields) == (
        at("2026-08-26 09:00"),
        "ESCALATION",
        "RELEASE",
        {"unanswered_by": "PROB"},
    )
    steps = [(change.state, change.level) for change in life.changes("T8W", team="PROB")]
    assert steps == [("PENDING", 0), ("RAISED", 0), ("ESCALATED", 1), ("ESCALATED", 2), ("ESCALATED", 3)]


@given(st.integers(0, 24 * 60))
def test_an_answered_alert_never_climbs_again(hours):
    raised = at("2026-07-15 09:00")
    life = Lived(BORN, DATED)
    answer = ack("2026-07-15 09:00", "PROB", "T8W")
    moment = raised + hours * HOUR
    life.add(type(answer)("a-1", "alert.ack", "PROB", "r-PROB", moment, None, {"stage": "T8W"}))
    life.wait("2026-09-08 09:00")

    assert all(when <= moment for _, when in levels(life, "T8W"))
    assert all(notice.raised <= moment for notice in life.notices("CSP_DUTY", "T8W") if notice.action != OVER)
    assert life.person.alerts["RELEASE/1/T8W/PROB"].state == "ACKNOWLEDGED"


@given(st.lists(st.integers(0, 100 * 24), max_size=9))
def test_a_clock_runs_out_once_however_often_somebody_looks(hours):
    once = Lived(*WITH_HOUSING, until="2026-09-11 09:00")
    often = Lived(*WITH_HOUSING)
    for hour in sorted(hours):
        moment = DATED.at + hour * HOUR
        if moment >= often.person.clock:
            often.add(type(OUT)(f"x-{hour}", "attendance.marked", "SCHOOL", "r-S", moment, None, {"code": "N"}))
    often.wait("2026-09-11 09:00")

    def shown(life):
        return [answer for answer in life.answers if isinstance(answer, Notice)]

    assert shown(often) == shown(once)
    keys = [answer.id for answer in once.answers if isinstance(answer, Decision)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "answer",
    [
        ack("2026-06-17 10:00", "PROB", "T12W", answer="OPENED"),
        ack("2026-06-17 10:00", "DWP", "T12W"),
        ack("2026-06-17 10:00", "PROB", "T8W"),
        ack("2026-06-17 10:00", "PROB", "T12W", alert="a-of-another-life"),
    ],
    ids=["opened", "another team", "another stage", "another alert"],
)
def test_what_is_no_answer_of_the_team_to_the_alert_stops_no_clock(answer):
    life = Lived(BORN, DATED, answer, until="2026-07-02 09:00")

    assert levels(life, "T12W") == [(1, at("2026-07-01 09:00"))]


def test_a_second_answer_and_one_to_an_alert_that_was_superseded_change_nothing():
    moved = told("2026-06-18 09:00", "release_dates.changed", crd=date(2026, 12, 9))
    first, second = ack("2026-06-17 10:00", "PROB", "T12W"), ack("2026-06-17 11:00", "PROB", "T12W", answer="NOT_OURS")
    life = Lived(BORN, DATED, first, second)
    late = Lived(BORN, DATED, moved, until="2026-06-18 14:00").add(ack("2026-06-18 15:00", "PROB", "T12W"))

    assert [change.answer for change in life.changes("T12W", team="PROB")] == [None, None, "ACCEPTED"]
    assert late.changes("T12W", team="PROB")[-1].state == "SKIPPED"


def test_an_answer_given_before_a_stage_fell_due_is_not_to_it():
    life = Lived(BORN, DATED, until="2026-07-15 10:00").add(ack("2026-07-14 10:00", "PROB", "T8W"))

    assert [change.state for change in life.changes("T8W", team="PROB")] == ["PENDING", "RAISED"]


@pytest.mark.parametrize(
    "end",
    [
        told("2026-07-22 12:00", "release_dates.changed", recall="STANDARD"),
        told("2026-07-22 12:00", "release_dates.changed", crd=date(2026, 12, 9)),
        told("2026-07-22 12:00", "person.died"),
    ],
    ids=["cancelled", "superseded", "dead"],
)
def test_what_has_ended_has_no_clock(end):
    life = Lived(BORN, DATED, until="2026-07-22 11:00")
    heard = len(levels(life, "T8W"))
    life.add(end).wait("2026-09-30 09:00")

    assert heard == 1
    assert len([level for level, when in levels(life, "T8W") if when < at("2026-10-01 09:00")]) == 1


def test_the_duty_desk_hears_when_nothing_more_is_to_do():
    life = Lived(BORN, DATED, until="2026-08-27 09:00").add(ack("2026-08-27 10:00", "PROB", "T8W"))

    assert [notice.action for notice in life.notices("CSP_DUTY", "T8W")] == ["REFER_FOR_HOUSING", OVER]
    assert len({(notice.alert, notice.level) for notice in life.notices("CSP_DUTY")}) == len(life.notices("CSP_DUTY"))


# Not ours.


def test_a_stage_that_every_team_says_is_not_theirs_is_a_cliff_edge_for_the_duty_desk_and_the_leads():
    life = Lived(*WITH_HOUSING, ack("2026-07-15 10:00", "HOUS", "T8W", answer="NOT_OURS", reason="OTHER_AREA"))
    assert not life.changes("NOT_OURS")

    life.add(ack("2026-07-15 11:00", "PROB", "T8W", answer="NOT_OURS", reason="BECAUSE"))
    (row,) = life.changes("NOT_OURS")

    assert [change.reason for change in life.changes("T8W") if change.answer] == ["OTHER_AREA", "OTHER"]
    assert (row.kind, row.team, row.state, row.about, row.due_at) == (
        "CLIFF_EDGE",
        "CSP_DUTY",
        "RAISED",
        "T8W",
        at("2026-07-15 11:00"),
    )
    assert [(notice.kind, notice.team) for notice in life.notices("PROB", "NOT_OURS")] == [("CLIFF_EDGE", "PROB")]
    assert not life.notices("HOUS", "NOT_OURS")
    assert not life.notices("YJS", "NOT_OURS")


@pytest.mark.parametrize("answer", ["ACCEPTED", "ALREADY_HELD"])
def test_a_stage_that_one_team_takes_is_no_cliff_edge(answer):
    one = ack("2026-07-15 10:00", "HOUS", "T8W", answer=answer)
    life = Lived(*WITH_HOUSING, one, ack("2026-07-15 11:00", "PROB", "T8W", answer="NOT_OURS"))

    assert not life.changes("NOT_OURS")


def test_a_cliff_edge_that_nobody_takes_ends_with_the_stage_it_is_about():
    life = Lived(BORN, DATED, ack("2026-07-15 11:00", "PROB", "T8W", answer="NOT_OURS"))
    life.add(told("2026-07-16 09:00", "release_dates.changed", recall="STANDARD"))

    assert [change.state for change in life.changes("NOT_OURS")] == ["RAISED", "CANCELLED"]
    assert [notice.stage for notice in life.notices("CSP_DUTY")] == ["NOT_OURS", "CANCEL"]


# Accepted is not done.


def repeats(life):
    return [notice.raised for notice in life.notices("HOUS", "T2W") if notice.repeats and not notice.level]


def test_housing_is_told_again_every_three_working_days_until_the_day_itself_though_it_accepted():
    life = Lived(*WITH_HOUSING, ack("2026-08-26 10:00", "HOUS", "T2W"), until="2026-09-20 09:00")

    assert repeats(life) == [at("2026-09-01 09:00"), at("2026-09-04 09:00")]
    assert not [notice for notice in life.notices("HOUS", "T2W") if notice.level]


def test_a_team_whose_alert_it_is_not_is_not_told_again():
    answer = ack("2026-08-26 10:00", "HOUS", "T2W", answer="NOT_OURS", reason="OTHER_AREA")

    assert repeats(Lived(*WITH_HOUSING, answer, until="2026-09-20 09:00")) == []


@pytest.mark.parametrize("agency", ["HOUS", "PROBATION", "YJS"])
def test_a_confirmed_place_to_live_ends_the_asking(agency):
    place = told("2026-09-02 09:00", "accommodation.confirmed", agency)
    life = Lived(*WITH_HOUSING, ack("2026-08-26 10:00", "HOUS", "T2W"), place, until="2026-09-20 09:00")

    assert repeats(life) == [at("2026-09-01 09:00")]
    assert life.changes("T2W", team="HOUS")[-1].state == "CLOSED"


def test_a_place_confirmed_before_housing_was_asked_is_not_asked_for_again():
    place = told("2026-08-20 09:00", "accommodation.confirmed", "HOUS")

    assert repeats(Lived(*WITH_HOUSING, place, until="2026-09-20 09:00")) == []


def test_a_place_confirmed_before_an_earlier_custody_counts_for_nothing_now():
    place = told("2026-05-01 09:00", "accommodation.confirmed", "HOUS")
    back = told("2026-05-20 09:00", "person.received", reason="ADMISSION")
    life = Lived(place, back, *WITH_HOUSING, until="2026-09-05 09:00")

    assert len(repeats(life)) == 2


@pytest.mark.parametrize(
    ("attended", "state"),
    [
        ("2026-09-10 13:59", "SKIPPED"),
        ("2026-09-09 11:00", "SKIPPED"),
        ("2026-09-10 14:01", "CLOSED"),
        ("2026-09-08 11:00", "RAISED"),
        (None, "RAISED"),
    ],
)
def test_nobody_is_asked_after_a_first_appointment_that_was_kept(attended, state):
    kept = [told(attended, "appointment.attended", "PROBATION")] if attended else []
    happened = sorted([BORN, DATED, OUT, *kept], key=lambda event: event.at)
    life = Lived(*happened, until="2026-09-10 14:02")

    assert life.changes("TDNA", team="PROB")[-1].state == state
    assert bool(life.notices("PROB", "TDNA")) is (state != "SKIPPED")


# The end.


def test_what_is_over_is_closed_and_nothing_of_it_is_kept_or_due():
    life = Lived(*WITH_HOUSING, OUT, until="2026-12-01 09:00")
    closed = [change for change in life.changes("T8W", "T0") if change.state == "CLOSED"]

    assert {change.at for change in closed} == {at("2026-10-07 09:00")}
    assert not life.person.alerts
    assert life.person.again is None


def test_a_return_to_custody_closes_what_was_told_of_the_release_before():
    back = told("2026-09-15 09:00", "person.received", reason="ADMISSION")
    life = Lived(BORN, DATED, OUT, until="2026-09-14 09:00").add(back)

    assert {change.state for change in life.changes("T12W", "T0") if change.at == back.at} == {"CLOSED"}
    assert not life.person.alerts


def test_levels_are_told_in_the_order_of_time():
    life = Lived(*WITH_HOUSING, OUT, until="2026-12-01 09:00")
    notices = [answer for answer in life.answers if isinstance(answer, Notice)]

    assert all(one.raised <= other.raised for one, other in pairwise(notices))


def test_after_a_death_no_clock_runs_on_whatever_it_was_about():
    order = told("2026-06-01 09:00", "order.started", "YJS", type="YRO", end=date(2027, 6, 1))
    corrected = told("2026-06-02 09:00", "person.dob_corrected", "MCC_CHILDRENS", new=date(2008, 8, 1))
    died = told("2026-06-02 10:00", "person.died")
    child = told("2026-06-01 08:00", "person.registered", dob=date(2010, 8, 1))
    life = Lived(child, order, corrected, died, until="2026-09-01 09:00")

    assert [change.state for change in life.changes("STATUS_AGE_CHECK")] == ["RAISED", "CLOSED"]
    assert not life.person.alerts
