"""Decisions, to a lead: a list by choices that its address holds, files that need a reason, one decision explained."""

import csv
import io
import json
import re

import pytest
from consoles import projected

from hub.place import values
from hub.topics import DECISIONS

HANDLE = re.compile(r"p-[0-9a-f]{32}")


@pytest.fixture(scope="module")
def made(played):
    """Every decision of the year, as its record has it."""
    from hub import wiring
    from hub.place import Place

    return list(values(wiring.schemas(), Place(played).reader(), DECISIONS))


def outcomes(made, **like):
    rows = [{**one, **part} for one in made for part in one["outcomes"]]
    return [row for row in rows if all(row[name] == value for name, value in like.items())]


def test_a_list_is_what_its_address_says_and_counts_as_the_log_does(visit, made):
    page = visit().get("/decisions?team=HOUS&outcome=withheld").text
    total = len(outcomes(made, team="HOUS", delivered=False))

    assert total > 10
    assert f"{total:,} outcomes" in page
    assert "Team: Housing options (HOUS)" in page
    assert 'href="/decisions?outcome=withheld"' in page  # the team alone undone: the order of choices is the facets'


def test_older_pages_follow_until_every_row_was_shown_once(visit, made):
    lead, address, seen = visit(), "/decisions?team=HOUS", []
    while address:
        page = lead.get(address).text
        seen += re.findall(r'href="/decisions/(d-[0-9a-f]+)#HOUS"', page)
        after = re.search(r'href="(/decisions\?[^"]*after=[^"]*)"[^>]*rel="next"', page)
        address = after[1].replace("&amp;", "&") if after else ""

    assert sorted(seen) == sorted(row["id"] for row in outcomes(made, team="HOUS"))


def test_nobody_is_named_in_a_list_in_its_files_or_in_any_address(visit, made):
    lead = visit()
    page = lead.get("/decisions").text
    file = lead.post("/decisions.csv", {"because": "AUDIT"}).text
    one = lead.get(f"/decisions/{made[-1]['id']}").text

    assert not HANDLE.search(page + file)
    assert made[-1]["person"] in one  # the lead may know it, on the page that says so
    assert not any(HANDLE.search(address) for address in re.findall(r'(?:href|action)="([^"]*)"', one))


def test_a_day_that_is_none_is_spoken_of_and_the_rest_still_holds(visit):
    page = visit().get("/decisions?team=HOUS&from=2026-13-40").text

    assert 'href="#from">The first day must be a real date' in page
    assert "Team: Housing options (HOUS)" in page


@pytest.mark.parametrize(
    "asked",
    [
        "/overview?from=0001-01-01",
        "/overview?to=9999-12-31",
        "/decisions?from=0001-01-01",
        "/decisions?to=9999-12-30",
        "/decisions?after=9223372036854775807.0.0.0",
    ],
)
def test_a_time_beyond_all_events_is_no_fault_of_the_page(visit, asked):
    assert visit().get(asked).status_code == 200


def test_a_search_finds_ids_and_codes_and_nothing_that_was_withheld(visit, made):
    lead = visit()
    one = made[-1]

    assert f"/decisions/{one['id']}" in lead.get(f"/decisions?search={one['id'][:12]}").text
    assert "No decision is like that" in lead.get("/decisions?search=MDI").text  # a prison, in values alone
    assert "Nobody is searched for here" in lead.get(f"/decisions?search={one['person']}").text


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_file_has_the_rows_of_the_list_and_a_reason_or_it_is_not_given(visit, made, form):
    lead = visit()
    refused = lead.post(f"/decisions.{form}", {"team": "HOUS"})
    given = lead.post(f"/decisions.{form}", {"team": "HOUS", "because": "AUDIT"})
    rows = json.loads(given.text) if form == "json" else list(csv.DictReader(io.StringIO(given.text)))
    mine = outcomes(made, team="HOUS")

    assert "Choose why you need this" in refused.text
    assert given.headers["content-disposition"] == f'attachment; filename="decisions.{form}"'
    assert sorted(row["decision"] for row in rows) == sorted(row["id"] for row in mine)
    assert {row["team"] for row in rows} == {"HOUS"}


