"""Statutes as truth tables: every cell answered once, no clause idle, and no compiled clause across a barred cell."""

import json
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shipped import schemas

from hub.core.disclosure import ALERT_FIELDS
from hub.core.gateways import FUNCTIONS, HUB, INPUTS, SPECIAL, Basis, Provision, gateway, statutes, table
from hub.core.policy import VOCABULARY, YES_NO, Effect
from hub.core.rules import compile_rules
from hub.edges.agreements import bundle
from hub.edges.statutes import packs
from hub.resources import folder
from hub.wire.codec import vocabulary

SHIPPED = {
    pack.id: gateway({"id": pack.id, "clauses": [clause.compiled() for clause in pack.clauses]})
    for pack in packs(folder("policies"))
}
PATIENT = {"substance", "mental_health", "health", "care_needs", "services"}
cells = st.fixed_dictionaries({name: st.sampled_from(words) for name, words in INPUTS.items()})


@cache
def every():
    """The shipped bundle, with every shipped gateway that is in force in it."""
    made = bundle(folder("policies"), vocabulary(schemas()))
    told = [pack for pack in packs(folder("policies")) if pack.start]
    made["gateways"]["gateways"] = [
        {"id": pack.id, "clauses": [clause.compiled() for clause in pack.clauses]} for pack in told
    ]
    return json.loads(json.dumps(made))


@pytest.mark.parametrize("name", SHIPPED)
@given(cell=cells)
def test_every_cell_stands_in_exactly_one_line_with_its_own_answer(name, cell):
    found = [row for row in table(SHIPPED[name]) if all(cell[one] in words for one, words in row.words.items())]

    assert [row.answer for row in found] == [SHIPPED[name].answer(cell)]


def answers(asked, others):
    """The answers of two gateways to every cell that either tells apart."""
    both = gateway_of(asked.clauses + others.clauses)
    for row in table(both):
        cell = {name: words[0] for name, words in row.words.items()}
        yield asked.answer(cell), others.answer(cell)


def gateway_of(clauses):
    return replace(SHIPPED["CONSENT"], clauses=tuple(clauses))


CLAUSES = [(name, number) for name, made in SHIPPED.items() for number in range(len(made.clauses))]


@pytest.mark.parametrize(("name", "number"), CLAUSES, ids=lambda told: str(told))
def test_whoever_deletes_a_clause_opens_a_cell(name, number):
    whole = SHIPPED[name]
    without = gateway_of(clause for place, clause in enumerate(whole.clauses) if place != number)

    assert any(now.allowed and not was.allowed for was, now in answers(whole, without))


@pytest.mark.parametrize(("name", "number"), CLAUSES, ids=lambda told: str(told))
def test_whoever_turns_a_clause_round_opens_a_cell_and_closes_one(name, number):
    whole = SHIPPED[name]
    turned = [
        replace(clause, bars=not clause.bars) if place == number else clause
        for place, clause in enumerate(whole.clauses)
    ]
    told = [(was.allowed, now.allowed) for was, now in answers(whole, gateway_of(turned))]

    assert (False, True) in told
    assert (True, False) in told or name == "DPA-2018-SCH2"  # which allows no standing rule anything


WAYS = [
    (name, number, way)
    for name, made in SHIPPED.items()
    for number, clause in enumerate(made.clauses)
    for way in range(len(clause.ways))
]


@pytest.mark.parametrize(("name", "number", "way"), WAYS, ids=lambda told: str(told))
def test_whoever_loses_one_way_or_one_word_of_it_changes_a_cell(name, number, way):
    whole = SHIPPED[name]
    clause = whole.clauses[number]
    cites, words = clause.ways[way]
    lesser = [({**words, one: told - {word}}) for one, told in words.items() for word in told]
    for changed in ([], *([(cites, made)] for made in lesser)):
        broken = Provision(clause.id, clause.bars, (*clause.ways[:way], *changed, *clause.ways[way + 1 :]))
        others = gateway_of((*whole.clauses[:number], broken, *whole.clauses[number + 1 :]))
        assert any(was != now for was, now in answers(whole, others))


