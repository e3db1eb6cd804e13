"""Offers of support and hard blocks B2 to B4, over any history: who is told, how often, and of what."""

from datetime import date, timedelta
from itertools import pairwise

from histories import HOUR, START, YEARS, born, happenings, lived
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import rules

from hub.core.decide import advance, arrive, leave, step
from hub.core.events import AlertChange, Decision, Delivery, Event, Notice
from hub.core.person import MOST_ENFORCED, Fact, Person, Slice, remember
from hub.core.support import KIND, OFFER, PANEL, situation
from hub.core.view import View
from hub.edges.policy_files import load
from hub.resources import folder

TABLE = load(folder("policies") / "minimum_necessary.yaml")
QUIET, LATE = rules().support.quiet_days, rules().support.late_days
DAY = timedelta(days=1)


def told(kind, agency, **fields):
    return kind, agency, fields


ENFORCED = ("enforcement.taken", "arrest.recorded", "charge.recorded")
enforcement = st.sampled_from([told(kind, "GMP") for kind in ENFORCED])
quotable = st.sampled_from(
    [
        told("arrest.recorded", "GMP", offence_group="SECRET", ward="SECRET"),
        told("enforcement.taken", "GMP", measure="SECRET"),
        told("charge.recorded", "GMP", offence_group="SECRET", force="SECRET"),
        told("safeguarding.noticed", "GMP", scheme="SECRET"),
        told("exclusion.permanent", "SCHOOL", reasons=("SECRET",)),
        told("nrm.referred", "MCC_CHILDRENS", as_child=True),
    ]
)
lives = st.sampled_from(
    [
        told("residence.changed", "YJS", authority="SALFORD"),
        told("residence.changed", "YJS", authority="LEEDS"),
        told("residence.changed", "YJS", authority="MANCHESTER"),
        told(
            "needs.flagged", "PROBATION", vcse_match=True, substance=True, care_needs=True, health=True, homeless=True
        ),
        told("consent.given", "PROBATION", teams=("ENG", "HOUS", "SMS", "VCSE", "RECONNECT")),
        told("consent.withdrawn", "PROBATION", teams=("ENG", "VCSE")),
        told("service.opened", "MCC_CHILDRENS", service="CIN"),
        told("care_status.changed", "MCC_CHILDRENS", new="ELIGIBLE"),
        told("ehcp.active", "SCHOOL"),
        told("order.started", "PROBATION", type="COMMUNITY_ORDER"),
    ]
)
later = st.tuples(st.integers(1, 60 * 24), st.one_of(enforcement, quotable, lives))
histories = st.tuples(born, st.lists(st.one_of(happenings, later, later), min_size=1, max_size=12))


def events(history, record="r-1"):
    dob, happened = history
    yield Event("e-0", "person.registered", "HMPPS_PRISON", record, START, None, {"dob": dob})
    at = START
    for number, (hours, (kind, agency, fields)) in enumerate(happened, 1):
        at += hours * HOUR
        yield Event(f"e-{number}", kind, agency, record, at, None, fields)


def of(kind, answers):
    return [answer for answer in answers if isinstance(answer, kind)]


def raised(answers, stage):
    return [one for one in of(AlertChange, answers) if (one.kind, one.stage, one.state) == (KIND, stage, "RAISED")]


@settings(max_examples=200)
@given(histories)
def test_no_team_gets_a_field_outside_its_table_by_an_alert_or_by_an_event(history):
    _, answers = lived(events(history))

    for notice in of(Notice, answers):
        assert notice.fields.keys() <= set(TABLE["teams"][notice.team]["may"])
    for delivery in of(Delivery, answers):
        assert not delivery.fields.keys() & set(TABLE["teams"][delivery.team].get("never", ()))
        assert not [
            name for name, teams in TABLE["only"].items() if name in delivery.fields and delivery.team not in teams
        ]
    for decision in of(Decision, answers):
        for outcome in decision.outcomes if decision.source == "HUB" else ():
            assert dict(outcome.kept).keys() <= set(TABLE["teams"][outcome.team]["may"])


