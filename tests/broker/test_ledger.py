"""The ledger on a real Kafka: it verifies, it erases for good, and what is left replays and verifies as before."""

import json
import time

from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from hub import topics, wiring
from hub.cli.main import main
from hub.core.events import Event
from hub.edges.ledger_kafka import KafkaLedger
from hub.edges.reader import KafkaReader
from hub.engine.ledger import ERASED
from hub.log import Out
from hub.wire.codec import cloud_headers, decode_event, encode_event

SOON = {"max.compaction.lag.ms": "1000", "segment.ms": "500", "delete.retention.ms": "0"}
PATIENCE = 90.0  # seconds for the broker's cleaner


def hub(year, capsys, *words):
    capsys.readouterr()
    code = main([*words, "--home", str(year.home.path), "--bootstrap", year.bootstrap])
    out = capsys.readouterr().out
    return code, json.loads(out) if "--json" in words else out


def gone(ground, home):
    """Somebody is erased by the prison, and the hub decides that; who it was."""
    program = wiring.program(home)
    came = next(iter(ground.scan(topics.intake("HMPPS_PRISON"))))
    name = decode_event(program.schemas, came.value).record
    event = Event("e-gone", "person.erased", "HMPPS_PRISON", name, 1_790_000_000_000_000, None, {})
    headers = cloud_headers(event, 1)
    ground.append([Out(came.topic, came.partition, came.key, encode_event(program.schemas, event), headers)])
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for record in ground.scan(topics.DECISIONS):
            if record.value and (told := program.schemas.written(record.value))["event"] == "e-gone":
                return told["person"]
    raise AssertionError("not decided")


def compacted(bootstrap, names, partitions):
    """Have the broker clean *names* now: a closed segment is cleaned, and the next record closes one."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, SOON) for name in names])
    admin.close()
    time.sleep(1)
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for name in names:
        for number in range(partitions):
            producer.send(name, key=b"roll", value=None, headers=[(ERASED, b"")], partition=number).get(timeout=30)
    producer.close()


def test_what_comes_while_a_step_reads_is_in_this_step_or_the_next(year):
    bootstrap, home = year.bootstrap, year.home
    ledger = KafkaLedger({"bootstrap_servers": bootstrap}, wiring.ledger(home, wiring.program(home)), 4, "csp-hub")
    for part, position in zip(ledger._decisions, [0] * 4, strict=True):
        ledger._consumer.seek(part, position)
    ends = ledger._consumer.end_offsets(ledger._decisions)
    found = []
    for short in (dict.fromkeys(ends, 10), ends):  # the first look came too early
        found += ledger._read(short)
    ledger.close()

    wanted = [(record.partition, record.offset) for record in KafkaReader(bootstrap).scan(topics.DECISIONS)]
    assert sorted((record.partition, record.offset) for record in found) == sorted(wanted)


def test_what_is_erased_on_kafka_is_gone_and_the_rest_verifies_and_replays(year, capsys):
    bootstrap, home, ground = year.bootstrap, year.home, year.ground
    ledger = KafkaLedger({"bootstrap_servers": bootstrap}, wiring.ledger(home, wiring.program(home)), 4, "csp-hub")
    code, told = hub(year, capsys, "audit", "verify", "--json")
    assert (code, told["faults"]) == (0, [])
    assert told["counts"]["decisions"] > 100
    assert told["counts"]["proofs"] == told["counts"]["told"]

    person = gone(ground, home)
    ledger.grow(time.time_ns() // 1000)
    assert hub(year, capsys, "audit", "erase", person)[0] == 0
    assert hub(year, capsys, "audit", "verify")[0] == 0  # before the receipts
    ledger.grow(time.time_ns() // 1000)
    ledger.close()
    assert not [row for row in hub(year, capsys, "decisions", "--json", "--all")[1] if row["person"] == person]
    erased = hub(year, capsys, "audit", "verify", "--json")[1]["counts"]["erased"]
    assert erased > 2

    compacted(bootstrap, [topics.DECISIONS], 4)
    until, reader = time.monotonic() + PATIENCE, KafkaReader(bootstrap)
    while any(person.encode() in (record.value or b"") for record in reader.scan(topics.DECISIONS)):
        assert time.monotonic() < until, "still there"
        time.sleep(1)

    code, told = hub(year, capsys, "audit", "verify", "--json")
    assert (code, told["faults"], told["counts"]["erased"]) == (0, [], erased)
    code, told = hub(year, capsys, "replay", "--json")
    assert (code, told["divergences"]) == (0, 0)
