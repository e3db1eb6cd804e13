"""Who may see what: silence refuses, a forbid outweighs, what is unknown never opens, and only named fields leave."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import rules

from hub.core.minimum import Minimum, narrowed
from hub.core.policy import FORMS, Ask, Clause, Effect, decide, index, project
from hub.core.routing import CIRCUMSTANCES, SAID, Circumstances
from hub.core.view import View

DAY = date(2026, 6, 1)
WORDS = ("yes", "no")
NAMES = ("consent", "known", "age")


def a_clause(effect=Effect.PERMIT, number="1", when=(), fields=(), starts=date(2026, 1, 1), review=DAY, ends=DAY):
    kinds, sources, teams = ("needs.flagged",), ("YJS",), ("HOUS",)
    return Clause(
        f"DSA-900.{number}",
        "DSA-900",
        effect,
        "a test",
        "a gateway",
        kinds,
        sources,
        teams,
        when,
        fields,
        starts,
        review,
        ends,
    )


def an_ask(on=DAY, **attributes):
    return Ask("needs.flagged", "YJS", "HOUS", on, attributes)


conditions = st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(WORDS), min_size=1).map(frozenset)).map(
    lambda table: tuple(sorted(table.items()))
)
effects = st.sampled_from(Effect)
clauses = st.lists(st.builds(a_clause, effects, st.integers(1, 99).map(str), conditions), max_size=6)
asks = st.dictionaries(st.sampled_from(NAMES), st.sampled_from((*WORDS, None))).map(lambda told: an_ask(**told))


def test_silence_is_a_refusal():
    assert decide(an_ask(), {}).reason == "NO_AGREEMENT"


@given(clauses, asks)
def test_a_forbid_outweighs_every_permit(rules, ask):
    assert not decide(ask, index([*rules, a_clause(Effect.FORBID, "100")])).allowed


@given(clauses, asks, conditions)
def test_adding_any_forbid_never_turns_a_no_into_a_yes(rules, ask, when):
    before = decide(ask, index(rules)).allowed
    after = decide(ask, index([*rules, a_clause(Effect.FORBID, "100", when)])).allowed

    assert before or not after


@given(clauses, asks, st.sampled_from(NAMES))
def test_forgetting_an_attribute_never_opens_a_door(rules, ask, name):
    known = {key: word for key, word in ask.attributes.items() if key != name}

    assert decide(ask, index(rules)).allowed or not decide(an_ask(**known), index(rules)).allowed


def test_an_unknown_attribute_refuses_a_permit_and_arms_a_forbid():
    only_yes = (("consent", frozenset({"yes"})),)

    assert decide(an_ask(), index([a_clause(when=only_yes)])).reason == "MISSING:consent"
    assert decide(an_ask(), index([a_clause(), a_clause(Effect.FORBID, "2", only_yes)])).reason == "FORBIDDEN"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"starts": date(2026, 6, 2)}, "NOT_YET_IN_FORCE"),
        ({"ends": date(2026, 5, 31)}, "EXPIRED"),
        ({"review": date(2026, 5, 31)}, "REVIEW_OVERDUE"),
    ],
)
def test_an_agreement_out_of_its_time_refuses(change, reason):
    assert decide(an_ask(), index([a_clause(**change)])).reason == reason


def test_a_forbid_does_not_lapse_with_its_agreement():
    lapsed = a_clause(Effect.FORBID, "2", ends=date(2026, 1, 2), review=date(2026, 1, 2))

    assert decide(an_ask(), index([a_clause(), lapsed])).reason == "FORBIDDEN"


def test_a_forbid_bars_nothing_before_it_begins_and_from_its_first_day_on():
    soon = a_clause(Effect.FORBID, "2", starts=DAY)

    assert decide(an_ask(on=DAY - timedelta(days=1)), index([a_clause(), soon])).allowed
    assert decide(an_ask(on=DAY), index([a_clause(), soon])).reason == "FORBIDDEN"


@pytest.mark.parametrize(("on", "allowed"), [(-1, False), (0, True), (151, True), (152, False)])
def test_an_agreement_holds_from_its_first_day_to_its_last(on, allowed):
    clause = a_clause(starts=date(2026, 1, 1), review=date(2026, 12, 31), ends=DAY)

    assert decide(an_ask(on=date(2026, 1, 1) + timedelta(days=on)), index([clause])).allowed == allowed


def test_a_verdict_names_its_clause():
    assert decide(an_ask(), index([a_clause(number="7")])).clause.id == "DSA-900.7"


values = st.one_of(st.booleans(), st.integers(), st.text(), st.dates(), st.lists(st.text()).map(tuple))


@given(st.dictionaries(st.text(), values), st.dictionaries(st.text(), st.sampled_from(sorted(FORMS))))
def test_only_fields_that_the_clause_names_leave(fields, forms):
    told = project(fields, a_clause(fields=tuple(forms.items())))

    assert told.keys() <= forms.keys() & fields.keys()


@given(values, st.sampled_from(sorted(FORMS.keys() - {"keep"})))
def test_a_coarser_form_never_gives_the_value_itself(value, form):
    told = project({"x": value}, a_clause(fields=(("x", form),)), {"x": (1, 11)})

    assert told.get("x") is None or told["x"] is not value or isinstance(value, bool)


def test_every_word_a_route_may_use_is_one_that_circumstances_say():
    said = Circumstances(View({}), DAY, True, rules())

    assert SAID.keys() == CIRCUMSTANCES.keys()
    assert all(said[name] in words for name, words in CIRCUMSTANCES.items())


def test_no_rule_we_ship_stands_in_the_shadow_of_one_that_always_answers_first():
    for (subject, _, team), found in rules().clauses.items():
        always = [number for number, c in enumerate(found) if c.effect is Effect.PERMIT and not c.when]

        assert not always or always[0] == len(found) - 1, f"{subject} for {team}: {found[always[0]].id} hides the next"


def minimums(may=(), never=()):
    return {"HOUS": Minimum(frozenset(may), frozenset(never))}


KEPT = (("homeless", "keep"), ("lha", "keep"))


@pytest.mark.parametrize(
    ("minimum", "left"),
    [
        (minimums(), KEPT),
        (minimums(never=["lha"]), KEPT[:1]),
        (minimums(never=["*"]), ()),
        (minimums(may=["homeless", "lha"], never=["*"]), ()),
        ({}, ()),
    ],
    ids=["nothing barred", "a field barred", "every field barred", "an event is no alert", "no line for the team"],
)
def test_a_clause_that_gives_more_than_its_team_may_know_is_narrowed(minimum, left):
    made = narrowed(index([a_clause(fields=KEPT)]), minimum)

    assert made["needs.flagged", "YJS", "HOUS"][0].fields == left


def test_an_alert_says_only_what_is_named_for_its_team():
    clause = replace(a_clause(fields=KEPT), subjects=("alert.RELEASE",), sources=("HUB",))
    made = narrowed(index([clause]), minimums(may=["homeless"]))

    assert made["alert.RELEASE", "HUB", "HOUS"][0].fields == KEPT[:1]
