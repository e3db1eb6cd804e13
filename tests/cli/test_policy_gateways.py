"""`hub policy gateways` as an information governance lead meets it."""

import csv
import io
import json
import shutil

import pytest

from hub.core.gateways import INPUTS
from hub.resources import folder


@pytest.fixture
def policies(tmp_path):
    return shutil.copytree(folder("policies"), tmp_path / "policies")


def test_the_list_says_since_when_each_statute_is_in_force_and_how_sure_we_are(hub):
    code, out, err = hub("policy", "gateways")
    lines = {line.split()[0]: line for line in out.splitlines()}

    assert (code, err) == (0, "")
    assert lines["PCSC-2022-S16"].split()[-4:] == ["31", "Jan", "2023", "high"]
    assert "not in force" in lines["CWSA-2026-S4"]
    assert len(lines) == 1 + len(list((folder("policies") / "gateways").glob("*.yaml")))


def test_one_gateway_shows_its_clauses_its_sources_and_what_nobody_has_checked(hub):
    out = hub("policy", "gateways", "pcsc-2022-s16").out

    assert "s.16(4)(a)\n  says  no patient information\n  bars  data patient" in out
    assert "to be confirmed by: Information governance lead" in out
    assert "unverified  whether a council's children's services" in out
    assert "no day is given, so no agreement may rest on it" in hub("policy", "gateways", "CWSA-2026-S4").out


def test_the_csv_is_what_was_signed_off(hub):
    out = hub("policy", "gateways", "--csv").out
    rows = list(csv.DictReader(io.StringIO(out)))

    assert out == (folder("policies") / "gateways/signed-off.csv").read_text("utf-8")
    assert set(INPUTS) < rows[0].keys()
    assert {row["answer"] for row in rows} == {"allowed", "barred", "not in force"}


def test_the_csv_can_be_made_anew_of_packs_that_were_changed(hub, policies):
    pack = policies / "gateways/pcsc-2022-s16.yaml"
    pack.write_text(pack.read_text().replace("bars: [{data: [patient]}]", "bars: [{data: [intercepted]}]"))
    assert hub("policy", "check", policies).code == 1
    out = hub("policy", "gateways", "--csv", "--policies", policies).out
    (policies / "gateways/signed-off.csv").write_text(out)

    assert hub("policy", "check", policies).code == 0


def test_json_is_the_pack_as_written(hub):
    (told,) = json.loads(hub("policy", "gateways", "HA-1996-S213B", "--json").out)

    assert [clause["id"] for clause in told["clauses"]][:2] == ["s.213B(1)", "s.213B(2)(b)"]
    assert told["from"] == "2018-10-01"
