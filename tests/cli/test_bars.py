"""Bars while state is read: on a terminal alone, one a partition, and gone in the end."""

from io import StringIO

from rich.console import Console

from hub.cli.bars import Bars


def shown(terminal, *told):
    out = StringIO()
    bars = Bars(Console(file=out, force_terminal=terminal, width=120))
    for one in told:
        bars(*one)
    return out.getvalue()


def test_a_terminal_shows_how_far_each_partition_is_read():
    text = shown(True, (0, 0.25, 1000), (3, 0.5, 2000), (0, 1.0, 4000), (3, 1.0, 4000))

    assert "state of partition 0" in text
    assert "state of partition 3" in text
    assert "4,000 rows" in text


def test_elsewhere_nothing_is_shown():
    assert shown(False, (0, 0.25, 1000), (0, 1.0, 4000)) == ""


def test_what_is_read_at_once_shows_no_bar():
    assert shown(True, (0, 1.0, 0)) == ""
