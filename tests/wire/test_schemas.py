"""The folder of schemas: what it promises its reviewers, and what the loader refuses."""

import json
from hashlib import sha256
from itertools import permutations
from pathlib import Path

import avro.schema
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from hub.wire.codec import CodecError, SchemaError, Schemas
from hub.wire.schemas import ENVELOPE, fullname, schema_id

SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = sorted(SCHEMAS.glob("*.avsc"))
WORD = ["null", "string"]


def a_field(name, type=WORD, **rest):
    return {"name": name, "type": type, "doc": "Made up.", **({"default": None} if type is WORD else {}), **rest}


def an_event(*fields, type="tea.served"):
    envelope = [{"name": name, "type": kind} for name, kind in ENVELOPE.items()]
    return {"type": "record", "name": fullname(type), "fields": [*envelope, *fields]}


def write(folder, schema, name="tea.served.v1.avsc"):
    (folder / name).write_text(schema if isinstance(schema, str) else json.dumps(schema))
    return folder


def disagreements(folder):
    """Pairs of versions of one type of which the reader cannot read the writer, by Avro's own rules."""
    types = {}
    for file in sorted(folder.glob("*.avsc")):
        types.setdefault(file.name.rpartition(".v")[0], []).append((file.name, avro.schema.parse(file.read_text())))
    compatible, checker = SchemaCompatibilityType.compatible, ReaderWriterCompatibilityChecker().get_compatibility
    pairs = [pair for versions in types.values() for pair in permutations(versions, 2)]
    return [(r, w) for (r, reader), (w, writer) in pairs if checker(reader, writer).compatibility is not compatible]


def test_every_version_of_a_type_reads_every_other():
    assert disagreements(SCHEMAS) == []


def test_the_compatibility_check_sees_a_field_added_without_a_default(tmp_path):
    write(tmp_path, an_event(a_field("milk")))
    write(tmp_path, an_event(a_field("milk"), {"name": "sugar", "type": WORD}), "tea.served.v2.avsc")

    assert disagreements(tmp_path) == [("tea.served.v2.avsc", "tea.served.v1.avsc")]


def test_the_compatibility_check_looks_past_the_neighbours(tmp_path):
    write(tmp_path, an_event(a_field("milk")))
    write(tmp_path, an_event(), "tea.served.v2.avsc")
    write(tmp_path, an_event(a_field("milk", ["null", "boolean"], default=None)), "tea.served.v3.avsc")

    assert len(disagreements(tmp_path)) == 2  # 1 and 3, both ways, though each agrees with 2


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_field_says_in_plain_english_what_it_is(file):
    def silent(record):
        nested = [f["type"]["items"] for f in record["fields"] if isinstance(f["type"], dict) and "items" in f["type"]]
        here = [x for x in [record, *record["fields"]] if len(x.get("doc", "")) < 8 or not x["doc"].endswith(".")]
        return here + [x for inner in nested if isinstance(inner, dict) for x in silent(inner)]

    assert silent(json.loads(file.read_text())) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_id_rests_on_the_canonical_form_that_apache_avro_computes(file):
    # it leaves {"type":"int"} where a logical type was, against the specification's rule PRIMITIVES: spare it the date
    plain = file.read_text().replace('{"type": "int", "logicalType": "date"}', '"int"')
    canonical = avro.schema.parse(plain).canonical_form
    expected = int.from_bytes(sha256(canonical.encode()).digest()[:4], "big") % 2**31

    assert schema_id(json.loads(file.read_text())) == expected


def test_a_comment_leaves_the_id_alone_and_a_field_does_not():
    plain, commented, longer = an_event(), an_event() | {"doc": "Tea."}, an_event(a_field("milk"))

    assert schema_id(plain) == schema_id(commented) != schema_id(longer)


