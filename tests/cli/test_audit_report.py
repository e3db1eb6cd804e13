"""`hub audit report` and `hub audit access`: a month that tells of nobody, and whoever looked somebody up."""

import csv
import io
import json

import pytest
from smallhome import lived

from hub import topics, wiring
from hub.log import Out
from hub.place import Place

WHY = ("--reason", "AUDIT", "--by", "IG_LEAD", "--second", "DPO")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("audit") / "home")


@pytest.fixture
def person(hub, home):
    return json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]


def test_a_month_of_a_small_hub_tells_no_small_number(hub, home):
    code, out, _ = hub("audit", "report", "--home", home, "--month", "2026-12")
    told = json.loads(hub("audit", "report", "--home", home, "--month", "2026-12", "--json")[1])

    assert code == 0
    assert "December 2026" in out
    assert told["chapters"]["alerts"]["total"] == "<5"
    assert not {1, 2, 3, 4} & set(numbers(told["chapters"]))


def numbers(told):
    for value in told.values():
        if isinstance(value, dict):
            yield from numbers(value)
        else:
            yield value


def test_the_numbers_are_those_of_the_decisions(hub, tmp_path):
    home = tmp_path / "demo"
    assert hub("demo", "--people", 60, "--home", home).code == 0
    asked = ("--since", "2026-03-01", "--until", "2026-03-31")
    counted = json.loads(hub("decisions", "--home", home, "--json", "--facets", *asked)[1])
    told = json.loads(hub("audit", "report", "--home", home, "--month", "2026-03", "--json")[1])["chapters"]

    assert told["delivered"]["total"] == counted["outcome"]["delivered"]
    assert told["withheld"]["total"] == counted["outcome"]["withheld"]
    for reason, count in told["withheld"]["why"].items():
        assert count == counted["reason"][reason] if isinstance(count, int) else count in ("<5", None)
    came = told["alerts"]["what came of them"].values()
    assert sum(count for count in came if isinstance(count, int)) > 20


def test_it_comes_as_csv_and_as_a_page_without_script(hub, home, tmp_path):
    page = tmp_path / "month.html"
    rows = list(csv.DictReader(io.StringIO(hub("audit", "report", "--home", home, "--month", "2026-12", "--csv")[1])))
    hub("audit", "report", "--home", home, "--month", "2026-12", "--html", page)

    assert {row["chapter"] for row in rows} == {
        *("delivered", "withheld", "alerts", "corrections", "quarantine", "looked_up")
    }
    assert "Alerts raised: &lt;5" in page.read_text()
    assert "<script" not in page.read_text()


def test_a_month_that_is_none_is_refused_with_a_cure(hub, home):
    code, out, err = hub("audit", "report", "--home", home, "--month", "november")

    assert (code, out) == (2, "")
    assert "write 2026-11" in err


def test_what_ends_soon_after_the_month_is_named(hub, home):
    told = json.loads(hub("audit", "report", "--home", home, "--month", "2028-11", "--json")[1])

    assert any(line.startswith("DSA-001 ") for line in told["ends"])


def test_whoever_looked_somebody_up_is_listed(hub, home, person):
    hub("subject-report", person, "--home", home, *WHY)
    code, out, _ = hub("audit", "access", "--home", home, "--person", person)
    told = json.loads(hub("audit", "access", "--home", home, "--json")[1])

    assert code == 0
    assert "by both" in out
    assert (told[0]["by"], told[0]["second"], told[0]["reason"]) == ("IG_LEAD", "DPO", "AUDIT")
    assert "signatures" not in told[0]


def test_a_record_that_two_leads_did_not_sign_is_found(hub, home, person):
    hub("subject-report", person, "--home", home, *WHY)
    place, wire = Place(home=home), wiring.schemas()
    made = wire.decode(next(iter(place.reader().scan(topics.ACCESS))).value)[2]
    log = place.log(place.open())
    log.append([Out(topics.ACCESS, 0, None, wire.encode("access", {**made, "reason": "COMPLAINT"}), ())])
    log.close()

    code, out, _ = hub("audit", "access", "--home", home)

    assert code == 1
    assert "BY 0 ONLY" in out
