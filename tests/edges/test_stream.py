"""The worker's lanes in memory: a made-up producer, a made-up feed, and the engine's place taken by a counter."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from faust.transport.drivers import aiokafka as driver
from virtual_log import Packed, Placed

from hub.edges import stream
from hub.edges.failstop import StreamError, check_pins, watch
from hub.edges.health import STILL, Health, Stand, Stands
from hub.edges.lanes import Lanes, Ticks
from hub.edges.store import Passing
from hub.edges.stream import ROOM, Consumer, portion, worker
from hub.edges.transactions import Lane
from hub.log import Out, Record


def record(offset: int, topic: str = "in", number: int = 0) -> Record:
    return Record(topic, number, offset, b"k", b"v", (), 0)


class Producer:
    """Notes what it is asked to do; *refuse* names the call that fails, *slow* makes a commit take a while."""

    def __init__(self, refuse: str = "", slow: float = 0) -> None:
        self.said: list[Any] = []
        self.refuse = refuse
        self.slow = slow

    def _say(self, word: str, *more: Any) -> None:
        self.said.append((word, *more) if more else word)
        if word == self.refuse:
            raise ConnectionError(word)

    create_batch = Packed

    async def begin_transaction(self) -> None:
        self._say("begin")

    async def send_batch(self, batch: Packed, topic: str, *, partition: int) -> Awaitable[Placed]:
        self.said.append(("send", topic, partition, [value for _, value, _ in batch]))
        return asyncio.get_running_loop().create_task(self._answer())

    async def _answer(self) -> Placed:
        if self.refuse == "send":
            raise ConnectionError("send")
        return Placed(0)

    async def send_offsets_to_transaction(self, offsets: Mapping[Any, int], group: str) -> None:
        self._say("offsets", group, {tuple(part): offset for part, offset in offsets.items()})

    async def commit_transaction(self) -> None:
        await asyncio.sleep(self.slow)
        self._say("commit")

    async def abort_transaction(self) -> None:
        self._say("abort")

    async def stop(self) -> None:
        self._say("stop")


class Echo:
    """Answers every record after its position, and remembers what was accepted."""

    def __init__(self) -> None:
        self.last = -1

    def position(self, topic: str) -> int:
        return self.last

    def apply(self, records: Sequence[Record]) -> Any:
        new = [record for record in records if record.offset > self.last]
        outs = tuple(Out("out", 2, b"k", str(record.offset).encode(), ()) for record in new)
        rows = {("state", b"position"): str(new[-1].offset).encode()} if new else {}
        return SimpleNamespace(outs=outs, rows=rows, held={}, last=new[-1].offset if new else self.last)

    def accept(self, batch: Any) -> None:
        self.last = batch.last


def lane(producer: Producer, number: int = 0) -> Lane:
    return Lane(number, Echo(), Passing(), producer, "group")


def test_a_batch_is_one_transaction_of_answers_rows_and_offsets() -> None:
    producer = Producer()

    asyncio.run(lane(producer, 7).apply([record(0, number=7), record(1, number=7)]))

    assert producer.said == [
        "begin",
        ("send", "out", 2, [b"0", b"1"]),
        ("send", "state", 7, [b"1"]),
        ("offsets", "group", {("in", 7): 2}),
        "commit",
    ]


def test_many_answers_fill_several_batches_in_order() -> None:
    producer = Producer()

    asyncio.run(lane(producer).apply([record(offset) for offset in range(7)]))

    sent = [said[3] for said in producer.said if said[:2] == ("send", "out")]
    assert sent == [[b"0", b"1", b"2"], [b"3", b"4", b"5"], [b"6"]]


def test_what_was_applied_before_makes_no_transaction() -> None:
    producer = Producer()
    one = lane(producer)

    async def twice() -> None:
        await one.apply([record(0)])
        producer.said.clear()
        await one.apply([record(0)])

    asyncio.run(twice())

    assert producer.said == []


@pytest.mark.parametrize("refuse", ["begin", "send", "offsets", "commit"])
def test_a_failed_step_aborts_and_accepts_nothing(refuse: str) -> None:
    producer = Producer(refuse)
    one = lane(producer)

    with pytest.raises(ConnectionError):
        asyncio.run(one.apply([record(0)]))

    assert producer.said[-1] == "abort"
    assert one.partition.position("in") == -1


def test_a_commit_that_does_not_return_is_given_up_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.edges.transactions.PATIENCE", 0.05)
    producer = Producer(slow=30)

    with pytest.raises(StreamError, match=r"partition 7: a commit did not return .*; hint: "):
        asyncio.run(lane(producer, 7).apply([record(0, number=7)]))

    assert producer.said[-1] == "abort"


class Feed:
    """Hands out the records after the position it was sent to, some at a time, as the broker would."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.at: dict[int, int] = {}
        self.sought: list[tuple[int, int]] = []

    async def seek(self, number: int, positions: Mapping[str, int]) -> None:
        self.at[number] = positions["in"] + 1
        self.sought.append((number, self.at[number]))

    async def poll(self, number: int) -> Sequence[Record]:
        await asyncio.sleep(0.001)
        first = self.at[number]
        self.at[number] = min(first + 5, self.end)  # moved on, whoever sees the records
        return [record(offset, number=number) for offset in range(first, self.at[number])]

    async def stand(self, numbers: Collection[int]) -> Stands:
        return {("in", number): Stand(self.at[number], self.end) for number in numbers if number in self.at}


