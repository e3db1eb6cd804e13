"""`hub report`: the promises of a month and whom they fall on, in numbers that tell of nobody."""

import csv
import io
import json

import pytest

from hub.cli.main import main


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    home = tmp_path_factory.mktemp("promises") / "home"
    assert main(["demo", "--people", "120", "--home", str(home)]) == 0
    return home


def test_the_promises_of_a_month_come_with_their_definition_and_the_query(hub, year):
    code, out, _ = hub("report", "commitments", "--home", year, "--month", "2026-05")
    told = json.loads(hub("report", "commitments", "--home", year, "--month", "2026-05", "--json")[1])

    assert code == 0
    assert "Are we keeping our promises? May 2026" in out
    assert set(told["promises"]) == {"notice", "answered", "handover", "cliff", "offers"}
    assert all(one["definition"] in out and one["query"] in out for one in told["promises"].values())
    assert told["promises"]["notice"]["target"] == 100
    assert not {1, 2, 3, 4} & set(leaves({name: one["outcomes"] for name, one in told["promises"].items()}))


def test_the_promises_come_as_csv_and_as_a_page_without_script(hub, year, tmp_path):
    page = tmp_path / "promises.html"
    asked = ("report", "commitments", "--home", year, "--month", "2026-05")
    rows = list(csv.DictReader(io.StringIO(hub(*asked, "--csv")[1])))
    hub(*asked, "--html", page)

    assert {row["promise"] for row in rows} == {"notice", "answered", "handover", "cliff", "offers"}
    assert page.read_text().count("<svg") == 24
    assert "<script" not in page.read_text()


def test_a_month_that_is_not_over_says_so_and_one_before_any_promise_is_refused(hub, year):
    told = json.loads(
        hub("report", "commitments", "--home", year, "--month", "2026-05", "--at", "2026-05-20", "--json")[1]
    )
    code, _, err = hub("report", "commitments", "--home", year, "--month", "2025-05")

    assert told["so_far"] is True
    assert code == 1
    assert "commitments.yaml" in err


def test_equity_says_what_the_hub_cannot_say(hub, year):
    code, out, _ = hub("report", "equity", "--home", year, "--year", 2026)
    told = json.loads(hub("report", "equity", "--home", year, "--year", 2026, "--json")[1])

    assert code == 0
    assert "does not hold ethnicity" in out
    assert "ethnicity" in told["not_held"]
    assert set(told["by"]) == {"Age", "Care", "Home authority"}
    assert not {1, 2, 3, 4} & set(leaves(told["by"]))


def leaves(told):
    for value in told.values():
        yield from leaves(value) if isinstance(value, dict) else value if isinstance(value, list) else (value,)
