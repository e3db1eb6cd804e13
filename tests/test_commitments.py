"""Are we keeping our promises? Cases counted by hand, and what must hold whatever the log says."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.calendar import Calendar
from hub.place import compiled
from hub.reports import figures
from hub.reports import promises as came
from hub.reports.commitments import Happened, Step, Terms, answers, cases
from hub.rulebook import rules_of

RULES = compiled()
FIFTY_SIX = 56
NOW = int(datetime(2027, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
LONDON = Calendar(CHRISTMAS, (0, 1_774_746_000_000_000, 1_792_890_000_000_000), (0, 3_600_000_000, 0))
TERMS = Terms(LONDON, lambda on: FIFTY_SIX, frozenset({"arrest.recorded"}), 90)


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def alert(name, person, kind, stage, team, *steps, basis=None, episode=1, version=1):
    """Steps of one alert, each a state, when, and what else it says."""
    day = None if basis is None else date.fromisoformat(basis)
    return [
        Step(name, person, kind, episode, stage, team, version, state, at(when), basis=day, **(more[0] if more else {}))
        for state, when, *more in steps
    ]


def release(person, day, told, team="PROB", known=None, stage="T0", **more):
    """A release on *day* of which the lead was *told* first at one instant, and the hub had known from another."""
    early = [("PENDING", known)] if known else []
    first = alert(f"{person}-T8W", person, "RELEASE", "T8W", team, *early, ("RAISED", told), basis=day, **more)
    last = alert(f"{person}-{stage}", person, "RELEASE", stage, team, ("RAISED", f"{day}T09:00"), basis=day, **more)
    return [*first, *last]


def of(promise, steps, happened=(), now=NOW):
    return [(case.person, case.on, case.came) for case in cases(steps, happened, TERMS, now) if case.promise == promise]


def told(promise, steps, happened=(), now=NOW):
    return [name for _, _, name in of(promise, steps, happened, now)]


def test_a_release_is_in_time_up_to_the_working_day_before_the_days_of_notice():
    assert LONDON.working_day_on_or_before(date(2026, 11, 15)) == date(2026, 11, 13)  # 15 November is a Sunday

    assert told("notice", release("a", "2027-01-10", "2026-11-13T23:59")) == [came.IN_TIME]
    assert told("notice", release("a", "2027-01-10", "2026-11-14T00:00", known="2026-10-01T09:00")) == [came.TOO_LATE]


def test_notice_goes_by_londons_days_not_by_those_of_utc():
    before, after = "2026-06-10T22:59", "2026-06-10T23:00"  # a minute before midnight, and midnight, in summer

    assert told("notice", release("a", "2026-08-05", before)) == [came.IN_TIME]
    assert told("notice", release("a", "2026-08-05", after, known="2026-05-01T09:00")) == [came.TOO_LATE]


def test_a_date_that_became_known_too_late_and_a_release_nobody_planned_stand_apart():
    late = release("a", "2027-01-08", "2026-12-20T09:00", known="2026-12-20T09:00")
    unplanned = alert("b", "b", "RELEASE", "T0U", "PROB", ("RAISED", "2026-12-01T11:00"), basis="2026-12-01")
    out = [Happened("c", "person.released", at("2026-12-03T09:00"))] * 2

    assert of("notice", [*late, *unplanned], out) == [
        ("b", date(2026, 12, 1), came.UNPLANNED),
        ("c", date(2026, 12, 3), came.OTHERWISE_OUT),
        ("a", date(2027, 1, 8), came.UNKNOWN),
    ]


def test_a_date_known_on_the_last_day_was_known_in_time_and_a_release_to_come_is_none():
    known = release("a", "2027-01-10", "2026-12-01T09:00", known="2026-11-13T12:00")
    to_come = alert("b", "b", "RELEASE", "T0", "HOUS", ("SUPPRESSED", "2027-02-01T09:00"), basis="2027-04-01")

    assert told("notice", known) == [came.TOO_LATE]
    assert told("notice", to_come) == []


def test_a_date_that_moved_counts_in_the_month_it_moved_to_and_only_there():
    old = alert(
        *("a-1", "a", "RELEASE", "T0", "PROB", ("RAISED", "2026-11-30T09:00")),
        ("SUPERSEDED", "2026-12-02T15:00"),
        basis="2026-11-30",
    )
    new = alert("a-2", "a", "RELEASE", "T0U", "PROB", ("RAISED", "2026-12-02T15:00"), basis="2026-12-02", version=2)

    assert of("notice", [*old, *new]) == [("a", date(2026, 12, 2), came.UNPLANNED)]


def test_a_release_taken_back_is_none_and_one_told_again_counts_from_then():
    gone = [*release("a", "2026-11-20", "2026-09-01T09:00")]
    gone += alert("a-T0", "a", "RELEASE", "T0", "PROB", ("CANCELLED", "2026-11-21T09:00", {"was": "RAISED"}))
    off = alert(
        *("b-T12W", "b", "RELEASE", "T12W", "PROB", ("RAISED", "2026-09-01T09:00")),
        ("CANCELLED", "2026-11-01T09:00", {"was": "RAISED"}),
        basis="2027-01-08",
    )
    again = release("b", "2027-01-08", "2026-12-01T09:00")

    assert told("notice", gone) == []
    assert told("notice", [*off, *again]) == [came.TOO_LATE]


def test_only_the_lead_counts_and_whom_nobody_leads_is_broken_not_forgotten():
    steps = release("a", "2026-11-20", "2026-09-01T09:00", team="HOUS")

    assert told("notice", steps) == [came.NO_LEAD]


def test_notice_of_an_earlier_release_is_none_of_the_next():
    first = release("a", "2026-06-05", "2026-03-01T09:00")
    back = release("a", "2026-11-20", "2026-11-01T09:00", known="2026-11-01T09:00", episode=2, version=2)
    back = [replace_alert(one, f"{one.alert}-2") for one in back]

    assert told("notice", [*first, *back]) == [came.IN_TIME, came.UNKNOWN]


def replace_alert(one, name):
    return Step(name, *[getattr(one, field) for field in Step.__struct_fields__[1:]])


def answered(name, *steps, ack_by="2026-11-05T12:00", kind="RELEASE"):
    made = alert(name, name, kind, "T8W", "PROB", *steps)
    by = at(ack_by) if ack_by else None
    return [Step(**{field: getattr(one, field) for field in Step.__struct_fields__} | {"ack_by": by}) for one in made]


RAISED = ("RAISED", "2026-11-02T09:00")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((RAISED, ("ACKNOWLEDGED", "2026-11-05T12:00")), came.ANSWERED),
        ((RAISED, ("ACKNOWLEDGED", "2026-11-05T12:01")), came.ANSWERED_LATE),
        ((RAISED, ("ESCALATED", "2026-11-05T12:00")), came.UNANSWERED),
        ((RAISED, ("CLOSED", "2026-11-06T12:00")), came.UNANSWERED),
        ((RAISED, ("CANCELLED", "2026-11-03T12:00")), came.OVER_BEFORE),
        ((RAISED, ("ACKNOWLEDGED", "2026-11-03T12:00"), ("CLOSED", "2026-11-04T12:00")), came.ANSWERED),
    ],
)
def test_what_came_of_an_alert_goes_by_its_deadline(steps, expected):
    assert told("answered", answered("a", *steps)) == [expected]


def test_an_alert_waits_until_its_deadline_and_one_that_was_never_told_is_none():
    assert told("answered", answered("a", RAISED), now=at("2026-11-05T12:00")) == [came.WAITS]
    assert told("answered", answered("a", RAISED), now=at("2026-11-05T12:01")) == [came.UNANSWERED]
    assert told("answered", answered("a", RAISED, ack_by=None)) == [came.NOT_ASKED]
    assert told("answered", answered("a", ("PENDING", "2026-11-02T09:00"))) == []


def test_an_alert_counts_in_the_month_of_london_in_which_it_was_first_told():
    midnight = answered("a", ("RAISED", "2026-06-30T23:30"), ("RAISED", "2026-07-09T09:00"))

    assert of("answered", midnight)[0][1] == date(2026, 7, 1)


def birthday(person, day, *more, stage="T18", version=1):
    first = ("RAISED", f"{day}T09:00")
    return alert(
        f"{person}-{stage}", person, "TRANSITION", stage, "YJS", *(more or (first,)), basis=day, version=version
    )


def ends(person, day, *steps, stage="C0", team="MH"):
    number = int(day.replace("-", ""))
    return alert(f"{person}-{stage}", person, "CLIFF_EDGE", stage, team, *steps, basis=day, episode=number)


def test_a_birthday_is_kept_by_an_acceptance_with_nothing_that_ends_that_day():
    day = "2026-11-14"
    steps = [one for person in "abcd" for one in birthday(person, day)]
    steps += [one for person in "cd" for one in ends(person, day, ("RAISED", f"{day}T09:00"))]
    accepted = [Happened(person, "referral.accepted", at("2026-11-14T23:00")) for person in "ac"]

    assert told("handover", steps, accepted) == [
        *(came.ACCEPTED, came.NOT_ACCEPTED),
        *(came.ACCEPTED_WITH_GAP, came.NOT_ACCEPTED_GAP),
    ]


def test_an_acceptance_after_the_birthday_or_of_years_ago_is_none_of_it():
    for when in ("2026-11-15T00:00", "2025-11-01T09:00"):
        found = told("handover", birthday("a", "2026-11-14"), [Happened("a", "referral.accepted", at(when))])
        assert found == [came.NOT_ACCEPTED]


def test_a_handover_that_the_hub_found_done_is_accepted():
    done = birthday("a", "2026-11-14", ("SKIPPED", "2026-10-14T09:00", {"reason": "DONE"}), stage="T1M")

    assert told("handover", [*birthday("a", "2026-11-14"), *done]) == [came.ACCEPTED]


def test_a_birthday_to_come_or_of_a_plan_that_ended_is_none():
    ended = birthday("a", "2026-11-14", ("RAISED", "2026-08-14T09:00"), ("CANCELLED", "2026-09-01T09:00"))

    assert told("handover", ended) == []
    assert told("handover", birthday("a", "2027-03-02", ("RAISED", "2027-02-02T09:00"))) == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("RAISED", "2026-11-30T09:00")], [came.NOBODY_THERE]),
        ([("SUPPRESSED", "2026-11-30T09:00")], [came.NOBODY_THERE]),
        (
            [("RAISED", "2026-11-30T09:00"), ("CLOSED", "2026-12-20T09:00", {"reason": "ACCEPTED"})],
            [came.TAKEN_ON_LATER],
        ),
        ([("RAISED", "2026-11-30T09:00"), ("CANCELLED", "2026-12-02T09:00", {"reason": "REOPENED"})], [came.NO_CLIFF]),
        ([("PENDING", "2026-08-01T09:00"), ("CANCELLED", "2026-09-02T09:00", {"reason": "ACCEPTED"})], [came.TAKEN_ON]),
        ([("PENDING", "2026-08-01T09:00"), ("SUPERSEDED", "2026-09-02T09:00")], []),
        ([("PENDING", "2026-08-01T09:00")], []),
    ],
)
def test_a_support_that_ends_is_a_cliff_unless_somebody_agreed_before(steps, expected):
    assert told("cliff", ends("a", "2026-11-30", *steps)) == expected


def test_services_of_one_team_that_end_on_one_day_are_one_support():
    day = "2026-11-30"
    steps = [*ends("a", day, ("RAISED", f"{day}T09:00")), *ends("a", day, ("RAISED", "2026-11-02T09:00"), stage="C28")]

    assert of("cliff", [*steps, *ends("a", day, ("RAISED", f"{day}T09:00"), team="CSC", stage="CU")]) == [
        ("a", date(2026, 11, 30), came.NOBODY_THERE),
        ("a", date(2026, 11, 30), came.NOBODY_THERE),
    ]


def offer(person, *steps):
    return alert(person, person, "OFFER_OF_SUPPORT", "OFFER", "YJS", *steps, episode=20261103)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([RAISED, ("ACKNOWLEDGED", "2026-11-05T12:00", {"answer": "ACCEPTED"})], [came.OFFER_TAKEN_ON]),
        ([RAISED, ("ACKNOWLEDGED", "2026-11-05T12:00", {"answer": "NOT_OURS"})], [came.OFFER_NOT_OURS]),
        ([RAISED, ("CLOSED", "2026-12-01T12:00")], [came.OFFER_NO_ANSWER]),
        ([("SUPPRESSED", "2026-11-05T12:00")], [came.NONE_TOLD]),
        ([RAISED, ("CANCELLED", "2026-11-20T12:00")], []),
    ],
)
def test_enforcement_is_answered_by_asking_a_service(steps, expected):
    assert told("offers", offer("a", *steps)) == expected


def test_enforcement_for_which_nobody_was_looked_for_stands_apart_once_a_month():
    arrests = [Happened(person, "arrest.recorded", at("2026-11-04T09:00")) for person in "aabb"]

    assert of("offers", offer("a", RAISED), arrests) == [
        ("a", date(2026, 11, 3), came.OFFER_NO_ANSWER),
        ("b", date(2026, 11, 4), came.NOT_LOOKED_FOR),
    ]


# A month counted by hand: who is in it, and what the report says of them.
HAND = [
    *release("r1", "2026-11-20", "2026-09-01T09:00"),  # told eleven weeks before
    *release("r2", "2026-11-23", "2026-09-25T09:00", team="YJS"),  # 28 September is the last day: in time
    *release("r3", "2026-11-23", "2026-10-05T09:00", known="2026-09-01T09:00"),  # the hub knew, the lead heard late
    *release("r4", "2026-11-24", "2026-11-10T09:00", known="2026-11-10T09:00"),  # nobody knew in time
    *alert("r5", "r5", "RELEASE", "T0U", "PROB", ("RAISED", "2026-11-25T18:00"), basis="2026-11-25"),  # unplanned
    *release("r6", "2026-12-01", "2026-09-01T09:00"),  # another month
    *birthday("b1", "2026-11-14"),
    *birthday("b2", "2026-11-15"),
    *ends("e1", "2026-11-30", ("RAISED", "2026-11-30T09:00")),
    *offer("o1", RAISED, ("ACKNOWLEDGED", "2026-11-05T12:00", {"answer": "ACCEPTED"})),
]
HEARD = [
    Happened("b1", "transfer.made", at("2026-10-01T09:00")),
    Happened("x", "person.released", at("2026-11-09T09:00")),
]
COUNTED = {
    "notice": {came.IN_TIME: 2, came.TOO_LATE: 1, came.UNKNOWN: 1, came.UNPLANNED: 1, came.OTHERWISE_OUT: 1},
    "answered": {came.NOT_ASKED: 10},  # of r1 to r3 one, of r4 two, r5, b1, b2, e1 and o1
    "handover": {came.ACCEPTED: 1, came.NOT_ACCEPTED: 1},
    "cliff": {came.NOBODY_THERE: 1},
    "offers": {came.OFFER_TAKEN_ON: 1},
}


def test_a_month_counted_by_hand():
    november = figures.by_month(cases(HAND, HEARD, TERMS, NOW))["2026-11"]
    found = {name: Counter(case.came for case in november if case.promise == name) for name in COUNTED}

    assert {name: dict(counts) for name, counts in found.items()} == COUNTED


states = st.sampled_from(
    ("PENDING", "RAISED", "ESCALATED", "ACKNOWLEDGED", "CLOSED", "SUPERSEDED", "CANCELLED", "SKIPPED", "SUPPRESSED")
)
instants = st.integers(0, 700).map(lambda days: at("2026-01-01T12:00") + days * 12 * 3_600_000_000)
stages = st.sampled_from(
    [("RELEASE", stage) for stage in ("T8W", "T0", "TDNA", "T0U")]
    + [("TRANSITION", stage) for stage in ("T1M", "T18")]
    + [("CLIFF_EDGE", stage) for stage in ("C90", "C28", "C0", "CU")]
    + [("OFFER_OF_SUPPORT", "OFFER")]
)


@st.composite
def logs(draw, people="abc"):
    """Steps of some alerts of some *people*, as a log might never hold them, and events."""
    steps = []
    for number in range(draw(st.integers(0, 8))):
        kind, stage = draw(stages)
        person, team = draw(st.sampled_from(people)), draw(st.sampled_from(("PROB", "YJS", "HOUS")))
        day = date(2026, 1, 1) + timedelta(draw(st.integers(0, 330)))
        episode = int(f"{day:%Y%m%d}") if kind in ("CLIFF_EDGE", "OFFER_OF_SUPPORT") else 1
        fixed = (f"{person}{number}", person, kind, episode, stage, team, draw(st.integers(1, 3)))
        for state, when in draw(st.dictionaries(states, instants, min_size=1, max_size=4)).items():
            reason = draw(st.sampled_from((None, "ACCEPTED", "DONE")))
            steps.append(Step(*fixed, state, when, None, reason, day, None, when + 10**11))
    subjects = st.sampled_from(("arrest.recorded", "person.released", "referral.accepted"))
    heard = draw(st.lists(st.builds(Happened, st.sampled_from(people), subjects, instants), max_size=6))
    return steps, heard


@given(logs(), st.integers())
def test_the_order_of_records_does_not_matter(log, seed):
    steps, heard = log
    mixed, events = [*steps], [*heard]
    Random(seed).shuffle(mixed)
    Random(seed).shuffle(events)

    assert cases(mixed, events, TERMS, NOW) == cases(steps, heard, TERMS, NOW)


@given(logs("abc"), logs("xyz"))
def test_what_is_said_of_others_changes_no_case_of_anybody(log, others):
    alone = cases(*log, TERMS, NOW)
    together = cases([*log[0], *others[0]], [*log[1], *others[1]], TERMS, NOW)

    assert [case for case in together if case.person in "abc"] == alone


@given(logs(), logs("xyz"))
def test_events_of_other_months_change_no_figure_of_a_month(log, others):
    mine = figures.by_month(cases(*log, TERMS, NOW))
    theirs = figures.by_month(cases(*others, TERMS, NOW))
    both = figures.by_month(cases([*log[0], *others[0]], [*log[1], *others[1]], TERMS, NOW))

    for month in mine.keys() - theirs.keys():
        of_both, of_mine = (figures.figures(some[month], month, RULES, 5) for some in (both, mine))
        assert of_both == of_mine


@given(logs())
def test_every_case_comes_to_one_outcome_of_its_promise_and_the_sums_agree(log):
    from hub.reports.promises import PROMISES

    found = cases(*log, TERMS, NOW)
    for case in found:
        promise = PROMISES[case.promise]
        assert [*promise.kept, *promise.broken, *promise.apart].count(case.came) == 1
    raised = {one.alert for one in log[0] if one.state == "RAISED"}
    assert sum(case.promise == "answered" for case in found) == len(raised)


def test_the_terms_are_those_of_the_rules():
    made = figures.terms(RULES, rules_of(RULES).calendar)

    assert made.notice_days(date(2026, 11, 1)) == FIFTY_SIX
    assert made.notice_days(date(2025, 12, 31)) is None
    assert made.enforcement >= {"arrest.recorded"}
    assert told_with(replace(made, notice_days=lambda on: None), release("a", "2026-11-20", "2026-09-01T09:00")) == []


def told_with(terms, steps):
    return [case for case in cases(steps, (), terms, NOW) if case.promise == "notice"]


def test_a_correction_is_no_alert_that_waits_for_an_answer():
    found = [*answers(answered("a", RAISED, kind="CORRECTION"), NOW)]

    assert [case.promise for case in found] == ["corrected"]
    assert told("answered", answered("a", RAISED, kind="CORRECTION")) == []