class Scene:
    """Lanes over made-up parts; what failed is kept instead of ending the process."""

    def __init__(self, end: int = 50, ticks: Ticks | None = None, still: float = STILL, **producer: Any) -> None:
        self.producers: dict[int, list[Producer]] = {}
        self.failed: list[BaseException] = []
        self.feed = Feed(end)
        self.how = producer
        self.lanes = Lanes(["in"], self.feed, self.open, self.failed.append, ticks, Health(limit=still))

    async def open(self, number: int) -> Lane:
        self.producers.setdefault(number, []).append(Producer(**self.how))
        return lane(self.producers[number][-1], number)

    def said(self, number: int) -> list[Any]:
        return [said for producer in self.producers[number] for said in producer.said]

    def answered(self, number: int) -> list[int]:
        """The offsets answered in committed transactions."""
        answered, pending = [], list[int]()
        for said in self.said(number):
            if said[0] == "send" and said[1] == "out":
                pending += map(int, said[3])
            elif said in ("commit", "abort"):
                answered += pending if said == "commit" else []
                pending = []
        return answered


def test_every_number_is_served_in_order() -> None:
    scene = Scene()

    async def play() -> None:
        await scene.lanes.own([0, 1])
        await asyncio.sleep(0.1)
        await scene.lanes.close()

    asyncio.run(play())

    assert scene.answered(0) == scene.answered(1) == list(range(50))
    assert not scene.failed


def test_a_rest_at_any_moment_ends_whole_and_loses_nothing() -> None:
    scene = Scene(end=60, slow=0.001)

    async def play() -> None:
        for pause in itertools.chain(range(20), [100]):
            await scene.lanes.own([0])
            await asyncio.sleep(pause / 1000)
            await scene.lanes.rest()
            assert scene.said(0)[-1] == "commit" if scene.producers and scene.said(0) else True

    asyncio.run(play())

    assert scene.answered(0) == list(range(60))
    assert len(scene.producers[0]) == 1, "what comes straight back is not opened again"


def test_a_rest_ends_though_a_lane_that_opens_misses_its_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.edges.lanes.AGAIN", 0.05)
    scene = Scene()

    async def deaf(number: int) -> Lane:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        return await scene.open(number)

    async def play() -> None:
        scene.lanes = Lanes(["in"], scene.feed, deaf, scene.failed.append)
        await scene.lanes.own([0])
        await asyncio.sleep(0.01)
        async with asyncio.timeout(10):
            await scene.lanes.close()

    asyncio.run(play())

    assert scene.said(0)[-1] == "stop"
    assert not scene.failed


def test_a_rebalance_that_does_not_end_ends_the_worker() -> None:
    scene = Scene(still=0.5)

    async def play() -> None:
        for _ in range(7):  # together longer than one may last
            await scene.lanes.own([0])
            await asyncio.sleep(0.01)
            await scene.lanes.rest()
            await asyncio.sleep(0.1)
        assert not scene.failed
        await scene.lanes.close()
        await asyncio.sleep(1)

    asyncio.run(play())

    (failed,) = scene.failed
    assert isinstance(failed, StreamError)
    assert str(failed).startswith("group: a rebalance has not ended for ")


