"""
Canaries of aiokafka: each shows a lack that the worker works around, in the version it is pinned to.

One that fails is good news: fixed upstream, so the guard it names may go.
"""

import asyncio
import inspect

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder, MessageBatch
from aiokafka.producer.transaction_manager import TransactionManager, TransactionState
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.transaction import TxnOffsetCommitRequest

PART = TopicPartition("answers", 0)


def test_a_rejected_batch_does_not_fail_its_transaction():
    """Java and kafka-python move to an abortable error, so that the commit cannot succeed without the batch."""

    async def scene():
        manager = TransactionManager("hub-0", 15_000)
        manager.set_pid_and_epoch(1, 0)
        manager.begin_transaction()
        batch = MessageBatch(PART, BatchBuilder(16_384, 0, is_transactional=1), 40, 0)
        batch.failure(MessageSizeTooLargeError())
        batch.future.exception()
        state = manager.state
        manager.committing_transaction()
        return state, manager.state

    assert asyncio.run(scene()) == (TransactionState.IN_TRANSACTION, TransactionState.COMMITTING_TRANSACTION), (
        "fixed upstream: awaiting every send before the commit (`Lane._send`) may go"
    )


def test_a_transaction_does_not_say_which_member_of_the_group_it_speaks_for():
    """No KIP-447: a broker cannot tell a zombie by the group's generation."""
    told = inspect.signature(AIOKafkaProducer.send_offsets_to_transaction).parameters
    fixed = "fixed upstream: one producer and transactional id per partition number (`open_lane`) may go"

    assert list(told) == ["self", "offsets", "group_id"], fixed
    assert newest(TxnOffsetCommitRequest, "hub-0", "hub", 1, 0, []) < 3, fixed


def test_an_offset_may_be_read_that_an_open_transaction_is_about_to_change():
    """`require_stable` came with OffsetFetch 7 (KIP-447)."""
    assert newest(OffsetFetchRequest, "hub", []) < 7, (
        "fixed upstream: the position in the state rows may go, and with it fencing before reading (`open_lane`)"
    )


def test_a_cancellation_that_finds_a_client_closing_is_lost():
    async def slow():
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)

    async def scene():
        client = AIOKafkaClient()
        client._sync_task = asyncio.create_task(slow())
        await asyncio.sleep(0)
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        return closing.cancelled()

    assert not asyncio.run(scene()), "fixed upstream: cancelling a second time (`lanes.ended`) may go"


def newest(request, *told):
    """The newest version of *request* that the client can speak."""
    made = request(*told)
    return made.prepare({made.API_KEY: (0, 99)}).API_VERSION


def test_what_a_rebalance_listener_raises_ends_in_a_log_line():
    class Refusing(ConsumerRebalanceListener):
        def on_partitions_revoked(self, revoked):
            raise RuntimeError("not mine to give")

        def on_partitions_assigned(self, assigned): ...

    async def scene():
        coordinator = object.__new__(GroupCoordinator)
        coordinator._subscription, coordinator.group_id = SubscriptionState(), "hub"
        coordinator._subscription.subscribe({"in"}, listener=Refusing())
        await coordinator._on_join_prepare(None)

    try:
        asyncio.run(scene())
    except RuntimeError:
        raise AssertionError("fixed upstream: `fail` in `Consumer.on_partitions_assigned` may go") from None
