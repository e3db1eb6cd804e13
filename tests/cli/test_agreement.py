"""`hub agreement`: what lets whom have what, when it ends, and what nobody uses, as people would ask."""

import json
import subprocess

import pytest
from smallhome import lived

from hub.resources import folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("agreement") / "home")


def test_all_agreements_are_one_line_each(hub, home):
    code, out, _ = hub("agreement", "show", "--home", home, "--at", "2026-06-01")
    told = json.loads(hub("agreement", "show", "--home", home, "--json")[1])

    assert code == 0
    assert out.count("in force") == len(told) > 8


def test_one_agreement_says_parties_purpose_rules_fields_forms_and_end(hub, home):
    out = hub("agreement", "show", "dsa-001", "--home", home)[1]

    for said in ("purpose", "tell", "are told", "review by", "as it is", "only where"):
        assert said in out
    assert "DWP work coach (DWP)" in out
    assert "DSA-001.8 permits" in out
    assert "DSA-001.7" in out
    assert "nobody in this hub" in out  # its team is not of this hub


def test_one_rule_may_be_asked_for(hub, home):
    out = hub("agreement", "show", "DSA-005.2", "--home", home)[1]

    assert "DSA-005.2 forbids" in out
    assert "only where  the person is protected" in out
    assert "DSA-005.1" not in out


def test_an_agreement_that_is_not_there_names_those_that_are(hub, home):
    code, out, err = hub("agreement", "show", "DSA-999", "--home", home)

    assert (code, out) == (2, "")
    assert "DSA-001" in err


def test_what_ends_is_listed_in_time_and_what_is_overdue_fails(hub, home):
    soon = hub("agreement", "expire", "--home", home, "--at", "2028-12-01", "--json")
    late = hub("agreement", "expire", "--home", home, "--at", "2029-01-02")

    assert soon.code == 0
    assert {one["days"] for one in json.loads(soon.out)} == {30}
    assert late.code == 1
    assert "overdue by 2 days" in late.out
    assert "nothing ends" in hub("agreement", "expire", "--home", home, "--at", "2026-06-01").out


def test_usage_counts_what_teams_really_got(hub, home):
    told = json.loads(hub("agreement", "usage", "--home", home, "--json")[1])
    used = {one["clause"]: one for one in told["clauses"]}
    alerts = json.loads(
        hub("decisions", "--home", home, "--json", "--agreement", "DSA-001.8", "--outcome", "delivered")[1]
    )

    assert used["DSA-001.8"]["used"] == len(alerts) > 0
    assert used["DSA-001.8"]["fields"] == {"window_from": len(alerts), "home_authority": 0}
    assert told["unused"]["fields"]["DSA-001.8"] == ["home_authority"]
    assert "DSA-002.1" in told["unused"]["clauses"]


def test_the_proposal_is_a_patch_that_applies(hub, home, tmp_path):
    policies = folder("policies")
    made = hub("agreement", "usage", "--home", home, "--patch", policies)[1]
    (tmp_path / "less.patch").write_text(made)
    words = ["git", "apply", "--check", f"--directory={policies.name}", str(tmp_path / "less.patch")]

    assert "-- id: " in made
    assert subprocess.run(words, cwd=policies.parent, check=False).returncode == 0
