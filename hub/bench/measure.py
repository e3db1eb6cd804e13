"""Throughput, cost and latency of a process, taken from outside it."""

import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil

from hub.bench.subject import FIRST, LAST, READY

START, RUN, SETTLE = 90.0, 300.0, 2.0  # seconds: the longest start, the longest run, the silence that means done
WARM = 2.0  # seconds of the open loop that are not measured


class BenchError(Exception):
    """A measurement that came to nothing; the text says the cure."""


class Outputs(Protocol):
    """Where a process under measurement puts its answers."""

    def ends(self, committed: bool = True) -> Mapping[Any, int]: ...


class Subject:
    """Processes under measurement, taken as one."""

    def __init__(self, setup: Mapping[str, Any], folder: Path, workers: int) -> None:
        self._children = [_Child(setup, folder / f"{number}") for number in range(workers)]

    def alive(self) -> None:
        """Raise when one of them has ended."""
        for child in self._children:
            child.alive()

    def cpu(self) -> float:
        """CPU seconds so far, user and system."""
        return sum(child.cpu() for child in self._children)

    def peak_mib(self) -> float:
        """The most memory each has held, in MiB, together."""
        return sum(child.peak_mib() for child in self._children)

    def first(self) -> dict[str, float]:
        """When the first of them had an event in hand, and the CPU seconds of each until its own, or until now."""
        self._wait(lambda: [self._noted(FIRST)], "nothing taken in", START)
        found = [child.note(FIRST) or {"at": math.inf, "cpu": child.cpu()} for child in self._children]
        return {"at": min(one["at"] for one in found), "cpu": sum(one["cpu"] for one in found)}

    def ready(self, partitions: int) -> None:
        """Return once they have all state of so many *partitions*."""
        names = [f"{READY}-{number}" for number in range(partitions)]
        self._wait(lambda: [self._noted(name) for name in names], "state not read back", RUN)

    def last(self) -> dict[str, float] | None:
        """When it was through, and the CPU seconds it had used until then; None before."""
        return self._noted(LAST)

    def _noted(self, name: str) -> dict[str, float] | None:
        return next((found for child in self._children if (found := child.note(name))), None)

    def _wait(self, look: Callable[[], list[dict[str, float] | None]], otherwise: str, most: float) -> list[Any]:
        until = time.monotonic() + most
        while not all(found := look()):
            if time.monotonic() > until:
                raise BenchError(f"bench: {otherwise} in {most:.0f} s; hint: is the broker overloaded?")
            self.alive()
            time.sleep(0.02)
        return found

    def stop(self) -> None:
        """End all of them in good order, or by force after a while."""
        for child in self._children:
            child.end()
        for child in self._children:
            child.ended()


