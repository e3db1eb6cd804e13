"""What happens on a stage in more than one scenario: once to a hub as it is, once to one without a guard."""

import signal
from typing import Any

from faults.stage import AGAIN, Stage
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from hub import topics

KILL, STOP = int(signal.SIGKILL), int(signal.SIGSTOP)


def killed(stage: Stage, moment: str, **setup: Any) -> None:
    """The worker is killed at a named moment, and started again."""
    worker = stage.start(static=True, at=(moment, stage.rng.randrange(8, 60), KILL), **setup)
    stage.feed()
    stage.until(lambda: worker.restarts > 0)
    stage.kills += 1
    stage.settle()


def overslept(stage: Stage, moment: str, **setup: Any) -> None:
    """A worker falls asleep at a named moment, another does all the work, and then the first one wakes up."""
    sleeper = stage.start("sleeper", at=(moment, stage.rng.randrange(8, 40), STOP), **setup)
    stage.feed()
    stage.until(sleeper.stopped)
    stage.start("other", **setup)
    stage.settle()

    sleeper.wake()
    stage.until(sleeper.working)
    stage.idle(3)
    if "without" not in setup:  # a position that was set back is what is looked for then, and would be waited on
        stage.settle()


def refused(stage: Stage, **setup: Any) -> None:
    """For a while a topic takes no record of a usual size: every batch of decisions is rejected."""
    worker = stage.start(static=True, **setup)
    worker.allowed = (*AGAIN, 1)  # it refuses to start while the topic is so
    stage.feed()
    stage.until(stage.decided(400))
    _bound(stage, topics.DECISIONS, 100)
    stage.sleep(5, 8)
    _bound(stage, topics.DECISIONS, topics.INSIDE)
    stage.settle()


def _bound(stage: Stage, topic: str, size: int) -> None:
    admin = KafkaAdminClient(bootstrap_servers=stage.bootstrap)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(size)})])
    admin.close()
