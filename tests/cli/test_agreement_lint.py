"""`hub agreement lint` and `hub policy check` name every line that is missing, and what lapses within a month."""

import json
import shutil

import pytest

from hub.resources import folder

FIRST = "dsa-001-resettlement.yaml"


@pytest.fixture
def policies(tmp_path):
    return shutil.copytree(folder("policies"), tmp_path / "policies")


def break_(policies, *changes):
    file = policies / "agreements" / FIRST
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)
    return file


def test_the_agreements_we_ship_lack_nothing(hub):
    told = hub("agreement", "lint", "--at", "2024-03-01")

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("ok: ")


def test_everything_that_is_missing_is_named_with_file_line_and_cure(hub, policies):
    file = break_(policies, ("security: ", "safety: "), ("days: 183", "days: soon"))
    for told in (hub("agreement", "lint", file), hub("agreement", "lint", policies)):
        assert told.code == 1
        assert [line.split()[1] for line in told.out.splitlines()] == ["ICO-SECURITY", "FORM", "ICO-RETENTION"]
        assert all(line.startswith(f"{file}:") and "; hint: " in line for line in told.out.splitlines())


def test_a_check_of_the_policies_names_them_too(hub, policies):
    break_(policies, ("security: ", "safety: "))
    told = hub("policy", "check", policies)

    assert told.code == 1
    assert "ICO-SECURITY `security`: field required" in told.err


def test_findings_as_json_say_what_the_code_asks_and_where_that_was_read(hub, policies):
    file = break_(policies, ("power: express", "power: some"))
    told = hub("agreement", "lint", file, "--json")
    (one,) = json.loads(told.out)["findings"]

    assert told.code == 1
    assert (one["rule"], one["field"]) == ("ICO-POWER", "legal_power.power")
    assert "express or implied" in one["asks"]
    assert one["source"]


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2028-11-30", None),
        ("2028-12-01", "DSA-001: discloses nothing in 31 days, its last day is 31 Dec 2028; hint: review it"),
        ("2028-12-31", "DSA-001: discloses nothing in 1 day, "),
        ("2029-01-02", "DSA-001: discloses nothing any more, "),
    ],
)
def test_an_agreement_past_its_review_is_spoken_of_a_month_before(hub, day, says):
    for words in (("policy", "check"), ("agreement", "lint")):
        told = hub(*words, "--at", f"{day}")

        assert told.code == 0
        assert (says in told.err) if says else "discloses nothing" not in told.err


def test_a_plan_for_emergencies_that_nobody_tried_out_for_a_year_is_spoken_of(hub):
    assert "last tested" not in hub("agreement", "lint", "--at", "2027-10-06").err
    assert (
        "DSA-001: its plan for emergencies was last tested on 5 Oct 2026; hint: "
        in hub("agreement", "lint", "--at", "2027-10-07").err
    )


def test_an_agreement_that_is_not_there_is_a_wrong_word(hub):
    assert hub("agreement", "lint", "nowhere.yaml").code == 2
