"""`hub bench --job console`: a made-up year, every question asked of it."""

import pytest

from hub.bench.console import console
from hub.bench.pages import LEFT_OUT
from hub.console.api.routes import OPERATIONS
from hub.console.app import PAGES


@pytest.fixture(scope="module")
def told():
    return console(decisions=2000, alerts=100, rounds=2, postgres=None, told=lambda line: None)


def test_every_question_is_asked_of_all_that_was_made_up(told):
    made = told["subjects"]["sqlite"]
    assert made["outcomes"] == 10 * 2000
    assert made["records"] > 2000 + 100
    assert len(made["ms"]) >= 20
    assert all(0 < median <= worst for median, worst in made["ms"].values())


def test_every_page_and_every_operation_is_opened_by_everybody_who_may(told):
    pages = [(one.name, role) for one in PAGES for role in one.roles if "GET" in one.methods]
    opened = [(name, role) for name, role in pages if name not in LEFT_OUT]
    opened += [(f"api_{one.name}", role) for one in OPERATIONS for role in one.roles]

    assert {f"{role.value.lower()}: {name}" for name, role in opened} <= told["subjects"]["sqlite"]["pages_ms"].keys()
