"""What an agreement may say with its words: conditions the law allows, bands that exist, fields named to withhold."""

import pytest
from slips import FIRST, change, compiled, refused

from hub.core.rules import compile_rules
from hub.reports.agreement import agreements, gets
from hub.reports.agreement import clause as told
from hub.reports.usage import Usage, unused

FOURTH = "agreements/dsa-004-children-at-risk.yaml"
CHILD = "when: {age: [10_to_15, 16_to_17]}"


def clause(policies, number, *key):
    """One clause as the core reads it."""
    return next(one for one in compile_rules("0" * 64, compiled(policies)).clauses[key] if one.id == number)


def test_a_rule_that_asks_for_a_sex_says_which_enactment_allows_it(policies):
    asks = "when: {sex: [female], age: [10_to_15, 16_to_17]}"

    assert "asks `sex`; hint: say in `sex_law`" in refused(policies, CHILD, asks, FIRST)
    change(policies, asks, f"{asks}\n  sex_law: Equality Act 2010 Schedule 3 paragraph 27, separate services")
    assert compiled(policies)["clauses"][1]["sex_law"].startswith("Equality Act 2010")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (FIRST, CHILD, f"{CHILD}\n  sex_law: Equality Act 2010", "`sex_law` in a rule that does not ask `sex`"),
        (FIRST, "when: {age: [10_to_15, 16_to_17, 18", "when: {age_at_event: [18", "an alert is of no event"),
        (FIRST, CHILD, "when: {legal_status: [REMAND]}", "input should be"),
        (FIRST, CHILD, "when: {sex: [F]}", "input should be"),
        (FOURTH, "start: keep", "start: band", "no bands for `start`"),
        ("bands.yaml", "sessions: [1", "session_count: [1", "unknown field `session_count`"),
        ("bands.yaml", "sessions: [1", "age: [1", "ages have the bands of conditions"),
        ("bands.yaml", "sessions: [1, 11", "sessions: [11, 1", "bands out of order"),
        ("bands.yaml", "sessions: [1, 11", "sessions: [0, 11", "greater than or equal to 1"),
        ("bands.yaml", "sessions: [1, 11, 31, 91]", "sessions: []", "nothing in it"),
    ],
)
def test_a_word_that_could_not_be_kept_is_refused(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


def test_every_moment_at_which_an_age_counts_can_be_asked(policies):
    change(policies, CHILD, "when: {age_at_event: [16_to_17], age_at_release: [18_to_24], case: [open]}")
    when = dict(clause(policies, "DSA-001.2", "release_dates.changed", "HMPPS_PRISON", "YJS").when)

    assert when == {"age_at_event": {"16_to_17"}, "age_at_release": {"18_to_24"}, "case": {"open"}}


def test_a_field_named_to_be_withheld_stands_in_the_agreement_and_in_no_clause(policies):
    change(policies, "{reason: keep}", "{reason: keep, licence: drop}")
    told = next(clause for clause in compiled(policies)["clauses"] if clause["id"] == "DSA-001.4")

    assert told["fields"] == {"reason": "keep", "licence": "drop"}
    assert clause(policies, "DSA-001.4", "person.released", "HMPPS_PRISON", "LCPA").fields == (("reason", "keep"),)


def test_an_agreement_may_say_that_a_team_is_not_told_what_it_may_never_be_told(policies):
    change(policies, "{window_from: keep, home_authority: keep}", "{window_from: keep, care: drop}")
    change(policies, "{ward: keep, outcome: keep}", "{outcome: keep, offence_group: drop}", FOURTH)

    assert compiled(policies)


def test_a_number_leaves_as_the_band_that_the_partnership_chose(policies):
    change(policies, "sessions: keep", "sessions: band", FOURTH)
    rules = compile_rules("", compiled(policies))

    assert rules.bands == {"age": (10, 16, 18, 25), "sessions": (1, 11, 31, 91)}


def test_a_field_named_to_be_withheld_is_no_permission_that_nobody_uses(policies):
    change(policies, "{reason: keep}", "{reason: keep, licence: drop}")
    made = compiled(policies)
    used = Usage()
    used.add("DSA-001.4", ["reason"], 1)
    (one,) = [one for one in made["clauses"] if one["id"] == "DSA-001.4"]

    assert "DSA-001.4" not in unused(made, used, {}, 0).fields
    assert told(one, made)[-3:-1] == [("gets", "reason: as it is"), ("not", "licence: withheld on purpose")]
    assert "licence" not in gets(agreements({**made, "clauses": [one]})["DSA-001"], "LCPA")
