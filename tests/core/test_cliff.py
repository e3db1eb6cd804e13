"""Services that end: their team is told in time unless somebody carries on; silence is kept where it is right."""

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shipped import rules

from hub.core.decide import advance, step
from hub.core.events import AlertChange, Event, Notice
from hub.core.person import Person

DAY = 24 * 3_600_000_000
START = 1_788_249_600_000_000  # 1 September 2026, 09:00 in London
FIRST = date(2026, 9, 1)
HEALTH = {"CAMHS"}
TEAMS = {"CIN": "CSC", "CP": "CSC", "CAMHS": "MH", "YJS_ORDER": "YJS", "SAFE_TASKFORCE": "SEND"}
AGENCIES = {"CSC": "MCC_CHILDRENS", "MH": "NHS_CAMHS", "YJS": "YJS", "SEND": "SCHOOL"}
ENDED = {"SUPERSEDED", "CANCELLED"}


def told(kind, agency, at, **fields):
    return Event(f"e-{at}", kind, agency, f"r-{agency}", at, None, fields)


def known(dob):
    return told("person.registered", "MCC_CHILDRENS", START - 1, dob=dob)


def lived(events, days=800):
    person, answers = Person(), []
    for event in events:
        person, made = step(person, "p-1", event, rules())
        answers += made
    _, made = advance(person, "p-1", person.clock + days * DAY, rules())
    return answers + made


def changes(answers, kind="CLIFF_EDGE"):
    return [answer for answer in answers if isinstance(answer, AlertChange) and answer.kind == kind]


def notices(answers, kind="CLIFF_EDGE"):
    return [answer for answer in answers if isinstance(answer, Notice) and answer.kind == kind]


services = st.sampled_from(sorted(TEAMS))
born = st.sampled_from([date(2009, 3, 12), date(2009, 2, 28), date(2011, 1, 15), date(2014, 7, 7)])
ends = st.integers(0, 300).map(lambda days: FIRST + timedelta(days=days))
plans = st.tuples(st.just("service.closure_planned"), services, ends)
closures = st.tuples(st.sampled_from(["service.opened", "service.closed"]), services, st.none())
handovers = st.tuples(
    st.sampled_from(["referral.made", "referral.accepted", "referral.declined"]), services, st.just("ASC")
)
corrected = st.tuples(st.just("person.dob_corrected"), st.just("CIN"), born)
happenings = st.lists(st.tuples(st.integers(1, 40 * 24), st.one_of(plans, closures, handovers, corrected)), max_size=9)


def history(dob, happened):
    yield known(dob)
    at = START
    for hours, (kind, service, more) in happened:
        at += hours * DAY // 24
        agency = AGENCIES[TEAMS[service]]
        if kind == "person.dob_corrected":
            yield told(kind, "MCC_CHILDRENS", at, new=more)
        elif kind.startswith("referral."):
            yield told(kind, agency, at, service=service, to=more)
        else:
            yield told(kind, agency, at, service=service, **({"end": more} if more else {}))


LAST = FIRST + timedelta(days=191)
AWAY_AND_BACK = [
    (2423, ("service.closure_planned", "CIN", LAST)),
    (1, ("service.closure_planned", "CP", LAST)),
    (1, ("service.closure_planned", "CIN", FIRST)),
    (341, ("service.closure_planned", "CIN", LAST)),
]


@settings(max_examples=200)
@given(born, happenings)
@example(date(2009, 3, 12), AWAY_AND_BACK)
def test_an_alert_has_one_id_is_raised_once_and_never_comes_back(dob, happened):
    ended, raised = set(), set()
    for change in changes(lived(history(dob, happened))):
        assert change.alert not in ended
        if change.state == "RAISED":
            assert change.alert not in raised
            raised.add(change.alert)
        if change.state in ENDED | {"SKIPPED", "SUPPRESSED"}:
            ended.add(change.alert)


@settings(max_examples=200)
@given(born, happenings)
def test_whoever_saw_an_alert_that_was_withdrawn_is_told_and_nobody_else(dob, happened):
    answers = lived(history(dob, happened))
    heard = set()
    for answer in answers:
        if isinstance(answer, Notice):
            assert answer.kind != "CORRECTION" or answer.team in heard
            heard.add(answer.team)
    for change in changes(answers):
        if change.state in ENDED and change.was == "RAISED":
            assert any(n.team == change.team and n.raised >= change.at for n in answers if isinstance(n, Notice))


