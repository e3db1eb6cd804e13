"""How a lane's producer is made: what it promises is not a setting."""

import asyncio
from typing import Any

import pytest

from hub.edges import transactions
from hub.edges.failstop import StreamError
from hub.edges.transactions import open_lane


class Producer:
    """Stands in for aiokafka's, which would want a broker; its start takes *long*."""

    long = 0.0
    made: dict[str, Any]
    stopped: bool

    def __init__(self, **how: Any) -> None:
        Producer.made = how

    async def start(self) -> None:
        await asyncio.sleep(self.long)

    async def stop(self) -> None:
        Producer.stopped = True


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> type[Producer]:
    Producer.made, Producer.stopped = {}, False
    monkeypatch.setattr(transactions, "AIOKafkaProducer", Producer)
    return Producer


def opened() -> None:
    nothing: Any = object()
    asyncio.run(
        open_lane(3, lambda number, state: nothing, app_id="hub", states=[], client={"bootstrap_servers": "nowhere:1"})
    )


def test_a_lane_waits_for_every_replica_in_sync_and_writes_nothing_twice(producer: type[Producer]) -> None:
    opened()

    assert producer.made["acks"] == "all"
    assert producer.made["enable_idempotence"] is True
    assert producer.made["transactional_id"] == "hub-3"
    assert producer.made["transaction_timeout_ms"] == 15_000


def test_a_fence_that_does_not_come_is_given_up_and_told(
    producer: type[Producer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "PATIENCE", 0.05)
    monkeypatch.setattr(Producer, "long", 30.0)

    with pytest.raises(StreamError, match="partition 3: the broker did not fence the predecessor within 0 s; hint: "):
        opened()

    assert producer.stopped
