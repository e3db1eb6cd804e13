"""What the rules say, to a lead: the agreements, a case to try, a change before it is signed."""

import json
import re
import shutil
from pathlib import Path

import pytest

from hub.cli.main import main
from hub.edges.home import create
from hub.place import compiled
from hub.rulebook import in_force


def test_every_agreement_in_force_has_a_page_with_each_of_its_rules(visit):
    lead = visit()
    rules = in_force(lead.desk.place)
    listed = lead.get("/agreements").text
    for name in rules["agreements"]:
        page = lead.get(f"/agreements/{name}").text
        mine = [one["id"] for one in rules["clauses"] if one["agreement"] == name]

        assert f"/agreements/{name}" in listed
        assert all(f'id="{one}"' in page for one in mine)


def test_a_permission_that_nobody_used_is_put_forward_as_the_command_does(visit, played, capsys):
    capsys.readouterr()
    assert main(["agreement", "usage", "--since", "2025-11-24", "--home", str(played), "--json"]) == 0
    never = json.loads(capsys.readouterr().out)["unused"]
    page = visit(now=lambda: 1_795_400_000_000_000).get("/agreements/unused").text  # a few days after the year
    shown = re.findall(r'#(DSA-[0-9.]+)">', page)

    assert never["clauses"]
    assert [one for one in shown if one in never["clauses"]] == never["clauses"]
    assert {*shown} == {*never["clauses"], *never["fields"]}


def test_an_agreement_that_is_none_is_not_there(visit):
    assert visit().get("/agreements/DSA-999").status_code == 404


def test_a_case_is_answered_as_a_decision_is_with_every_clause_tried_and_what_would_turn_it(visit):
    case = "/try?what=alert.RELEASE&from=HUB&to=HOUS&on=2026-11-12&protected=no"
    told, withheld = (visit().get(f"{case}&consent={word}").text for word in ("yes", "no"))

    assert "Told</strong>" in told
    assert "DSA-002.1 permits it" in told
    assert "It would have been withheld" in told
    assert "without the person&#39;s consent" in told
    assert "Withheld</strong>" in withheld
    assert "DSA-002.1 would permit it, but only where consent is yes (it was no)" in withheld
    assert "It would have been told with the person&#39;s consent" in withheld


def test_a_case_that_is_none_says_what_to_choose(visit):
    page = visit().get("/try?what=nothing&on=yesterday").text

    assert all(f'href="#{name}"' in page for name in ("what", "from", "to", "on"))
    assert "Told</strong>" not in page


@pytest.fixture(scope="module")
def bundle(played, tmp_path_factory):
    """A bundle file after the rules in force, in which one rule tells more than before."""
    folder = tmp_path_factory.mktemp("change")
    policies = Path(__file__).parents[2] / "policies"
    made = folder / "policies"
    shutil.copytree(policies, made)
    file = made / "agreements" / "dsa-002-consented-support.yaml"
    text = file.read_text()
    assert "review_by: 2028-12-31" in text
    file.write_text(text.replace("review_by: 2028-12-31", "review_by: 2028-06-30"))
    out = folder / "rules.bundle"
    assert main(["policy", "build", str(made), "--out", str(out), "--home", str(played)]) == 0
    return out


def test_a_change_is_shown_with_what_it_closes_and_what_is_left_to_do(visit, bundle, played):
    lead = visit()
    page = lead.post("/change", files={"file": ("rules.bundle", bundle.read_bytes())}).text

    assert "opens 0 disclosures, closes" in page
    assert "from 2028-07-01 to 2028-12-31" in page
    assert page.count("Not yet") == 3  # two signatures, and in force
    key = next(Path(played, "keys").glob("ig-one.key"))
    assert main(["policy", "sign", str(bundle), "--key", str(key), "--yes"]) == 0
    assert lead.post("/change", files={"file": ("rules.bundle", bundle.read_bytes())}).text.count("Not yet") == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 100_000, json.dumps({"format": 1}).encode(), b"\xff" * 9])
def test_a_file_that_is_no_bundle_is_refused_in_words(visit, body):
    answer = visit().post("/change", files={"file": ("rules.bundle", body)})

    assert answer.status_code == 200
    assert "must be a bundle of rules" in answer.text


def test_two_bundles_of_the_log_are_compared_by_their_numbers_and_by_nothing_else(visit):
    lead = visit()

    assert "opens 0 disclosures" in lead.get("/change?from=1&to=1").text
    assert "not in the log any more" in lead.get("/change?from=1&to=/etc").text
    assert lead.get("/change?from=1&to=release").status_code == 200
    assert compiled()["name"]


def test_before_the_first_rules_a_page_of_them_says_who_brings_them(signed_in, tmp_path):
    home = create(tmp_path / "new", ["GMP"], ["HOUS"]).path
    lead = signed_in(home, "LEAD")
    answer = lead.get("/agreements")

    assert (answer.status_code, "No rules are in force yet" in answer.text) == (404, True)
    assert "hub policy activate" in answer.text
