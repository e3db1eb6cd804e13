"""Kafka and its topics: made as the hub needs them, and refused when they are otherwise."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from hub.topics import Topic

log = structlog.get_logger()

TRANSACTION = 15_000  # milliseconds until the broker ends an abandoned transaction of ours
HOUR, DAY = 3_600_000, 86_400_000
OLDEST = 22  # metadata.version of Kafka 4.0; `kafka-features.sh version-mapping` has them all


class TopicError(Exception):
    """A cluster or a topic that is not as the hub needs it."""


class Cluster(NamedTuple):
    """What a Kafka says of itself; None is what it does not say."""

    brokers: int
    level: int | None  # the metadata.version all brokers agreed on
    transaction: int | None  # transaction.max.timeout.ms


class Found(NamedTuple):
    """What a Kafka says of a topic; *replicas* are those of the partition with the fewest."""

    partitions: int
    replicas: int
    settings: Mapping[str, str]


class Rule(NamedTuple):
    """What a setting of a topic must be: *wanted* says it, or None where the rule does not apply."""

    setting: str
    words: str
    holds: Callable[[str, str], bool]
    wanted: Callable[[Topic, Found], str | None]
    why: str


def _same(value: str, wanted: str) -> bool:
    return value == wanted


def _least(value: str, wanted: str) -> bool:
    return int(value) >= int(wanted)


def _most(value: str, wanted: str) -> bool:
    return int(value) <= int(wanted)


def _cleanup(topic: Topic, found: Found) -> str | None:
    return topic.cleanup


def _stamp(topic: Topic, found: Found) -> str | None:
    return "LogAppendTime" if topic.stamped else None


def _ceiling(topic: Topic, found: Found) -> str | None:
    return str(topic.max_bytes) if topic.max_bytes and topic.outside else None


def _plain(topic: Topic, found: Found) -> str | None:
    return "uncompressed" if topic.outside else None


def _room(topic: Topic, found: Found) -> str | None:
    return str(topic.max_bytes) if topic.max_bytes and not topic.outside else None


def _clean(topic: Topic, found: Found) -> str | None:
    return "false"


def _copies(topic: Topic, found: Found) -> str | None:
    return "2" if found.replicas >= 3 else None


def _spare(topic: Topic, found: Found) -> str | None:
    return str(found.replicas - 1 if found.replicas >= 3 else found.replicas)


def _erased(topic: Topic, found: Found) -> str | None:
    return str(DAY) if topic.cleanup == "compact" and topic.stamped else None


def _tombstones(topic: Topic, found: Found) -> str | None:
    return str(HOUR) if topic.cleanup == "compact" else None


RULES = (
    Rule("cleanup.policy", "not", _same, _cleanup, "make sure that nothing is lost yet, then"),
    Rule("message.timestamp.type", "not", _same, _stamp, "a sender's clock does not say when a record came:"),
    Rule("max.message.bytes", "above", _most, _ceiling, "what it leads to must fit as well:"),
    Rule("compression.type", "not", _same, _plain, "a small batch could unpack to more than the memory holds:"),
    Rule("max.message.bytes", "below", _least, _room, "the largest row must fit:"),
    Rule("unclean.leader.election.enable", "not", _same, _clean, "it drops what was committed:"),
    Rule("min.insync.replicas", "below", _least, _copies, "a commit must be on two brokers:"),
    Rule("min.insync.replicas", "above", _most, _spare, "one broker less, and the hub would stand still:"),
    Rule("max.compaction.lag.ms", "above", _most, _erased, "what is erased must be gone within a day:"),
    Rule("delete.retention.ms", "below", _least, _tombstones, "a slow rebuild would miss what was deleted:"),
)


def settings(topic: Topic, brokers: int = 1) -> dict[str, str]:
    """
    Return what a cluster of so many *brokers* is told about *topic*.

    >>> settings(Topic("state.decide.v1", 12, "compact"), brokers=3)
    {'cleanup.policy': 'compact', 'min.insync.replicas': '2'}
    """
    made = {"cleanup.policy": topic.cleanup}
    if brokers >= 3:
        made["min.insync.replicas"] = "2"
    if topic.max_bytes is not None:
        made["max.message.bytes"] = str(topic.max_bytes)
    if topic.outside:
        made["compression.type"] = "uncompressed"  # so that max.message.bytes bounds what a batch unpacks to
    if topic.cleanup != "compact":
        made["retention.ms"] = "-1"
    if topic.cleanup != "compact" or topic.stamped:
        # The engine asks when a record entered the log, and a sender's clock does not say that.
        made["message.timestamp.type"] = "LogAppendTime"
    if topic.cleanup == "compact" and topic.stamped:
        made["max.compaction.lag.ms"] = str(DAY)
    return made


def ensure(bootstrap: str, topics: Iterable[Topic], *, auth: Mapping[str, Any] | None = None) -> list[str]:
    """Make the topics that are missing, refuse those that are otherwise, and return the names of the new ones."""
    wanted = list(topics)
    with _admin({"bootstrap_servers": bootstrap, **(auth or {})}) as admin:
        cluster = _cluster(admin)
        _refuse_cluster(cluster)
        found = _found(admin, wanted)
        _refuse(wanted, found)
        missing = [topic for topic in wanted if topic.name not in found]
        if missing:
            _create(admin, missing, cluster.brokers)
            _refuse(missing, _found(admin, missing))  # someone else may have been quicker, and of another mind
    return [topic.name for topic in missing]


def check(bootstrap: str, topics: Iterable[Topic], *, auth: Mapping[str, Any] | None = None) -> None:
    """Refuse topics that are missing or otherwise, and warn of what one lost broker would mean; create nothing."""
    wanted = list(topics)
    with _admin({"bootstrap_servers": bootstrap, **(auth or {})}) as admin:
        _refuse_cluster(_cluster(admin))
        found = _found(admin, wanted)
    for topic in wanted:
        if topic.name not in found:
            raise TopicError(
                f"{topic.name}: no such topic; hint: `hub run` creates it with {topic.partitions} partitions"
            )
    _refuse(wanted, found)
    if risk := exposed(found):
        log.warning("topics exposed", reason=risk)


def exposed(found: Mapping[str, Found]) -> str:
    """
    Say what the loss of one broker would do to topics of fewer than three replicas; nothing where all have three.

    >>> one, two, three = (Found(12, replicas, {}) for replicas in (1, 2, 3))
    >>> exposed({"person.v1": one, "rules.v1": two})
    "person.v1: one replica, as with 1 of the hub's topics: a broker that is lost takes decisions with it; hint: three \
brokers, replication factor 3, min.insync.replicas=2"
    >>> exposed({"rules.v1": two}).partition(", or ")[0]
    "rules.v1: two replicas, as with 1 of the hub's topics: without one broker the hub stops"
    >>> exposed({"rules.v1": three})
    ''
    """
    for replicas, words, what in (
        (1, "one replica", "a broker that is lost takes decisions with it"),
        (2, "two replicas", "without one broker the hub stops, or commits are on one disk"),
    ):
        if names := [name for name, topic in found.items() if topic.replicas == replicas]:
            cure = "three brokers, replication factor 3, min.insync.replicas=2"
            return f"{names[0]}: {words}, as with {len(names)} of the hub's topics: {what}; hint: {cure}"
    return ""


def _refuse_cluster(cluster: Cluster) -> None:
    """
    Raise for a Kafka that is too old, or would not let our transactions be.

    >>> _refuse_cluster(Cluster(3, 25, 900_000))
    >>> _refuse_cluster(Cluster(3, 21, 900_000))
    Traceback (most recent call last):
    ...
    hub.edges.broker.TopicError: kafka: metadata.version is 21; 22 (Kafka 4.0) is needed; hint: upgrade \
