"""A date far away settles for four hours: what is back where it was by then has never moved (rule R7)."""

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st
from lives import Lived, ack, at, told

from hub.core.calendar import HOUR
from hub.core.events import Event

BORN = told("2026-06-01 09:00", "person.registered", dob=date(1990, 5, 5))
DATED = told("2026-06-01 09:30", "release_dates.changed", crd=date(2026, 9, 9))
NEEDS = told("2026-06-01 10:00", "needs.flagged", homeless=True, consent=("HOUS",))
KNOWN = (BORN, DATED, NEEDS)
AWAY = told("2026-07-20 10:00", "release_dates.changed", crd=date(2026, 12, 9))
BACK = told("2026-07-20 12:00", "release_dates.changed", crd=date(2026, 9, 9))
LATE = told("2026-07-20 14:30", "release_dates.changed", crd=date(2026, 9, 9))


def rows(life):
    """The rows as they stand, apart from what their keys and clocks say of versions."""
    return {key: (alert.state, alert.version, alert.due_at, alert.rings) for key, alert in life.person.alerts.items()}


def told_of(life):
    return [(n.team, n.stage, n.level, n.raised) for team in ("PROB", "DWP", "HOUS") for n in life.notices(team)]


def test_a_date_that_is_back_within_four_hours_has_never_moved():
    one, other = Lived(*KNOWN, until="2026-07-20 15:00"), Lived(*KNOWN, AWAY, BACK, until="2026-07-20 15:00")

    assert rows(other) == rows(one)
    assert told_of(other) == told_of(one)
    assert told_of(other.wait("2026-12-20 09:00")) == told_of(one.wait("2026-12-20 09:00"))


def test_the_version_that_nobody_heard_of_is_in_the_audit_trail():
    life = Lived(*KNOWN, AWAY, BACK, until="2026-07-20 15:00")
    steps = [(change.version, change.state, change.was, change.reason) for change in life.changes("T2W", team="HOUS")]

    assert steps == [
        (1, "PENDING", None, None),
        (1, "SUPERSEDED", "PENDING", None),
        (2, "PENDING", None, None),
        (2, "SUPERSEDED", "PENDING", "NO_NET_CHANGE"),
        (1, "PENDING", "SUPERSEDED", None),
    ]


def test_a_date_that_is_back_after_four_hours_has_moved_twice():
    life = Lived(*KNOWN, AWAY, LATE, until="2026-07-20 19:00")
    moved = [
        (notice.team, notice.raised) for team in ("PROB", "DWP", "HOUS") for notice in life.notices(team, "DATE_MOVED")
    ]

    first, second = at("2026-07-20 14:00"), at("2026-07-20 18:30")
    assert moved == [(team, when) for team in ("PROB", "DWP", "HOUS") for when in (first, second)]
    assert {alert.version for alert in life.person.alerts.values() if alert.stage == "T2W"} == {3}


def test_a_third_date_tells_the_net_change_when_the_first_four_hours_end():
    third = told("2026-07-20 12:00", "release_dates.changed", crd=date(2026, 10, 7))
    life = Lived(*KNOWN, AWAY, third, until="2026-07-21 09:00")

    assert [notice.raised for notice in life.notices("HOUS", "DATE_MOVED")] == [at("2026-07-20 14:00")]


def test_a_date_back_after_a_third_one_stands_as_it_stood_first():
    third = told("2026-07-20 11:00", "release_dates.changed", crd=date(2026, 10, 7))
    one, other = Lived(*KNOWN, until="2026-07-20 15:00"), Lived(*KNOWN, AWAY, third, BACK, until="2026-07-20 15:00")

    assert rows(other) == rows(one)
    assert told_of(other) == told_of(one)


def test_whoever_was_told_of_the_date_between_is_told_that_it_moved_back_and_nobody_else():
    early = told("2026-06-10 10:00", "release_dates.changed", crd=date(2026, 8, 5))  # eight weeks and no longer
    back = told("2026-06-10 12:00", "release_dates.changed", crd=date(2026, 9, 9))
    life = Lived(BORN, DATED, NEEDS, early, back, until="2026-07-01 09:00")

    assert [n.stage for n in life.notices("PROB") if not n.level] == ["T8W", "DATE_MOVED", "T12W"]
    assert [n.stage for n in life.notices("HOUS") if not n.level] == ["T8W", "DATE_MOVED"]
    assert [n.stage for n in life.notices("DWP") if not n.level] == ["T12W", "DATE_MOVED"]


def test_what_fell_due_while_the_date_settled_is_told_once_it_is_back():
    away = told("2026-07-15 08:00", "release_dates.changed", crd=date(2026, 12, 9))
    back = told("2026-07-15 10:00", "release_dates.changed", crd=date(2026, 9, 9))
    life = Lived(*KNOWN, away, back, until="2026-07-15 10:00")

    assert [(n.stage, n.raised) for n in life.notices("HOUS")] == [("T8W", back.at)]