def test_a_number_that_is_gone_is_closed_and_opened_anew_when_it_returns() -> None:
    scene = Scene()

    async def play() -> None:
        for numbers in [0, 1], [1], [0, 1]:
            await scene.lanes.own(numbers)
            await asyncio.sleep(0.01)
        await scene.lanes.close()

    asyncio.run(play())

    assert len(scene.producers[0]) == 2
    assert len(scene.producers[1]) == 1
    assert scene.producers[0][0].said[-1] == "stop"


def test_whatever_goes_wrong_in_a_lane_ends_the_worker() -> None:
    scene = Scene(refuse="commit")

    async def play() -> None:
        await scene.lanes.own([0])
        await asyncio.sleep(0.05)

    asyncio.run(play())

    assert [str(error) for error in scene.failed] == ["commit"]
    assert scene.said(0).count("begin") == 1, "nothing is tried again in place"


def test_ticks_are_transactions_of_the_partitions_owner() -> None:
    scene = Scene(end=0, ticks=Ticks(0.01, lambda at: b"tick", "person.v1"))

    async def play() -> None:
        await scene.lanes.own([3])
        await asyncio.sleep(0.1)
        await scene.lanes.close()

    asyncio.run(play())

    assert scene.said(3)[:3] == ["begin", ("send", "person.v1", 3, [b"tick"]), "commit"]
    assert not scene.failed


def test_the_engine_without_a_folder_for_its_state_is_refused() -> None:
    with pytest.raises(StreamError, match="state: no folder named; hint: "):
        worker(None, inputs=[], states=[], partitions=1, bootstrap="", app_id="hub")


def test_other_versions_than_the_tested_are_refused() -> None:
    check_pins()

    with pytest.raises(StreamError, match=r"mode-streaming: 9 is installed, not 0\.7\.1; hint:"):
        check_pins({"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "9"}.__getitem__)


def test_a_loop_that_stands_still_is_noticed() -> None:
    noticed: list[BaseException] = []

    async def stand_still() -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=watch, args=(loop, 0.1, noticed.append), daemon=True).start()
        await asyncio.sleep(0.2)
        assert not noticed
        time.sleep(0.5)

    asyncio.run(stand_still())

    assert "event loop: stuck" in str(noticed[0])


@pytest.mark.parametrize("stopping", [True, False])
def test_a_fetcher_cut_short_is_a_fault_only_while_the_worker_goes_on(stopping: bool) -> None:
    app = SimpleNamespace(should_stop=stopping)
    fetcher: Any = SimpleNamespace(wait_until_stopped=lambda: asyncio.sleep(60))

    async def scene() -> bool:
        drained = asyncio.create_task(Consumer._drain_messages(SimpleNamespace(app=app), fetcher))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        drained.cancel()
        await asyncio.wait([drained])
        return drained.cancelled()

    assert asyncio.run(scene()) == (not stopping)


@pytest.mark.parametrize("where", ["Faust", "a lane"])
def test_an_assignment_that_fails_ends_the_worker(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """aiokafka swallows what a listener raises, and the member would stay in the group with nothing to do."""
    scene, failed = Scene(refuse="stop" if where == "a lane" else ""), []

    async def assigned(self: Any, assigned: Any, generation_id: int) -> None:
        if where == "Faust":
            raise ConnectionError

    monkeypatch.setattr(driver.Consumer, "on_partitions_assigned", assigned)
    monkeypatch.setattr(stream, "fail", failed.append)
    consumer = Consumer.__new__(Consumer)
    consumer.app = SimpleNamespace(should_stop=False, setup=SimpleNamespace(inputs=("in",)))  # type: ignore[assignment]
    consumer.lanes = scene.lanes

    async def play() -> None:
        await scene.lanes.own([0])
        await asyncio.sleep(0.01)
        await consumer.on_partitions_assigned(set(), 1)

    asyncio.run(play())

    assert [type(error) for error in failed] == [ConnectionError]


def test_headers_count_among_the_bytes_of_a_portion() -> None:
    headers = (("note", bytes(500_000)), ("empty", None))

    class Sender:
        def __init__(self) -> None:
            self.sent = 0

        async def getmany(self, *parts: Any, timeout_ms: int, max_records: int) -> Any:
            self.sent += 1
            place = {"topic": "in", "partition": 0, "offset": self.sent, "key": b"k", "value": b"v"}
            sizes = {"serialized_key_size": 1, "serialized_value_size": 1}
            return {"in": [SimpleNamespace(**place, **sizes, headers=headers, timestamp=0)]}

    records = asyncio.run(portion(Sender(), [TopicPartition("in", 0)]))

    assert len(records) == ROOM // 500_000 + 1
