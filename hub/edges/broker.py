"""Topics: made as the hub needs them, and refused when they are otherwise."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from hub.topics import Topic


class TopicError(Exception):
    """A topic that is not as the hub needs it."""


def settings(topic: Topic) -> dict[str, str]:
    """
    Return what the broker is told about *topic*.

    >>> settings(Topic("state.decide.v1", 12, "compact"))
    {'cleanup.policy': 'compact'}
    """
    bound = {} if topic.max_bytes is None else {"max.message.bytes": str(topic.max_bytes)}
    if topic.cleanup == "compact":
        return {"cleanup.policy": "compact", **bound}
    keep = -1 if topic.retention_ms is None else topic.retention_ms
    # The engine asks when a record entered the log, and a sender's clock does not say that.
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": str(keep),
        "message.timestamp.type": "LogAppendTime",
        **bound,
    }


def ensure(
    bootstrap: str, topics: Iterable[Topic], *, replication: int = -1, auth: Mapping[str, Any] | None = None
) -> list[str]:
    """Make the topics that are missing, refuse those that are otherwise, and return the names of the new ones."""
    wanted = list(topics)
    with _admin(bootstrap, auth) as admin:
        found = _found(admin, wanted)
        _refuse(wanted, found)
        missing = [topic for topic in wanted if topic.name not in found]
        if missing:
            _create(admin, missing, replication)
            _refuse(missing, _found(admin, missing))  # someone else may have been quicker, and of another mind
    return [topic.name for topic in missing]


def check(bootstrap: str, topics: Iterable[Topic], *, auth: Mapping[str, Any] | None = None) -> None:
    """Refuse topics that are missing or otherwise; create nothing."""
    wanted = list(topics)
    with _admin(bootstrap, auth) as admin:
        found = _found(admin, wanted)
    for topic in wanted:
        if topic.name not in found:
            raise TopicError(
                f"{topic.name}: no such topic; hint: `hub run` creates it with {topic.partitions} partitions"
            )
    _refuse(wanted, found)


class Found(NamedTuple):
    partitions: int
    cleanup: str


def _refuse(wanted: Sequence[Topic], found: Mapping[str, Found]) -> None:
    """
    Raise for the first topic that is not as wanted.

    >>> _refuse([Topic("person.v1", 12, "delete")], {"person.v1": Found(6, "delete")})
    Traceback (most recent call last):
    ...
    hub.edges.broker.TopicError: person.v1: has 6 partitions, not 12; hint: set the hub's partitions to 6, or copy \
into a new topic: keys move
    """
    for topic in wanted:
        have = found.get(topic.name)
        if have and have.partitions != topic.partitions:
            raise TopicError(
                f"{topic.name}: has {have.partitions} partitions, not {topic.partitions}; "
                f"hint: set the hub's partitions to {have.partitions}, or copy into a new topic: keys move"
            )
        if have and have.cleanup != topic.cleanup:
            raise TopicError(
                f"{topic.name}: cleanup.policy is `{have.cleanup}`, not `{topic.cleanup}`; "
                f"hint: make sure nothing is lost yet, then kafka-configs.sh --alter --entity-type topics "
                f"--entity-name {topic.name} --add-config cleanup.policy={topic.cleanup}"
            )


def _found(admin: KafkaAdminClient, wanted: Sequence[Topic]) -> dict[str, Found]:
    """Return what exists of *wanted*; the client's answers carry error codes and raise nothing, so look at each."""
    if not wanted:
        return {}
    partitions: dict[str, int] = {}
    for topic in admin.describe_topics([topic.name for topic in wanted]):
        if (error := for_code(topic["error_code"])) is UnknownTopicOrPartitionError:
            continue
        if topic["error_code"]:
            raise TopicError(f"{topic['name']}: the broker answers {error.__name__}; hint: check the name and the ACLs")
        partitions[topic["name"]] = len(topic["partitions"])
    cleanups = _cleanups(admin, list(partitions))
    return {name: Found(count, cleanups[name]) for name, count in partitions.items()}


def _cleanups(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, str]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {"cleanup.policy": None}) for name in names]
    answers = admin.describe_configs(asked, config_filter="all").get("topic", {})
    try:
        return {name: answers[name]["cleanup.policy"]["value"] for name in names}
    except KeyError as error:
        raise TopicError(
            f"{names[0]}: the broker keeps its settings back ({error}); hint: allow DescribeConfigs on it"
        ) from None


def identity(names: Sequence[str], client: Mapping[str, Any]) -> tuple[str, float]:
    """What tells these topics from others of their names, and for how many seconds they keep what was deleted."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {"delete.retention.ms": None}) for name in names]
    admin = KafkaAdminClient(**client)
    try:
        ids = sorted(f"{topic['name']}={topic['topic_id']}" for topic in admin.describe_topics(list(names)))
        cluster = admin.describe_cluster()["cluster_id"]
        told = admin.describe_configs(asked, config_filter="all").get("topic", {})
        kept = min(int(told[name]["delete.retention.ms"]["value"]) for name in names)
    except KeyError as error:
        raise TopicError(
            f"{names[0]}: the broker keeps its settings back ({error}); hint: allow DescribeConfigs on it"
        ) from None
    finally:
        admin.close()
    return " ".join([f"cluster={cluster}", *ids]), kept / 1000


def _create(admin: KafkaAdminClient, topics: Sequence[Topic], replication: int) -> None:
    asked = {
        topic.name: {"num_partitions": topic.partitions, "replication_factor": replication, "configs": settings(topic)}
        for topic in topics
    }
    for answer in admin.create_topics(asked, raise_errors=False)["topics"]:
        error = for_code(answer["error_code"])
        if answer["error_code"] and error is not TopicAlreadyExistsError:
            raise TopicError(
                f"{answer['name']}: not created, {error.__name__}: {answer['error_message']}; hint: check name and ACLs"
            )
    admin.wait_for_topics([topic.name for topic in topics])


@contextlib.contextmanager
def _admin(bootstrap: str, auth: Mapping[str, Any] | None) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap, **(auth or {}))
    try:
        yield admin
    finally:
        admin.close()
