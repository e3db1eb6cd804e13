"""`hub policy replay` on a demo's year: what other rules would have opened and closed, of what really happened."""

import json
import shutil

import pytest
from smallhome import made

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog
from hub.resources import folder

SINCE = "2026-06-01"
RESETTLEMENT = "agreements/dsa-001-resettlement.yaml"


@pytest.fixture
def policies(tmp_path):
    return shutil.copytree(folder("policies"), tmp_path / "policies")


def edit(policies, old, new, file):
    text = (policies / file).read_text()
    assert old in text
    (policies / file).write_text(text.replace(old, new))


def turned(hub, year, policies, since=SINCE):
    code, out, _ = hub("policy", "replay", policies, "--since", since, "--home", year, "--json")
    assert code == 0
    return json.loads(out)


def told(year, team):
    """Every disclosure to a team that the log holds."""
    log = EmbeddedLog(year / "hub.db", 4)
    names = (topics.deliveries(team), topics.alerts(team))
    found = [wiring.schemas().decode(record.value)[2] for name in names for record in log.scan(name)]
    log.close()
    return found


def test_the_same_rules_would_have_told_the_same(hub, year, policies):
    found = turned(hub, year, policies)

    assert found["same"] > 100
    assert (found["turns"], found["moved"]) == ([], 0)


def test_rules_of_another_hash_that_decide_alike_would_have_told_the_same(hub, year, policies):
    edit(policies, "name: Example", "name: Another", "partnership.yaml")
    found = turned(hub, year, policies)

    assert (found["turns"], found["moved"]) == ([], 0)


def test_an_agreement_taken_away_would_have_closed_what_it_opened_and_nothing_else(hub, year, policies):
    (policies / "agreements" / "dsa-002-consented-support.yaml").unlink()
    found = turned(hub, year, policies, "2000-01-01")

    real = [one for one in told(year, "HOUS") if one["clause"].startswith("DSA-002.")]
    closed = [one for one in found["turns"] if one["turn"] == "closed" and one["whole"]]
    assert real
    assert {one["decision"] for one in closed if one["team"] == "HOUS"} == {one["decision"] for one in real}
    assert {one["clause"].partition(".")[0] for one in closed} == {"DSA-002"}


def test_a_condition_taken_away_would_have_opened_what_was_withheld(hub, year, policies):
    edit(policies, "when: {age: [10_to_15, 16_to_17]}\n  fields: {crd", "fields: {crd", RESETTLEMENT)
    found = turned(hub, year, policies, "2000-01-01")

    assert found["turns"]
    assert {(one["turn"], one["clause"]) for one in found["turns"]} == {("opened", "DSA-001.2")}
    assert not {one["decision"] for one in found["turns"]} & {one["decision"] for one in told(year, "YJS")}


def test_a_field_taken_away_closes_a_part_of_what_was_told(hub, year, policies):
    edit(policies, "homeless: yes_no, ", "", "agreements/dsa-002-consented-support.yaml")
    found = turned(hub, year, policies, "2000-01-01")

    real = [one for one in told(year, "HOUS") if one["clause"] == "DSA-002.1" and "homeless" in one["fields"]]
    assert real
    assert {one["decision"] for one in found["turns"]} == {one["decision"] for one in real}
    assert {(one["turn"], one["whole"], *one["fields"]) for one in found["turns"]} == {("closed", False, "homeless")}


def test_only_what_came_since_the_date_counts(hub, year, policies):
    (policies / "agreements" / "dsa-002-consented-support.yaml").unlink()
    whole, half = turned(hub, year, policies, "2000-01-01"), turned(hub, year, policies, SINCE)
    never = hub("policy", "replay", policies, "--since", "2099-01-01", "--home", year)

    assert 0 < len(half["turns"]) < len(whole["turns"])
    assert all(one["at"] >= "2026-05-31" for one in half["turns"])
    assert "nothing in the log since 2099-01-01" in never.out


def test_it_is_read_only_and_counts_by_team_subject_and_clause(hub, year, policies):
    (policies / "agreements" / "dsa-002-consented-support.yaml").unlink()
    before = (year / "hub.db").read_bytes()

    code, out, _ = hub("policy", "replay", policies, "--since", SINCE, "--home", year)

    assert code == 0
    assert any(line.split()[:3] == ["HOUS", "alert.RELEASE", "DSA-002.1"] for line in out.splitlines())
    assert (year / "hub.db").read_bytes() == before


def test_a_hub_that_has_run_nothing_has_nothing_to_replay(hub, tmp_path):
    assert hub("policy", "replay", "--since", SINCE, "--home", made(tmp_path / "home")).code == 0
    assert hub("policy", "replay", "--since", "yesterday", "--home", tmp_path / "home").code == 2