class _Child:
    """One of the processes under measurement."""

    def __init__(self, setup: Mapping[str, Any], folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        path = folder / "setup.json"
        path.write_text(json.dumps(setup))
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hub.bench.subject", str(path)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._seen = psutil.Process(self._process.pid)

    def alive(self) -> None:
        if (code := self._process.poll()) is not None:
            said = " ".join((self._folder / "log").read_text(errors="replace").splitlines()[-1:])
            hint = "is the broker up? try --events 1000"
            raise BenchError(f"bench: the measured process ended with {code}, saying `{said}`; hint: {hint}")

    def cpu(self) -> float:
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def peak_mib(self) -> float:
        """Where the system does not say, what it holds now."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        return float(self._seen.memory_info().rss) / 2**20

    def note(self, name: str) -> dict[str, float] | None:
        """What it has said under *name*, if it has."""
        found: dict[str, float] | None = None
        with contextlib.suppress(FileNotFoundError):
            found = json.loads((self._folder / f"{name}.json").read_text())
        return found

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()

    def ended(self) -> None:
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def subject(setup: Mapping[str, Any], workers: int = 1) -> Iterator[Subject]:
    """Lend so many processes that do together what *setup* says."""
    with tempfile.TemporaryDirectory(prefix="csp-hub-bench-") as folder:
        made = Subject(setup, Path(folder), workers)
        try:
            yield made
        finally:
            made.stop()


def throughput(it: Subject, ground: Outputs, events: int, records: int | None, broker: int | None) -> dict[str, Any]:
    """
    From the first event in hand to the last change of the outputs' committed ends.

    *records* are to come out, at least; None when the subject says itself when it is through.
    """
    first, before = it.first(), spent(broker)
    samples: list[tuple[float, int, float, float]] = []
    until = time.monotonic() + RUN
    while time.monotonic() < until:
        it.alive()
        total = sum(ground.ends().values())
        now = time.time()
        if not samples or total != samples[-1][1]:
            samples.append((now, total, it.cpu(), spent(broker)))
        if records is None and (last := it.last()):
            samples.append((last["at"], sum(ground.ends().values()), last["cpu"], spent(broker)))
            break
        if records is not None and _settled(ground, records, total, now - samples[-1][0]):
            break
        time.sleep(0.05 if records and total >= 0.9 * records else 0.25)
    else:
        raise BenchError(f"bench: not through in {RUN:.0f} s; hint: fewer --events")
    at, _, cpu, after = samples[-1]
    return {
        "events": events,
        "seconds": at - first["at"],
        "events_per_s": events / (at - first["at"]),
        "cpu_us_per_event": (cpu - first["cpu"]) / events * 1e6,
        "broker_cpu_us_per_event": (after - before) / events * 1e6 if broker else None,
        **_second_half(samples, events),
    }


def _settled(ground: Outputs, records: int, total: int, silent: float) -> bool:
    return total >= records and silent > SETTLE and total == sum(ground.ends(committed=False).values())


def _second_half(samples: Sequence[tuple[float, int, float, Any]], events: int) -> dict[str, float]:
    """The same of the second half alone: what a start costs is over by then."""
    end = samples[-1]
    half = next(sample for sample in samples if sample[1] >= end[1] / 2)
    share = 1 - half[1] / end[1]
    if share < 0.2:
        return {}
    return {
        "half2_events_per_s": events * share / (end[0] - half[0]),
        "half2_cpu_us_per_event": (end[2] - half[2]) / (events * share) * 1e6,
    }


def spent(pid: int | None) -> float:
    """CPU seconds of process *pid* so far; 0 when there is none to ask."""
    if pid is None:
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def latency(
    ground: Any, rows: Sequence[Any], rate: int, expected: int, name: Callable[[str, bytes], str], names: Sequence[str]
) -> dict[str, Any]:
    """
    Open loop: event n leaves at its scheduled time, and its clock stops when a committed reader has each answer.

    *names* are the events' own, in their order; *name* is the event that an answer (output, value) belongs to, and
    *expected* how many answers belong to these events.
    """
    reader = ground.reader(ground.ends())
    reader.consume(1, 0.5)
    begin = time.time() + 0.5
    due = {event: begin + number / rate for number, event in reversed(list(enumerate(names)))}
    late: list[float] = []
    sender = threading.Thread(target=_send, args=(ground, rows, begin, rate, late))
    sender.start()
    seen: list[tuple[str, float]] = []
    until = begin + len(rows) / rate + 20
    while len(seen) < expected and time.time() < until:
        for message in reader.consume(500, 0.02):
            if not message.error() and (event := name(ground.output(message.topic()), message.value())) in due:
                seen.append((event, time.time()))
    sender.join()
    reader.close()
    measured = sorted((at - due[event]) * 1e3 for event, at in seen if due.get(event, 0) >= begin + WARM)
    if len(seen) != expected or not measured:
        raise BenchError(f"bench: {len(seen)} answers of {expected} in the open loop; hint: a lower --rate")
    return {
        "rate": rate,
        "p50_ms": measured[len(measured) // 2],
        "p99_ms": measured[int(len(measured) * 0.99)],
        "max_ms": measured[-1],
        "sender_late_max_ms": max(late, default=0.0) * 1e3,
    }


def _send(ground: Any, rows: Sequence[Any], begin: float, rate: int, late: list[float]) -> None:
    producer = ground.producer(linger_ms=0)
    for number, row in enumerate(rows):
        pause = begin + number / rate - time.time()
        if pause > 0:
            time.sleep(pause)
        else:
            late.append(-pause)
        ground.send(producer, row)
    producer.flush()


def load() -> float:
    """How busy the machine was in the last minute."""
    return os.getloadavg()[0]
