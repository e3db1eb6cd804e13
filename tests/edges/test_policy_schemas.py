"""Editors know every policy file by a schema that is made from the shape that reads it."""

import json
from datetime import date

import jsonschema
import pytest

from hub.edges.policy_files import load
from hub.edges.policy_schemas import SHAPES, modeline, schemas, stale, unnamed, write
from hub.resources import folder

POLICIES = folder("policies")
FILES = sorted(POLICIES.rglob("*.yaml"))
MADE = {name: json.loads(text) for name, text in schemas()}


def plain(told):
    """YAML's values as an editor checks them: a day is its text."""
    if isinstance(told, dict):
        return {key: plain(value) for key, value in told.items()}
    if isinstance(told, list):
        return [plain(value) for value in told]
    return told.isoformat() if isinstance(told, date) else told


def schema(file):
    return MADE[modeline(POLICIES, file).rpartition("/")[2]]


def test_the_schemas_that_we_ship_are_those_of_the_shapes_and_every_file_names_its_own():
    assert (stale(POLICIES), unnamed(POLICIES)) == ([], [])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_editor_finds_nothing_wrong_in_what_we_ship(file):
    jsonschema.Draft202012Validator(schema(file)).validate(plain(load(file)))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("rules", 0, "fields", "crd"), "kep"),
        (("rules", 1, "when", "age"), ["17"]),
        (("rules", 1, "when", "ages"), ["16_to_17"]),
        (("retention", "days"), "many"),
        (("retention", "after"), ["one_day"]),
        (("id",), "DSA-1"),
        (("legal_power", "power"), "some"),
        (("part_3",), None),
    ],
)
def test_an_editor_marks_a_slip_in_an_agreement(where, value):
    file = POLICIES / "agreements" / "dsa-001-resettlement.yaml"
    told = around = plain(load(file))
    for step in where[:-1]:
        around = around[step]
    around[where[-1]] = value

    assert not jsonschema.Draft202012Validator(schema(file)).is_valid(told)


def test_a_schema_that_is_changed_missing_or_nobody_s_is_put_right(policies):
    place = policies / "schemas"
    (place / "teams.json").write_text("{}")
    (place / "agreement.json").unlink()
    (place / "gone.json").write_text("{}")

    assert write(policies) == [place / "agreement.json", place / "teams.json"]
    assert stale(policies) == []
    assert {file.stem for file in place.iterdir()} == SHAPES.keys()


def test_the_command_says_what_is_not_current_and_puts_it_right(policies, capsys):
    from hub.cli.main import main

    (policies / "schemas" / "teams.json").write_text("{}")
    file = policies / "agreements" / "dsa-001-resettlement.yaml"
    file.write_text(file.read_text().partition("\n")[2])

    assert main(["policy", "schema", str(policies)]) == 1
    told = capsys.readouterr()
    assert "teams.json: not current; next: hub policy schema --write" in told.out
    assert f"{file}:1: names no schema; hint: # yaml-language-server: $schema=../schemas/agreement.json" in told.err
    assert main(["policy", "schema", str(policies), "--write"]) == 1
    file.write_text(modeline(policies, file) + "\n" + file.read_text())
    assert main(["policy", "schema", str(policies)]) == 0
