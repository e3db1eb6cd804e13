"""Connectors over a real Kafka: killed at any moment, nothing is lost and nothing is sent twice."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from connectors.outbox import KafkaOutbox, OutboxError, avro
from connectors.pseudonyms import Pseudonyms
from connectors.publishing import Intake
from connectors.registry import connector
from hub.core.events import Event
from hub.resources import folder
from hub.wire.codec import Schemas, decode_event
from hub.wire.partitioner import partition_for

SCHEMAS = Schemas.load(folder("schemas"))
ROOT = Path(__file__).resolve().parents[2]
COUNT = 4
FILES, EACH = 40, 25

# What an agency runs, on made-up keys; each line it prints is one published file.
PROGRAM = """
import sys
from pathlib import Path
from connectors.outbox import KafkaOutbox, avro
from connectors.pseudonyms import Pseudonyms
from connectors.publishing import Intake
from connectors.registry import connector
from hub.wire.codec import Schemas
from hub.resources import folder
bootstrap, agency, inbox, quarantine = sys.argv[1:]
outbox = KafkaOutbox(agency, avro(Schemas.load(folder("schemas"))), bootstrap_servers=bootstrap)
names = Pseudonyms(agency, {1: bytes(64)}, {1: bytes(32)})
print("ready", flush=True)
for one in Intake(connector("prison"), names, outbox, Path(quarantine), batch=10).sweep(Path(inbox)):
    print(one.events, flush=True)
print("done", flush=True)
"""


@pytest.fixture
def agency(bootstrap: str, topic_prefix: str) -> str:
    """An agency no other test has, with its topics."""
    name = topic_prefix.rstrip(".").upper()
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(f"intake.{name.lower()}.v1", COUNT, 1)])
    if "connector.positions.v1" not in admin.list_topics():
        admin.create_topics([NewTopic("connector.positions.v1", 1, 1, topic_configs={"cleanup.policy": "compact"})])
    admin.close()
    return name


def committed(bootstrap: str, agency: str) -> dict[int, list[Event]]:
    """Every committed event, by partition, read by a client that knows nothing of ours."""
    topic = f"intake.{agency.lower()}.v1"
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    places = [TopicPartition(topic, number) for number in range(COUNT)]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    ends = consumer.end_offsets(places)
    found: dict[int, list[Event]] = {number: [] for number in range(COUNT)}
    until = time.monotonic() + 60
    while any((consumer.position(place) or 0) < ends[place] for place in places) and time.monotonic() < until:
        for place, records in consumer.poll(timeout_ms=200).items():
            found[place.partition] += [decode_event(SCHEMAS, record.value) for record in records]
    consumer.close()
    return found


def outbox(bootstrap: str, agency: str) -> KafkaOutbox:
    return KafkaOutbox(agency, avro(SCHEMAS), bootstrap_servers=bootstrap)


def died(number: int, agency: str) -> Event:
    return Event(f"e-{number}", "person.died", agency, f"r1.{number}", number, None, {})


def test_events_and_rows_are_seen_together_on_the_partitions_of_their_keys(bootstrap: str, agency: str) -> None:
    source = f"{agency.lower()}/inbox"
    first = outbox(bootstrap, agency)
    first.publish(source, [died(number, agency) for number in range(20)], {"a": b"1", "b": b"2", "c": b"3"})
    first.publish(source, [], {"a": b"4", "b": None})
    first.publish("other", [], {"a": b"5"})
    first.close()

    found = committed(bootstrap, agency)
    assert sorted(event.at for events in found.values() for event in events) == list(range(20))
    assert all(
        partition_for(event.record.encode(), COUNT) == number for number, events in found.items() for event in events
    )
    again = outbox(bootstrap, agency)
    assert again.resume(source) == {"a": b"4", "c": b"3"}
    again.close()


def test_a_second_process_shuts_the_first_out(bootstrap: str, agency: str) -> None:
    source = f"{agency.lower()}/inbox"
    first = outbox(bootstrap, agency)
    first.publish(source, [died(1, agency)], {"at": b"1"})
    second = outbox(bootstrap, agency)

    with pytest.raises(OutboxError):
        first.publish(source, [died(2, agency)], {"at": b"2"})
    second.publish(source, [died(3, agency)], {"at": b"3"})

    assert [event.at for events in committed(bootstrap, agency).values() for event in events] in ([1, 3], [3, 1])
    second.close()
    first.close()


def test_what_another_agency_leaves_open_hides_nothing_of_ours(bootstrap: str, agency: str) -> None:
    source = f"{agency.lower()}/inbox"
    first = outbox(bootstrap, agency)
    stuck = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"stuck.{agency}", transaction_timeout_ms=6000)
    stuck.init_transactions()
    stuck.begin_transaction()
    stuck.send("connector.positions.v1", b"x", b"elsewhere/row", partition=0).get(timeout=30)
    first.publish(source, [], {"at": b"1"})
    first.close()

    again = outbox(bootstrap, agency)
    assert again.resume(source) == {"at": b"1"}  # beyond the open transaction, which the broker ends in its own time
    again.close()
    stuck.close(timeout=1)


def fill(inbox: Path) -> None:
    inbox.mkdir()
    for number in range(FILES):
        day = f"2027-{number % 12 + 1:02}-{number % 28 + 1:02}"
        page = [{"prisonerNumber": f"A{one:04}AA", "conditionalReleaseDate": day} for one in range(EACH)]
        path = inbox / f"{number:03}.json"
        path.write_text(json.dumps({"content": page}))
        os.utime(path, (1_795_000_000 + number, 1_795_000_000 + number))


def start(*arguments: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_connector_killed_again_and_again_loses_and_repeats_nothing(
    bootstrap: str, agency: str, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    fill(inbox)
    kills = 0
    for patience in (0.05, 0.15, 0.3, 0.02, 0.2, 600.0):
        process = start(bootstrap, agency, str(inbox), str(tmp_path / "quarantine"))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()  # SIGKILL: no chance to abort or to say goodbye
            process.wait()
            kills += 1
        process.stdout.close()

    events = [event for found in committed(bootstrap, agency).values() for event in found]
    assert kills >= 3
    assert process.returncode == 0
    assert len({event.id for event in events}) == len(events) == FILES * EACH
    by_record: dict[str, list[int]] = {}
    for event in events:
        by_record.setdefault(event.record, []).append(event.at)
    assert all(times == sorted(times) and len(times) == FILES for times in by_record.values())


def test_a_resumed_connector_has_nothing_left_to_say(bootstrap: str, agency: str, tmp_path: Path) -> None:
    inbox, names = tmp_path / "inbox", Pseudonyms(agency, {1: bytes(64)}, {1: bytes(32)})
    fill(inbox)
    for expected in (FILES, 0):
        box = outbox(bootstrap, agency)
        swept = list(Intake(connector("prison"), names, box, tmp_path / "quarantine").sweep(inbox))
        box.close()
        assert len(swept) == expected
