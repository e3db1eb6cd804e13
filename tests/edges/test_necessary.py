"""What no agreement may give, whoever signs it: more than a team's minimum, or a quotation."""

import pytest
from shipped import schemas
from slips import FIRST, compiled, refused

from hub.core.disclosure import ALERT_FIELDS
from hub.core.rules import compile_rules
from hub.edges.necessary import ENVELOPE
from hub.edges.policy_files import load
from hub.resources import folder
from hub.wire.codec import vocabulary

SECOND, FOURTH = "agreements/dsa-002-consented-support.yaml", "agreements/dsa-004-children-at-risk.yaml"
TABLE = "minimum_necessary.yaml"
DWP = "{window_from: keep, home_authority: keep}"
OFFER = "alerts: [OFFER_OF_SUPPORT]\n  to: [PROB, YJS]\n  fields: {"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (FIRST, DWP, "{window_from: keep, care: keep}", "`DWP` may not be told `care`"),
        (FIRST, "to: [DWP]", "to: [DWP, ASC]", "`ASC` may not be told `home_authority`"),
        (FIRST, DWP, "{prison: yes_no}", "`DWP` may not be told `prison`"),
        (FOURTH, "{ward: keep, outcome: keep}", "{offence_group: keep}", "`CSC` may not be told `offence_group`"),
        (SECOND, "{homeless: keep, lha: keep}", "{mental_health: yes_no}", "`HOUS` may not be told `mental_health`"),
    ],
)
def test_a_field_beyond_a_team_s_minimum_is_refused_in_any_form(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


@pytest.mark.parametrize(
    ("fields", "says"),
    [("offence_group: keep", "no alert quotes `offence_group`"), ("reasons: count", "no alert quotes `reasons`")],
)
def test_no_alert_quotes_what_may_only_cause_it(policies, fields, says):
    assert says in refused(policies, DWP, "{window_from: keep, " + fields + "}", FIRST)


def test_an_offer_of_support_says_next_to_nothing_beside_its_envelope(policies):
    slip = refused(policies, "alerts: [RELEASE]\n  to: [PROB, YJS]\n  fields: {", OFFER, FIRST)

    assert "`OFFER_OF_SUPPORT` does not say `window_from`" in slip


def test_what_an_alert_can_say_and_what_it_must_not_quote_have_no_field_in_common():
    events = load(folder("policies") / TABLE)["never_quoted"]["events"]
    kinds = vocabulary(schemas())

    assert not ALERT_FIELDS & ({name for kind in events for name in kinds[kind]} - ENVELOPE)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("partnership.yaml", "kinds: {HMPPS_PRISON: prison, ", "kinds: {", "`HMPPS_PRISON` is not in both lists"),
        ("partnership.yaml", "kinds: {HMPPS_PRISON: prison, ", "kinds: {HMP: prison, ", "is not in both lists"),
        (TABLE, "  VCU: {", "  # VCU: {", "nothing said of `VCU`"),
        (TABLE, "  VCU: {", "  VCX: {", "unknown team `VCX`"),
        (TABLE, "VCSE: {may: [window_from", "VCSE: {may: [window_form", "unknown field `window_form`"),
        (TABLE, "never: [offence_group, measure]\n", "never: [offense]\n", "unknown field `offense`"),
        (TABLE, "as_child: [CSH", "as_children: [CSH", "unknown field `as_children`"),
        (TABLE, "as_child: [CSH", "as_child: [CSX", "unknown team `CSX`"),
        (TABLE, "events: [enforcement.taken", "events: [enforcement", "unknown event type `enforcement`"),
        (TABLE, "alerts: {OFFER_OF_SUPPORT: [prompts]}", "alerts: {OFFER: [prompts]}", "input should be"),
        (
            TABLE,
            "alerts: {OFFER_OF_SUPPORT: [prompts]}",
            "alerts: {OFFER_OF_SUPPORT: [prompt]}",
            "unknown field `prompt`",
        ),
        (TABLE, "accepting: [HOUS", "accepting: [HOUSE", "unknown team `HOUSE`"),
        (TABLE, "ENG: {may: [], never: ['*']}", "ENG: {may: [age], never: [age]}", "`age` is in both lists"),
    ],
)
def test_the_tables_speak_of_what_exists_and_of_everybody(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


def test_the_bundle_says_for_each_team_what_others_alone_may_be_told(policies):
    made = compiled(policies)["minimum"]

    assert "as_child" not in made["CSH"]["never"]
    assert all("as_child" in line["never"] for team, line in made.items() if team not in {"CSH", "CSC"})


def test_a_bundle_whose_clauses_give_everything_still_gives_no_team_more_than_its_minimum(policies):
    made = compiled(policies)
    for clause in made["clauses"]:
        clause["fields"] = dict.fromkeys(sorted(ALERT_FIELDS | {"offence_group", "recall", "as_child"}), "keep")
    rules = compile_rules("0" * 64, made)

    for (subject, _, team), clauses in rules.clauses.items():
        for clause in clauses:
            told = {name for name, _ in clause.fields}
            line = made["minimum"][team]
            assert told <= set(line["may"]) if subject.startswith("alert.") else not told & set(line["never"])
