"""The hub decides like Cedar: the same agreements, the same questions, the same answers, clauses and fields."""

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from random import Random

import cedarpy
import pytest
from shipped import policies, rules

from hub.core.policy import VOCABULARY, Ask, Effect, decide
from hub.governance import cedar

COUNT, SOME = 100_000, 4_000
DAY = timedelta(1)


def asks(count, seed=6):
    """Questions at random, most of them near a clause: what it needs is there more often than not."""
    dice, made, index = Random(seed), policies(), rules().clauses
    subjects = sorted({subject for subject, _, _ in index} | {*made["vocabulary"]})
    world = (subjects, [*made["agencies"], "HUB"], [*made["teams"]])
    clauses = sorted({clause.id: clause for found in index.values() for clause in found}.items())
    for _ in range(count):
        near = dice.choice(clauses)[1]
        key = [dice.choice(part) for part in (near.subjects, near.sources, near.teams)]
        if dice.random() < 0.2:
            part = dice.randrange(3)
            key[part] = dice.choice(world[part])
        yield ask(dice, key, index.get(tuple(key), ()))


def ask(dice, key, clauses):
    near = dice.choice(clauses) if clauses else None
    on = date(2023, 6, 1) + dice.randrange(2500) * DAY
    if near is not None and dice.random() < 0.5:
        on = dice.choice([near.starts, min(near.ends, near.review_by)]) + dice.choice([-1, 0, 1]) * DAY
    told = {}
    for name, words in VOCABULARY.items():
        wanted = next((allowed for other, allowed in near.when if other == name), None) if near else None
        fits = sorted(wanted) if wanted and near.effect is Effect.PERMIT else words
        if name == "protected" and dice.random() < 0.8:
            fits = ["no"]
        told[name] = None if dice.random() < 0.1 else dice.choice(fits if dice.random() < 0.8 else words)
    return Ask(*key, on, told)


@cache
def parsed(text):
    return json.loads(cedarpy.policies_to_json_str(text))


def about(text, subject):
    """The policies that Cedar itself says may concern one action, as it would pick them first."""
    whole = parsed(text)
    scopes = {number: one["action"] for number, one in whole["staticPolicies"].items()}
    mine = {number for number, scope in scopes.items() if subject in {e["id"] for e in entities(scope)}}
    kept = {number: one for number, one in whole["staticPolicies"].items() if number in mine}
    return cedarpy.PolicySet.from_json_str(json.dumps({**whole, "staticPolicies": kept}))


def entities(scope):
    return scope.get("entities") or [scope["entity"]]


def request(asked):
    return {
        "principal": {"type": "Team", "id": asked.team},
        "action": {"type": "Action", "id": asked.subject},
        "resource": {"type": "Source", "id": asked.source},
        "context": cedar.context(asked.on.isoformat(), asked.attributes),
    }


def fields(text):
    kept = {one["annotations"]["id"]: one["annotations"]["fields"] for one in parsed(text)["staticPolicies"].values()}
    return {number: dict(pair.split(": ") for pair in told.split(", ") if pair) for number, told in kept.items()}


def answers(asked, found, schema=None):
    """Cedar's answers: whether it permits, and the clause that the hub would name of all that decided."""
    for one in cedarpy.is_authorized_batch([request(a) for a in asked], found, [], schema):
        assert not one.diagnostics.errors
        yield one.allowed, min(one.diagnostics.id_annotations_by_reason.values(), default=None)


def differences(count, text, seed=6):
    """The questions that the two answer differently, and how often the hub's answer was which."""
    shards, counted, kept = defaultdict(list), Counter(), fields(text)
    for asked in asks(count, seed):
        shards[asked.subject].append(asked)
    wrong = []
    for subject, asked in shards.items():
        for one, (allowed, number) in zip(asked, answers(asked, about(text, subject)), strict=True):
            verdict = decide(one, rules().clauses)
            decided = verdict.clause.id if verdict.allowed or verdict.reason == "FORBIDDEN" else None
            gives = dict(verdict.clause.fields) if verdict.allowed else {}
            counted[verdict.reason] += 1
            counted.update(known(one, verdict))
            if (verdict.allowed, decided, gives) != (allowed, number, kept[number] if allowed else {}):
                wrong.append((one, verdict, number))
    return wrong, counted


def known(asked, verdict):
    """Which words, and which lack of a word, an answer turned on."""
    if verdict.clause is not None:
        yield from ((verdict.allowed, name, asked.attributes[name]) for name, _ in verdict.clause.when)


def test_the_export_is_valid_for_cedars_own_validator():
    found = cedarpy.validate_policies(cedar.policies(policies()), cedar.schema(policies()))

    assert [str(error) for error in found.errors] == []
    assert found.validation_passed


@pytest.mark.parametrize(
    ("ours", "wrong"),
    [('Age::"16_to_17"', 'Age::"17ish"'), ('Team::"PROB"', 'Team::"PROBE"'), ("context.on", "context.day")],
)
def test_a_word_that_nothing_knows_is_no_valid_export(ours, wrong):
    text = cedar.policies(policies())

    assert ours in text
    assert not cedarpy.validate_policies(text.replace(ours, wrong), cedar.schema(policies())).validation_passed


@pytest.mark.timeout(600)
def test_the_hub_and_cedar_answer_a_hundred_thousand_questions_alike():
    wrong, counted = differences(COUNT, cedar.policies(policies()))

    assert wrong == []
    assert counted[None] > COUNT / 10
    assert counted["FORBIDDEN"] > COUNT / 20
    clauses = {clause for found in rules().clauses.values() for clause in found}
    for effect, name, words in {(clause.effect, *one) for clause in clauses for one in clause.when}:
        if effect is Effect.PERMIT:
            turns = [f"MISSING:{name}", f"CONDITION:{name}", *((True, name, word) for word in words)]
        else:
            turns = [(False, name, word) for word in (*words, None)]
        assert all(counted[turn] > 20 for turn in turns), [effect, name]
    assert all(counted[reason] > 20 for reason in ("NO_AGREEMENT", "NOT_YET_IN_FORCE", "EXPIRED"))


def test_cedar_answers_alike_with_every_policy_and_the_schema_at_once():
    text, asked = cedar.policies(policies()), list(asks(SOME // 4, 7))
    schema = cedarpy.Schema.from_str(cedar.schema(policies()))
    whole = answers(asked, cedarpy.PolicySet.from_str(text), schema)

    for one, (allowed, number) in zip(asked, whole, strict=True):
        verdict = decide(one, rules().clauses)
        assert verdict.allowed == allowed
        assert number is None or verdict.clause.id == number


@pytest.mark.parametrize(
    ("ours", "wrong"),
    [
        ("unless { context has protected && !", "unless { !(context has protected) || !"),
        ("when { context has consent && [", "when { !(context has consent) || ["),
        ("].contains(principal)", ', Team::"DWP"].contains(principal)'),
        ("context.on >= ", "context.on > "),
        ("context.on <= ", "context.on < "),
        (', Age::"16_to_17"]', "]"),
        ("crd: keep", "crd: year"),
        ("forbid (", "permit ("),
    ],
)
def test_an_export_with_a_slip_in_it_answers_otherwise(ours, wrong):
    text = cedar.policies(policies())

    assert ours in text
    assert differences(SOME, text.replace(ours, wrong))[0]
