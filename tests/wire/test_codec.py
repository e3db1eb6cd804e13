"""Events to bytes and back: known answers from outside, every type, and bytes that mean harm."""

import io
import json
import struct
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import avro.io
import avro.schema
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.events import Event
from hub.wire.codec import CodecError, Schemas, cloud_headers, decode_event, encode_event, vocabulary
from hub.wire.schemas import MIB, schema_id

TESTS = Path(__file__).parents[1]
FOLDER = TESTS.parent / "schemas"
SCHEMAS = Schemas.load(FOLDER)
VECTORS = json.loads((TESTS / "vectors" / "avro.json").read_text())["records"]
EVENTS = sorted(vocabulary(SCHEMAS))
AGREED = """
    alert.ack arrest.recorded attendance.marked bail.changed care_status.changed charge.recorded consent.given
    consent.withdrawn custody.released ehcp.active ehcp.ended enforcement.taken exclusion.permanent
    intervention.ended intervention.started legal_status.changed needs.flagged nrm.referred order.ended
    order.started person.died person.dob_corrected person.erased person.merged person.movement person.received
    person.registered person.released person.unmerged placement.ended placement.started referral.accepted
    referral.declined referral.made release.in_error release_dates.changed remand.youth_detention residence.changed
    safeguarding.noticed service.closed service.closure_planned service.opened suspension.recorded transfer.made
"""  # an event that lost a field of its envelope would silently become an internal record
INTERNAL = sorted(SCHEMAS.newest.keys() - vocabulary(SCHEMAS).keys())

few = settings(max_examples=25, deadline=None)
many = settings(max_examples=400, deadline=None)

words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200)
moments = st.integers(-2_208_988_800_000_000, 7_258_118_399_999_999)
longs = st.integers(-(2**63), 2**63 - 1)
texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=120)
PLAIN = {
    "string": texts,
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": longs,
    "bytes": st.binary(max_size=50),
    "null": st.none(),
    "date": st.dates(date(1900, 1, 1), date(2199, 12, 31)),
}


def strategy(type):
    """Values of an Avro type, as the .avsc file spells it."""
    if isinstance(type, list):
        return st.one_of([strategy(branch) for branch in type])
    if isinstance(type, str):
        return PLAIN[type]
    if type["type"] == "array":
        return st.lists(strategy(type["items"]), max_size=5)
    if type["type"] == "map":
        return st.dictionaries(texts, strategy(type["values"]), max_size=5)
    if type["type"] == "enum":
        return st.sampled_from(type["symbols"])
    if type["type"] == "record":
        return st.fixed_dictionaries({field["name"]: strategy(field["type"]) for field in type["fields"]})
    return PLAIN[type.get("logicalType", type["type"])]


def avsc(type):
    return json.loads((FOLDER / f"{type}.v{SCHEMAS.newest[type].version}.avsc").read_text())


def frozen(value):
    return tuple(value) if isinstance(value, list) else value


@st.composite
def events(draw, types=EVENTS):
    type = draw(st.sampled_from(types))
    domain = draw(st.fixed_dictionaries({f["name"]: strategy(f["type"]) for f in avsc(type)["fields"][5:]}))
    fields = {name: frozen(value) for name, value in domain.items() if value is not None}
    return Event(draw(words), type, draw(words), draw(words), draw(moments), draw(st.none() | longs), fields)


def an_event(type="person.died", **fields):
    return Event("e-1", type, "HMPPS_PRISON", "r-1", 1_795_426_800_000_000, 3, fields)


def varint(number):
    """A number as Avro writes it: zigzag, seven bits a byte."""
    rest, out = (number << 1) ^ (number >> 63), bytearray()
    rest &= 2**64 - 1
    while rest > 127:
        out.append(rest & 127 | 128)
        rest >>= 7
    return bytes(out) + bytes([rest])


def hostile(type, *parts):
    """A record of *type* with a good envelope, then *parts*."""
    return SCHEMAS.newest[type].header + b"\x02e\x02A\x02r\x00\x00" + b"".join(parts)


