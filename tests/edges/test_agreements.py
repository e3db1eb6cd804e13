"""Policies as people write them: every slip is found, at its line, with a cure, and nothing is shared by default."""

import re
import shutil

import pytest
import yaml
from slips import FIRST, change, compiled, refused

from hub.edges.agreements import AgreementError
from hub.edges.policy_files import load
from hub.resources import folder

LAST = "agreements/dsa-005-accuracy.yaml"
LIMITS = ("joint_window_months", "unreconciled_days", "unreconciled_hold_hours", "debounce_days", "debounce_hours")
LIMITS += ("history_days", "court_hours", "late_transition_days", "hold_youth_estate_days")


def test_a_field_that_no_alert_says_is_unknown(policies):
    change(policies, "window_from: keep", "window_form: keep")
    with pytest.raises(AgreementError, match="unknown field `window_form`"):
        compiled(policies)


def test_the_shipped_policies_compile_to_plain_values_the_same_each_time(policies):
    assert compiled(policies) == compiled(policies)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("crd: keep", "crd: kep", "unknown form"),
        ("crd: keep", "crd: [keep]", "unknown form"),
        ("[release_dates.changed]", "['']", "unknown event type ``"),
        ("crd: keep", "crdd: keep", "unknown field `crdd`"),
        ("[release_dates.changed]", "[release_dates.change]", "unknown event type"),
        ("from: [HMPPS_PRISON]", "from: [HMP]", "unknown agency"),
        ("  from: [HMPPS_PRISON]\n", "", "without `from`"),
        ("to: [PROB]", "to: ['*']", "a permit for everything"),
        ("to: [PROB]", "to: [PROBE]", "unknown team"),
        ("review_by: 2028-12-31\n", "", "field required"),
        ("reviewed: {by: Information governance lead, on: 2023-12-11}\n", "", "field required"),
        ("when: {age:", "when: {ages:", "extra inputs"),
        ("16_to_17]", "17]", "input should be"),
        ("purpose:", "purpose: twice\npurpose:", "twice"),
        ("id: DSA-001", "id: [DSA-001", "hint"),
    ],
)
def test_a_slip_is_found_with_its_file_line_and_cure(policies, old, new, says):
    assert says in refused(policies, old, new, FIRST)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (FIRST, "  events: [release_dates.changed]\n  from: [HMPPS_PRISON]\n", "", "a rule about nothing"),
        (
            LAST,
            "  events: ['*']\n  alerts: [RELEASE, TRANSITION, CLIFF_EDGE, OFFER_OF_SUPPORT, CORRECTION, ESCALATION]\n",
            "",
            "a rule about nothing",
        ),
        (LAST, "protected: [yes]", "protected: []", "nothing in it"),
        (LAST, "protected: [yes]", "protected:", "not a list"),
        (FIRST, "  alerts: [RELEASE]\n", "  alerts: [RELEASE]\n  from: [YJS]\n", "`from` in a rule without `events`"),
    ],
)
def test_a_rule_that_would_say_less_or_more_than_it_seems_is_refused(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


@pytest.mark.parametrize("name", ["dsa-006.yml", "dsa-001-resettlement.yaml~", "dsa-006.YAML", "old"])
def test_an_agreement_that_would_go_unread_is_named(policies, name):
    (policies / "agreements" / name).mkdir()
    with pytest.raises(AgreementError, match=rf"agreements/{re.escape(name)}: would not be read; hint: "):
        compiled(policies)


def test_notes_and_hidden_files_beside_the_agreements_are_no_agreements(policies):
    for name in ("README.md", ".dsa-001.yaml.swp", ".#dsa-001.yaml"):
        (policies / "agreements" / name).write_text("a note")

    assert compiled(policies) == compiled(folder("policies"))


def test_a_folder_without_agreements_is_incomplete(policies):
    shutil.rmtree(policies / "agreements")
    with pytest.raises(AgreementError, match="agreements: cannot be read; hint: "):
        compiled(policies)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("stages.yaml", "teams: [LEAD, LCPA,", "teams: [LEAD, LCPAA,", "unknown team `LCPAA`"),
        (
            "teams.yaml",
            "subscribes: [release_dates.changed,",
            "subscribes: [release_date,",
            "event type `release_date`",
        ),
        ("teams.yaml", "agency: PROBATION", "agency: PROB", "unknown agency `PROB`"),
        ("routes.yaml", "  VCSE:\n", "  VCSEE:\n", "unknown team `VCSEE`"),
    ],
)
def test_what_a_file_names_exists(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: T12M, offset: 12, unit: months", "name: T12M, offset: 12, unit: days", "`days` is not for transition"),
        (
            "name: T12W, offset: 84, unit: days",
            "name: T12W, offset: 84, unit: march_of_year",
            "`march_of_year` is not for release",
        ),
        ("name: T0U, offset: 0, unit: days", "name: T0U, offset: 0, unit: months", "`months` is not for unplanned"),
        ("name: T8W", "name: T12W", "`T12W` is written twice"),
        ("name: T0U", "name: T0", "`T0` is written twice"),
        ("name: T6M", "name: T12M", "`T12M` is written twice"),
        ("hour: 14", "hour: 24", "less than or equal to 23"),
    ],
)
def test_a_stage_counts_in_the_units_of_its_kind_under_its_own_name(policies, old, new, says):
    assert says in refused(policies, old, new, "stages.yaml")