@settings(max_examples=200)
@given(born, happenings)
def test_no_health_service_is_named_outside_health_and_care(dob, happened):
    for notice in (answer for answer in lived(history(dob, happened)) if isinstance(answer, Notice)):
        named = {*notice.fields.get("non_health_services", ())}
        if notice.team in {"YJS", "PROB", "CSP_DUTY", "SEND"}:
            services = notice.fields.get("services", ())
            named |= set(services) if isinstance(services, tuple) else set()
        assert not named & HEALTH


@settings(max_examples=200)
@given(born, st.lists(st.tuples(services, ends), min_size=1, max_size=5, unique_by=lambda pair: pair[0]))
def test_a_service_that_ends_with_nobody_accepted_is_told_on_its_last_day_at_the_latest(dob, planned):
    events = [
        told("service.closure_planned", AGENCIES[TEAMS[service]], START + number, service=service, end=end)
        for number, (service, end) in enumerate(planned)
    ]
    answers = notices(lived([known(dob), *events]))

    for service, end in planned:
        mine = [n for n in answers if n.team == TEAMS[service] and n.stage == "C0" and n.fields["ends_on"] == end]
        names = {name for n in mine for key in ("services", "non_health_services") for name in n.fields.get(key, ())}
        assert service in names
        assert all(rules().calendar.local_date(n.raised) <= end for n in mine)


@given(born, services, st.integers(40, 300), st.integers(1, 300), st.booleans())
def test_an_acceptance_before_the_28_days_means_that_nothing_is_asked_then(dob, service, last, accepted, named):
    end = FIRST + timedelta(days=last)
    agency = AGENCIES[TEAMS[service]]
    which = {"service": service} if named else {}
    to = rules().services.kinds[service].receivers[0]
    by = {"to": to, **which}
    events = [
        known(dob),
        told("service.closure_planned", agency, START, service=service, end=end),
        told("referral.made", agency, START + 1, **by),
        told("referral.accepted", agency, START + min(accepted, last - 40) * DAY + 2, **by),
    ]

    assert {change.stage for change in changes(lived(events)) if change.state == "RAISED"} <= {"C90"}


@given(born, happenings, st.integers(0, 9))
def test_after_a_death_no_service_asks_anything(dob, happened, place):
    events = list(history(dob, happened))[: place + 1]
    answers = lived([*events, told("person.died", "MCC_CHILDRENS", events[-1].at + 1)])
    died = events[-1].at + 1

    assert not [notice for notice in notices(answers) if notice.raised > died]
    assert {n.stage for n in notices(answers, "CORRECTION") if n.raised >= died} <= {"CLOSE_DO_NOT_CONTACT"}


@given(
    born,
    st.lists(
        st.one_of(
            st.tuples(st.just("service.closure_planned"), services, st.integers(150, 300)),
            st.tuples(st.sampled_from(["referral.made", "referral.accepted"]), services, st.integers(0, 1)),
        ),
        min_size=2,
        max_size=4,
        unique_by=lambda pair: pair[:2],
    ),
)
def test_the_order_of_arrival_never_matters_to_what_is_planned(dob, happened):
    events = [
        told(kind, AGENCIES[TEAMS[service]], START + number, service=service, to="VCSE")
        if kind.startswith("referral")
        else told(kind, AGENCIES[TEAMS[service]], START + number, service=service, end=FIRST + timedelta(days=days))
        for number, (kind, service, days) in enumerate(happened)
    ]

    def planned(order):
        person = Person()
        for event in (known(dob), *order):
            person, _ = step(person, "p-1", event, rules())
        rows = [alert for alert in person.alerts.values() if alert.kind == "CLIFF_EDGE"]
        return {(row.stage, row.team, row.due_on, row.services, row.copies, row.state) for row in rows}

    assert len({frozenset(planned(order)) for order in permutations(events)}) == 1


CIN = told("service.closure_planned", "MCC_CHILDRENS", START, service="CIN", end=date(2027, 3, 12))
ORDER = told("order.started", "YJS", START - 5, type="YRO", end=date(2027, 12, 31))
ASKED = told("referral.made", "MCC_CHILDRENS", START + 30 * DAY, to="ASC")


