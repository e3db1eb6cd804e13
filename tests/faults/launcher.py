"""
`hub run` with a fault in it: `python tests/faults/launcher.py SETUP run --kafka ...`, where SETUP is JSON.

`at` names a moment, its how-manieth occurrence and the signal this process then sends itself; `without` names a guard
that is taken away. Product code knows nothing of this: what is wrapped here is the client library, and where there is
no other way an attribute of the hub, which must be there.
"""

import asyncio
import itertools
import json
import os
import sys
import uuid
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from hub import engine, topics
from hub.cli.main import main
from hub.edges import store, stream

SESSION = 6.0  # seconds; the broker allows no less
Reached = Callable[[], None]


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Have *around* called in place of a method, with the original as its first argument."""
    setattr(owner, name, _around(getattr(owner, name), around))


def _around(original: Any, around: Callable[..., Any]) -> Callable[..., Any]:
    if asyncio.iscoroutinefunction(original):

        async def waited(self: Any, *args: Any, **more: Any) -> Any:
            return await around(original, self, *args, **more)

        return waited
    return lambda self, *args, **more: around(original, self, *args, **more)


def after_poll(reached: Reached) -> None:
    """Records have arrived for the worker, and no transaction is open: what follows is all still to be written."""
    open_now = transactions()

    async def polled(getmany: Any, consumer: Any, *parts: Any, **how: Any) -> Any:
        found = await getmany(consumer, *parts, **how)
        if any(found.values()) and consumer._group_id is not None:
            await none_of(open_now)
            reached()
        return found

    wrap(AIOKafkaConsumer, "getmany", polled)


def before_begin(reached: Reached) -> None:
    """A batch is made, and no transaction is open: nothing stands between it and the log but the fence."""
    open_now = transactions()

    async def begin(original: Any, producer: Any) -> None:
        await none_of(open_now)
        reached()
        await original(producer)

    wrap(AIOKafkaProducer, "begin_transaction", begin)


def transactions() -> set[int]:
    """The transactions that are open, kept up to date."""
    open_now: set[int] = set()

    async def begin(original: Any, producer: Any) -> None:
        open_now.add(id(producer))
        await original(producer)

    async def end(original: Any, producer: Any) -> None:
        await original(producer)
        open_now.discard(id(producer))

    wrap(AIOKafkaProducer, "begin_transaction", begin)
    wrap(AIOKafkaProducer, "commit_transaction", end)
    return open_now


async def none_of(open_now: set[int]) -> None:
    """Wait until no transaction is open: on a slow machine one or another of four always is."""
    while open_now:
        await asyncio.sleep(0.005)


def in_rebuild(reached: Reached) -> None:
    """A partition's rows are being read back."""

    async def polled(getmany: Any, consumer: Any, *parts: Any, **how: Any) -> Any:
        found = await getmany(consumer, *parts, **how)
        if any(found.values()) and consumer._group_id is None:
            reached()
        return found

    wrap(AIOKafkaConsumer, "getmany", polled)


def mid_send(reached: Reached) -> None:
    """The first batch of a transaction is on the broker, the others are not."""

    async def begin(original: Any, producer: Any) -> None:
        producer.faults_first = True
        await original(producer)

    async def send(original: Any, producer: Any, *args: Any, **more: Any) -> Any:
        answer = await original(producer, *args, **more)
        if producer.faults_first:
            producer.faults_first = False
            await asyncio.wait([answer])
            reached()
        return answer

    wrap(AIOKafkaProducer, "begin_transaction", begin)
    wrap(AIOKafkaProducer, "send_batch", send)


def after_send(reached: Reached) -> None:
    """Every batch is on the broker, the offsets are not."""

    async def send(original: Any, producer: Any, *args: Any) -> None:
        reached()
        await original(producer, *args)

    wrap(AIOKafkaProducer, "send_offsets_to_transaction", send)


def before_commit(reached: Reached) -> None:
    async def commit(original: Any, producer: Any) -> None:
        reached()
        await original(producer)

    wrap(AIOKafkaProducer, "commit_transaction", commit)


def after_commit(reached: Reached) -> None:
    """The broker has committed, the engine has not been told."""

    async def commit(original: Any, producer: Any) -> None:
        await original(producer)
        reached()

    wrap(AIOKafkaProducer, "commit_transaction", commit)


def before_cache(reached: Reached) -> None:
    """The transaction is over, what lies on disk is from before it."""

    def write(original: Any, cache: Any, *args: Any) -> None:
        reached()
        original(cache, *args)

    wrap(store.Cache, "write", write)


def before_accept(reached: Reached) -> None:
    """The transaction is over, what memory holds is from before it."""

    def accept(original: Any, partition: Any, batch: Any) -> None:
        reached()
        original(partition, batch)

    wrap(engine.Partition, "accept", accept)


def without_fencing() -> None:
    """Every start has a transactional id of its own, so nobody is fenced."""

    def init(original: Any, producer: Any, **how: Any) -> None:
        named = how.get("transactional_id")
        original(producer, **how | ({"transactional_id": f"{named}-{uuid.uuid4().hex}"} if named else {}))

    wrap(AIOKafkaProducer, "__init__", init)


UNANSWERED = SimpleNamespace(offset=-1)  # as aiokafka says where it does not know


def without_awaited_sends() -> None:
    """A send is taken for its answer."""

    async def send(original: Any, producer: Any, *args: Any, **more: Any) -> Any:
        (await original(producer, *args, **more)).add_done_callback(lambda answer: answer.exception())
        done = asyncio.get_running_loop().create_future()
        done.set_result(UNANSWERED)
        return done

    wrap(AIOKafkaProducer, "send_batch", send)


def without_the_position_row() -> None:
    """Every start begins at the beginning."""

    def number(original: Any, partition: Any, topic: str, key: bytes, none: int) -> int:
        return none if topic == topics.POSITIONS else int(original(partition, topic, key, none))

    wrap(engine.Partition, "_number", number)


MOMENTS = {
    "after-poll": after_poll,
    "before-begin": before_begin,
    "mid-send": mid_send,
    "after-send": after_send,
    "before-commit": before_commit,
    "after-commit": after_commit,
    "before-cache": before_cache,
    "before-accept": before_accept,
    "in-rebuild": in_rebuild,
}
GUARDS = {
    "fencing": without_fencing,
    "awaited-sends": without_awaited_sends,
    "position-row": without_the_position_row,
}


def once(nth: int, what: int) -> Reached:
    """Send this process signal *what* the *nth* time it is called."""
    times = itertools.count(1)
    return lambda: os.kill(os.getpid(), what) if next(times) == nth else None


def prepare(most: int, at: tuple[str, int, int] | None = None, without: str | None = None) -> None:
    """Make this process faulty, and its transactions small, so that there are many to fall into."""
    assert most < stream.MOST
    stream.MOST, stream.HANDFUL = most, min(most, stream.HANDFUL)
    stream.worker = partial(stream.worker, session_timeout=SESSION)
    if at:
        MOMENTS[at[0]](once(*at[1:]))
    if without:
        GUARDS[without]()


if __name__ == "__main__":
    prepare(**json.loads(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
