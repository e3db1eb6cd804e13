"""On a real Kafka: what was refused is tried without effect and sent again once; a connection test leaves nothing."""

import json
from datetime import date
from threading import Barrier, Thread
from time import time_ns

import pytest
from kafka import KafkaProducer
from smallhome import made

from hub import topics, wiring
from hub.cli.main import main
from hub.core.events import Event
from hub.edges.broker import ensure
from hub.edges.home import open_home
from hub.edges.local_broker import broker
from hub.edges.reader import KafkaReader
from hub.intake.redrive import found, known, plan, request, send
from hub.intake.trial import Trial
from hub.place import Place, values
from hub.wire.codec import cloud_headers, encode_event
from hub.wire.partitioner import partition_for

SCHEMAS = wiring.schemas()
NOW = time_ns() // 1000
WHY = (("quarantine.reason", b"at: more than five minutes ahead of the log; hint: correct the sender's clock"),)
KEYS = ("ig-one.key", "ig-two.key")


@pytest.fixture(scope="module")
def bootstrap():
    """A broker of its own: the hub's topics have fixed names."""
    with broker(own=True) as started:
        yield started.bootstrap


@pytest.fixture(scope="module")
def home(bootstrap, tmp_path_factory):
    """A hub's topics, its rules, and one registration in quarantine; no worker: what it would do is asked."""
    folder = made(tmp_path_factory.mktemp("hub") / "home", active=False)
    here = open_home(folder)
    ensure(bootstrap, topics.catalogue(here.agencies, here.teams, here.partitions))
    keys = [word for key in KEYS for word in ("--key", str(folder / "keys" / key))]
    assert main(["policy", "activate", "--home", str(folder), "--bootstrap", bootstrap, *keys]) == 0
    event = Event("e-1", "person.registered", "GMP", "r1.one", NOW - 60_000_000, None, {"dob": date(2010, 5, 5)})
    number = partition_for(b"r1.one", here.partitions)
    headers = (*cloud_headers(event, 1), *WHY, ("quarantine.source", f"intake.gmp.v1/{number}/0".encode()))
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    told = {"key": b"r1.one", "headers": list(headers), "partition": number}
    producer.send("quarantine.gmp.v1", encode_event(SCHEMAS, event), **told).get(timeout=30)
    put_rules(producer, bootstrap, here)
    producer.close()
    return folder


def put_rules(producer, bootstrap, here):
    """The rules as a worker would have taken them in: a trial looks at the hub's state, and there is none yet."""
    (record,) = KafkaReader(bootstrap).scan(topics.RULES)
    for number in range(here.partitions):
        sent = producer.send(topics.DECIDE_STATE, record.value, key=b"!rules", partition=number)
        sent.get(timeout=30)


@pytest.fixture
def where(home, bootstrap):
    return Place(home, bootstrap=bootstrap)


def test_a_trial_and_a_connection_test_leave_nothing_behind(home, bootstrap, where, capsys):
    before = [*KafkaReader(bootstrap).scan("intake.gmp.v1")]
    capsys.readouterr()
    doctor = main(["doctor", "--as", "GMP", "--home", str(home), "--bootstrap", bootstrap, "--json"])
    findings = json.loads(capsys.readouterr().out)
    place = next(one for one in KafkaReader(bootstrap).scan("quarantine.gmp.v1"))
    tried = main(["quarantine", "try", f"gmp/{place.partition}/0", "--home", str(home), "--bootstrap", bootstrap])

    assert (doctor, tried) == (0, 0)
    assert "would be taken" in capsys.readouterr().out
    assert any("may write intake.gmp.v1" in one["says"] for one in findings)
    assert any("from the broker" in one["says"] for one in findings)
    assert [*KafkaReader(bootstrap).scan("intake.gmp.v1")] == before == []


def test_a_topic_that_is_not_there_is_a_fault_with_its_cure(bootstrap, tmp_path, capsys):
    told = main(["doctor", "--as", "COURT", "--home", str(tmp_path / "nowhere"), "--bootstrap", bootstrap])
    out = capsys.readouterr().out

    assert (told, "intake.court.v1: not there" in out, "-> ask the operator" in out) == (1, True, True)


def test_of_two_who_send_it_at_once_it_is_sent_once(home, bootstrap, where):
    (place,) = (f"{one.topic}/{one.partition}/{one.offset}" for one in KafkaReader(bootstrap).scan("quarantine.gmp.v1"))
    (record,) = found(where.reader(), [place])
    trial = Trial(wiring.program(open_home(home)), where.reader(), NOW)
    on_record = known(values(SCHEMAS, where.reader(), topics.REDRIVES), NOW)
    sends = plan({place: record}, trial, on_record, None).sends
    ready, sent = Barrier(2), []

    def one():
        ready.wait()
        for _ in range(5):  # the first of two at once may be shut out by the second, and then asks again
            try:
                sent.append(len(send(where, SCHEMAS, sends, request(sends, "HUB_UPDATED", "X", NOW), None, NOW)))
                return
            except Exception as shut_out:
                sent.append(type(shut_out).__name__)

    both = [Thread(target=one) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)
    (again,) = KafkaReader(bootstrap).scan("intake.gmp.v1")
    (told,) = values(SCHEMAS, KafkaReader(bootstrap), topics.REDRIVES)

    assert sorted(one for one in sent if isinstance(one, int)) == [0, 1]
    assert (again.key, again.value, again.headers[:-1]) == (record.key, record.value, record.headers[:-2])
    assert (told["state"], told["sent"]) == ("SENT", [place])
