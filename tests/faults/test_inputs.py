"""Inputs that nobody can take, and answers that a topic refuses: quarantined or refused whole, never half."""

from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from faults.scenes import refused
from faults.stage import Stage
from faults.story import UNTAKEABLE, large, rules, spoilt
from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError

from hub import topics
from hub.core.events import Event
from hub.log import Out

Judged = Callable[[Stage], None]
pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", [*UNTAKEABLE, "large"])
def test_one_record_in_ten_is_spoilt(stage: Stage, judged: Judged, kind: str) -> None:
    every = 300 if kind == "large" else 10
    stage.script = spoilt(stage.program, stage.rng, stage.script, kind, every)
    worker = stage.start(static=True)
    stage.feed()
    stage.sleep(4, 7)
    stage.kill(worker)

    stage.settle()

    judged(stage)


def test_a_record_too_large_for_its_topic_is_refused_to_its_sender(stage: Stage, judged: Judged) -> None:
    told = Event("e", "needs.flagged", "HMPPS_PRISON", "r", 0, None, {})
    out = large(stage.rng, stage.program, told)
    stage.start(static=True)
    stage.feed()
    producer = KafkaProducer(bootstrap_servers=stage.bootstrap)
    with pytest.raises(MessageSizeTooLargeError):
        producer.send(out.topic, value=bytes(topics.OUTSIDE + 1), key=out.key, partition=out.partition).get(30)
    producer.close()

    stage.settle()

    judged(stage)


def test_whole_batches_are_noise_however_compressed(stage: Stage, judged: Judged) -> None:
    topic, noise = topics.intake("GMP"), stage.rng.randbytes(40)
    stage.start(static=True)
    stage.feed()
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        producer = Producer({"bootstrap.servers": stage.bootstrap, "compression.type": codec, "linger.ms": 50})
        for number in range(40):
            producer.produce(topic, noise, b"k", partition=number % 4)
        producer.flush()
        stage.published += [Out(topic, number % 4, b"k", noise, ()) for number in range(40)]
        stage.sleep(0.5, 1.5)

    stage.settle()

    judged(stage)


def test_a_topic_refuses_every_answer_for_a_while(stage: Stage, judged: Judged) -> None:
    refused(stage)
    assert sum(worker.restarts for worker in stage.workers) > 0

    judged(stage)


def test_new_rules_come_and_a_worker_is_killed(stage: Stage, judged: Judged) -> None:
    worker = stage.start(static=True)
    stage.feed()
    for sequence in (2, 3):
        stage.sleep(2, 5)
        stage.publish(rules(stage.home, stage.program, sequence))
        stage.sleep(0, 1)
        stage.kill(worker)

    stage.settle()

    judged(stage)