every broker, then kafka-features.sh upgrade --release-version 4.0
    """
    if cluster.level is None or cluster.level < OLDEST:
        said = "is not told" if cluster.level is None else f"is {cluster.level}"
        raise TopicError(
            f"kafka: metadata.version {said}; {OLDEST} (Kafka 4.0) is needed; "
            "hint: upgrade every broker, then kafka-features.sh upgrade --release-version 4.0"
        )
    if cluster.transaction is not None and cluster.transaction < TRANSACTION:
        raise TopicError(
            f"kafka: transaction.max.timeout.ms is {cluster.transaction}, below {TRANSACTION}; "
            "hint: raise it in every broker's server.properties"
        )


def _refuse(wanted: Sequence[Topic], found: Mapping[str, Found]) -> None:
    """
    Raise for the first topic that is not as wanted.

    >>> _refuse([Topic("person.v1", 12, "delete")], {"person.v1": Found(6, 3, {})})
    Traceback (most recent call last):
    ...
    hub.edges.broker.TopicError: person.v1: has 6 partitions, not 12; hint: set `partitions` in home.json to 6, or \
copy into a new topic: keys move
    """
    for topic in wanted:
        have = found.get(topic.name)
        if have and have.partitions != topic.partitions:
            raise TopicError(
                f"{topic.name}: has {have.partitions} partitions, not {topic.partitions}; "
                f"hint: set `partitions` in home.json to {have.partitions}, or copy into a new topic: keys move"
            )
        for fault in faults(topic, have) if have else ():
            raise TopicError(fault)


def faults(topic: Topic, found: Found) -> Iterator[str]:
    """
    Yield what is wrong with the settings of *topic*, and the cure.

    With three replicas or more, a commit is on two brokers at least and goes on without one; fewer are allowed:

    >>> told = {"cleanup.policy": "delete", "unclean.leader.election.enable": "false"}
    >>> def refused(replicas, insync):
    ...     found = Found(1, replicas, {**told, "min.insync.replicas": insync})
    ...     return [fault.partition("; ")[0] for fault in faults(Topic("a.v1", 1, "delete"), found)]
    >>> refused(3, "1"), refused(3, "2"), refused(3, "3")
    (['a.v1: min.insync.replicas is `1`, below `2`'], [], ['a.v1: min.insync.replicas is `3`, above `2`'])
    >>> refused(1, "1"), refused(2, "1"), refused(2, "2"), refused(1, "2")
    ([], [], [], ['a.v1: min.insync.replicas is `2`, above `1`'])
    """
    for rule in RULES:
        wanted = rule.wanted(topic, found)
        if wanted is not None and not rule.holds(value := found.settings[rule.setting], wanted):
            yield (
                f"{topic.name}: {rule.setting} is `{value}`, {rule.words} `{wanted}`; hint: {rule.why} "
                f"kafka-configs.sh --alter --entity-type topics --entity-name {topic.name} "
                f"--add-config {rule.setting}={wanted}"
            )


def _cluster(admin: KafkaAdminClient) -> Cluster:
    brokers = admin.describe_cluster()["brokers"]
    level = admin.describe_features().get("metadata.version", {}).get("finalized", (None,))[-1]
    limit = "transaction.max.timeout.ms"
    asked = ConfigResource(ConfigResourceType.BROKER, str(brokers[0]["broker_id"]), {limit: None})
    # Who may not ask is answered with nothing.
    told = admin.describe_configs([asked], config_filter="all").get("broker", {}).get(asked.name, {})
    return Cluster(len(brokers), level, int(told[limit]["value"]) if limit in told else None)


def _found(admin: KafkaAdminClient, wanted: Sequence[Topic]) -> dict[str, Found]:
    """Return what exists of *wanted*; the client's answers carry error codes and raise nothing, so look at each."""
    if not wanted:
        return {}
    parts: dict[str, list[Any]] = {}
    for topic in admin.describe_topics([topic.name for topic in wanted]):
        if (error := for_code(topic["error_code"])) is UnknownTopicOrPartitionError:
            continue
        if topic["error_code"]:
            raise TopicError(f"{topic['name']}: the broker answers {error.__name__}; hint: check the name and the ACLs")
        parts[topic["name"]] = topic["partitions"]
    told = _told(admin, list(parts), {rule.setting for rule in RULES})
    return {name: Found(len(p), min(len(one["replica_nodes"]) for one in p), told[name]) for name, p in parts.items()}