def of_json(record):
    return {name: date.fromisoformat(v[5:]) if str(v).startswith("date:") else v for name, v in record.items()}


# Known answers


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["type"])
def test_a_record_is_the_bytes_that_apache_avro_wrote(vector):
    data = bytes.fromhex(vector["hex"])

    assert SCHEMAS.encode(vector["type"], of_json(vector["values"]), version=1) == data
    assert SCHEMAS.decode(data)[2].items() >= of_json(vector["values"]).items()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["type"])
def test_apache_avro_still_writes_the_recorded_bytes(vector):
    schema, out = avro.schema.parse((FOLDER / f"{vector['type']}.v1.avsc").read_text()), io.BytesIO()
    avro.io.DatumWriter(schema).write(of_json(vector["values"]), avro.io.BinaryEncoder(out))

    assert out.getvalue() == bytes.fromhex(vector["hex"])[5:]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["type"])
def test_a_record_begins_as_confluent_clients_expect(vector):
    data = SCHEMAS.encode(vector["type"], of_json(vector["values"]), version=1)

    assert struct.unpack(">bI", data[:5]) == (0, vector["schema_id"])


def test_a_schema_id_is_avros_published_fingerprint_cut_to_31_bits():
    published = "e9e5c1c9e4f6277339d1bcde0733a59bd42f8731f449da6dc13010a916930d48"  # SHA-256 of "string", Apache Avro

    assert schema_id("string") == int(published[:8], 16) & 0x7FFFFFFF


# There and back


@pytest.mark.parametrize("type", EVENTS)
def test_an_event_comes_back_as_it_went(type):
    @few
    @given(events([type]))
    def comes_back(event):
        assert decode_event(SCHEMAS, encode_event(SCHEMAS, event)) == event

    comes_back()


@pytest.mark.parametrize("type", INTERNAL)
def test_an_internal_record_comes_back_as_it_went(type):
    @few
    @given(strategy(avsc(type)))
    def comes_back(values):
        assert SCHEMAS.decode(SCHEMAS.encode(type, values)) == (type, SCHEMAS.newest[type].version, values)

    comes_back()


def test_an_array_of_two_is_not_taken_for_a_named_type():
    event = an_event("consent.given", teams=("string", "HOUS"))

    assert decode_event(SCHEMAS, encode_event(SCHEMAS, event)) == event


def test_the_agreed_words_are_all_there():
    assert set(EVENTS) >= set(AGREED.split())
    assert vocabulary(SCHEMAS)["attendance.marked"] == ("date", "session", "code")
    assert vocabulary(SCHEMAS)["person.died"] == ()


@pytest.mark.parametrize("type", INTERNAL)
def test_an_internal_record_is_never_an_event(type):
    @settings(max_examples=3, deadline=None)
    @given(strategy(avsc(type)))
    def refused(values):
        with pytest.raises(CodecError, match="internal record"):
            decode_event(SCHEMAS, SCHEMAS.encode(type, values))

    refused()
    with pytest.raises(CodecError, match="internal record"):
        encode_event(SCHEMAS, an_event(type))


# A strict writer