REFUSED = {
    "not JSON": ("{", "not an Avro schema"),
    "not a schema": ({"type": "tea"}, "not an Avro schema"),
    "not a record": ("string", "not an Avro schema"),
    "an enum": ({"type": "enum", "name": "csp.TeaServed", "symbols": ["A"]}, "not a record"),
    "another type's name": (an_event(type="coffee.served"), "name it `csp.TeaServed`"),
    "a field twice": (an_event(a_field("milk"), a_field("milk")), "`milk` is there twice"),
    "an envelope name as a domain name": (an_event(a_field("record")), "`record` is there twice"),
    "a domain field before the envelope": (
        an_event() | {"fields": [a_field("milk"), *an_event()["fields"]]},
        "the envelope is not as agreed",
    ),
    "a required domain field": (an_event({"name": "milk", "type": "string"}), "`milk` is no nullable plain field"),
    "null that comes last": (an_event(a_field("milk", ["string", "null"])), "`milk` is no nullable plain field"),
    "no default": (an_event({"name": "milk", "type": WORD}), "`milk` is no nullable plain field"),
    "a float": (an_event(a_field("milk", ["null", "double"], default=None)), "`milk` is no nullable plain field"),
    "a type that holds itself": (
        {"type": "record", "name": "csp.TeaServed", "fields": [a_field("pot", ["null", "csp.TeaServed"])]},
        "`csp.TeaServed` holds itself",
    ),
    "an array of nulls": (
        {"type": "record", "name": "csp.TeaServed", "fields": [a_field("cups", {"type": "array", "items": "null"})]},
        "an array of nothing",
    ),
    "an array of empty records": (
        {
            "type": "record",
            "name": "csp.TeaServed",
            "fields": [
                a_field("cups", {"type": "array", "items": {"type": "record", "name": "csp.Cup", "fields": []}}),
            ],
        },
        "an array of nothing",
    ),
}


@pytest.mark.parametrize(("schema", "what"), REFUSED.values(), ids=REFUSED)
def test_a_schema_that_could_hurt_later_is_refused_at_load(tmp_path, schema, what):
    folder = tmp_path / "schemas"
    folder.mkdir()
    write(folder, schema)

    with pytest.raises(SchemaError) as refusal:
        Schemas.load(folder)
    assert str(refusal.value).startswith("schemas/tea.served.v1.avsc: ")
    assert what in str(refusal.value)
    assert "; hint: " in str(refusal.value)


@pytest.mark.parametrize("name", ["tea.served.avsc", "tea.served.v0.avsc", "tea.served.v01.avsc", "Tea.v1.avsc"])
def test_a_file_without_a_type_and_a_version_in_its_name_is_refused(tmp_path, name):
    with pytest.raises(SchemaError, match="not a schema's file name"):
        Schemas.load(write(tmp_path, an_event(), name))


def test_two_schemas_with_one_id_are_refused(tmp_path):
    write(tmp_path, an_event())
    write(tmp_path, an_event() | {"doc": "The same once more."}, "tea.served.v2.avsc")

    with pytest.raises(SchemaError, match=r"v2\.avsc: same schema id as `.*v1\.avsc`; hint: "):
        Schemas.load(tmp_path)


def test_a_folder_without_schemas_is_refused(tmp_path):
    with pytest.raises(SchemaError, match="no schemas; hint: "):
        Schemas.load(tmp_path)


def test_versions_are_numbers_and_not_words(tmp_path):
    for version in range(1, 11):
        write(tmp_path, an_event(a_field(f"cup_{version}")), f"tea.served.v{version}.avsc")

    assert Schemas.load(tmp_path).newest["tea.served"].version == 10


def test_a_newer_version_decodes_what_an_older_one_wrote(tmp_path):
    words = {"id": "e-1", "agency": "TEA", "record": "r-1", "at": 0, "seq": None}
    old = Schemas.load(write(tmp_path, an_event(a_field("milk"), a_field("cake"))))
    data = old.encode("tea.served", words | {"milk": "oat", "cake": "plum"})
    write(tmp_path, an_event(a_field("sugar"), a_field("milk")), "tea.served.v2.avsc")
    new = Schemas.load(tmp_path)

    assert new.decode(data) == ("tea.served", 1, words | {"sugar": None, "milk": "oat"})
    assert new.encode("tea.served", words | {"milk": "oat", "cake": "plum"}, version=1) == data
    with pytest.raises(CodecError, match="unknown schema id"):
        old.decode(new.encode("tea.served", words))