@settings(max_examples=200)
@given(histories)
def test_what_enforcement_an_exclusion_or_a_referral_says_changes_no_alert(history):
    plain = [
        Event(
            e.id, e.type, e.agency, e.record, e.at, e.seq, {} if e.type in TABLE["never_quoted"]["events"] else e.fields
        )
        for e in events(history)
    ]

    assert of(Notice, lived(plain)[1]) == of(Notice, lived(events(history))[1])
    assert "SECRET" not in str(of(Notice, lived(events(history))[1]))


@given(histories)
def test_an_offer_of_support_says_no_more_than_what_to_do(history):
    offers = [notice for notice in of(Notice, lived(events(history))[1]) if notice.kind == KIND]

    assert all(notice.fields.keys() <= {"prompts"} for notice in offers)
    assert {notice.action for notice in offers} <= {"OFFER_SUPPORT", "REFER_TO_PANEL", "PLACE_OUT_OF_AREA"}


@settings(max_examples=200)
@given(histories)
def test_one_service_is_asked_once_in_an_episode(history):
    _, answers = lived(events(history))
    asked = raised(answers, OFFER)
    again = [change for change in of(AlertChange, answers) if change.kind == KIND and change.state == "CANCELLED"]
    days = sorted(rules().calendar.local_date(change.at) for change in asked)

    assert again or all(later - one > timedelta(days=QUIET - LATE) for one, later in pairwise(days))
    assert again or len({change.episode for change in asked}) == len(asked)


young = st.sampled_from(["2009-09-09", "2012-02-01"])
offsets = st.lists(st.integers(0, 400), min_size=1, max_size=12)


@given(young, offsets, st.sampled_from(ENFORCED))
def test_every_enforcement_against_a_child_falls_into_an_episode_that_was_answered(dob, days, kind):
    history = [Event("e-0", "person.registered", "GMP", "r-1", START, None, {"dob": date.fromisoformat(dob)})]
    history += [
        Event(f"e-{day}-{n}", kind, "GMP", "r-1", START + day * 24 * HOUR, None, {})
        for n, day in enumerate(sorted(days))
    ]
    starts = [one.episode for one in raised(lived(history)[1], OFFER)]
    episodes = [date.fromisoformat(f"{n // 10000:04}-{n // 100 % 100:02}-{n % 100:02}") for n in starts]
    first = date.fromisoformat("2026-01-05")

    assert all(later - one > QUIET * DAY for one, later in pairwise(episodes))
    assert all(any(0 <= (first + day * DAY - start).days <= QUIET for start in episodes) for day in days)


@given(
    st.lists(st.integers(0, LATE - 1), min_size=1, max_size=8).flatmap(
        lambda d: st.tuples(st.just(d), st.permutations(d))
    )
)
def test_whatever_order_enforcement_is_heard_of_in_it_is_answered_once(both):
    known, shuffled = both
    heard = START + LATE * 24 * HOUR
    for days in (known, shuffled, [*shuffled, *known]):
        person, made = Person(), []
        told_of = [
            Event("e-0", "person.registered", "GMP", "r-1", START, None, {"dob": date.fromisoformat("2009-09-09")})
        ]
        for number, day in enumerate(days):
            fields = {"occurred_at": START + day * 24 * HOUR}
            told_of.append(Event(f"e-{number + 1}", "arrest.recorded", "GMP", "r-1", heard + number, None, fields))
        for event in told_of:
            person, answers = step(person, "p-1", event, rules())
            made += answers
        assert len(raised(made, OFFER)) == 1


@given(st.permutations(range(MOST_ENFORCED + 6)))
def test_the_newest_enforcement_is_kept_whatever_came_first(order):
    person = Person()
    for day in order:
        person, _ = remember(
            person, Event(f"e-{day}", "arrest.recorded", "GMP", "r-1", START + day, None, {"ward": "x"})
        )
    facts = person.slices["GMP/r-1"].facts

    assert facts.keys() == {f"enforced:arrest.recorded/e-{day}" for day in range(6, MOST_ENFORCED + 6)}
    assert not any(fact.fields for fact in facts.values())


def test_the_service_asked_is_prompted_for_the_consent_that_the_panel_lacks():
    history = [told("enforcement.taken", "GMP")]
    notices = of(Notice, lived(events((date.fromisoformat("2012-02-01"), [(1, history[0])])))[1])

    asked = {(one.team, one.action, one.fields["prompts"]) for one in notices if one.kind == KIND}
    assert asked == {("CSC", "OFFER_SUPPORT", ("ASK_CONSENT_ENG",))}


