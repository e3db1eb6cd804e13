"""The questions beside the agreements: every answer as expected, everything exercised, every slip noticed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import policies, rules

from hub.cli.asked import examined
from hub.core.policy import VOCABULARY, Clause, Effect
from hub.governance.coverage import covered, spots
from hub.governance.mutants import SLIPS, fate, mutants, scored, survivors
from hub.governance.policy import Policy, policy
from hub.governance.proposals import boxes, missing
from hub.governance.questions import Question, Reach, sheet, wrong

DAY, FIRST = timedelta(1), date(2026, 1, 1)
NAMES = ("age", "care", "consent")
STATES = {
    "needs.flagged": frozenset({"YJS", "ASC"}),
    "order.started": frozenset({"YJS"}),
    "alert.X": frozenset({"HUB"}),
}
TEAMS = ("HOUS", "PROB", "SMS")


def asked(made, lines):
    return sheet(
        made, [one for one in lines if isinstance(one, Question)], [one for one in lines if isinstance(one, Reach)]
    )


@pytest.fixture(scope="module")
def shipped():
    return examined(None)


def test_what_is_examined_is_what_the_hub_decides_by():
    made = policy(policies()).index

    assert {key: rules().clauses[key] for key in made} == made
    assert len(made) > 1000


def test_every_question_we_ship_is_answered_as_expected(shipped):
    assert [one.of for one in wrong(shipped.sheet, shipped.policy.index)] == []


def test_the_questions_we_ship_exercise_everything_that_can_turn_an_answer(shipped):
    assert {*spots(shipped.policy)} - covered(shipped.policy, shipped.sheet) == set()
    assert {one.agreement for one in shipped.sheet.questions} == {*shipped.policy.agreements}


def test_the_questions_we_ship_notice_a_thousand_slips(shipped):
    fates = list(scored(shipped.policy, shipped.sheet, 6, 1000))

    assert [(one.mutant.of, one.mutant.slip) for one in survivors(fates)] == []
    assert sum(one.killed is not None for one in fates) == 1000
    assert {one.mutant.kind for one in fates} == SLIPS.keys()


def test_a_condition_that_is_not_asked_any_more_is_always_noticed(shipped):
    gone = [one for one in mutants(shipped.policy)["condition"] if one.slip.endswith("is not asked")]

    assert len(gone) > 20
    assert all(fate(shipped.policy, one, shipped.sheet).killed for one in gone)


def test_without_its_questions_a_slip_goes_unnoticed(shipped):
    few = [one for one in shipped.sheet.questions if one.agreement != "DSA-001"]
    left = survivors(scored(shipped.policy, sheet(shipped.policy, few, ()), 6, 200))

    assert {one.mutant.of.partition(".")[0] for one in left} >= {"DSA-001"}


days = st.integers(0, 8).map(lambda more: FIRST + more * DAY)
some = {
    name: st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True).map(tuple)
    for name, known in (("subjects", tuple(STATES)), ("sources", ("YJS", "ASC", "HUB")), ("teams", TEAMS))
}


@st.composite
def a_clause(draw, number):
    named = sorted(draw(st.sets(st.sampled_from(NAMES), max_size=2)))
    when = tuple((name, draw(st.frozensets(st.sampled_from(VOCABULARY[name]), min_size=1))) for name in named)
    effect = draw(st.sampled_from([Effect.PERMIT, Effect.PERMIT, Effect.FORBID]))
    fields = tuple((name, draw(st.sampled_from(["keep", "year"]))) for name in draw(st.sets(st.sampled_from("abc"))))
    about = (draw(some[part]) for part in ("subjects", "sources", "teams"))
    starts = draw(days)
    ends = starts + draw(days.map(lambda day: day - FIRST))
    kept = () if effect is Effect.FORBID else tuple(sorted(fields))
    return Clause(f"DSA-90{number}.1", f"DSA-90{number}", effect, "p", "g", *about, when, kept, starts, ends, ends)


def a_policy(clauses):
    fields = {name: frozenset("abc") for name in STATES}
    return Policy(tuple(clauses), STATES, TEAMS, fields, {one.id: "anything" for one in clauses})


some_policies = st.tuples(*(a_clause(number) for number in range(3))).map(a_policy)


@settings(max_examples=60)
@given(some_policies)
def test_what_is_proposed_is_answered_so_and_exercises_everything(made):
    told = asked(made, list(missing(made, sheet(made, (), ()))))

    assert list(wrong(told, made.index)) == []
    assert set(spots(made)) <= covered(made, told)
    assert list(missing(made, told)) == []


@settings(max_examples=40)
@given(some_policies)
def test_what_is_proposed_notices_every_slip_there_is(made):
    told = asked(made, list(missing(made, sheet(made, (), ()))))
    found = [one for some in mutants(made).values() for one in some]

    assert [(one.mutant, one.case) for one in survivors(fate(made, one, told) for one in found)] == []


@given(st.sets(st.sampled_from([(s, r, t) for s, told in STATES.items() for r in told for t in TEAMS]), min_size=1))
def test_boxes_hold_just_the_keys_they_were_made_of(keys):
    made = a_policy(())
    held = [key for box in boxes(made, keys) for key in made.keys(*box)]

    assert sorted(held) == sorted(keys)


def test_a_slip_is_named_with_the_case_that_shows_it(shipped):
    clause = next(one for one in shipped.policy.clauses if one.effect is Effect.PERMIT and one.when)
    opened = tuple(replace(one, when=()) if one is clause else one for one in shipped.policy.clauses)
    found = list(wrong(shipped.sheet, replace(shipped.policy, clauses=opened).index))

    assert {one.had.clause for one in found} == {clause.id}
    assert {one.had.reason for one in found} == {None}