def test_the_two_kinds_of_alert_may_share_a_stage_s_name(policies):
    change(policies, "name: T12M", "name: T12W", "stages.yaml")

    assert compiled(policies)["stages"]["transition"][0]["name"] == "T12W"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (FIRST, "publish: [HMPPS_PRISON, ", "publish: [", "`HMPPS_PRISON` is not a party"),
        (FIRST, "receive: [PROB, ", "receive: [", "`PROB` is not a party"),
        ("agreements/dsa-006-offers-of-support.yaml", "to: [YJS", "to: [IG_LEAD", "`IG_LEAD` is not a party"),
        (FIRST, "publish: [HMPPS_PRISON, ", "publish: [HMPPS, ", "unknown agency `HMPPS`"),
        (FIRST, "receive: [PROB, ", "receive: [PROBE, ", "unknown team `PROBE`"),
        (FIRST, "  receive: [PROB, YJS, CSC, LCPA, ASC, DWP, SEND, CSH]\n", "", "field required"),
    ],
)
def test_a_rule_binds_only_the_parties_of_its_agreement(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("partnership.yaml", "agencies: [HMPPS_PRISON", "agencies: [Hmpps-Prison", "`Hmpps-Prison` is not a code"),
        ("partnership.yaml", "agencies: [HMPPS_PRISON", "agencies: [HUB", "the hub's own word"),
        ("partnership.yaml", "GMP, YJS, SCHOOL", "GMP, GMP, YJS, SCHOOL", "`GMP` is written twice"),
        ("teams.yaml", "VCSE: {", "vcse: {", "`vcse` is not a code"),
        ("teams.yaml", "VCSE: {", "1: {", "not a word"),
        ("teams.yaml", "VCSE: {", "LEAD: {", "the hub's own word"),
    ],
)
def test_no_two_codes_share_a_topic(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


@pytest.mark.parametrize("name", LIMITS)
def test_every_limit_is_there_and_a_whole_number(policies, name):
    number = compiled(policies)["limits"][name]
    line = f"  {name}: {number}"

    assert "greater than or equal to 0" in refused(policies, line, f"  {name}: -1", "partnership.yaml")
    assert "integer" in refused(policies, f"{name}: -1", f"{name}: true", "partnership.yaml")
    assert "integer" in refused(policies, f"{name}: true", f"{name}: 014", "partnership.yaml")
    assert "field required" in refused(policies, f"  {name}: 014", f"  # {number}", "partnership.yaml")


def test_no_limit_is_made_up(policies):
    assert set(compiled(policies)["limits"]) == set(LIMITS)
    assert "extra inputs" in refused(policies, "limits:\n", "limits:\n  soonest_days: 1\n", "partnership.yaml")


@pytest.mark.parametrize("kind", ["release", "transition"])
def test_both_kinds_of_alert_have_routes(policies, kind):
    told = {table: ways for table, ways in load(policies / "routes.yaml").items() if table != kind}
    (policies / "routes.yaml").write_text(yaml.safe_dump(told))
    with pytest.raises(AgreementError, match=rf"routes\.yaml:1: `{kind}`: field required; hint: "):
        compiled(policies)


@pytest.mark.parametrize("way", ["{}", "{vcse_match: []}"])
def test_a_way_in_asks_something(policies, way):
    assert "nothing in it" in refused(policies, "{vcse_match: [yes]}", way, "routes.yaml")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (FIRST, "until: 2028-12-31", "until: 2023-12-31", "`from` is after `until`"),
        (FIRST, "review_by: 2028-12-31", "review_by: 2023-12-10", "the next review is before the last"),
        (FIRST, "until: 2028-12-31", "until: 2024-06-30", None),
        (FIRST, "on: 2023-12-11", "on: 2028-12-31", None),
        (FIRST, "until: 2028-12-31", "until: 2024-01-01", None),
        (
            FIRST,
            "from: 2024-01-01, until: 2028-12-31",
            "from: 2023-01-01, until: 2023-12-10",
            "reviewed after it ended",
        ),
        (FIRST, "on: 2023-12-11", "on: 0", "valid date"),
        (FIRST, "on: 2023-12-11", "on: 2023-13-11", "month must be in 1..12"),
        ("calendar.yaml", "first: 2024-01-01, last: 2028-12-31", "first: 2029-01-01, last: 2028-12-31", "is after"),
        ("calendar.yaml", "first: 2024-01-01", "first: 0001-01-01", "greater than or equal to 1990"),
    ],
)
def test_dates_stand_in_their_order(policies, file, old, new, says):
    if says is None:
        change(policies, old, new, file)
        assert compiled(policies)
    else:
        assert says in refused(policies, old, new, file)