def test_with_the_consent_the_panel_hears_and_nobody_is_prompted():
    agreed = told("consent.given", "PROBATION", teams=("ENG",))
    _, answers = lived(events((date.fromisoformat("2012-02-01"), [(1, agreed), (1, told("enforcement.taken", "GMP"))])))

    asked = [(one.team, one.fields) for one in of(Notice, answers) if one.kind == KIND and not one.level]
    assert asked == [("ENG", {}), ("CSC", {})]
    assert len(raised(answers, PANEL)) == 1


def test_an_offer_that_rested_on_another_person_s_record_is_taken_back():
    mine = Event("e-0", "person.registered", "YJS", "r-1", START, None, {"dob": date.fromisoformat("2012-02-01")})
    theirs = Event("e-1", "arrest.recorded", "GMP", "r-2", START + HOUR, None, {})
    person = Person()
    for event in (mine, theirs):
        person, _ = step(person, "p-1", event, rules())
    person, _, answers = leave(person, "p-1", "GMP/r-2", "p-2", rules(), START + 2 * HOUR)

    told_of = [(one.kind, one.stage, one.about, one.team) for one in of(Notice, answers) if one.kind != "REVIEW"]
    assert told_of == [("CORRECTION", "WITHDRAWN_WRONG_PERSON", KIND, "CSC")]
    assert all(alert.kind == "REVIEW" for alert in person.alerts.values())


protecting = st.integers(0, 12)


@settings(max_examples=200)
@given(histories, protecting)
def test_of_a_protected_person_only_the_custodian_hears_and_only_once(history, place):
    happened = list(events(history))
    at = happened[min(place, len(happened) - 1)].at
    mark = Event("e-p", "person.registered", "GMP", "r-9", at, None, {"protected": True})
    person, before = Person(), []
    for event in happened[: place + 1]:
        person, answers = step(person, "p-1", event, rules())
        before += answers
    person, answers = advance(person, "p-1", at, rules())  # what had fallen due by then
    before += answers
    person, after = step(person, "p-1", mark, rules())
    for event in happened[place + 1 :]:
        person, answers = step(person, "p-1", event, rules())
        after += answers
    after += advance(person, "p-1", person.clock + YEARS, rules())[1]

    told_of = {(one.alert, one.team, one.kind, one.stage, *one.fields) for one in of(Notice, after)}
    assert [told for _, *told in told_of] == [["CUSTODIAN", "REVIEW", "PROTECTED"]]
    assert len(of(Notice, after)) == 1 + len(rules().clocks.addressees[:2])  # it is asked once, and then its managers
    assert not of(Delivery, after)
    assert not [one for one in of(Notice, before) if one.team == "CUSTODIAN"]
    assert all(alert.team == "CUSTODIAN" for alert in person.alerts.values())


def test_when_the_mark_is_lifted_everything_is_planned_and_the_custodian_is_told():
    person = Person()
    for number, fields in enumerate(
        ({"dob": date.fromisoformat("1990-05-05"), "protected": True}, {"protected": False})
    ):
        event = Event(f"e-{number}", "person.registered", "HMPPS_PRISON", "r-1", START + number * HOUR, None, fields)
        person, answers = step(person, "p-1", event, rules())
    dates = Event(
        "e-9",
        "release_dates.changed",
        "HMPPS_PRISON",
        "r-1",
        START + 9 * HOUR,
        None,
        {"crd": date.fromisoformat("2026-02-11")},
    )
    _, made = step(person, "p-1", dates, rules())

    assert [(one.team, one.kind, one.stage) for one in of(Notice, answers)] == [("CUSTODIAN", "CORRECTION", "CANCEL")]
    assert {one.team for one in of(Notice, made)} == {"PROB", "DWP"}


def test_every_team_but_the_custodian_is_forbidden_what_concerns_a_protected_person():
    forbids = {
        (subject, team)
        for (subject, _, team), clauses in rules().clauses.items()
        for clause in clauses
        if clause.effect.value == "forbid" and ("protected", frozenset({"yes"})) in clause.when
    }
    teams = rules().teams.keys() - {"CUSTODIAN"}

    assert {("alert.REVIEW", team) for team in teams} <= forbids
    assert {("arrest.recorded", team) for team in rules().teams} <= forbids


