"""`hub bench --job planning`: the same events after every past, and a figure for each."""

from hub.bench.planning import PASTS, PROBES, _life, planning


def test_what_is_measured_is_the_same_whatever_came_before():
    short, long = (list(_life(past + PROBES))[past:] for past in (10, 1000))

    assert [(event.id, event.at, event.type, event.fields) for event in short] == [
        (event.id, event.at, event.type, event.fields) for event in long
    ]


def test_every_past_has_its_figure():
    said = []
    told = planning(1000, 1, said.append)

    assert list(told["median_us_after"]) == list(PASTS)
    assert 0 < told["median_us"] <= told["p99_us"]
    assert len(said) == 1
