"""`hub decisions --facets`: the counts are those of the lines, whatever the form they come in."""

import csv
import io
import json
from collections import Counter

import pytest
from smallhome import lived


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("facets") / "home")


def test_facets_count_what_the_list_lists(hub, home):
    rows = json.loads(hub("decisions", "--home", home, "--json")[1])
    counted = json.loads(hub("decisions", "--home", home, "--json", "--facets")[1])

    for facet in ("team", "outcome", "reason", "type", "agreement", "clause", "owner", "source"):
        assert counted[facet] == dict(Counter(row[facet] for row in rows if row[facet] is not None))
    assert sum(counted["month"].values()) == len(rows) > 3


def test_facets_keep_to_the_filters(hub, home):
    counted = json.loads(hub("decisions", "--home", home, "--json", "--facets", "--outcome", "withheld")[1])

    assert counted["outcome"].keys() == {"withheld"}
    assert counted["reason"]


def test_facets_read_well_and_go_into_a_spreadsheet(hub, home):
    told = hub("decisions", "--home", home, "--facets")[1]
    rows = list(csv.DictReader(io.StringIO(hub("decisions", "--home", home, "--facets", "--csv")[1])))

    assert "why withheld" in told
    assert "▇" in told
    assert {row["facet"] for row in rows} >= {"month", "team", "reason"}


def test_what_somebody_is_to_decide_is_listed_for_them(hub, home):
    rows = json.loads(hub("decisions", "--home", home, "--json", "--to-decide", "IG_LEAD")[1])

    assert rows
    assert {row["reason"] for row in rows} == {"NO_AGREEMENT"}


def test_a_person_may_be_named_by_an_agencys_record(hub, home):
    row = json.loads(hub("decisions", "--home", home, "--json")[1])[0]
    told = hub("decisions", "--home", home, "--json", "--person", "HMPPS_PRISON/r1.nobody")

    assert told.code == 1
    assert "no such record" in told.err
    assert json.loads(hub("decisions", "--home", home, "--json", "--person", row["person"])[1])