@settings(max_examples=150)
@given(histories, st.integers(1, 12))
def test_once_a_record_has_left_no_alert_says_anything_of_it(history, place):
    other = {
        "residence": Fact(None, START, "x-1", {"authority": "OTHER"}),
        "received:ADMISSION": Fact(None, START, "x-2", {"reason": "ADMISSION", "prison": "OTHER"}),
        "about:substance": Fact(None, START, "x-3", {"value": True}),
    }
    happened = list(events(history))
    person, _, _ = arrive(Person(), "p-1", "GMP/r-2", Slice("GMP", other), rules(), START)
    late = []
    for number, event in enumerate(happened):
        if number == min(place, len(happened) - 1):
            person, _, _ = leave(person, "p-1", "GMP/r-2", "p-2", rules(), event.at)
            late.clear()
        person, answers = step(person, "p-1", event, rules())
        late += answers
    late += advance(person, "p-1", person.clock + YEARS, rules())[1]

    assert {one.person for one in of(Notice, late)} <= {"p-1"}
    assert "OTHER" not in str([one.fields for one in of(Notice, late)])


def test_the_panel_is_in_no_stage_of_a_release_or_a_birthday_and_no_clause_tells_it_of_one():
    panel = rules().support.panel.team
    staged = {team for stage in (*rules().release, *rules().unplanned, *rules().transition) for team in stage.teams}
    told = {subject for subject, _, team in rules().clauses if team == panel and subject.startswith("alert.")}
    permits = {s for s in told if any(c.effect.value == "permit" for c in rules().clauses[s, "HUB", panel])}

    assert panel not in staged
    assert permits == {f"alert.{KIND}", "alert.CORRECTION"}


def test_the_custodian_s_answer_lifts_nothing():
    marked = Event("e-0", "person.registered", "HMPPS_PRISON", "r-1", START, None, {"protected": True})
    answer = Event("e-1", "alert.ack", "CUSTODIAN", "r-2", START + HOUR, None, {"stage": "PROTECTED"})
    dates = Event(
        "e-2", "release_dates.changed", "HMPPS_PRISON", "r-1", START + 9 * HOUR, None, {"crd": date(2026, 2, 11)}
    )
    person, told_of = Person(), []
    for event in (marked, answer, dates):
        person, answers = step(person, "p-1", event, rules())
        told_of += of(Notice, answers)

    assert [(one.team, one.stage) for one in told_of] == [("CUSTODIAN", "PROTECTED")]
    assert [alert.state for alert in person.alerts.values()] == ["ACKNOWLEDGED"]


def test_a_licence_is_over_when_both_ends_in_one_are_past():
    dates = Fact(None, START, "d", {"sled": date(2026, 6, 1)})
    facts = {"dates:B1": dates, "released:B1": Fact(None, START + HOUR, "r", {"reason": "RELEASED"})}
    seen = View(facts, rules=rules())
    licence = {day: situation(seen, day, START, rules())["licence"] for day in (date(2026, 6, 1), date(2026, 6, 2))}

    assert licence == {date(2026, 6, 1): "yes", date(2026, 6, 2): "no"}


def test_nobody_is_asked_to_help_only_because_time_has_passed():
    order = {"type": "COMMUNITY_ORDER", "end": rules().calendar.local_date(START) + 10 * DAY}
    heard = [
        Event("e-0", "person.registered", "PROBATION", "r-1", START, None, {"dob": date(2008, 5, 5)}),
        Event("e-1", "order.started", "PROBATION", "r-1", START, None, order),
        Event("e-2", "arrest.recorded", "GMP", "r-2", START + HOUR, None, {}),
    ]
    person, answers = Person(), []
    for event in heard:
        person, made = step(person, "p-1", event, rules())
        answers += made
    answers += advance(person, "p-1", START + 40 * 24 * HOUR, rules())[1]
    steps = [answer for answer in answers if isinstance(answer, AlertChange) and answer.kind == KIND]

    assert [(change.stage, change.team) for change in steps if change.state == "RAISED"] == [(OFFER, "PROB")]
    assert PANEL not in {change.stage for change in steps}
