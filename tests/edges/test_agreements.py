"""Policies as people write them: every slip is found, at its line, with a cure, and nothing is shared by default."""

import shutil

import pytest
from shipped import schemas

from hub.edges.agreements import AgreementError, bundle
from hub.edges.codec import vocabulary
from hub.resources import folder

FIRST = "agreements/dsa-001-resettlement.yaml"


@pytest.fixture
def policies(tmp_path):
    return shutil.copytree(folder("policies"), tmp_path / "policies")


def compiled(policies, *teams):
    return bundle(policies, vocabulary(schemas()), teams)


def change(policies, old, new, file=FIRST):
    text = (policies / file).read_text()
    assert old in text
    (policies / file).write_text(text.replace(old, new, 1))


def test_the_shipped_policies_compile_to_plain_values_the_same_each_time(policies):
    assert compiled(policies) == compiled(policies)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("crd: keep", "crd: kep", "unknown form"),
        ("crd: keep", "crdd: keep", "unknown field `crdd`"),
        ("[release_dates.changed]", "[release_dates.change]", "unknown event type"),
        ("from: [HMPPS_PRISON]", "from: [HMP]", "unknown agency"),
        ("  from: [HMPPS_PRISON]\n", "", "without `from`"),
        ("to: [PROB]", "to: ['*']", "a permit for everything"),
        ("to: [PROB]", "to: [PROBE]", "unknown team"),
        ("review_by: 2028-12-31\n", "", "field required"),
        ("reviewed: {by: Information governance lead, on: 2026-01-05}\n", "", "field required"),
        ("when: {age:", "when: {ages:", "extra inputs"),
        ("16_to_17]", "17]", "input should be"),
        ("purpose:", "purpose: twice\npurpose:", "twice"),
        ("id: DSA-001", "id: [DSA-001", "hint"),
    ],
)
def test_a_slip_is_found_with_its_file_line_and_cure(policies, old, new, says):
    change(policies, old, new)
    with pytest.raises(AgreementError) as refused:
        compiled(policies)

    assert says in str(refused.value)
    assert "hint:" in str(refused.value)
    assert ".yaml:" in str(refused.value)


def test_the_line_is_the_one_to_mend(policies):
    change(policies, "crd: keep", "crd: kep")
    line = next(n for n, text in enumerate((policies / FIRST).read_text().split("\n"), 1) if "kep" in text)
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
    staged = {team for stages in made["stages"].values() for stage in stages for team in stage["teams"]}

    assert staged - {"LEAD"} - made["routes"]["release"].keys() - made["routes"]["transition"].keys() == {"VCU"}


@pytest.mark.parametrize(
    "content", [b"- a list", b"\xff\xfe\x00", b"", b"a: b: c"], ids=["list", "bytes", "empty", "colon"]
)
def test_a_file_that_is_no_table_is_named(policies, content):
    (policies / "teams.yaml").write_bytes(content)
    with pytest.raises(AgreementError, match=r"teams\.yaml.*hint:"):
        compiled(policies)


def test_a_scalar_where_routes_want_a_table_is_named_with_its_line(policies):
    change(policies, "  VCSE:\n  - {vcse_match: [yes]}", "  VCSE: yes", "routes.yaml")
    with pytest.raises(AgreementError, match=r"routes\.yaml:\d+: "):
        compiled(policies)
