"""`hub bench` as its user meets it: no option does nothing, and no column is empty."""

import pytest

from hub.cli.bench import _figures
from hub.cli.main import main


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--flat --rate 500", "--rate"),
        ("--flat --seconds 20 --people 5000", "--seconds and --people"),
        ("--flat --job hub", "--job"),
        ("--flat --workers 2", "--workers"),
        ("--flat --agreements 12 --mix day", "--agreements and --mix"),
        ("--flat --bootstrap localhost:1", "--bootstrap"),
        ("--job disclosure --mix day", "--mix"),
        ("--rate 0 --seconds 20", "--seconds"),
        ("--job planning --people 5000 --bootstrap localhost:1", "--people and --bootstrap"),
        ("--job decision --rate 5 --agreements 60", "--rate and --agreements"),
        ("--job console --rate 5 --people 5000", "--rate and --people"),
        ("--job planning --workers 2", "--workers"),
        ("--job planning --postgres postgresql://x/y", "--postgres"),
    ],
)
def test_an_option_that_would_do_nothing_is_usage(capsys, words, named):
    code = main(["bench", *words.split()])
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert err.endswith(f"; hint: leave {named} out\n")
    assert err.count("\n") == 1


def test_a_figure_that_nobody_has_gets_no_column():
    heads, rows = _figures(
        {
            "embedded": {"verified": True, "events_per_s": 1234.5, "cpu_us_per_event": 80.2},
            "kafka": {"verified": False, "events_per_s": 999.0, "p50_ms": 3.0},
        }
    )

    assert heads == ["", "verified", "events/s", "CPU µs/event", "p50 ms"]
    assert rows == [["embedded", "yes", "1,234", "80", "-"], ["kafka", "NO", "999", "-", "3"]]


def test_every_head_says_another_figure():
    figures = ("half2_events_per_s", "half2_cpu_us_per_event", "events_per_s", "cpu_us_per_event")
    heads, _ = _figures({"hub": {"verified": True} | dict.fromkeys(figures, 1.0)})

    assert heads[2:] == ["events/s", "2nd half", "CPU µs/event", "2nd half CPU"]