TOO_LONG = "x" * 121
WRONG = {
    "an unknown field": an_event("person.received", prisn="MDI"),
    "a null": an_event("person.received", prison=None),
    "a date as text": an_event("person.received", return_to_custody="2027-04-14"),
    "a date as a number": an_event("person.received", return_to_custody=20000),
    "a moment for a date": an_event("person.received", return_to_custody=datetime(2027, 4, 14, tzinfo=UTC)),
    "a number for a flag": an_event("person.released", licence=1),
    "a flag for a number": an_event("suspension.recorded", sessions=True),
    "a day before 1900": an_event("person.received", return_to_custody=date(1899, 12, 31)),
    "a day after 2199": an_event("person.received", return_to_custody=date(2200, 1, 1)),
    "a fraction": an_event("suspension.recorded", sessions=1.5),
    "a number above 32 bits": an_event("suspension.recorded", sessions=2**31),
    "a number above 64 bits": an_event("release_dates.changed", occurred_at=2**63),
    "a list": an_event("consent.given", teams=["HOUS"]),
    "a string for an array": an_event("consent.given", teams="HOUS"),
    "an array of numbers": an_event("consent.given", teams=(1,)),
    "a long string": an_event("person.received", prison=TOO_LONG),
    "free text": an_event("person.received", prison="Call Test Person"),
    "an empty string": an_event("person.received", prison=""),
    "a long array": an_event("consent.given", teams=("HOUS",) * 51),
    "a long string in an array": an_event("consent.given", teams=(TOO_LONG,)),
    "half a character": an_event("person.received", prison="\ud800"),
    "an unknown type": an_event("tea.served"),
    "an empty id": Event("", "person.died", "A", "r", 0, None, {}),
    "a long id": Event("x" * 201, "person.died", "A", "r", 0, None, {}),
    "a record with a space": Event("e", "person.died", "A", "r 1", 0, None, {}),
    "a record with a new line at its end": Event("e", "person.died", "A", "r\n", 0, None, {}),
    "an agency with an accent": Event("e", "person.died", "É", "r", 0, None, {}),
    "an id that is a number": Event(5, "person.died", "A", "r", 0, None, {}),
    "no agency": Event("e", "person.died", None, "r", 0, None, {}),
    "a moment before 1900": Event("e", "person.died", "A", "r", -2_208_988_800_000_001, None, {}),
    "a moment after 2199": Event("e", "person.died", "A", "r", 7_258_118_400_000_000, None, {}),
    "a fraction of a moment": Event("e", "person.died", "A", "r", 1.5, None, {}),
    "a flag for a moment": Event("e", "person.died", "A", "r", True, None, {}),
    "a text for a place in order": Event("e", "person.died", "A", "r", 0, "1", {}),
    "an envelope's name among the fields": an_event("person.died", id="e-1"),
}


@pytest.mark.parametrize("event", WRONG.values(), ids=WRONG)
def test_a_writer_refuses(event):
    with pytest.raises(CodecError, match="; hint: "):
        encode_event(SCHEMAS, event)


def test_a_writer_names_what_is_missing_or_wrong():
    with pytest.raises(CodecError, match=r"^slice\.left v1: .*hint: fill in `person`$"):
        SCHEMAS.encode("slice.left", {"record": "r-1", "at": 1})
    with pytest.raises(CodecError, match=r"^tick v1: `at` is not a 64-bit integer; hint: "):
        SCHEMAS.encode("tick", {"at": 1.5})
    with pytest.raises(CodecError, match="`licence` is not a boolean; hint: "):
        encode_event(SCHEMAS, an_event("person.released", licence=1))
    with pytest.raises(CodecError, match="`teams` is not a list of plain strings; hint: "):
        encode_event(SCHEMAS, an_event("consent.given", teams=(1,)))
    with pytest.raises(CodecError, match="unknown field `prisn`; hint: "):
        encode_event(SCHEMAS, an_event("person.received", prisn="MDI"))
    with pytest.raises(CodecError, match=r"^tick v2: no such schema; hint: "):
        SCHEMAS.encode("tick", {"at": 1}, version=2)


def test_a_null_that_is_required_must_be_written_down():
    with pytest.raises(CodecError, match="fill in `person`"):
        SCHEMAS.encode("slice.left", {"record": "r-1", "at": 1})


def test_an_unknown_field_inside_a_nested_record_is_refused():
    signature = {"key": "k", "signature": b"s", "note": "?"}

    with pytest.raises(CodecError, match="cannot be written"):
        SCHEMAS.encode("rules.activated", {"hash": "h", "at": 0, "bundle": b"", "signatures": [signature]})


def test_the_longest_values_allowed_pass():
    event = an_event("consent.given", teams=("x" * 120,) * 50, given_by="y" * 120)

    assert decode_event(SCHEMAS, encode_event(SCHEMAS, event)) == event


