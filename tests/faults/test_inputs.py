"""Inputs that nobody can take, and answers that a topic refuses: quarantined or refused whole, never half."""

from collections.abc import Callable

import pytest
from faults.scenes import refused
from faults.stage import Stage
from faults.story import UNTAKEABLE, large, spoilt
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


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_whole_batches_are_noise(stage: Stage, judged: Judged, codec: str) -> None:
    producer = KafkaProducer(bootstrap_servers=stage.bootstrap, compression_type=codec, linger_ms=50)
    stage.start(static=True)
    stage.feed()
    for _ in range(6):
        stage.sleep(0.5, 2)
        number = stage.rng.randrange(4)
        noise = [Out(topics.intake("GMP"), number, b"k", stage.rng.randbytes(200), ()) for _ in range(20)]
        stage.publish(noise, producer)
        producer.flush()
    producer.close()

    stage.settle()

    judged(stage)


def test_a_topic_refuses_every_answer_for_a_while(stage: Stage, judged: Judged) -> None:
    refused(stage)
    assert sum(worker.restarts for worker in stage.workers) > 0

    judged(stage)