def test_an_answer_given_while_the_date_settled_counts():
    life = Lived(*KNOWN, AWAY, ack("2026-07-20 11:00", "HOUS", "T8W"), BACK, until="2026-08-20 09:00")

    assert life.person.alerts["RELEASE/1/T8W/HOUS"].state == "ACKNOWLEDGED"
    assert not [notice for notice in life.notices("HOUS", "T8W") if notice.level]


def test_consent_that_went_while_the_date_settled_stays_gone():
    gone = told("2026-07-20 11:00", "consent.withdrawn", "PROBATION", teams=("HOUS",))
    life = Lived(*KNOWN, AWAY, gone, BACK)

    assert life.states("HOUS") == {}
    life.wait("2026-12-20 09:00")
    assert [notice.stage for notice in life.notices("HOUS")] == ["T8W", "STOP_PROCESSING"]


def test_whom_it_no_longer_concerns_keeps_what_was_told_and_hears_no_more():
    housed = told("2026-07-20 11:00", "needs.flagged", homeless=False)
    life = Lived(*KNOWN, AWAY, housed, BACK)

    assert life.states("HOUS") == {"T8W": "TOLD"}


def test_a_near_date_settles_for_nobody():
    near = told("2026-08-27 10:00", "release_dates.changed", crd=date(2026, 12, 9))
    back = told("2026-08-27 11:00", "release_dates.changed", crd=date(2026, 9, 9))
    life = Lived(*KNOWN, near, back)

    assert [n.raised for n in life.notices("DWP", "DATE_MOVED")] == [near.at, back.at]


DAYS = [date(2026, 9, 9), date(2026, 12, 9), date(2026, 8, 26), date(2026, 9, 16), date(2026, 8, 5)]
GONE = ("person.movement", {"reason": "UNLAWFULLY_AT_LARGE"})
IN = ("person.received", {"reason": "ADMISSION"})


def lived(moves, begin):
    """What is told when the dates move so: after so many half hours to that day, or out, or in again."""
    life, moment = Lived(*KNOWN, until=f"{begin} 09:00"), at(f"{begin} 10:00")
    for number, (halves, day) in enumerate([*moves, (1, 6)]):
        moment += halves * HOUR // 2
        kind, fields = (GONE, IN)[day - 5] if day > 4 else ("release_dates.changed", {"crd": DAYS[day]})
        life.add(Event(f"d-{number}", kind, "HMPPS_PRISON", "r-HMPPS_PRISON", moment, None, fields))
    return life.wait(f"{begin[:-2]}{int(begin[-2:]) + 3:02} 23:00")


@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(0, 6)), max_size=8),
    st.sampled_from(["2026-07-20", "2026-06-22"]),  # a stage of the days between is told on the second alone
)
@example([(0, 4), (4, 0), (3, 1), (3, 0)], "2026-06-22")
@example([(0, 2), (2, 5), (94, 1), (4, 6), (2, 0)], "2026-06-22")
@example([(0, 4), (2, 5), (58, 0)], "2026-06-22")
def test_whatever_a_date_did_while_it_settled_every_team_ends_with_the_truth(moves, begin):
    """Whoever was told of another date than the last one is told so, and which way it went from there."""
    life, believed = lived(moves, begin), {}
    for change in [answer for answer in life.answers if hasattr(answer, "basis") and answer.team != "CSP_DUTY"]:
        if change.state == "RAISED" and change.was != "SUPERSEDED":
            before = believed.get(change.team, change.basis)
            if change.stage == "DATE_MOVED" and before != change.basis:
                assert change.reason == ("DATE_EARLIER" if change.basis < before else "DATE_LATER")
            believed[change.team] = change.basis

    final = life.person.plans["RELEASE/1"].basis
    assert believed.keys() >= {"PROB", "DWP"}
    assert set(believed.values()) == {final}
    assert {alert.basis for alert in life.person.alerts.values() if alert.kind == "RELEASE"} <= {final}
    assert not [key for key in life.person.alerts if key.startswith("WAS:")]


def test_a_date_that_has_passed_is_near_however_long_ago():
    late = told("2026-09-28 10:00", "release_dates.changed", crd=date(2026, 9, 10))
    life = Lived(*KNOWN, until="2026-09-28 09:00").add(late)

    assert [notice.raised for notice in life.notices("PROB", "DATE_MOVED")] == [late.at]


def test_consent_that_came_while_the_date_settled_tells_its_team_as_soon_as_it_is_back():
    needs = told("2026-06-01 10:00", "needs.flagged", homeless=True)
    agreed = told("2026-07-20 11:00", "consent.given", agency="PROBATION", teams=("HOUS",))
    life = Lived(BORN, DATED, needs, AWAY, agreed, BACK, until="2026-07-20 12:00")

    assert [(n.stage, n.raised) for n in life.notices("HOUS")] == [("T8W", at("2026-07-20 12:00"))]
