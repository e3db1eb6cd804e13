"""What a change opens and closes is exactly what asking everything, one by one, finds; and its words say all of it."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from random import Random

import pytest
import shipped
from governance.small import ASSIGNED, DAYS, KEYS, policies
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import rules

from hub.core.disclosure import STANDING
from hub.core.emergency import LEADS, OPENED
from hub.core.policy import FORMS, VOCABULARY, Ask, decide, index
from hub.core.rules import compile_rules
from hub.governance.diff import HAPPENED, Disclosure, Piece, difference
from hub.governance.space import words
from hub.governance.wording import extent, lines

BANDS = {"band 10", "band 16", "band 10 16"}
TELLING = {*FORMS, *BANDS} - {"drop", "band"}
COARSER = {form: {form} for form in {*TELLING, ""}}
COARSER |= {"keep": TELLING, "month": {"month", "year"}, "band 10 16": BANDS, "drop": set(), "band": set()}


def coarser(form):
    """What a form tells besides; one that is not of the small policies, itself alone."""
    return COARSER.get(form, {form})


def tells(rules, ask, broken=False):
    """Everything that the answer lets its team know: coarser forms included."""
    return {Piece(piece.field, less) for piece in says(rules, ask, broken) for less in coarser(piece.form)}


def says(rules, ask, broken=False):
    """What the answer tells, in the forms in which it is told, worked out from the agreements alone."""
    opening, event = ask.subject == OPENED, not ask.subject.startswith("alert.")
    team, urgent = rules.teams.get(ask.team), rules.emergency.clauses
    if team is None or ask.on > rules.valid_until or (opening and (not broken or ask.source != LEADS)):
        return set()
    heard = team.subscribes | ({ask.subject} if broken and (ask.subject, ask.source, ask.team) in urgent else set())
    if (
        event
        and not opening
        and ask.subject not in heard & rules.publishes.get(ask.source, set()) & {*rules.vocabulary}
    ):
        return set()
    verdict = decide(ask, urgent if opening else rules.clauses)
    if broken and event and not verdict.allowed and verdict.reason != "FORBIDDEN":
        verdict = decide(ask, urgent)
    if not verdict.allowed:
        return set()
    named = {name for name, _ in verdict.clause.fields}
    said = STANDING if opening else rules.vocabulary[ask.subject] if event else named
    told = {HAPPENED}
    for name, form in verdict.clause.fields:
        edges = rules.bands.get(name, ()) if form == "band" else ()
        if name in said:
            told.add(Piece(name, " ".join([form, *map(str, edges)])))
    return told


def opens(old, new, ask, piece, broken=False):
    """Whether *new* tells the piece in this form, and *old* did not as fully; *broken*, only while the glass is."""
    here = piece in says(new, ask, broken) and piece not in tells(old, ask, broken)
    return here and not (broken and opens(old, new, ask, piece))


def asked(every):
    return ((key, on, told) for key in every for on in DAYS for told in ASSIGNED)


def in_words(changes, key, on, attributes, broken=False):
    """What *changes* say of one question, coarser forms included."""
    found = set()
    for change in changes:
        about = change.of[:3] == (key[2], key[0], key[1]) and change.of.broken == broken
        if about and any(cell.holds(on, attributes) for cell in change.where):
            found |= {Piece(change.of.piece.field, less) for less in coarser(change.of.piece.form)}
    return found


def keys(*policies):
    return {key for rules in policies for key in (*rules.clauses, *rules.emergency.clauses)}


def agrees(found, expected, most):
    assert expected <= found <= most
    assert bool(found) == bool(expected)


@settings(max_examples=150)
@given(policies(), policies())
def test_openings_and_closings_are_those_that_brute_force_finds(old, new):
    told = difference(old, new)

    for key, on, attributes in asked(keys(old, new)):
        ask = Ask(*key, on, attributes)
        for changes, one, other in ((told.opened, new, old), (told.closed, old, new)):
            more, most = tells(one, ask) - tells(other, ask), tells(one, ask)
            agrees(in_words(changes, key, on, attributes), more, most)
            urgent, most = tells(one, ask, True) - tells(other, ask, True), tells(one, ask, True)
            agrees(in_words(changes, key, on, attributes, True), set() if more else urgent, most)


@settings(max_examples=50)
@given(policies(), policies())
def test_the_example_is_an_opening_and_no_smaller_one_exists(old, new):
    for change in difference(old, new).opened:
        key = (change.of.subject, change.of.source, change.of.team)
        known = [word for _, some in change.example.words for word in some[:1] if word is not None]
        piece, broken = change.of.piece, change.of.broken
        assert opens(old, new, change.example.ask(key), piece, broken)
        for on in DAYS:
            for attributes in ASSIGNED:
                if opens(old, new, Ask(*key, on, attributes), piece, broken):
                    assert len(known) <= sum(word is not None for word in attributes.values())


@settings(max_examples=50)
@given(policies(), policies(), st.data())
def test_two_changes_with_the_same_words_open_the_same(old, new, data):
    some = sorted({clause for found in new.clauses.values() for clause in found}, key=lambda clause: clause.id)
    turned = data.draw(st.sampled_from([DAYS[0], DAYS[5]]))
    rest = [replace(one, ends=turned) if data.draw(st.booleans()) else one for one in some]
    other = replace(new, clauses=index(rest), valid_until=data.draw(st.sampled_from([new.valid_until, DAYS[6]])))
    told, others = difference(old, new).opened, difference(old, other).opened

    assert lines(told) != lines(others) or all(
        in_words(told, *ask, broken) == in_words(others, *ask, broken)
        for ask in asked(KEYS)
        for broken in (False, True)
    )


@given(policies())
def test_no_change_opens_nothing(old):
    assert difference(old, old) == difference(None, None)


@given(policies(), policies())
def test_what_one_way_opens_the_other_way_closes(old, new):
    there, back = difference(old, new), difference(new, old)

    assert (there.opened, there.closed) == (back.closed, back.opened)


def changed(change):
    made = deepcopy(shipped.policies())
    change(made)
    return difference(rules(), compile_rules("1" * 64, made))


def clause(made, number):
    return next(one for one in made["clauses"] if one["id"] == number)


def test_a_condition_taken_away_opens_what_it_kept_shut():
    told = changed(lambda made: clause(made, "DSA-001.2")["when"].clear())

    assert not told.closed
    assert lines(told.opened) == [
        "YJS is told of release_dates.changed from HMPPS_PRISON: that it happens, ard (keep), confirmed (keep),"
        " crd (keep), etd (keep), hdcad (keep), ltd (keep), mtd (keep), prison (keep), prrd (keep);"
        " when age is unknown or under_10 or 18_to_24 or 25_and_over and protected is no, from 2024-01-01 to 2028-12-31"
    ]
    assert told.opened[0].example.words == (("age", (None,)), ("protected", ("no",)))


def test_a_subscription_opens_what_the_agreements_allow_already():
    told = changed(lambda made: made["teams"]["YJS"]["subscribes"].remove("release_dates.changed"))

    assert {(one.of.team, one.of.subject) for one in told.closed} == {("YJS", "release_dates.changed")}
    assert not told.opened


def test_what_a_team_may_know_at_most_closes_and_opens_fields():
    told = changed(lambda made: made["minimum"]["CSC"]["may"].remove("accommodation"))

    assert {(one.of.team, one.of.piece) for one in told.closed} == {("CSC", Piece("accommodation", "keep"))}


def test_what_a_broken_glass_lets_through_is_said_apart():
    def narrower(made):
        urgent = next(one for one in made["emergency"]["clauses"] if "person.released" in one["subjects"])
        urgent["fields"].pop("prison")

    told = changed(narrower)

    assert not told.opened
    assert {one.of.piece for one in told.closed} == {Piece("prison", "keep")}
    assert all(one.of.broken for one in told.closed)
    assert all(", while the glass is broken, is told of person.re" in line for line in lines(told.closed))


def test_a_team_that_leaves_is_told_nothing_more_and_one_that_comes_all_its_agreements_give():
    told = changed(lambda made: made["teams"].pop("HOUS"))

    assert {one.of.team for one in told.closed} == {"HOUS"}
    assert not told.opened


def test_an_agency_that_may_state_a_type_no_more_closes_it():
    told = changed(lambda made: made["publishes"]["GMP"].remove("arrest.recorded"))

    assert {(one.of.source, one.of.subject) for one in told.closed} == {("GMP", "arrest.recorded")}


def test_a_coarser_form_opens_nothing_and_a_fuller_one_does():
    form = {"accommodation": "yes_no"}
    finer = difference(compile_rules("1" * 64, with_form(form)), rules())

    assert not difference(rules(), compile_rules("1" * 64, with_form(form))).opened
    assert {one.of.piece for one in finer.opened} == {Piece("accommodation", "keep")}


def with_form(form):
    made = deepcopy(shipped.policies())
    for one in made["clauses"]:
        one["fields"] = {name: form.get(name, kept) for name, kept in one["fields"].items()}
    return made


def test_rules_that_hold_a_year_longer_open_that_year():
    told = difference(replace(rules(), valid_until=date(2027, 12, 31)), rules())

    assert {(cell.first, cell.last) for one in told.opened for cell in one.where} == {
        (date(2028, 1, 1), date(2028, 12, 31))
    }


def test_a_new_day_or_word_in_a_line_is_another_line():
    wider = changed(lambda made: clause(made, "DSA-001.2")["when"]["age"].append("18_to_24"))
    widest = changed(lambda made: clause(made, "DSA-001.2")["when"]["age"].extend(["18_to_24", "under_10"]))

    assert len(lines(wider.opened)) == len(lines(widest.opened)) == 1
    assert lines(wider.opened) != lines(widest.opened)


@pytest.mark.parametrize("seed", range(20))
def test_random_people_are_told_more_only_where_the_diff_says_so(seed):
    dice = Random(seed)
    made = deepcopy(shipped.policies())
    for one in dice.sample(made["clauses"], 5):
        if one["when"] and dice.random() < 0.7:
            one["when"].pop(dice.choice(sorted(one["when"])))
        else:
            one["review_by"] = f"2027-0{dice.randint(1, 9)}-01"
    new = compile_rules("1" * 64, made)
    told = difference(rules(), new)
    keys = sorted(key for key in new.clauses if any(c.effect.value == "permit" for c in new.clauses[key]))

    for _ in range(500):
        key, on = dice.choice(keys), date(2027, dice.randint(1, 12), 1)
        attributes = {name: dice.choice(words(name)) for name in VOCABULARY}
        ask = Ask(*key, on, attributes)
        before, after = tells(rules(), ask), tells(new, ask)
        assert after - before <= in_words(told.opened, key, on, attributes) <= after
        assert bool(in_words(told.opened, key, on, attributes)) == bool(after - before)


def test_everything_the_first_rules_tell_is_opened_by_them():
    told = difference(None, rules())

    assert Disclosure("PROB", "release_dates.changed", "HMPPS_PRISON", Piece("crd", "keep")) in {
        one.of for one in told.opened
    }
    assert not told.closed
    assert extent(told.opened[0].where).endswith("from 2024-01-01 to 2028-12-31")
