"""`hub policy cedar` as its user meets it."""

import json
import sys

import cedarpy

from hub.cli.main import main


def test_what_is_written_is_valid_cedar_and_says_so(tmp_path, capsys):
    assert main(["policy", "cedar", "--out", str(tmp_path / "a.cedar"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    text, schema = ((tmp_path / name).read_text() for name in ("a.cedar", "a.cedarschema"))

    assert cedarpy.validate_policies(text, schema).validation_passed
    assert told["clauses"] == text.count("\n@id(")
    assert told["validated"]


def test_without_the_validator_it_says_how_to_have_one(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "cedarpy", None)

    assert main(["policy", "cedar", "--out", str(tmp_path / "a.cedar")]) == 0
    assert "not validated; next: pip install" in capsys.readouterr().out


def test_a_file_of_another_kind_is_not_written_over(tmp_path, capsys):
    kept = tmp_path / "rules.yaml"
    kept.write_text("mine")

    assert main(["policy", "cedar", "--out", str(kept)]) == 2
    assert "does not end in .cedar; hint: " in capsys.readouterr().err
    assert kept.read_text() == "mine"