@pytest.mark.parametrize(("reviewed", "starts"), [("2023-12-11", "2024-01-01"), ("2026-01-05", "2026-01-05")])
def test_an_agreement_is_not_in_force_before_it_was_reviewed(policies, reviewed, starts):
    change(policies, "on: 2023-12-11", f"on: {reviewed}")

    made = compiled(policies)["clauses"]
    assert {clause["starts"] for clause in made if clause["agreement"] == "DSA-001"} == {starts}


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("partnership.yaml", "  COURT: [", "  COURTS: [", "unknown agency `COURTS`"),
        ("partnership.yaml", "  COURT: [", "  # COURT: [", "nothing said of `COURT`"),
        ("partnership.yaml", "arrest.recorded", "arrest", "unknown event type `arrest`"),
        ("partnership.yaml", "arrest.recorded", "alert.ack", "`alert.ack` is no agency's to state"),
        ("partnership.yaml", "release_dates.changed, ", "", None),
    ],
)
def test_an_agency_states_only_what_is_its_to_state(policies, file, old, new, says):
    if says is None:
        change(policies, old, new, file)
        with pytest.raises(AgreementError, match=r"dsa-001.*:\d+: .*does not publish `release_dates.changed`; hint: "):
            compiled(policies)
    else:
        assert says in refused(policies, old, new, file)


def test_a_rule_hears_only_who_may_state_all_it_speaks_of(policies):
    file = "agreements/dsa-004-children-at-risk.yaml"
    slip = refused(policies, "from: [GMP]", "from: [GMP, COURT]", file)

    assert "`COURT` does not publish `arrest.recorded`" in slip


def test_the_bundle_says_who_publishes_what(policies):
    made = compiled(policies)

    assert list(made["publishes"]) == made["agencies"]
    assert all(types == sorted(set(types)) for types in made["publishes"].values())
    assert "arrest.recorded" in made["publishes"]["GMP"]
    assert "arrest.recorded" not in made["publishes"]["COURT"]
    assert all("person.registered" in types for types in made["publishes"].values())


def test_every_event_type_but_an_acknowledgement_has_an_agency_to_state_it(policies):
    made = compiled(policies)

    assert set(made["vocabulary"]) - {kind for types in made["publishes"].values() for kind in types} == {"alert.ack"}


def test_the_line_is_the_one_to_mend(policies):
    change(policies, "crd: keep", "crd: kep")
    line = next(n for n, text in enumerate((policies / FIRST).read_text().split("\n"), 1) if "crd: kep," in text)
    with pytest.raises(AgreementError, match=rf"\.yaml:{line}: "):
        compiled(policies)


def test_two_agreements_cannot_bear_one_number(policies):
    shutil.copy(policies / FIRST, policies / "agreements/dsa-900-copy.yaml")
    with pytest.raises(AgreementError, match="DSA-001"):
        compiled(policies)


def test_yes_and_no_are_words_whether_quoted_or_not(policies):
    change(policies, "known: [yes]", "known: ['yes']")

    assert compiled(policies) == compiled(folder("policies"))


def test_a_narrower_partnership_keeps_only_its_teams(policies):
    made = compiled(policies, "PROB", "HOUS")

    assert made["teams"].keys() == {"PROB", "HOUS"}
    assert {team for clause in made["clauses"] for team in clause["teams"]} == {"PROB", "HOUS"}


def test_a_route_may_only_ask_what_is_known_of_a_person(policies):
    change(policies, "substance: [yes]", "substances: [yes]", "routes.yaml")
    with pytest.raises(AgreementError, match="substances"):
        compiled(policies)


def test_every_team_with_a_stage_has_a_way_in_or_is_told_nothing_by_design(policies):
    made = compiled(policies)
    tables = (made["stages"][name] for name in ("release", "unplanned", "transition"))  # services name teams of cliffs
    staged = {team for stages in tables for stage in stages for team in stage["teams"]}

    assert staged - {"LEAD"} - made["routes"]["release"].keys() - made["routes"]["transition"].keys() == {"VCU"}


def test_a_scalar_where_routes_want_a_table_is_named_with_its_line(policies):
    change(policies, "  VCSE:\n  - {vcse_match: [yes]}", "  VCSE: yes", "routes.yaml")
    with pytest.raises(AgreementError, match=r"routes\.yaml:\d+: "):
        compiled(policies)


@pytest.mark.parametrize(
    ("old", "new", "file", "says"),
    [
        ("words: [TRANSFERRED]", "words: [TRANSFERRED, RELEASED]", "movements.yaml", "`RELEASED` is written twice"),
        ("reason: HOSPITAL_TRANSFER, ", "", "movements.yaml", "says why no release proceeds"),
        ("in_force_to: 2026-03-30", "in_force_to: 2006-03-30", "law.yaml", "is before `in_force_from`"),
        ("agencies: [GMP]", "agencies: [GMB]", "law.yaml", "unknown agency `GMB`"),
        ("confidence: H}", "confidence: X}", "law.yaml", "input should be"),
    ],
)
def test_a_slip_in_the_law_or_the_movements_is_named_with_its_line(policies, old, new, file, says):
    assert says in refused(policies, old, new, file)
