"""Rows as CSV that is safe to open in a spreadsheet: no cell starts a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain

FORMULA = frozenset("=+-@\t\r")


def lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    r"""
    The lines of a sheet; a cell that would start a formula gets a quote before it.

    >>> list(lines(["a", "b"], [["=1+1", "x,y"]]))
    ['a,b\n', '\'=1+1,"x,y"\n']
    """
    for row in chain([columns], rows):
        out = StringIO()
        csv.writer(out, lineterminator="\n").writerow([f"'{cell}" if cell[:1] in FORMULA else cell for cell in row])
        yield out.getvalue()
