import time
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from hub.edges.broker_jars import BrokerError
from hub.edges.local_broker import Local, broker


def create(bootstrap: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(topic, 1, 1)])
    admin.close()


def transact(bootstrap: str, topic: str, name: str, value: bytes, end: Callable[[KafkaProducer], None]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=name)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic, value).get(timeout=30)  # on the broker's disk, whatever becomes of the transaction
    end(producer)
    producer.close()


def read(bootstrap: str, topic: str, isolation: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    values: list[bytes] = []
    until = time.monotonic() + 30
    while len(values) < count and time.monotonic() < until:
        values += [record.value for batch in consumer.poll(timeout_ms=500).values() for record in batch]
    consumer.close()
    return values


def test_a_reader_of_committed_records_sees_no_aborted_one(bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}seen"
    create(bootstrap, topic)

    transact(bootstrap, topic, f"{topic_prefix}a", b"aborted", KafkaProducer.abort_transaction)
    transact(bootstrap, topic, f"{topic_prefix}a", b"committed", KafkaProducer.commit_transaction)

    assert read(bootstrap, topic, "read_uncommitted", 2) == [b"aborted", b"committed"]
    assert read(bootstrap, topic, "read_committed", 1) == [b"committed"]


def test_the_broker_speaks_transactions_as_kafka_4_does(bootstrap: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)

    _, version = admin.describe_features()["transaction.version"]["finalized"]
    admin.close()

    assert version >= 2  # KIP-890: each transaction has an epoch of its own, so no late write slips into the next


def test_a_killed_broker_comes_back_with_all_that_was_committed(tmp_path: Path) -> None:
    with broker(tmp_path, own=True) as ours:
        create(ours.bootstrap, "kept")
        transact(ours.bootstrap, "kept", "before", b"committed before", KafkaProducer.commit_transaction)

        ours.kill()
        ours.restart()

        assert read(ours.bootstrap, "kept", "read_committed", 1) == [b"committed before"]


def test_a_broker_somebody_else_runs_is_not_ours_to_kill(bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_TEST_BOOTSTRAP", bootstrap)

    with broker() as theirs, pytest.raises(BrokerError, match="not ours to kill"):
        theirs.kill()


def test_a_broker_that_cannot_start_says_why_and_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"Invalid value never .*; hint: look at the settings"):
        Local(tmp_path, {"log.retention.ms": "never"}).close()
