"""`hub run --workers N`: N workers on one machine, started, watched, started again, stopped together."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from hub.edges.guard import Guard

log = structlog.get_logger()

FIRST, MOST = 1.0, 60.0  # seconds until one that died is started again: doubled each time it dies young
YOUNG = 120.0  # seconds
LOOK = 0.1  # seconds between two looks at everybody
ENDED_WELL = 0, -signal.SIGTERM  # who is told to stop before it has begun dies of the signal, with nothing begun
GRACE = 60.0  # seconds for a last transaction, then SIGKILL: the log is whole either way


class Member:
    """
    One place in the crew: the process that fills it, and when the next one may.

    With a name of its own (static membership) a successor finds its partitions as they were, and the others are not
    disturbed, if it is there within the session timeout.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[str], "subprocess.Popen[bytes]"],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._start = start
        self._clock = clock
        self._pause = FIRST
        self._due: float | None = None
        self.process = self._begin()

    def _begin(self) -> "subprocess.Popen[bytes]":
        self._born, self._due = self._clock(), None
        process = self._start(self.name)
        log.info("worker started", member=self.name, pid=process.pid)
        return process

    def look(self) -> None:
        """Start the process again if it ended: at once if in good order, otherwise after a pause that grows."""
        code = self.process.poll()
        if code is None:
            return
        now = self._clock()
        if self._due is None:
            self._due = now + self._wait(code, now - self._born)
            facts = {"member": self.name, "code": code, "seconds": round(self._due - now)}
            if code:
                log.warning("worker ended", **facts, hint="its last words are above")
            else:
                log.info("worker ended", **facts)
        if now >= self._due:
            self.process = self._begin()

    def _wait(self, code: int, lived: float) -> float:
        if code == 0 or lived >= YOUNG:
            self._pause = FIRST
        if code == 0:
            return 0.0
        pause, self._pause = self._pause, min(2 * self._pause, MOST)
        return pause


def names(count: int, told: str | None) -> list[str]:
    """
    What *count* workers call themselves, after *told* or else this machine.

    >>> names(2, "hub-a")
    ['hub-a-1', 'hub-a-2']
    """
    return [f"{told or socket.gethostname()}-{number}" for number in range(1, count + 1)]


def ports(health: str, count: int) -> list[str]:
    """
    Where each of *count* workers tells its health: the first at the address told, the others at the ports after it.

    >>> ports("127.0.0.1:9464", 2), ports("", 2)
    (['127.0.0.1:9464', '127.0.0.1:9465'], ['', ''])
    >>> ports("127.0.0.1:65535", 2)
    Traceback (most recent call last):
    ...
    hub.edges.serving.ServingError: 127.0.0.1:65536: not an address; hint: HOST:PORT, as 127.0.0.1:9464
    """
    from hub.edges.serving import split

    if not health:
        return [""] * count
    split(health)
    host, _, first = health.rpartition(":")
    made = [f"{host}:{int(first) + number}" for number in range(count)]
    for address in made:
        split(address)  # here, or a worker would refuse it, again and again
    return made


def keep(crew: Mapping[str, Sequence[str]], stop: threading.Event, environ: Mapping[str, str]) -> int:
    """
    Keep `hub` running with the words of every name in *crew* until *stop* is set, and stop them together.

    If this process is killed they are too: who is left behind would keep a lock, or its place in the group. Return 0
    when all of them stopped in good order, and otherwise 1.
    """
    guards: dict[str, Guard] = {}

    def start(name: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "hub", *crew[name]]
        process = subprocess.Popen(command, env={**environ, "HUB_INSTANCE_ID": name}, stdin=subprocess.DEVNULL)
        if name in guards:
            guards[name].dismiss()
        guards[name] = Guard(process.pid)
        return process

    members: list[Member] = []
    try:
        for name in crew:
            members.append(Member(name, start))
        while not stop.wait(LOOK):
            for member in members:
                member.look()
    finally:
        codes = _end([member.process for member in members])
        for one in guards.values():
            one.dismiss()
    return int(any(code not in ENDED_WELL for code in codes))


def _end(processes: Sequence["subprocess.Popen[bytes]"]) -> list[int]:
    """Stop all of them at once; what does not stop in time is killed."""
    for process in processes:
        with suppress(ProcessLookupError):
            process.terminate()
    end = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("worker killed", pid=process.pid, reason=f"did not stop within {GRACE:.0f} s")
            process.kill()
            process.wait()
    return [process.returncode for process in processes]