def test_a_decision_says_what_was_kept_and_withheld_by_which_clause_and_where_it_is_on_record(visit, made):
    row = next(row for row in outcomes(made, delivered=True) if row["subject"] == "release_dates.changed")
    page = visit().get(f"/decisions/{row['id']}").text

    assert row["clause"] in page
    assert "Conditional release date" in page
    assert re.search(r"Leaf [\d,]+", page)
    assert f"/decisions/{row['id']}/proof-{row['team']}.txt" in page
    assert f"hub explain {row['id'][:10]}" in page


def test_an_alert_says_only_the_fields_that_it_really_had(visit, made, played):
    from hub import topics, wiring
    from hub.core.identity import reference
    from hub.place import Place

    row = next(row for row in outcomes(made, delivered=True, team="DWP") if row["source"] == "HUB")
    told = values(wiring.schemas(), Place(played).reader(), topics.alerts("DWP"))
    fields = next(one["fields"] for one in told if one["decision"] == reference(row["id"], "DWP"))
    page = visit().get(f"/decisions/{row['id']}").text
    kept = page[page.index("Kept</h3>") : page.index("Withheld</h3>")]

    assert kept.count("<li>") == len(fields)
    assert "at most" not in kept


def test_what_was_tried_is_said_as_the_command_says_it(visit, made):
    row = next(row for row in outcomes(made, reason="NO_CONSENT") if row["source"] == "HUB")
    page = visit().get(f"/decisions/{row['id']}/tried").text

    assert "only where consent is yes (it was" in page
    assert "with the person&#39;s consent" in page


def test_a_proof_is_a_file_that_the_verifier_takes(visit, made, played, tmp_path):
    from hub.audit.proof import show
    from hub.place import Place
    from hub.wire.notes import read_proof
    from hub.wire.witnesses import read_policy

    row = outcomes(made, delivered=True)[0]
    given = visit().get(f"/decisions/{row['id']}/proof-{row['team']}.txt")
    shown = show(read_proof(given.text), read_policy(Place(played).open().witnesses()))

    assert given.headers["content-disposition"].endswith(f'-{row["team"]}.tlog-proof"')
    assert shown.part["team"] == row["team"]


def test_decisions_about_the_same_person_are_asked_for_in_a_form(visit, made):
    lead, row = visit(), outcomes(made, team="HOUS")[0]
    page = lead.post("/person", {"decision": row["id"]}).text
    mine = {one["id"] for one in made if one["person"] == row["person"] and one["outcomes"]}

    assert {*re.findall(r"/decisions/(d-[0-9a-f]+)#", page)} == mine
    assert lead.get("/person").status_code == 405
    assert lead.post("/person", {"decision": "d-none"}).status_code == 404


@pytest.mark.parametrize("role", ["TEAM", "OPERATOR", "PARTNER"])
def test_no_other_role_finds_any_of_it(visit, made, role):
    other = visit(role=role, of="HOUS" if role == "TEAM" else None)
    pages = ("/overview", "/decisions", f"/decisions/{made[-1]['id']}", "/agreements", "/try", "/audit", "/access")

    assert {other.get(page).status_code for page in pages} == {404}
    assert other.post("/decisions.csv", {"because": "AUDIT"}).status_code == 404


def test_whoever_reads_of_a_person_or_takes_a_file_is_on_record_before_it_is_shown(visit, made, copied):
    from hub import wiring
    from hub.place import Place
    from hub.topics import READS

    lead, one = visit(copied), made[-1]
    lead.get("/decisions")
    lead.get(f"/decisions/{one['id']}")
    lead.post("/decisions.csv", {"because": "AUDIT"})
    lead.post("/decisions.csv", {"because": "CURIOUS"})
    first, second = values(wiring.schemas(), Place(copied).reader(), READS)

    assert (first["page"], first["person"], first["of"]) == ("decision_page", one["person"], one["id"])
    assert (second["page"], second["person"], second["reason"]) == ("decision_file", None, "AUDIT")
    other = visit(projected(copied), id="u-2").post("/person", {"decision": one["id"]}).text
    assert "A decision<" in other[other.index("Who looked at this person") :]
    assert "Decisions, as a file" not in other