def test_a_record_above_the_limit_is_refused_both_ways():
    rules = {"hash": "h", "at": 0, "bundle": bytes(2000), "signatures": []}
    data, narrow = SCHEMAS.encode("rules.activated", rules), Schemas.load(FOLDER, limit=2000)

    with pytest.raises(CodecError, match="longer than 2000 bytes"):
        narrow.encode("rules.activated", rules)
    with pytest.raises(CodecError, match="longer than 2000 bytes"):
        narrow.decode(data)
    assert SCHEMAS.limit == MIB


# A suspicious reader


HEAD = SCHEMAS.newest["suspension.recorded"].header
NULLS = b"\x00\x00\x00\x02"  # start, end and sessions are null, then an array follows
HOSTILE = {
    "a tombstone": None,
    "no bytes": b"",
    "a header cut short": HEAD[:4],
    "a header alone": HEAD,
    "another magic byte": b"\x01" + HEAD[1:],
    "an unknown schema id": b"\x00\x7f\xff\xff\xff\x00",
    "JSON": b'{"name": "Ada Example"}',
    "bytes after the record": hostile("person.died", b"\x00"),
    "a string longer than the record": HEAD + varint(2**62) + b"x",
    "a string of negative length": HEAD + varint(-1) + b"x",
    "a string that is not UTF-8": HEAD + b"\x02\xff\x02A\x02r\x00\x00\x00\x00\x00\x00",
    "an array of 2^63 - 1": hostile("suspension.recorded", NULLS, varint(2**63 - 1), bytes(5)),
    "an array of 2^40 in one block": hostile("suspension.recorded", NULLS, varint(-(2**40)), varint(9), bytes(5)),
    "an array of -2^63": hostile("suspension.recorded", NULLS, varint(-(2**63)), varint(9), b"\x02x\x02x"),
    "an array without an end": hostile("suspension.recorded", NULLS, varint(1), b"\x02x"),
    "a union branch that is not there": hostile("suspension.recorded", b"\x04"),
    "a date after year 9999": hostile("ehcp.ended", b"\x02", varint(2**31 - 1)),
    "a date before year 1": hostile("ehcp.ended", b"\x02", varint(-(2**31))),
    "the last day there is": hostile("ehcp.ended", b"\x02", varint(2_932_896)),
    "the first day there is": hostile("ehcp.ended", b"\x02", varint(-719_162)),
    "a date beyond any int": hostile("ehcp.ended", b"\x02", varint(2**60)),
    "a number above 32 bits": hostile("suspension.recorded", b"\x00\x00\x02", varint(2**31), b"\x00"),
    "an empty id": SCHEMAS.newest["person.died"].header + b"\x00\x02A\x02r\x00\x00",
    "a record with a space": SCHEMAS.newest["person.died"].header + b"\x02e\x02A\x02 \x00\x00",
    "a moment long ago": SCHEMAS.newest["person.died"].header + b"\x02e\x02A\x02r" + varint(-(2**62)) + b"\x00",
    "an array of 101": hostile("suspension.recorded", NULLS, varint(101), b"\x02x" * 101, b"\x00"),
    "a string of 121": hostile("suspension.recorded", NULLS, varint(1), varint(121), b"x" * 121, b"\x00"),
    "a megabyte of blocks": hostile("suspension.recorded", NULLS, b"\x02\x00" * (MIB // 2 - 20), b"\x00"),
    "a number without an end": hostile("suspension.recorded", NULLS, b"\xff" * 100_000),
    "above a megabyte": hostile("suspension.recorded", NULLS, b"\x02\x00" * (MIB // 2), b"\x00"),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_reader_refuses(data):
    with pytest.raises(CodecError, match="; hint: "):
        decode_event(SCHEMAS, data)


def test_of_long_records_none_is_kept_in_memory():
    told = encode_event(SCHEMAS, an_event("person.died"))
    tracemalloc.start()
    for length in range(100_000, 100_050):  # the length of the id, written with leading zeros without end
        padded = told[:5] + bytes([told[5] | 0x80]) + b"\x80" * length + b"\0" + told[6:]
        assert decode_event(SCHEMAS, padded) == an_event("person.died")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kept < 500_000


@pytest.mark.parametrize("count", [2**63 - 1, 2**40, -(2**40), -(2**63), -(2**63) + 1])
def test_a_few_bytes_never_cost_much_memory(count):
    data = hostile("suspension.recorded", NULLS, varint(count), varint(9), b"\x02x")

    tracemalloc.start()
    with pytest.raises(CodecError):
        decode_event(SCHEMAS, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 100_000


@pytest.mark.parametrize(
    "data",
    [
        b"\x00secret",
        HEAD + b"\x0csecret",
        hostile("ehcp.ended", b"\x02", varint(2**60)) + b"secret",
        hostile("person.died", b"secret"),
        hostile("suspension.recorded", NULLS, b"\x02\x0csecret"),
        HEAD + varint(53637) + b"secret",  # fastavro would tell the length
        SCHEMAS.newest["person.died"].header + b"\x0csec\xffet\x02A\x02r\x00\x00",
        SCHEMAS.newest["person.died"].header + b"\x10a secret\x02A\x02r\x00\x00",
    ],
)
def test_a_refusal_never_repeats_the_data_nor_drags_it_along(data):
    with pytest.raises(CodecError) as refusal:
        decode_event(SCHEMAS, data)

    assert "sec" not in str(refusal.value)
    assert "53637" not in str(refusal.value)
    assert refusal.value.__context__ is None


@pytest.mark.parametrize("secret", ["secret\ud800", "secret" * 100, b"secret", {"secret": 1}])
def test_a_refusal_to_write_never_repeats_the_value(secret):
    with pytest.raises(CodecError) as refusal:
        encode_event(SCHEMAS, an_event("person.received", prison=secret))

    assert "secret" not in str(refusal.value)
    assert refusal.value.__context__ is None


def a_sound_event_or_a_refusal(data):
    try:
        event = decode_event(SCHEMAS, data)
    except CodecError:
        return
    assert decode_event(SCHEMAS, encode_event(SCHEMAS, event)) == event


@many
@given(st.binary(max_size=80))
def test_random_bytes_are_refused_or_sound(data):
    a_sound_event_or_a_refusal(data)


@many
@given(st.sampled_from(sorted(SCHEMAS.newest)), st.binary(max_size=80))
def test_random_bytes_behind_a_good_header_are_refused_or_sound(type, data):
    a_sound_event_or_a_refusal(SCHEMAS.newest[type].header + data)


@many
@given(st.sampled_from(EVENTS), st.binary(max_size=80))
def test_random_bytes_behind_a_good_envelope_are_refused_or_sound(type, data):
    a_sound_event_or_a_refusal(hostile(type, data))


@many
@given(events(), st.data())
def test_a_damaged_record_is_refused_or_sound(event, data):
    good = encode_event(SCHEMAS, event)
    start = data.draw(st.integers(5, len(good)))
    stop = data.draw(st.integers(start, min(len(good), start + 10)))

    a_sound_event_or_a_refusal(good[:start] + data.draw(st.binary(max_size=12)) + good[stop:])


# Headers


def test_headers_are_cloudevents_in_kafkas_binary_mode():
    assert cloud_headers(an_event("release_dates.changed"), 1) == (
        ("ce_specversion", b"1.0"),
        ("ce_id", b"e-1"),
        ("ce_source", b"/agencies/hmpps-prison"),
        ("ce_type", b"csp.release_dates.changed.v1"),
        ("ce_time", b"2026-11-23T09:40:00Z"),
        ("content-type", b"application/avro"),
    )


@many
@given(events())
def test_the_cloudevents_sdk_reads_the_headers_and_would_write_the_same(event):
    headers = cloud_headers(event, 1)
    read = from_binary(KafkaMessage(dict(headers), event.record.encode(), b"\x00"), JSONFormat(), CloudEvent)

    assert (read.get_id(), read.get_type()) == (event.id, f"csp.{event.type}.v1")
    assert (read.get_time() - datetime(1970, 1, 1, tzinfo=UTC)) // (datetime.resolution) == event.at
    assert to_binary(read, JSONFormat(), lambda _: None).headers.items() >= dict(headers).items()