def test_the_intended_team_and_the_lead_professional_get_copies_and_no_rows():
    answers = lived([known(date(2009, 3, 12)), ORDER, CIN, ASKED])
    asked = [(n.stage, n.team, n.action) for n in notices(answers) if n.team in {"ASC", "PROB"}]

    assert asked == [
        ("C28", "ASC", "ANSWER_REFERRAL_BEFORE_SERVICE_ENDS"),
        ("C0", "ASC", "TAKE_ON_SUPPORT_THAT_ENDS"),
        ("C0", "PROB", "ASK_TO_DEFER_CLOSURE"),
    ]
    assert {change.team for change in changes(answers)} == {"CSC"}


def test_a_copy_is_withdrawn_by_a_copy():
    met = told(
        "service.closure_planned", "MCC_CHILDRENS", START + 180 * DAY, service="CIN", end=date(2027, 3, 12),
        reason="NEED_MET", agreed=True,
    )  # fmt: skip
    answers = lived([known(date(2009, 3, 12)), CIN, ASKED, met])

    assert {n.team for n in notices(answers, "CORRECTION") if n.stage == "CANCEL"} == {"CSC", "ASC"}
    assert {change.team for change in changes(answers, "CORRECTION")} == {"CSC"}


def test_a_service_opened_after_its_usual_end_has_none():
    late = told("service.opened", "MCC_CHILDRENS", START, service="CIN")

    assert not changes(lived([known(date(2008, 3, 12)), late]))


def test_what_ended_long_before_anybody_told_the_hub_is_history():
    old = told("service.opened", "MCC_CHILDRENS", START - 5000 * DAY, service="CIN")
    plan = told("service.closed", "MCC_CHILDRENS", START - 40 * DAY, service="CIN")
    today = told("consent.given", "MCC_CHILDRENS", START, teams=("VCSE",))

    assert not changes(lived([known(date(2000, 3, 12)), today, old, plan]))


@pytest.mark.parametrize("answered", [("referral.accepted", "SALFORD"), ("referral.declined", "TRAFFORD")])
def test_who_moves_is_carried_on_by_the_authority_that_accepts_and_by_no_other(answered):
    kind, authority = answered
    moved = told("residence.changed", "MCC_CHILDRENS", START + 1, authority="SALFORD")
    asked = told("referral.made", "MCC_CHILDRENS", START + 2, to=authority)
    answer = told(kind, "MCC_CHILDRENS", START + 3, to=authority)
    raised = [
        c.stage for c in changes(lived([known(date(2009, 3, 12)), CIN, moved, asked, answer])) if c.state == "RAISED"
    ]

    assert raised == ([] if authority == "SALFORD" else ["C90", "C28", "C0"])


@pytest.mark.parametrize(
    ("answers", "raised"),
    [
        ([("accepted", 1)], ["C28", "C0"]),  # before anything was asked: of another referral
        ([("accepted", 3)], []),
        ([("accepted", 3), ("made", 4)], []),
        ([("declined", 3)], ["C28", "C0"]),
        ([("declined", 3), ("made", 4)], ["C28", "C0"]),
        ([("declined", 3), ("made", 4), ("accepted", 5)], ["C28"]),
        ([("accepted", 3), ("declined", 4)], ["C28", "C0"]),
    ],
)
def test_an_answer_is_to_the_last_referral_before_it(answers, raised):
    made = told("referral.made", "MCC_CHILDRENS", START + 2, to="ASC")
    rest = [told(f"referral.{kind}", "MCC_CHILDRENS", START + at, to="ASC") for kind, at in answers]
    happened = sorted([CIN, made, *rest], key=lambda event: event.at)
    asked = [c.stage for c in changes(lived([known(date(2009, 3, 12)), *happened])) if c.state == "RAISED"]

    assert asked == raised


def test_a_child_in_need_alone_has_no_transition():
    opened = told("service.opened", "MCC_CHILDRENS", START, service="CIN")
    answers = lived([known(date(2009, 3, 12)), opened])

    assert not changes(answers, "TRANSITION")
    assert [c.stage for c in changes(answers) if c.state == "RAISED"] == ["C90", "C28", "C0"]


@pytest.mark.parametrize(("service", "asks", "hears"), [("CAMHS", "SCHOOL", False), ("CAMHS", "NHS_CAMHS", True)])
def test_nobody_learns_of_a_service_by_referring_it_to_themselves(service, asks, hears):
    said = [
        known(date(2009, 3, 12)),
        told("service.opened", "NHS_CAMHS", START, service=service),
        told("referral.made", asks, START + DAY, service=service, to="SEND"),
    ]

    assert ("SEND" in {notice.team for notice in notices(lived(said))}) is hears
