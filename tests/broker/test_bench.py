"""`hub bench` on a real Kafka: both logs answer alike, and the open loop has its latencies."""

from hub.bench.pipeline import both_logs
from hub.bench.side import Size, World
from hub.edges.local_broker import broker


def test_the_hub_answers_alike_on_both_logs_while_it_is_measured():
    size = Size(events=1000, rounds=1, rate=100, seconds=2, workers=2)
    with broker(own=True) as lender:
        told = both_logs(lender.bootstrap, None, size, World(1000), print)

    assert {name: made["verified"] for name, made in told["subjects"].items()} == {"embedded": True, "kafka": True}
    assert told["subjects"]["kafka"]["p50_ms"] > 0
    assert sum(told["mix"].values()) == 1000
