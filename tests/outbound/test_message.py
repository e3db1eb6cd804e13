"""What is sent is what the team's topic holds, as an outside reader of CloudEvents sees it too."""

import json

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from receivers import alert
from smallhub import TEAMS, SmallHub, adult, dated, schemas

from hub import topics
from hub.log import Record
from hub.outbound.message import MEDIA, message, named
from hub.wire.codec import CodecError


@pytest.fixture(scope="module")
def told():
    """Every record that a release of the hub's own gives teams."""
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-08-20T12:00")
    names = [name(team) for team in TEAMS for name in (topics.alerts, topics.deliveries)]
    found = [record for name in names for record in hub.log.scan(name)]
    assert {record.topic.partition(".")[0] for record in found} == {"alerts", "deliveries"}
    return found


def test_the_cloudevents_sdk_reads_what_is_sent(told):
    for record in told:
        headers = {"content-type": MEDIA}
        event = from_structured(HTTPMessage(headers, message(schemas(), record).body), JSONFormat(), CloudEvent)

        assert event.get_id() == dict(record.headers)["ce_id"].decode()
        assert event.get_data() == schemas().decode(record.value)[2]


def test_nothing_is_sent_that_the_topic_does_not_hold(told):
    for record in told:
        sent = json.loads(message(schemas(), record).body)
        held = {name[3:]: value.decode() for name, value in record.headers if name.startswith("ce_")}

        assert sent.pop("data") == schemas().decode(record.value)[2]
        assert sent.pop("datacontenttype") == "application/json"
        assert sent == held


def test_every_record_has_an_id_of_its_own_and_keeps_it(told):
    ids = [named(record) for record in told]

    assert len(set(ids)) == len(told)
    assert ids == [message(schemas(), record).id for record in told]


def test_the_same_place_in_another_log_is_another_message():
    record = Record("alerts.hous.v1", 0, 0, b"p1", b"one", (), 0)

    assert named(record) != named(record._replace(value=b"another"))


@pytest.mark.parametrize("value", [None, b"", b"rubbish", schemas().encode("tick", {"at": 5})])
def test_what_is_no_alert_and_no_delivery_is_refused(value):
    with pytest.raises(CodecError):
        message(schemas(), Record("alerts.hous.v1", 0, 0, b"p1", value, alert(1).headers, 0))


def test_a_record_without_its_headers_is_refused():
    with pytest.raises(CodecError):
        message(schemas(), Record("alerts.hous.v1", 0, 0, b"p1", alert(1).value, (), 0))