def test_the_serious_violence_duty_answers_as_section_16_reads():
    for row in table(SHIPPED["PCSC-2022-S16"]):
        one = {name: set(words) for name, words in row.words.items()}
        listed = not one["discloser"] & {"court", "jobcentre", "voluntary"} and "voluntary" not in one["recipient"]
        health = one["discloser"] & {"health", "social_care", "hub"} and one["data"] != {"depersonalised"}
        secret = one["data"] & {"patient", "care", "intercepted"} or "no" in one["condition"]
        wanted = listed and one["function"] == {"serious_violence"} and not health and not secret
        assert row.answer.allowed is bool(wanted), row


def test_the_duty_to_refer_needs_three_agreements():
    asked = SHIPPED["HA-1996-S213B"]
    cell = {"discloser": "prison", "recipient": "housing", "data": "personal", "function": "homelessness"}
    cell |= {"age": "18_to_24", "correction": "no", "condition": "yes", "standing": "yes"}
    agreed = dict.fromkeys(("agrees", "chose_authority", "agrees_contact"), "yes")

    assert asked.answer(cell | agreed).allowed
    assert [asked.answer(cell | agreed | {name: "no"}).failed for name in agreed] == [
        ("s.213B(3)(a)",),
        ("s.213B(3)(b)",),
        ("s.213B(2)(b)",),
    ]


SUBJECTS = sorted(vocabulary(schemas())) + [f"alert.{kind}" for kind in ("RELEASE", "CLIFF_EDGE", "CORRECTION")]
FIELDS = sorted({name for names in vocabulary(schemas()).values() for name in names} | ALERT_FIELDS)
AGENCIES = ("HMPPS_PRISON", "GMP", "YJS", "SCHOOL", "PROBATION", "MCC_CHILDRENS", "NHS_CAMHS", "COURT", "ASC", "HOUS")
TEAMS = ("PROB", "YJS", "CSC", "HOUS", "SMS", "MH", "DWP", "SEND", "VCSE", "SALFORD", "HMPPS_PRISON")


def some(words, most=3):
    return st.lists(st.sampled_from(words), min_size=1, max_size=most, unique=True)


@st.composite
def an_agreement(draw):
    """Clauses that no linter saw: any subject from anybody to any team, on any gateway."""
    return [
        {
            "id": f"DSA-900.{number}",
            "agreement": "DSA-900",
            "effect": draw(st.sampled_from(["permit", "permit", "permit", "forbid"])),
            "purpose": "a test",
            "gateway": "a gateway",
            "subjects": draw(some(SUBJECTS)),
            "sources": draw(some((*AGENCIES, HUB))),
            "teams": draw(some(TEAMS)),
            "when": draw(
                st.fixed_dictionaries(
                    {}, optional={"age": some(VOCABULARY["age"]), "consent": some(YES_NO, 2), "known": some(YES_NO, 2)}
                )
            ),
            "fields": draw(st.dictionaries(st.sampled_from(FIELDS), st.just("keep"), max_size=3)),
            "starts": "2026-01-01",
            "review_by": "2028-01-01",
            "ends": "2028-01-01",
            "rests_on": {
                "gateways": draw(some(sorted(name for name in SHIPPED if name != "CWSA-2026-S4"), 2)),
                "functions": draw(some(FUNCTIONS, 2)),
                "conditions": draw(st.lists(st.sampled_from(sorted(SPECIAL)), unique=True)),
            },
        }
        for number in range(draw(st.integers(1, 4)))
    ]


def lines(made, law, key):
    """Every cell that a clause reaches at *key*, worked out anew and by hand."""
    subject, source, team = key
    known = law.data[subject]
    said = [known["itself"], *(known[name] for name in made["fields"] if name in known)]
    for data in said:
        for age in made["when"].get("age", VOCABULARY["age"]):
            for consent in made["when"].get("consent", YES_NO):
                yield {
                    "discloser": "hub" if source == "HUB" else law.agencies[source],
                    "recipient": law.teams[team],
                    "data": data,
                    "age": age,
                    **dict.fromkeys(("agrees", "chose_authority", "agrees_contact"), consent),
                    "correction": "yes" if subject in law.corrections else "no",
                    "condition": "no" if data in SPECIAL and data not in made["rests_on"]["conditions"] else "yes",
                    "standing": "yes",
                }


