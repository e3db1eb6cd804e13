"""Whatever the bytes, a connector maps or refuses: never a traceback, and never a value in what it says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mapping import Mapped
from connectors.registry import names

Map = Callable[..., Mapped]
EVERY = pytest.mark.parametrize("folder", names())
KEYS = st.sampled_from(
    [
        "prisonerNumber",
        "Message",
        "Body",
        "content",
        "eventType",
        "additionalInformation",
        "personReference",
        "identifiers",
        "nomsNumber",
        "reason",
        "occurredAt",
        "dateOfBirth",
        "legalStatus",
        "bookingId",
        "recall",
        "prisonId",
        "type",
        "value",
        "MessageAttributes",
        "Value",
        "nomisMovementReasonCode",
        "linkReference",
        "header",
        "ypid",
        "person_details",
        "offence",
        "offenceLegalOutcome",
        "legalOutcome",
        "outcomeDate",
        "hearing",
        "remandDecision",
        "transfer",
        "care_status",
        "status",
        "startDate",
        "event",
        "at",
        "person_ref",
        "pnc_id",
        "force",
        "upn",
        "date",
        "session",
        "code",
        "category",
        "start",
        "reasons",
        "plan",
        "placement",
        "UPN",
        "DOB",
    ]
)
WORDS = st.sampled_from(
    [
        "prison-offender-events.prisoner.released",
        "prison-offender-events.prisoner.merged",
        "A0001AA",
        "NOMS",
        "RELEASED",
        "MRG",
        "2026-11-23",
        "2026-11-23T09:00:00Z",
        "SENTENCED",
        "DEAD",
        "REFERRAL_ORDER",
        "arrest",
        "06",
        "A950000178301",
        "AM",
        "Y5",
        "SUSP",
        "TEST-1",
        "ADMISSION",
        "24",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | WORDS
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6) | inner.map(json.dumps),
    max_leaves=25,
)

HOSTILE = {
    "empty": b"",
    "spaces": b" \r\n\t ",
    "bad bytes": b'{"prisonerNumber": "\xff\xfe\xfa"}',
    "utf-16": "upn,date\n".encode("utf-16"),
    "nan": b'{"at": NaN}',
    "infinite": b'{"at": 1e999}',
    "a name twice": b'{"a": 1, "a": 2}',
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "half a character": rb'{"prisonerNumber": "\ud800"}',
    "long number": b'{"a": ' + b"9" * 10_000 + b"}",
    "unfinished": b'{"prisonerNumber": "A0001',
    "scalar": b"7",
    "nul": b"upn,date\x00\n1,2",
    "unclosed quote": b'event,at\n"arrest,2026',
    "huge cell": b"event,at\narrest," + b"x" * 200_000,
    "columns twice": b"event,event\na,b",
    "entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><CTfile>&b;</CTfile>',
    "laughs": b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><CTfile>&c;</CTfile>',
    "deep xml": b"<a>" * 100_000,
    "other xml": b"<html><body/></html>",
    "broken xml": b"<CTfile><Pupil></CTfile>",
}


@EVERY
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_with_a_place_and_a_cure(mappers: dict[str, Map], folder: str, data: bytes) -> None:
    mapped = mappers[folder](data)

    assert mapped.refused
    assert not mapped.events
    assert str(mapped.refused[0]).startswith("in")
    assert "; hint: " in str(mapped.refused[0])


@EVERY
def test_a_file_over_the_limit_is_refused_unread(mappers: dict[str, Map], folder: str) -> None:
    assert "larger than 10 bytes" in str(mappers[folder](b"x" * 11, limit=10).refused[0])


@EVERY
@given(data=st.binary(max_size=200))
def test_random_bytes_never_make_a_traceback(mappers: dict[str, Map], folder: str, data: bytes) -> None:
    assert isinstance(mappers[folder](data), Mapped)


@EVERY
@given(value=NESTED)
def test_random_json_never_makes_a_traceback(mappers: dict[str, Map], folder: str, value: Any) -> None:
    assert isinstance(mappers[folder](json.dumps(value)), Mapped)


@EVERY
@given(rows=st.lists(st.lists(st.text(max_size=8) | WORDS, max_size=6), max_size=5), header=st.lists(KEYS, max_size=6))
def test_random_rows_never_make_a_traceback(
    mappers: dict[str, Map], folder: str, rows: list[list[str]], header: list[str]
) -> None:
    assert isinstance(mappers[folder]("\n".join(",".join(row) for row in [header, *rows])), Mapped)


@EVERY
@given(value=NESTED)
def test_mapping_is_a_function_of_its_input(mappers: dict[str, Map], folder: str, value: Any) -> None:
    assert mappers[folder](json.dumps(value)) == mappers[folder](json.dumps(value))


SECRET = "ZZSECRETZZ"
PLANTED = {
    "prison": [
        {"prisonerNumber": SECRET},
        {"prisonerNumber": "A0001AA", "dateOfBirth": SECRET},
        {"prisonerNumber": "A0001AA", "legalStatus": SECRET, "pncNumber": SECRET},
        {"eventType": SECRET, "additionalInformation": {"nomsNumber": "A0001AA"}},
        {"eventType": "prison-offender-events.prisoner.released", "occurredAt": SECRET, "offenderIdDisplay": "A0001AA"},
        {
            "eventType": "prison-offender-events.prisoner.released",
            "occurredAt": "2026-11-23T09:00:00Z",
            "additionalInformation": {"nomsNumber": "A0001AA", "reason": SECRET, "details": SECRET},
        },
    ],
    "police": [
        {"event": "arrest", "at": "2026-11-23T09:00:00Z", "person_ref": "TEST-1", "force": SECRET},
        {"event": SECRET},
    ],
    "schools": [
        {"upn": SECRET, "date_of_birth": "x"},
        {"upn": "A950000178301", "date": "2026-11-23", "session": "AM", "code": SECRET},
    ],
    "youth_justice": [
        {"header": {"ypid": SECRET + "!"}},
        {"header": {"ypid": "1"}, "transfer": {"date": "2026-11-23", "description": SECRET}},
    ],
}


@EVERY
def test_nothing_a_connector_says_repeats_a_value(mappers: dict[str, Map], folder: str) -> None:
    mapped = mappers[folder](json.dumps(PLANTED[folder]))

    assert mapped.refused or mapped.notes
    assert SECRET not in f"{[str(one) for one in mapped.refused]}{mapped.notes}{mapped.events}{mapped.memory}"


@EVERY
def test_a_byte_order_mark_and_windows_line_ends_are_read(mappers: dict[str, Map], folder: str) -> None:
    plain = "\n".join(json.dumps(one) for one in PLANTED[folder])

    assert (
        mappers[folder](b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode()).refused
        == mappers[folder](plain).refused
    )
