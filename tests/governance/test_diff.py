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


def tells(rules, ask):
    """Everything that the answer lets its team know, worked out from the agreements alone; coarser forms included."""
    event, team = not ask.subject.startswith("alert."), rules.teams.get(ask.team)
    if team is None or ask.on > rules.valid_until:
        return set()
    if event and ask.subject not in team.subscribes & rules.publishes.get(ask.source, set()) & rules.vocabulary.keys():
        return set()
    verdict = decide(ask, rules.clauses)
    if not verdict.allowed:
        return set()
    said = rules.vocabulary[ask.subject] if event else {name for name, _ in verdict.clause.fields}
    told = {HAPPENED}
    for name, form in verdict.clause.fields:
        edges = rules.bands.get(name, ()) if form == "band" else ()
        if name in said:
            told |= {Piece(name, less) for less in coarser(" ".join([form, *map(str, edges)]))}
    return told


def tells_broken(rules, ask):
    """The same while the glass is broken, whoever asked to be told; a forbid of the agreements stands."""
    if (ask.subject, ask.source, ask.team) not in rules.emergency.clauses:
        return tells(rules, ask)
    stated = ask.subject in rules.publishes.get(ask.source, set()) & rules.vocabulary.keys()
    if ask.team not in rules.teams or not stated or ask.on > rules.valid_until:
        return set()
    verdict = decide(ask, rules.clauses)
    if not verdict.allowed and verdict.reason != "FORBIDDEN":
        verdict = decide(ask, rules.emergency.clauses)
    if not verdict.allowed:
        return set()
    told = {HAPPENED}
    for name, form in verdict.clause.fields:
        edges = rules.bands.get(name, ()) if form == "band" else ()
        if name in rules.vocabulary[ask.subject]:
            told |= {Piece(name, less) for less in coarser(" ".join([form, *map(str, edges)]))}
    return told


def added(old, new, ask):
    """What a broken glass tells under *new* that nothing told under *old*, for as long."""
    longer = new.emergency.longest > old.emergency.longest
    return tells_broken(new, ask) - tells(new, ask) - tells(old, ask) - (set() if longer else tells_broken(old, ask))


def asked(every):
    return ((key, on, told) for key in every for on in DAYS for told in ASSIGNED)


def in_words(changes, key, on, attributes, broken=False):
    """What *changes* say of one question, coarser forms included."""
    found = set()
    for change in changes:
        mine = change.of[:3] == (key[2], key[0], key[1]) and (change.of.hours > 0) is broken
        if mine and any(cell.holds(on, attributes) for cell in change.where):
            found |= {Piece(change.of.piece.field, less) for less in coarser(change.of.piece.form)}
    return found


@settings(max_examples=500, deadline=None)
@given(policies(), policies())
def test_openings_and_closings_are_those_that_brute_force_finds(old, new):
    told = difference(old, new)

    for key, on, attributes in asked(old.clauses.keys() | new.clauses.keys()):
        ask = Ask(*key, on, attributes)
        before, after = tells(old, ask), tells(new, ask)
        opened, closed = in_words(told.opened, key, on, attributes), in_words(told.closed, key, on, attributes)
        assert after - before <= opened <= after
        assert before - after <= closed <= before
        assert bool(opened) == bool(after - before)
        assert bool(closed) == bool(before - after)


@settings(max_examples=200, deadline=None)
@given(policies(), policies())
def test_what_a_broken_glass_adds_is_what_brute_force_finds(old, new):
    told = difference(old, new)

    for key, on, attributes in asked(old.emergency.clauses.keys() | new.emergency.clauses.keys()):
        ask = Ask(*key, on, attributes)
        for changes, one, other in ((told.opened, old, new), (told.closed, new, old)):
            found, more = in_words(changes, key, on, attributes, broken=True), added(one, other, ask)
            assert more <= found <= tells_broken(other, ask)
            assert bool(found) == bool(more)


@settings(max_examples=50, deadline=None)
@given(policies(), policies())
def test_the_example_is_an_opening_and_no_smaller_one_exists(old, new):
    for change in difference(old, new).opened:
        if change.of.hours:
            continue
        key = (change.of.subject, change.of.source, change.of.team)
        known = [word for _, some in change.example.words for word in some[:1] if word is not None]
        example = change.example.ask(key)
        assert change.of.piece in tells(new, example) - tells(old, example)
        for on in DAYS:
            for attributes in ASSIGNED:
                ask = Ask(*key, on, attributes)
                if change.of.piece in tells(new, ask) - tells(old, ask):
                    assert len(known) <= sum(word is not None for word in attributes.values())


@settings(max_examples=50, deadline=None)
@given(policies(), policies(), st.data())
def test_two_changes_with_the_same_words_open_the_same(old, new, data):
    some = sorted({clause for found in new.clauses.values() for clause in found}, key=lambda clause: clause.id)
    turned = data.draw(st.sampled_from([DAYS[0], DAYS[5]]))
    rest = [replace(one, ends=turned) if data.draw(st.booleans()) else one for one in some]
    other = replace(new, clauses=index(rest), valid_until=data.draw(st.sampled_from([new.valid_until, DAYS[6]])))
    told, others = difference(old, new).opened, difference(old, other).opened

    assert lines(told) != lines(others) or all(in_words(told, *ask) == in_words(others, *ask) for ask in asked(KEYS))


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


def test_a_team_that_may_break_the_glass_opens_what_it_is_told_then():
    told = changed(lambda made: [one["teams"].append("LCPA") for one in made["emergency"]["clauses"][:2]])

    assert {(one.of.team, one.of.subject, one.of.hours) for one in told.opened} == {
        ("LCPA", "emergency.opened", 72),
        ("LCPA", "person.received", 72),
        ("LCPA", "person.released", 72),
    }
    assert any(
        line.startswith("LCPA is told of person.received, person.released from HMPPS_PRISON for 72 hours")
        for line in lines(told.opened)
    )


def test_a_glass_that_stays_broken_longer_opens_all_that_it_tells():
    longer = changed(lambda made: made["emergency"].update(longest_hours=73))
    shorter = changed(lambda made: made["emergency"].update(longest_hours=71))

    assert {one.of.hours for one in longer.opened} == {73}
    assert not longer.closed
    assert ({one.of.hours for one in shorter.closed}, shorter.opened) == ({72}, ())


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