def crosses(made, law, key):
    rests = made["rests_on"]
    return any(
        not any(
            law.gateways[name].answer({**cell, "function": function}).allowed
            for name in rests["gateways"]
            for function in rests["functions"]
        )
        for cell in lines(made, law, key)
    )


@given(an_agreement())
def test_no_compiled_clause_of_any_agreement_crosses_a_barred_cell_and_no_other_is_lost(clauses):
    made = {**every(), "clauses": clauses}
    law, told = statutes(made), {clause["id"]: clause for clause in clauses}
    rules = compile_rules("0" * 64, made)
    kept = {(clause.id, key) for key, found in rules.clauses.items() for clause in found}
    wanted = {
        (clause["id"], (subject, source, team))
        for clause in clauses
        for subject in clause["subjects"]
        for source in clause["sources"]
        for team in clause["teams"]
        if clause["effect"] == "forbid" or not crosses(clause, law, (subject, source, team))
    }

    assert kept == wanted
    for id, (subject, source, _) in kept:
        clause = told[id]
        if clause["effect"] == "permit" and clause["rests_on"]["gateways"] == ["PCSC-2022-S16"]:
            assert law.agencies.get(source, "hub") not in {"health", "social_care", "hub"}
            assert not PATIENT & clause["fields"].keys() & law.data[subject].keys()


def test_what_the_gateways_allow_is_left_whole():
    made = every()
    rules = compile_rules("0" * 64, made)
    pairs = {(clause.id, *key) for key, found in rules.clauses.items() for clause in found}
    wanted = {
        (clause["id"], subject, source, team)
        for clause in made["clauses"]
        for subject in clause["subjects"]
        for source in clause["sources"]
        for team in clause["teams"]
    }

    assert pairs == wanted


@pytest.mark.parametrize(("subject", "name"), [("needs.flagged", "health"), ("alert.RELEASE", "prison")])
def test_a_bundle_without_a_class_for_a_field_is_no_bundle(subject, name):
    made = json.loads(json.dumps(every()))
    del made["gateways"]["data"][subject][name]

    with pytest.raises(ValueError, match="without a class"):
        compile_rules("0" * 64, made)


def test_a_clause_that_rests_on_no_gateway_of_the_bundle_makes_it_none():
    made = json.loads(json.dumps(every()))
    made["clauses"][0]["rests_on"]["gateways"] = ["MAGNA-CARTA"]

    with pytest.raises(KeyError):
        compile_rules("0" * 64, made)


@pytest.mark.parametrize(("place", "who", "left"), [(2, "DWP", "teams"), (1, "GMP", "gateways")])
def test_of_somebody_whose_kind_nobody_knows_nothing_is_permitted(place, who, left):
    made = json.loads(json.dumps(every()))
    del (made["teams"] if left == "teams" else made["gateways"]["agencies"])[who]
    permits = [
        key
        for key, found in compile_rules("0" * 64, made).clauses.items()
        if any(clause.effect is Effect.PERMIT for clause in found)
    ]

    assert permits
    assert who not in {key[place] for key in permits}


def test_a_forbid_needs_no_gateway_to_allow_it():
    made = json.loads(json.dumps(every()))
    for clause in made["clauses"]:
        clause["rests_on"] |= {"functions": ["support"], "gateways": ["CDA-1998-S17A"]}
    rules = compile_rules("0" * 64, made)

    assert {clause.effect for found in rules.clauses.values() for clause in found} == {Effect.FORBID}


def test_of_several_gateways_one_that_allows_is_enough():
    law = statutes(every())
    basis = Basis(("CA-2004-S10-11", "CARE-2014-S6-7"), ("child_welfare", "adult_care"), frozenset())
    key = ("alert.TRANSITION", HUB, "CSC")

    (told,) = (told for _, told in law.disclosures({}, (), key))

    assert [answer.allowed for _, answer in law.judged(basis, told)] == [True] * 10
    lone = replace(basis, gateways=("CA-2004-S10-11",))
    assert [answer.allowed for _, answer in law.judged(lone, told)] == [True] * 8 + [False] * 2
