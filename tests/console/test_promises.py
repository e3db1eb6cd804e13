"""Are we keeping our promises? The same numbers for everybody, those of the command, and of nobody in particular."""

import csv
import io
import json
import re

import pytest

from hub.cli.main import main

NOW = 1_795_564_800_000_000  # midnight before 25 November 2026, in London


def clock():
    return NOW


EVERYBODY = (("LEAD", None), ("TEAM", "HOUS"), ("OPERATOR", None), ("PARTNER", "GMP"))


def said(capsys, *words):
    """What a command answers, as JSON."""
    capsys.readouterr()
    assert main([*map(str, words)]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("role", "of"), EVERYBODY)
def test_everybody_who_signs_in_sees_the_same_numbers(visit, role, of):
    asked = "/promises.json?month=2026-05"

    assert visit(role=role, of=of, now=clock).get(asked).json() == visit(now=clock).get(asked).json()
    assert "Are we keeping our promises?" in visit(role=role, of=of, now=clock).get("/promises?month=2026-05").text


def test_the_page_and_the_command_tell_the_same(visit, played, capsys):
    told = said(capsys, "report", "commitments", "--home", played, "--month", "2026-05", "--at", "2026-11-25", "--json")

    assert visit(now=clock).get("/promises.json?month=2026-05").json() == told


def test_whom_it_falls_on_is_the_leads_alone_and_the_same_as_by_the_command(visit, played, capsys):
    told = said(capsys, "report", "equity", "--home", played, "--year", 2026, "--at", "2026-11-25", "--json")

    assert visit(now=clock).get("/equity.json?year=2026").json() == told
    for role, of in EVERYBODY[1:]:
        assert visit(role=role, of=of, now=clock).get("/equity").status_code == 404
        assert visit(role=role, of=of, now=clock).get("/equity.csv").status_code == 404
        assert "/equity" not in visit(role=role, of=of, now=clock).get("/promises").text


def test_a_picture_stands_beside_its_numbers_and_its_query(visit):
    page = visit(now=clock).get("/promises?month=2026-05").text
    told = visit(now=clock).get("/promises.json?month=2026-05").json()["promises"]

    for one in told.values():
        assert one["query"].replace("'", "&#39;").replace(">", "&gt;") in page
        assert all(name in page for name in one["outcomes"])
    assert page.count("<svg") == page.count('role="img"') >= 4 * len(told)
    assert " style=" not in page
    assert "<style" not in page


def test_no_page_and_no_file_tells_of_somebody_or_a_small_number(visit):
    lead = visit(now=clock)
    pages = [lead.get(path).text for path in ("/promises?month=2026-05", "/promises.csv?month=2026-05")]
    pages += [lead.get(path).text for path in ("/equity?year=2026", "/equity.csv?year=2026")]

    assert not re.search(r"\bp-[0-9a-f]{8}|\ba-[0-9a-f]{8}", "".join(pages))
    cells = re.findall(r"--numeric\">(\d+)<", "".join(pages))
    assert cells
    assert not {"1", "2", "3", "4"} & {*cells}


def test_a_file_has_what_the_page_has(visit):
    rows = list(csv.DictReader(io.StringIO(visit(now=clock).get("/promises.csv?month=2026-05").text)))
    told = visit(now=clock).get("/promises.json?month=2026-05").json()["promises"]

    found = {(row["promise"], row["part"]): row["mark"] for row in rows if row["table"] == "outcome"}
    assert found == {(name, part): f"{mark}" for name, one in told.items() for part, mark in one["outcomes"].items()}


@pytest.mark.parametrize(
    "path",
    ["/promises?month=2026-13", "/promises?month=1999-01", "/equity?year=1999", "/promises.xlsx", "/equity?year=x"],
)
def test_what_is_no_month_or_no_file_is_not_there(visit, path):
    assert visit(now=clock).get(path).status_code == 404


def test_the_month_that_is_not_over_says_so(visit):
    page = visit(now=clock).get("/promises").text

    assert "November 2026 so far" in page
    assert "so far" not in visit(now=clock).get("/promises?month=2026-05").text


def test_figures_are_a_minute_old_at_most(visit, copied):
    times, asked = [NOW], "/promises.json?month=2026-05"
    lead = visit(copied, now=lambda: times[0])
    before = lead.get(asked).json()
    with lead.desk.database.begin() as connection:
        connection.exec_driver_sql("delete from steps")
        connection.exec_driver_sql("update positions set offset = offset + 1 where topic = 'alert-changes.v1'")

    assert lead.get(asked).json() == before
    times[0] += 61_000_000
    assert lead.get(asked).json()["promises"]["answered"]["of"] == 0
