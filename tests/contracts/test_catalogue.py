"""The catalogue says what every topic and type is."""

from shipped import schemas

from hub import topics
from hub.contracts.catalogue import changes, versions
from hub.contracts.fields import example, fields
from hub.wire.codec import decode_event


def test_every_topic_of_the_hub_is_in_it_once(catalogue, rules):
    wanted = topics.catalogue(rules["agencies"], rules["teams"], 4)

    assert [entry.topic for entry in catalogue] == list(wanted)


def test_every_type_that_a_topic_is_said_to_carry_has_a_schema(catalogue):
    assert {kind for entry in catalogue for kind in entry.types} <= schemas().newest.keys()


def test_no_topic_of_one_partner_is_anothers_to_read_or_write(catalogue):
    (intake,) = (entry for entry in catalogue if entry.topic.name == "intake.gmp.v1")
    (alerts,) = (entry for entry in catalogue if entry.topic.name == "alerts.hous.v1")

    assert (intake.owner, intake.words.writes, intake.words.reads) == ("GMP", "the police (GMP)", "the hub")
    assert (alerts.owner, alerts.words.writes, alerts.words.reads) == ("HOUS", "the hub", "Housing options")


def test_every_field_of_every_version_has_its_words():
    for schema in schemas().by_id.values():
        for field in fields(schema):
            assert field.kind, (schema.where, field)
            assert field.says.endswith("."), (schema.where, field)


def test_every_example_is_one_of_its_type_and_read_back_as_an_event():
    for schema in schemas().by_id.values():
        made = schemas().encode(schema.type, example(schemas(), schema), schema.version)
        if schema.domain is not None:
            assert decode_event(schemas(), made).fields.keys() >= set(schema.domain)


def test_a_version_says_what_it_changed():
    (change,) = changes(schemas(), "service.closed")

    assert (change.version, [field.name for field in change.added], change.dropped, change.changed) == (
        2,
        ["agreed"],
        (),
        (),
    )
    assert changes(schemas(), "person.died") == ()
    assert [schema.version for schema in versions(schemas(), "service.closed")] == [1, 2]
