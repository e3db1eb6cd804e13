import json

import pytest
from smallhome import RECORD, lines, made
from smallhub import told

from connectors.outbox import OutboxError, avro
from connectors.publishing import Intake
from connectors.registry import connector
from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.edges.outbox import EmbeddedOutbox, names
from hub.wire.codec import decode_event


@pytest.fixture
def log(tmp_path):
    return EmbeddedLog(tmp_path / "hub.db", 2, durable=False)


def outbox(log, agency="HMPPS_PRISON"):
    return EmbeddedOutbox(log, agency, avro(wiring.schemas()))


def test_events_and_what_is_remembered_become_visible_together(log):
    outbox(log).publish("hmpps-prison/inbox", [told(1, "person.died")], {"file/a": b"1"})

    (record,) = log.scan("intake.hmpps-prison.v1")
    assert decode_event(wiring.schemas(), record.value).id == "e-1"
    assert dict(record.headers)["ce_type"] == b"csp.person.died.v1"
    assert outbox(log).resume("hmpps-prison/inbox") == {"file/a": b"1"}


def test_a_fault_half_way_leaves_nothing_behind(log):
    box = outbox(log)
    with pytest.raises(Exception, match=r"no\.such"):
        box.publish("s", [told(1, "person.died"), told(2, "no.such")], {"file/a": b"1"})

    assert list(log.scan("intake.hmpps-prison.v1")) == []
    assert box.resume("s") == {}


def test_a_log_that_cannot_be_written_says_that_nothing_is_lost(log):
    box = outbox(log)
    log.close()

    with pytest.raises(OutboxError, match="hint: start again"):
        box.publish("s", [told(1, "person.died")], {})


def test_the_last_row_of_a_name_stands_and_a_forgotten_one_is_gone(log):
    box = outbox(log)
    box.publish("s", [], {"a": b"1", "b": b"1"})
    box.publish("s", [], {"a": b"2", "b": None})

    assert box.resume("s") == {"a": b"2"}


def test_a_source_never_sees_the_rows_of_another(log):
    box = outbox(log)
    box.publish("gmp/inbox", [], {"a": b"1"})
    box.publish("gmp/inbox-2", [], {"a": b"2"})

    assert box.resume("gmp/inbox") == {"a": b"1"}


def test_a_connector_goes_on_where_a_killed_one_stopped(log, tmp_path):
    home = open_home(made(tmp_path / "home", active=False))
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a.jsonl").write_text(lines(RECORD))

    def sweep():
        intake = Intake(connector("prison"), names(home, "HMPPS_PRISON"), outbox(log), tmp_path / "kept")
        return [published.events for published in intake.sweep(inbox)]

    assert (sweep(), sweep()) == ([3], [])
    assert len(list(log.scan("intake.hmpps-prison.v1"))) == 3


def test_the_keys_of_a_home_give_each_agency_names_of_its_own(tmp_path):
    home = open_home(made(tmp_path / "home", active=False))

    prison, police = names(home, "HMPPS_PRISON"), names(home, "GMP")

    assert prison.open(prison.seal("A0001AA")) == "A0001AA"
    assert prison.seal("A0001AA") != police.seal("A0001AA")
    assert prison.link("TEST") == police.link("TEST")


def test_the_positions_topic_holds_no_identifier(tmp_path):
    home = made(tmp_path / "home", active=False)
    from hub.cli.main import main

    (tmp_path / "A0001AA.jsonl").write_text(lines(RECORD))
    main(["publish", "prison", str(tmp_path / "A0001AA.jsonl"), "--home", str(home)])

    rows = list(EmbeddedLog(home / "hub.db", 2).scan(topics.CONNECTOR_POSITIONS))
    assert rows
    assert "A0001AA" not in json.dumps([repr((row.key, row.value)) for row in rows])
