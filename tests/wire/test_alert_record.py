"""An alert as its subscriber gets it: the record, and the CloudEvents attributes beside it."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from shipped import schemas

from hub.core.events import Notice
from hub.wire.answers import Wire
from hub.wire.recipients import Recipients

HANDLE = "p-" + "0" * 32
WIRE = Wire(schemas(), Recipients(bytes(32)), 4, 0)
RAISED = 1_794_492_191_000_000
codes = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)


def a_notice(**changes):
    told = {"team": "HOUS", "person": HANDLE, "decision": "d-1", "clause": "DSA-002.1", "alert": "a-1", "about": None}
    told |= {"kind": "RELEASE", "stage": "T8W", "due": RAISED, "raised": RAISED, "urgency": "SOON"}
    told |= {"action": "REFER_FOR_HOUSING", "asks": "Refer.", "due_local": "2026-11-12T14:03:11+00:00", "fields": {}}
    return Notice(**{**told, "rule": "R-T8W", "bundle": "ff", **changes})


def headers(made):
    return {name: value.decode("ascii") for name, value in WIRE.answer(made).headers}


def read(made):
    return schemas().decode(WIRE.answer(made).value)


def test_an_alert_says_what_to_do_by_when_under_which_rule_and_where_to_look():
    kind, version, told = read(a_notice(changed=("DUE_LATER",), previous_due=5, ack_by=9))

    assert (kind, version) == ("alert", schemas().newest["alert"].version)
    assert (told["action"], told["asks"]) == ("REFER_FOR_HOUSING", "Refer.")
    assert (told["due"], told["due_local"], told["ack_by"]) == (RAISED, "2026-11-12T14:03:11+00:00", 9)
    assert (told["changed"], told["previous_due"]) == (["DUE_LATER"], 5)
    assert (told["rule"], told["bundle"], told["link"]) == ("R-T8W", "ff", "/alerts/a-1")


def test_what_does_not_apply_is_empty():
    told = read(a_notice())[2]

    assert (told["changed"], told["previous_due"], told["ack_by"]) == ([], None, None)


@given(codes, codes, st.integers(0, 4_000_000_000_000_000))
def test_the_headers_keep_the_rules_of_cloudevents(kind, stage, raised):
    """CloudEvents 1.0.2, sections 2 (names, types) and 3 (attributes); Kafka binding 1.0.2, section 3.2."""
    told = headers(a_notice(kind=kind, stage=stage, raised=raised))
    ce = {name.removeprefix("ce_"): value for name, value in told.items() if name.startswith("ce_")}

    assert told.keys() - {f"ce_{name}" for name in ce} == {"content-type"}
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) and value for name, value in ce.items())
    assert ce.keys() >= {"id", "source", "specversion", "type"}
    assert ce["specversion"] == "1.0"
    assert ce["source"].startswith("/")  # a URI-reference
    assert re.fullmatch(r"csp\.alert\.v[0-9]+", ce["type"])
    assert ce["type"].endswith(f"v{schemas().newest['alert'].version}")
    assert urlsplit(ce["dataschema"]).scheme == "urn"  # a URI, so absolute
    assert re.fullmatch(r"urn:[a-z0-9][a-z0-9-]{1,30}:[!-~]+", ce["dataschema"])
    assert ce["subject"] == f"{kind}/{stage}"
    moment = datetime.strptime(ce["time"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)  # RFC 3339
    assert round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6) == raised


def test_the_cloudevents_sdk_reads_an_alert():
    made = WIRE.answer(a_notice())
    event = from_binary(KafkaMessage(dict(made.headers), made.key, made.value), JSONFormat(), CloudEvent)

    assert (event.get_id(), event.get_source(), event.get_subject()) == ("a-1", "/hub", "RELEASE/T8W")
    assert event.get_datacontenttype() == "application/avro"


def test_neither_key_nor_headers_hold_the_handle():
    made = WIRE.answer(a_notice())

    assert HANDLE[2:].encode() not in made.key + b"".join(value for _, value in made.headers) + made.value
