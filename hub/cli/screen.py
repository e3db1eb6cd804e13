"""What a command shows: JSON for programs, plain lines for pipes, tables for eyes; faults on stderr, a line each."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, TextIO, cast

from cyclopts import Parameter

from hub.reports.sheet import lines
from hub.words import counted as counted
from hub.words import iso

Json = Annotated[bool, Parameter(name="--json", negative="", help="print JSON and nothing else")]
Row = Sequence[str]
INSTANTS = frozenset({"at", "due", "due_at", "raised"})
STYLES = {"delivered": "green", "withheld": "yellow"}


def say(text: str = "") -> None:
    """One line for the reader."""
    print(printable(text))


def note(text: str) -> None:
    """One line beside the answer, on stderr."""
    print(printable(text), file=BESIDE, flush=True)


class Beside:
    """Whatever stderr is at the time; if its reader leaves, what is said is lost, and the work goes on."""

    def write(self, text: str) -> int:
        return self._try(sys.stderr.write, text) or len(text)

    def flush(self) -> None:
        self._try(sys.stderr.flush)

    def _try(self, do: Callable[..., int | None], *words: str) -> int | None:
        try:
            return do(*words)
        except BrokenPipeError:
            unread(sys.stderr)
            return None


BESIDE = cast("TextIO", Beside())


def unread(stream: TextIO) -> None:
    """Nobody reads *stream* any more: what is written there from now on goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def emit(told: Any, line: bool = False) -> None:
    """One JSON document; as one *line* when it is one of many."""
    print(json.dumps(told, default=_plain, indent=None if line else 2), flush=line)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple | set | frozenset) else str(value)


def sheet(columns: Row, rows: Iterable[Row]) -> None:
    """CSV, safe to open in a spreadsheet."""
    sys.stdout.writelines(lines(columns, rows))


def table(columns: Row, rows: Sequence[Row]) -> None:
    """Columns: with rules and colour on a terminal, aligned by spaces in a pipe."""
    if eyes():
        _rich(columns, rows)
        return
    lines = [columns, *rows]
    widths = [max(len(line[number]) for line in lines) for number in range(len(columns))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _rich(columns: Row, rows: Sequence[Row]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(*columns, box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for row in rows:
        made.add_row(*(Text(printable(cell), STYLES.get(cell.split()[0] if cell else "", "")) for cell in row))
    _console().print(made)


def section(title: str, state: str, lines: Iterable[tuple[str, str]]) -> None:
    """A headline and labelled lines, wrapped to the width of the terminal; in a pipe every line stays whole."""
    found = list(lines)
    width = max((len(label) for label, _ in found), default=0)
    if not eyes():
        for line in (title, *(f"  {label.ljust(width)}  {text}" for label, text in found)):
            say(line)
        return
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = _console()
    console.print(Text(printable(title), style=f"bold {STYLES.get(state, '')}".strip()))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    for label, text in found:
        grid.add_row(Text(label), Text(printable(text)))
    console.print(Padding(grid, (0, 0, 0, 2)))


def progress(done: int, what: str) -> None:
    """How far long work has come, on stderr, for eyes only."""
    if sys.stderr.isatty():
        print(f"\r{done:,} {what}", end="", file=sys.stderr, flush=True)


def settled() -> None:
    """Wipe the progress away."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def eyes() -> bool:
    """Whether a person looks at stdout."""
    return sys.stdout.isatty()


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)  # heeds NO_COLOR by itself


def printable(text: str) -> str:
    r"""
    *text* on one line, with whatever could drive a terminal written out.

    >>> print(printable("a\x1b[31m\udcff b"))
    a\x1b[31m\udcff b
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def flat(told: Mapping[str, Any]) -> dict[str, Any]:
    """
    A decoded record as JSON has it, its instants as text.

    >>> flat({"id": "d-1", "at": 1_794_492_191_000_000})
    {'id': 'd-1', 'at': '2026-11-12T14:03:11Z'}
    """
    made: dict[str, Any] = json.loads(json.dumps(told, default=_plain))
    return made | {name: iso(told[name]) for name in INSTANTS & told.keys()}
