"""The AsyncAPI document is one, by its makers' own schema, and by what that schema does not look at."""

import copy
import json

import jsonschema
import pytest
from fastavro import parse_schema
from shipped import schemas

from hub.contracts.asyncapi import asyncapi
from hub.wire.schemas import schema_id


@pytest.fixture(scope="module")
def made(catalogue):
    return json.loads(json.dumps(asyncapi(schemas(), catalogue, "Made-up partnership", "1.0.0", "kafka:9092", True)))


def references(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else ())
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def found(document, reference):
    at = document
    for part in reference.removeprefix("#/").split("/"):
        at = at[part]
    return at


def test_its_makers_schema_finds_nothing_wrong_and_would(made, published):
    wrong = copy.deepcopy(made)
    wrong["operations"]["receive.intake.gmp.v1"]["action"] = "swallow"
    judge = jsonschema.Draft7Validator(published)

    assert list(judge.iter_errors(made)) == []
    assert list(judge.iter_errors(wrong)) != []


def test_every_reference_leads_somewhere(made):
    told = [*references(made)]

    assert len(told) > 100
    assert all(found(made, reference) for reference in told)


def test_every_schema_in_it_is_avro_and_the_one_its_id_names(made):
    for message in made["components"]["messages"].values():
        avro = message["payload"]["schema"]
        parse_schema(avro, {})

        assert schema_id(avro) == message["x-schema-id"]


def test_an_avro_type_that_is_none_is_found(made):
    avro = copy.deepcopy(made["components"]["messages"]["person.died.v1"]["payload"]["schema"])
    avro["fields"][0]["type"] = "sentence"

    with pytest.raises(Exception, match="sentence"):
        parse_schema(avro, {})


def test_what_agencies_and_teams_write_is_received_and_all_else_is_sent(made):
    ways = {told["channel"]["$ref"].rpartition("/")[2]: told["action"] for told in made["operations"].values()}

    assert {name for name, way in ways.items() if way == "receive"} == {
        name for name in made["channels"] if name.startswith(("intake.", "acks."))
    }


def test_an_agency_finds_there_what_it_may_state_and_nothing_else(made, rules):
    messages = made["channels"]["intake.school.v1"]["messages"]

    assert {name.rpartition(".v")[0] for name in messages} == set(rules["publishes"]["SCHOOL"])


def test_every_example_can_be_sent(made):
    for name, message in made["components"]["messages"].items():
        (example,) = message["examples"]

        assert example["payload"].keys() == {one["name"] for one in message["payload"]["schema"]["fields"]}, name
