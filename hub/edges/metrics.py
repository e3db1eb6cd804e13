"""A worker's health as Prometheus reads it; made when asked for, so that counting costs the worker next to nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.edges.health import Health, Histogram

STAGES = {"intake": "resolve", "acks": "ack", "person": "decide"}
Samples = Iterable[tuple[Sequence[object], float]]


def registry(health: Health) -> CollectorRegistry:
    """Return a registry of its own, with what *health* knows and what the process costs."""
    made = CollectorRegistry()
    made.register(Metrics(health))
    ProcessCollector(registry=made)
    return made


class Metrics(Collector):
    """Every metric of the hub, by name; labels are topic names, partition numbers and the stages above."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        yield from self._counted()
        yield from self._measured()
        health = self._health
        yield histogram("hub_batch_seconds", "from a batch's records in hand to its commit", health.seconds)
        yield histogram("hub_batch_records", "records in one batch", health.sizes)

    def _counted(self) -> Iterator[Metric]:
        health = self._health
        taken = [((stage(topic), topic, number), count) for (topic, number), count in dict(health.records).items()]
        answers = dict(health.answers)
        refused = {topic: count for topic, count in answers.items() if topic.startswith("quarantine.")}
        for name, words, labels, samples in (
            ("hub_records", "records applied", ("stage", "topic", "partition"), taken),
            ("hub_answers", "records written, state rows apart", ("topic",), single(answers)),
            ("hub_quarantined", "records that could not be taken", ("topic",), single(refused)),
            (
                "hub_transactions",
                "batches committed; an abort ends the process",
                ("partition",),
                single(health.batches),
            ),
            ("hub_ticks", "ticks of the clock written", ("partition",), single(health.ticks)),
        ):
            family = CounterMetricFamily(name, words, labels=labels)
            for values, count in samples:
                family.add_metric([str(value) for value in values], count)
            yield family

    def _measured(self) -> Iterator[Metric]:
        health = self._health
        stands = dict(health.stands)
        lags = [((topic, number), stand.lag) for (topic, number), stand in stands.items()]
        paused = [((topic, number), 1) for (topic, number), stand in stands.items() if stand.paused]
        hot = {number: int(number in health.hot) for number in health.open}
        for name, words, labels, samples in (
            ("hub_lag_records", "records committed and not yet applied", ("topic", "partition"), lags),
            (
                "hub_topic_paused",
                "1 where a topic is held back on purpose, else not there",
                ("topic", "partition"),
                paused,
            ),
            ("hub_partitions_owned", "partition numbers assigned here", (), [((), len(health.owned))]),
            ("hub_partitions_open", "and open, so that records are applied", (), [((), len(health.open))]),
            ("hub_rebuild_ratio", "how far a rebuild is, up to 1", ("partition",), single(health.rebuilt)),
            ("hub_last_commit_timestamp_seconds", "of a batch, since 1970", ("partition",), single(health.committed)),
            ("hub_partition_hot", "1 where far more comes than elsewhere, and waits", ("partition",), single(hot)),
            (
                "hub_rules_expire_timestamp_seconds",
                "from when on the rules in force disclose nothing, since 1970",
                ("partition",),
                single({number: at / 1_000_000 for number, at in dict(health.expires).items()}),
            ),
            (
                "hub_agreement_lapses_timestamp_seconds",
                "from when on an agreement in force discloses nothing, since 1970",
                ("agreement",),
                single({name: at / 1_000_000 for name, at in health.agreements().items()}),
            ),
            ("hub_timers_due", "people whose timer has run out and not yet fired", ("partition",), single(health.due)),
        ):
            family = GaugeMetricFamily(name, words, labels=labels)
            for values, value in samples:
                family.add_metric([str(one) for one in values], value)
            yield family


def single(values: Mapping[str, float] | Mapping[int, float]) -> list[tuple[tuple[object], float]]:
    return [((label,), value) for label, value in dict(values).items()]


def histogram(name: str, words: str, found: Histogram) -> HistogramMetricFamily:
    bounds = [*map(str, found.bounds), "+Inf"]
    buckets = list(zip(bounds, accumulate(found.counts), strict=True))
    return HistogramMetricFamily(name, words, buckets=buckets, sum_value=found.total)


def stage(topic: str) -> str:
    """
    Return which stage takes a topic's records.

    >>> stage("intake.gmp.v1"), stage("person.v1"), stage("strangers")
    ('resolve', 'decide', 'other')
    """
    return STAGES.get(topic.partition(".")[0], "other")