def _told(admin: KafkaAdminClient, names: Sequence[str], settings: Collection[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, dict.fromkeys(settings)) for name in names]
    answers = admin.describe_configs(asked, config_filter="all").get("topic", {})
    return {name: _whole(name, settings, answers.get(name, {})) for name in names}


def _whole(name: str, settings: Collection[str], told: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """
    Return what a broker told of topic *name*, if it told all of its *settings*.

    >>> _whole("rules.v1", ["cleanup.policy"], {})
    Traceback (most recent call last):
    ...
    hub.edges.broker.TopicError: rules.v1: the broker keeps `cleanup.policy` back; hint: allow DescribeConfigs on it
    """
    for setting in settings:
        if setting not in told:
            raise TopicError(f"{name}: the broker keeps `{setting}` back; hint: allow DescribeConfigs on it")
    return {setting: told[setting]["value"] for setting in settings}


def identity(names: Sequence[str], client: Mapping[str, Any]) -> tuple[str, float]:
    """What tells these topics from others of their names, and for how many seconds they keep what was deleted."""
    keeps = "delete.retention.ms"
    with _admin(client) as admin:
        ids = sorted(f"{topic['name']}={topic['topic_id']}" for topic in admin.describe_topics(list(names)))
        cluster = admin.describe_cluster()["cluster_id"]
        told = _told(admin, names, [keeps])
    return " ".join([f"cluster={cluster}", *ids]), min(int(one[keeps]) for one in told.values()) / 1000


def _create(admin: KafkaAdminClient, topics: Sequence[Topic], brokers: int) -> None:
    replicas = 3 if brokers >= 3 else -1  # or as the cluster has it by default
    asked = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": replicas,
            "configs": settings(topic, brokers),
        }
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
def _admin(client: Mapping[str, Any]) -> Iterator[KafkaAdminClient]:
    admin = KafkaAdminClient(**client)
    try:
        yield admin
    finally:
        admin.close()
