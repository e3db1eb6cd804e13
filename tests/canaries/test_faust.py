"""
Canaries of Faust: each shows a defect because of which its acks, tables and exactly-once are not in the hub's path.

One that fails is good news: fixed upstream, so what it names may be thought of anew. Numbers are threads of
faust-streaming/faust; where there is none, it was found by reading.
"""

import asyncio
import time
from types import SimpleNamespace

import faust
import pytest
from aiokafka.errors import MessageSizeTooLargeError
from faust.assignor.partition_assignor import PartitionAssignor
from faust.events import Event
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Producer
from faust.types import TP, FutureMessage, Message, PendingMessage

PART = TP("in", 0)
LANES = "fixed upstream: Faust's own acks and offsets (instead of `Lanes` and the position rows) may be thought of"
ENGINE = "fixed upstream: Faust's exactly-once (instead of `Lane` and its transactions) may be thought of"
ROWS = "fixed upstream: Faust's tables (instead of state rows and `rebuild`) may be thought of"
TIMERS = "fixed upstream: Faust's windows (instead of timers in a person's row) may be thought of"


@pytest.fixture
def app():
    made = faust.App("canary", broker="kafka://", store="memory://", web_enabled=False)
    made.finalize()
    return made


@pytest.mark.parametrize(
    ("committed", "acked", "commits"),
    [(2585, [2586, 2587, 2588, 2589], 2590), (None, [5, 6], 7)],
    ids=["one in flight", "five in flight, nothing committed yet"],
)
def test_an_offset_is_committed_past_a_message_in_flight(committed, acked, commits):
    """#606; a fix lies in #707."""
    consumer = SimpleNamespace(_acked={PART: [*acked]}, _gap={PART: None}, _committed_offset={PART: committed})
    consumer._acked_index = {PART: set(acked)}

    assert Consumer._new_offset(consumer, PART) == commits, LANES


def test_an_event_whose_agent_raised_is_acknowledged(app):
    """#315, #527: the agent is started again after it."""
    message = Message("in", 0, 7, 0.0, 0, (), b"k", b"v", None)

    async def scene():
        message.generation_id = app.consumer_generation_id
        app.flow_control.resume()
        channel = app.channel()
        stream = app.stream(channel).__aiter__()
        first = asyncio.create_task(anext(stream))
        await asyncio.sleep(0.01)
        await channel.put(Event(app, b"k", b"v", (), message))
        await first
        await stream.aclose()  # as the body's exception does

    asyncio.run(scene())

    assert message.acked, LANES


def test_a_message_that_was_not_published_is_a_warning(app):
    """An answer or a table's row is missing, and the commit goes on."""

    async def scene():
        answer = asyncio.get_running_loop().create_future()
        answer.set_exception(MessageSizeTooLargeError())
        topic = app.topic("out")
        message = FutureMessage(PendingMessage(topic, b"k", b"v", 0, 0.0, (), None, None, None))
        topic._on_published(answer, message, None, {})
        assert message.exception()

    try:
        asyncio.run(scene())
    except MessageSizeTooLargeError:
        pytest.fail(LANES)


def test_exactly_once_cannot_send_to_a_topic_it_does_not_read(app):
    """#440."""
    try:
        PartitionAssignor(app).group_for_topic("answers")
    except KeyError:
        return
    pytest.fail(ENGINE)


def test_a_transaction_that_cannot_begin_is_a_warning():
    """#323: after a rebalance its input goes into the transaction that is still open, a second time."""

    class Stuck:
        async def begin_transaction(self):
            raise RuntimeError("IN_TRANSACTION -> IN_TRANSACTION")

    async def scene():
        producer = SimpleNamespace(
            _transaction_producers={"t": Stuck()}, _trn_locks={"t": asyncio.Lock()}, _ensure_producer=lambda: None
        )
        await Producer.begin_transaction(producer, "t")

    try:
        asyncio.run(scene())
    except RuntimeError:
        pytest.fail(ENGINE)


def test_a_table_of_which_nothing_was_fetched_yet_counts_as_recovered(app):
    """Under exactly-once the end of the changelog is None until something was fetched; None becomes -1."""

    async def scene():
        cached = SimpleNamespace(last_stable_offset=lambda tp: None)
        thread = SimpleNamespace(_ensure_consumer=lambda: cached, consumer=SimpleNamespace(in_transaction=True))
        consumer = SimpleNamespace(highwaters=lambda *parts: AIOKafkaConsumerThread._highwaters(thread, parts))
        recovery = Recovery(app, app.tables)
        await recovery._build_highwaters(consumer, {PART}, recovery.active_highwaters, "active")
        recovery.active_offsets[PART] = -1
        return recovery.need_recovery()

    assert asyncio.run(scene()) is False, ROWS


def test_the_offset_of_a_stored_table_is_looked_for_under_another_topic(app):
    """Kept by the changelog's partition, asked for by the source's."""
    kept = []
    store = SimpleNamespace(set_persisted_offset=lambda tp, offset: kept.append(offset))
    tables = TableManager(app)
    tables.persist_offset_on_commit(store, TP("canary-table-changelog", 0), 7)

    tables.on_commit({PART: 8})

    assert kept == [], ROWS


def test_all_producers_of_a_process_share_their_transactions():
    """Two apps in one process commit and abort for one another."""
    one, other = (faust.App(name, broker="kafka://", web_enabled=False).producer for name in "ab")

    assert one._transaction_producers is other._transaction_producers, ENGINE


def test_windows_close_by_the_clock_on_the_wall(app):
    """#193, #385: whatever time the table is relative to."""
    table = app.Table("seen", default=int).tumbling(10, expires=10).relative_to_field(None).table
    table._partition_timestamps = {0: [time.time() - 60]}  # event time is far behind: a replay of last year
    table._partition_timestamp_keys = {(0, table._partition_timestamps[0][0]): set()}

    asyncio.run(table._del_old_keys())

    assert table._partition_timestamps == {0: []}, TIMERS
