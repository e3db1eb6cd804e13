"""`hub bench --job console`: a made-up year, every question asked of it."""

from hub.bench.console import console


def test_every_question_is_asked_of_all_that_was_made_up():
    told = console(decisions=400, alerts=60, rounds=2, postgres=None, told=lambda line: None)

    made = told["subjects"]["sqlite"]
    assert made["outcomes"] == 10 * 400
    assert made["records"] > 400 + 60
    assert len(made["ms"]) >= 20
    assert all(0 < median <= worst for median, worst in made["ms"].values())
