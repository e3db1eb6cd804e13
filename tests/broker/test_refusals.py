"""What the hub refuses to start on, each on a real Kafka that is so; and what it makes itself."""

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import MessageSizeTooLargeError

from hub import topics
from hub.edges import broker
from hub.edges.local_broker import broker as lent
from hub.topics import INSIDE, OUTSIDE, Topic

ROOT = Path(__file__).parents[2]
ENTRY = Topic("", 1, "delete", OUTSIDE, outside=True, stamped=True)
LOG = Topic("", 1, "delete", INSIDE, stamped=True)
STATE = Topic("", 1, "compact", INSIDE)


def create(bootstrap: str, name: str, told: Mapping[str, str]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name, 1, 1, topic_configs=dict(told))])
    admin.close()


@pytest.mark.parametrize(
    ("topic", "setting", "value", "said"),
    [
        (LOG, "cleanup.policy", "compact", "is `compact`, not `delete`"),
        (STATE, "cleanup.policy", "compact,delete", "is `compact,delete`, not `compact`"),
        (ENTRY, "message.timestamp.type", "CreateTime", "is `CreateTime`, not `LogAppendTime`"),
        (LOG, "message.timestamp.type", "CreateTime", "is `CreateTime`, not `LogAppendTime`"),
        (ENTRY, "max.message.bytes", str(OUTSIDE + 1), f"is `{OUTSIDE + 1}`, above `{OUTSIDE}`"),
        (ENTRY, "compression.type", "producer", "is `producer`, not `uncompressed`"),
        (LOG, "max.message.bytes", str(INSIDE - 1), f"is `{INSIDE - 1}`, below `{INSIDE}`"),
        (STATE, "max.message.bytes", "1048588", f"is `1048588`, below `{INSIDE}`"),
        (STATE, "unclean.leader.election.enable", "true", "is `true`, not `false`"),
        (LOG, "min.insync.replicas", "2", "is `2`, above `1`"),
        (STATE, "delete.retention.ms", "60000", "is `60000`, below `3600000`"),
    ],
    ids=lambda value: value if isinstance(value, str) and "`" not in value else "",
)
def test_a_topic_with_one_wrong_setting_is_refused_and_the_cure_named(
    bootstrap: str, topic_prefix: str, topic: Topic, setting: str, value: str, said: str
) -> None:
    topic = topic._replace(name=f"{topic_prefix}log")
    create(bootstrap, topic.name, {**broker.settings(topic), setting: value})

    for refuse in broker.check, broker.ensure:
        with pytest.raises(broker.TopicError) as refused:
            refuse(bootstrap, [topic])

        where, _, hint = str(refused.value).partition("; hint: ")
        assert where == f"{topic.name}: {setting} {said}"
        assert f"--entity-name {topic.name} --add-config {setting}={said.split('`')[-2]}" in hint


def test_the_cure_cures(bootstrap: str, topic_prefix: str) -> None:
    topic = ENTRY._replace(name=f"{topic_prefix}log")
    create(bootstrap, topic.name, broker.settings(topic) | {"max.message.bytes": str(INSIDE)})
    with pytest.raises(broker.TopicError) as refused:
        broker.check(bootstrap, [topic])

    setting, _, value = str(refused.value).rpartition("--add-config ")[2].partition("=")
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, {setting: value})])
    admin.close()

    broker.check(bootstrap, [topic])


def test_what_the_hub_makes_itself_it_does_not_refuse(bootstrap: str, topic_prefix: str) -> None:
    catalogue = [t._replace(name=topic_prefix + t.name) for t in topics.catalogue(["GMP"], ["PROB"], 2)]

    assert len(broker.ensure(bootstrap, catalogue)) == len(catalogue)
    broker.check(bootstrap, catalogue)


def test_a_small_batch_that_unpacks_to_too_much_does_not_enter(bootstrap: str, topic_prefix: str) -> None:
    entry, log = ENTRY._replace(name=f"{topic_prefix}entry"), LOG._replace(name=f"{topic_prefix}log")
    broker.ensure(bootstrap, [entry, log])

    send(bootstrap, log.name, 2 * OUTSIDE)  # zeros pack to nearly nothing
    with pytest.raises(MessageSizeTooLargeError):
        send(bootstrap, entry.name, 2 * OUTSIDE)

    assert send(bootstrap, entry.name, *[OUTSIDE // 2] * 4) == [0, 1, 2, 3], "the client sends them one by one"


def send(bootstrap: str, name: str, *sizes: int) -> list[int]:
    """Publish zeros in one batch, packed, and return the offsets."""
    how = {"compression_type": "gzip", "batch_size": INSIDE, "linger_ms": 200, "max_request_size": INSIDE}
    with contextlib.closing(KafkaProducer(bootstrap_servers=bootstrap, **how)) as producer:
        return [one.get(timeout=30).offset for one in [producer.send(name, bytes(size)) for size in sizes]]


def test_one_replica_is_allowed_and_said_aloud(bootstrap: str, topic_prefix: str, logged: list[Any]) -> None:
    topic = STATE._replace(name=f"{topic_prefix}state")
    broker.ensure(bootstrap, [topic])
    assert not logged

    broker.check(bootstrap, [topic])

    (said,) = logged
    assert said["reason"].startswith(
        f"{topic.name}: one replica, as with 1 of the hub's topics: a broker that is lost takes decisions with it"
    )


def test_a_kafka_that_ends_our_transactions_too_early_is_refused(tmp_path: Path) -> None:
    with (
        lent(tmp_path, own=True, settings={"transaction.max.timeout.ms": "10000"}) as found,
        pytest.raises(broker.TopicError, match=r"transaction.max.timeout.ms is 10000, below 15000; hint: "),
    ):
        broker.check(found.bootstrap, [])


@pytest.mark.parametrize("switch", ["NO_CYTHON", "AIOKAFKA_NO_EXTENSIONS"])
def test_a_worker_without_its_c_extensions_does_not_start(switch: str) -> None:
    script = (
        "from hub.edges.stream import worker; worker(0, inputs=[], states=[], partitions=1, bootstrap='', app_id='')"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={switch: "1"}, capture_output=True, text=True, timeout=60
    )

    assert f"StreamError: {switch}: set, which leaves the C extensions out; hint: unset it" in ran.stderr
