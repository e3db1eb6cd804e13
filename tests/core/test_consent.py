"""Consent: a team that needs it stops when it goes, comes back when it comes, and nobody else hears whose it was."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import Lived, at, told

from hub.core.calendar import HOUR
from hub.core.events import Event

CRD = date(2026, 9, 9)
BORN = told("2026-06-01 09:00", "person.registered", dob=date(1990, 5, 5))
DATED = told("2026-06-01 09:30", "release_dates.changed", crd=CRD)
NEEDS = told("2026-06-01 10:00", "needs.flagged", homeless=True, substance=True, consent=("HOUS", "SMS"))
NO_WORD = told("2026-06-01 10:00", "needs.flagged", homeless=True, substance=True, consent=("SMS",))
GONE = told("2026-07-20 12:00", "consent.withdrawn", "PROBATION", teams=("HOUS",))
AGAIN = told("2026-07-22 12:00", "consent.given", "PROBATION", teams=("HOUS",))
KNOWN = (BORN, DATED, NEEDS)


def prompts(life, team, stage):
    return [notice.fields.get("prompts") for notice in life.notices(team, stage) if not notice.level]


def test_a_team_from_which_consent_is_withdrawn_stops_and_hears_so_once():
    life = Lived(*KNOWN, GONE, until="2026-09-20 09:00")
    ended = {
        change.stage: (change.state, change.was, change.reason)
        for change in life.changes("T8W", "T2W", "T0", team="HOUS")
    }

    assert ended == {
        "T8W": ("CANCELLED", "RAISED", "CONSENT_WITHDRAWN"),
        "T2W": ("CANCELLED", "PENDING", "CONSENT_WITHDRAWN"),
        "T0": ("CANCELLED", "PENDING", "CONSENT_WITHDRAWN"),
    }
    assert [(n.stage, n.raised, n.fields) for n in life.notices("HOUS")][-1:] == [("STOP_PROCESSING", GONE.at, {})]
    assert len(life.notices("HOUS", "STOP_PROCESSING")) == 1


def test_who_had_seen_nothing_hears_nothing_of_a_withdrawal():
    early = told("2026-06-20 12:00", "consent.withdrawn", "PROBATION", teams=("HOUS",))
    life = Lived(*KNOWN, early, until="2026-09-20 09:00")

    assert not life.notices("HOUS")


def test_a_withdrawal_touches_no_other_team():
    one, other = (Lived(*KNOWN, *more, until="2026-09-20 09:00") for more in ((), (GONE,)))

    for team in ("DWP", "SMS", "PROB"):
        assert [(n.stage, n.raised, n.level) for n in one.notices(team)] == [
            (n.stage, n.raised, n.level) for n in other.notices(team)
        ]


def test_a_withdrawal_from_everybody_reaches_whoever_needs_consent_and_nobody_who_does_not():
    life = Lived(*KNOWN, told("2026-07-20 12:00", "consent.withdrawn", "PROBATION"), until="2026-07-20 12:00")
    teams = {change.team for change in life.changes("STOP_PROCESSING")}

    assert teams == {"HOUS", "SMS"}


def test_the_lead_is_prompted_on_its_own_alerts_alone_and_not_told_whose_consent_ended():
    life = Lived(*KNOWN, GONE, until="2026-08-13 09:00")

    assert prompts(life, "PROB", "T8W") == [None]
    assert prompts(life, "PROB", "T4W") == [("CONSENT_ROUTE_CLOSED",)]
    assert [notice.raised for notice in life.notices("PROB") if notice.raised == GONE.at] == []


def test_the_lead_is_prompted_to_ask_for_consent_that_nobody_recorded():
    life = Lived(BORN, DATED, NO_WORD, until="2026-07-15 09:00")

    assert prompts(life, "PROB", "T8W") == [("ASK_CONSENT_HOUS",)]
    assert not life.notices("HOUS")
    assert life.changes("T8W", team="HOUS")[-1].reason == "NO_CONSENT"


def test_consent_that_comes_late_raises_the_latest_stage_that_was_missed_and_that_one_alone():
    late = told("2026-08-28 12:00", "consent.given", "PROBATION", teams=("HOUS",))
    life = Lived(BORN, DATED, NO_WORD, late, until="2026-08-28 12:00")
    told_of = [(notice.stage, notice.raised) for notice in life.notices("HOUS")]

    assert told_of == [("T2W", late.at)]
    assert [c.state for c in life.changes("T8W", team="HOUS")] == ["PENDING", "SUPPRESSED"]
    assert life.changes("T2W", team="HOUS")[-1].catch_up
    assert life.states("HOUS") == {"T2W": "TOLD", "T0": "PENDING"}


def test_consent_given_on_the_day_of_an_unplanned_release_is_in_time_for_housing():
    out = told("2026-07-01 15:00", "person.released", reason="RELEASED", detail="TIME_SERVED", licence=True)
    yes = told("2026-07-01 16:00", "consent.given", "PROBATION", teams=("HOUS",))
    life = Lived(BORN, NO_WORD, out, yes, until="2026-07-01 17:00")

    assert [(n.stage, n.urgency, n.raised) for n in life.notices("HOUS") if not n.level] == [
        ("T0U", "IMMEDIATE", yes.at)
    ]


@given(st.integers(0, 110 * 24), st.integers(0, 200), st.integers(0, 40 * 24))
def test_consent_that_went_and_came_back_leaves_the_rows_that_would_have_been_there(start, away, later):
    gone, back = NEEDS.at + start * HOUR, NEEDS.at + (start + away) * HOUR + 1
    withdrawn = Event("w", "consent.withdrawn", "PROBATION", "r-PROBATION", gone, None, {"teams": ("HOUS",)})
    given_ = Event("g", "consent.given", "PROBATION", "r-PROBATION", back, None, {"teams": ("HOUS",)})
    until = back + (24 + later) * HOUR  # on the day itself a stage that is due absorbs those that were missed (R8)
    one, other = Lived(*KNOWN), Lived(*KNOWN, withdrawn, given_)
    for life in (one, other):
        life.wait(until)

    assert latest(other, "HOUS") == latest(one, "HOUS")
    assert other.states("PROB") == one.states("PROB")
    assert other.states("SMS") == one.states("SMS")


def latest(life, team):
    """What is still to come, and the last stage told: of the stages missed meanwhile only that is told anew (R8)."""
    states, order = life.states(team), ["T8W", "T2W", "T0"]
    told_of = [stage for stage in order if states.get(stage) == "TOLD"]
    return told_of[-1:], [stage for stage in order if states.get(stage) == "PENDING"]


@given(st.permutations([NEEDS, GONE, AGAIN]))
def test_the_order_in_which_words_on_consent_arrive_never_decides_who_is_told_afterwards(order):
    end = told("2026-08-27 09:00", "attendance.marked", "SCHOOL", code="N")

    assert latest(Lived(BORN, DATED, *order, end), "HOUS") == latest(
        Lived(BORN, DATED, NEEDS, GONE, AGAIN, end), "HOUS"
    )


def test_a_date_that_moves_after_a_withdrawal_brings_nothing_back():
    moved = told("2026-08-01 12:00", "release_dates.changed", crd=date(2026, 11, 4))
    life = Lived(*KNOWN, GONE, moved, until="2026-11-20 09:00")

    assert [notice.stage for notice in life.notices("HOUS")][-1] == "STOP_PROCESSING"
    assert {change.reason for change in life.changes("T8W", "T2W", "T0", team="HOUS") if change.version == 2} == {
        "NO_CONSENT"
    }


def test_consent_that_comes_early_on_the_day_of_a_stage_waits_for_that_stage():
    dawn = told("2026-08-26 08:00", "consent.given", "PROBATION", teams=("HOUS",))
    life = Lived(BORN, DATED, NO_WORD, dawn, until="2026-08-26 09:00")

    assert [(notice.stage, notice.raised) for notice in life.notices("HOUS")] == [("T2W", at("2026-08-26 09:00"))]


def test_a_team_that_knows_of_a_release_and_of_a_birthday_is_told_once_to_stop():
    child = told("2026-06-01 09:00", "person.registered", dob=date(2008, 9, 20), yjs_order_past_18=True)
    life = Lived(child, DATED, NEEDS, GONE)

    assert {notice.kind for notice in life.notices("HOUS") if not notice.level} == {
        "RELEASE",
        "TRANSITION",
        "CORRECTION",
    }
    assert len(life.notices("HOUS", "STOP_PROCESSING")) == 1
    assert life.states("HOUS") == {}


@pytest.mark.parametrize(("days", "times"), [(0, 1), (40, 0)])
def test_a_withdrawal_after_the_release_stops_the_work_that_goes_on(days, times):
    out = told("2026-09-09 08:30", "person.released", reason="RELEASED", licence=True)
    gone = Event(
        "w",
        "consent.withdrawn",
        "PROBATION",
        "r-P",
        at("2026-09-10 12:00") + days * 24 * HOUR,
        None,
        {"teams": ("HOUS",)},
    )
    life = Lived(*KNOWN, out, gone, until="2026-12-01 09:00")

    assert len([c for c in life.changes("T0", team="HOUS") if c.state == "CANCELLED"]) == times
    assert len(life.notices("HOUS", "STOP_PROCESSING")) == 1


def test_whoever_had_a_copy_by_consent_is_told_to_stop_as_well():
    sentence = told("2026-01-05 10:00", "release_dates.changed", crd=date(2026, 3, 4), sled=date(2026, 9, 1))
    out = told("2026-03-04 08:00", "person.released", reason="RELEASED", licence=True)
    agreed = told("2026-03-05 10:00", "consent.given", "PROBATION", teams=("VCSE",))
    gone = told("2026-08-06 10:00", "consent.withdrawn", "PROBATION", teams=("VCSE",))
    born = told("2026-01-05 09:00", "person.registered", dob=date(1990, 5, 5), homeless=True)
    life = Lived(born, sentence, out, agreed, gone, told("2026-08-07 10:00", "attendance.marked", "SCHOOL", code="N"))

    assert [notice.stage for notice in life.notices("VCSE")] == ["SUPERVISION_END", "STOP_PROCESSING"]


# Children.

CHILD = told("2026-01-05 09:00", "person.registered", dob=date(2008, 12, 1), homeless=True, yjs_order_past_18=True)
PARENT = told("2026-01-06 09:00", "consent.given", "YJS", teams=("HOUS",), given_by="PARENT")
OWN = told("2026-11-15 09:00", "consent.given", "YJS", teams=("HOUS",))
BAIL = told("2026-12-02 09:00", "person.released", reason="RELEASED", detail="BAIL", licence=False)


def test_a_parents_consent_ends_at_18_and_the_lead_is_prompted_a_month_before():
    life = Lived(CHILD, PARENT, until="2026-11-30 09:00")
    after = Lived(CHILD, PARENT, BAIL)

    assert [notice.stage for notice in life.notices("HOUS") if not notice.level] == ["T3M", "T1M"]
    assert prompts(life, "YJS", "T3M") == [("REVIEW_CONSENT_HOUS",)]
    assert prompts(life, "YJS", "T1M") == [("ASK_CONSENT_HOUS",)]
    assert after.changes("T0U", team="HOUS")[-1].reason == "NO_CONSENT"
    assert not after.notices("HOUS", "T0U")


def test_own_consent_carries_over_the_birthday():
    assert Lived(CHILD, PARENT, OWN, BAIL).notices("HOUS", "T0U")


def test_the_safeguarding_hub_alone_is_prompted_for_the_adults_consent_to_stay_in_the_nrm():
    referred = told("2026-02-01 09:00", "nrm.referred", "MCC_CHILDRENS", as_child=True)
    life = Lived(CHILD, referred, until="2026-11-30 09:00")

    assert prompts(life, "CSH", "T1M") == [("ADULT_CONSENT_NOT_RECORDED",)]
    assert prompts(life, "CSH", "T3M") == [None]
    assert not [n for n in life.notices("YJS") if "ADULT_CONSENT_NOT_RECORDED" in (n.fields.get("prompts") or ())]
