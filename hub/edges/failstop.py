"""How a worker ends that must not go on: at once, saying why, to be started again."""

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from importlib.machinery import EXTENSION_SUFFIXES
from typing import NoReturn

import aiokafka.errors
import kafka.errors
import structlog

from hub.edges.broker import TopicError
from hub.log import StoreError

log = structlog.get_logger()

PINS = {"faust-streaming": "0.15.3", "aiokafka": "0.14.0", "mode-streaming": "0.7.1"}
BUILT = {"faust-streaming": "faust._cython.streams", "aiokafka": "aiokafka.record._crecords.default_records"}
SWITCHES = ("NO_CYTHON", "AIOKAFKA_NO_EXTENSIONS")
CURE = "the worker starts again by itself; if this comes back, look at the broker's log"
EXIT = 70  # EX_SOFTWARE: start again, and the position row tells what was committed
LAST_WORDS = 2.0  # seconds to say why
STUCK = 60.0  # seconds without a turn of the event loop until the worker counts as stuck


class StreamError(Exception):
    """A worker that must not go on; the text is ours and names nobody."""


def check_pins(installed: Callable[[str], str] = importlib.metadata.version) -> None:
    """
    Refuse versions other than those this worker was tested against.

    >>> check_pins({**PINS, "aiokafka": "0.15.0"}.__getitem__)
    Traceback (most recent call last):
    ...
    hub.edges.failstop.StreamError: aiokafka: 0.15.0 is installed, not 0.14.0; hint: pip install aiokafka==0.14.0
    """
    for name, tested in PINS.items():
        if (found := installed(name)) != tested:
            raise StreamError(f"{name}: {found} is installed, not {tested}; hint: pip install {name}=={tested}")


def check_built(told: Mapping[str, str] = os.environ, built: Callable[[str], bool] | None = None) -> None:
    """
    Refuse Faust and aiokafka without their C extensions: the stand-ins are slow, and Faust's acks what it skipped.

    >>> check_built({"NO_CYTHON": "1"})
    Traceback (most recent call last):
    ...
    hub.edges.failstop.StreamError: NO_CYTHON: set, which leaves the C extensions out; hint: unset it
    >>> check_built({}, lambda module: not module.startswith("faust."))
    Traceback (most recent call last):
    ...
    hub.edges.failstop.StreamError: faust-streaming: installed without its C extensions; hint: pip install \
--force-reinstall --only-binary faust-streaming faust-streaming==0.15.3
    """
    for switch in SWITCHES:
        if told.get(switch):
            raise StreamError(f"{switch}: set, which leaves the C extensions out; hint: unset it")
    for name, module in BUILT.items():
        if not (built or _compiled)(module):
            wheel = f"--only-binary {name} {name}=={PINS[name]}"
            raise StreamError(
                f"{name}: installed without its C extensions; hint: pip install --force-reinstall {wheel}"
            )


def _compiled(module: str) -> bool:
    found = importlib.util.find_spec(module)
    return found is not None and str(found.origin).endswith(tuple(EXTENSION_SUFFIXES))


def fail(error: BaseException) -> NoReturn:
    """
    Say why, and end the process: nothing is retried in place, for only a fresh start knows what was committed.

    It ends even where nobody reads its words, so that whoever writes waits with the stream's lock in hand.
    """
    try:
        saying = threading.Thread(target=_say, args=(reason(error),), daemon=True)
        saying.start()
        saying.join(LAST_WORDS)
    finally:
        os._exit(EXIT)


def _say(why: str) -> None:
    log.critical("worker stopped at once", reason=why)
    with contextlib.suppress(Exception):
        logging.shutdown()


def reason(error: BaseException) -> str:
    """
    Return what may be logged of *error*: our own words and Kafka's; of anything else only its kind and place.

    >>> reason(StreamError("partition 3: gone; hint: look"))
    'partition 3: gone; hint: look'
    >>> try:
    ...     {}["a real name"]
    ... except KeyError as error:
    ...     reason(error)
    'KeyError at <doctest hub.edges.failstop.reason[1]>:2'
    >>> reason(TopicError("person.v1: no such topic; hint: `hub run` creates it"))
    'person.v1: no such topic; hint: `hub run` creates it'
    >>> reason(kafka.errors.KafkaTimeoutError("no metadata"))
    'KafkaTimeoutError (KafkaTimeoutError: no metadata) at '
    """
    if isinstance(error, StreamError | StoreError | TopicError):
        return str(error)
    words = f" ({error})" if isinstance(error, aiokafka.errors.KafkaError | kafka.errors.KafkaError) else ""
    return f"{type(error).__name__}{words} at {place(error)}"


def place(error: BaseException) -> str:
    """Return the innermost three lines *error* passed through, the innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[:-4:-1]
    return " < ".join(f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}" for frame in frames)


def watch(loop: asyncio.AbstractEventLoop, limit: float, fail: Callable[[BaseException], None]) -> None:
    """
    Fail when *loop* has not turned for *limit* seconds.

    Its member would stay in the group and its partitions stand still, for heartbeats have a thread of their own.
    """
    turned = threading.Event()
    while not loop.is_closed():
        turned.clear()
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            loop.call_soon_threadsafe(turned.set)
            if not turned.wait(limit) and loop.is_running():
                fail(StreamError(f"event loop: stuck for {limit:.0f} s; hint: look for a batch too slow to apply"))
        time.sleep(min(1, limit))
