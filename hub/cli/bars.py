"""Bars for what is being read: on stderr, for eyes only, and gone when it is read."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bars:
    """A bar for each number: call it with the number, the share that is read, and the rows read so far."""

    def __init__(self, console: Console | None = None, title: str = "state of partition {}") -> None:
        self._title = title
        self._console = console or Console(file=sys.stderr)
        self._progress: Progress | None = None
        self._bars: dict[int, TaskID] = {}
        self._begun = time.monotonic()

    def __call__(self, number: int, share: float, rows: int) -> None:
        if not self._console.is_terminal or (number not in self._bars and share >= 1):
            return
        progress = self._progress or self._start()
        if number not in self._bars:
            self._bars[number] = progress.add_task(self._title.format(number), total=1.0, rows=0, rate=0)
        rate = rows / max(time.monotonic() - self._begun, 0.001)
        progress.update(self._bars[number], completed=share, rows=rows, rate=rate)
        if progress.finished:
            progress.stop()
            self._progress, self._bars = None, {}

    def _start(self) -> Progress:
        words = TextColumn("{task.percentage:>3.0f}% {task.fields[rows]:,} rows, {task.fields[rate]:,.0f}/s")
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            words,
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._begun = time.monotonic()
        self._progress.start()
        return self._progress
