"""A support team's pages over the home that a demo leaves: each team finds its own, and nothing of anybody else's."""

import csv
import io
import re
import sqlite3
from html import unescape

import pytest

from hub import topics, wiring
from hub.place import Place, values

TEAMS = ("PROB", "YJS", "CSC", "LCPA", "HOUS", "SMS", "DWP", "SEND")
MINE = "HOUS"
ID = re.compile(r"/alerts/(a-[0-9a-f]{32})")
PARTS = ("waiting", "answered", "information", "over")
VIEWS = (*PARTS, "all", "corrections")
ODD = ("view=x", "after=1.x.y", "after=0.9", "urgency=%3Cb%3E", "kind=" + "A" * 3000, "late=yes")


@pytest.fixture
def at(visit):
    """Somebody of a team at the console."""
    return lambda team=MINE: visit(role="TEAM", of=team)


@pytest.fixture(scope="session")
def told(played):
    """What each team was told, from its own topic."""
    place, wire = Place(played), wiring.schemas()
    return {team: list(values(wire, place.reader(), topics.alerts(team))) for team in TEAMS}


def listed(console, view="all", **more):
    return console.get("/alerts.json", params={"view": view, **more}).json()


def pages(console):
    """Every page of a team, with every kind of alert on it."""
    yield "/subscriptions"
    for view in VIEWS:
        yield f"/alerts?view={view}"
        yield f"/alerts/print?view={view}"
    yield from ("/alerts.csv?view=all", "/alerts.json?view=all", "/alerts.ics")
    shown = {}
    for one in listed(console):
        shown.setdefault((one["state"], one["stage"]), one["id"])
    yield from (f"/alerts/{id}" for id in shown.values())
    found = ID.findall(console.get("/alerts?view=corrections").text)
    yield from (f"/alerts/{id}" for id in found[:4])


@pytest.mark.parametrize("team", ["HOUS", "CSC", "SEND"])
def test_no_page_of_a_team_has_anything_of_another(at, told, team):
    strange = {
        word
        for other in TEAMS
        if other != team
        for one in told[other]
        for word in (one["person"][3:11], one["id"], one["decision"], one["fields"].get("consent", one["id"]))
    }
    console, seen = at(team), 0
    for path in pages(console):
        answer = console.get(path)
        assert answer.status_code == 200, path
        words = set(re.findall(r"[\w.-]{6,}", answer.text))
        assert not {word for word in strange if word in words or f"p1.{word}" in words}, path
        assert not re.search(r"\bp-[0-9a-f]{6,}", answer.text), path
        seen += 1
    assert seen > 15


def test_a_team_is_called_on_its_pages_what_the_rules_in_force_call_it(at):
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", at("PROB").get("/alerts").text))

    assert "Support team: Probation (PROB)" in said
    assert "overdue. " in said


def test_a_page_names_no_field_that_the_team_may_not_have(at, told):
    """SEND may know of no prison and no care status: whatever another team was told of them is nowhere."""
    prisons = {one["fields"]["prison"] for one in told["PROB"] if "prison" in one["fields"]}
    console = at("SEND")
    for path in pages(console):
        assert not prisons & set(re.findall(r"\b[A-Z]{3}\b", console.get(path).text)), path


def test_what_waits_longest_is_first_with_its_clock_in_words(at):
    console = at("PROB")
    waiting = listed(console, "waiting")
    shown = ID.findall(console.get("/alerts").text)

    assert [one["id"] for one in waiting] == [id for id in shown if id in {one["id"] for one in waiting}]
    assert [one["due"] for one in waiting] == sorted(one["due"] for one in waiting)
    assert "Overdue by" in console.get("/alerts").text


def test_a_view_has_its_own_and_all_has_every_one(at, told):
    console = at()
    parts = {
        view: {one["id"] for one in listed(console, view)} for view in ("waiting", "answered", "information", "over")
    }
    every = {one["id"] for one in told[MINE] if one["kind"] != "CORRECTION"}

    assert set().union(*parts.values()) == {one["id"] for one in listed(console)} == every
    assert sum(map(len, parts.values())) == len(every)


def test_filters_are_in_the_address_and_cut_every_form_of_the_list_alike(at):
    console = at("PROB")
    query = "view=all&urgency=URGENT&kind=RELEASE"
    rows = console.get(f"/alerts.json?{query}").json()
    sheet = list(csv.DictReader(io.StringIO(console.get(f"/alerts.csv?{query}").text)))

    assert {(one["urgency"], one["kind"]) for one in rows} == {("URGENT", "RELEASE")}
    assert [one["id"] for one in sheet] == [one["id"] for one in rows]
    page = unescape(console.get(f"/alerts?{query}").text)
    assert f"/alerts.csv?{query}" in page
    assert f"{len(rows):,} alerts, oldest first" in page


def test_only_what_is_overdue_can_be_asked_for(at):
    console = at("PROB")
    late = listed(console, "waiting", late="1")

    assert late
    assert all(one["clock"].startswith("overdue") for one in late)
    assert {one["id"] for one in listed(console, "waiting") if one["clock"].startswith("overdue")} == {
        one["id"] for one in late
    }


def test_a_long_list_goes_on_and_misses_none(at):
    console, path, seen = at("PROB"), "/alerts?view=all", []
    while path:
        text = console.get(path).text
        seen += dict.fromkeys(ID.findall(text.partition('aria-label="List"')[2]))
        more = re.search(r'href="([^"]*)" rel="next"', text)
        path = unescape(more[1]) if more else None

    assert len(seen) > 100
    assert seen == [one["id"] for one in listed(console)]


@pytest.mark.parametrize("query", [*ODD, "order=x", "order=newest&after=0.9.z"])
def test_an_address_that_means_nothing_is_no_fault(at, query):
    answer = at().get(f"/alerts?{query}")

    assert answer.status_code == 200
    assert "<b>" not in answer.text


def test_another_teams_alert_is_not_there_by_its_address(at, told):
    console, answer = at(), {"answer": "accepted", "role": "MANAGER"}
    correction = next(one for one in told["PROB"] if one["kind"] == "CORRECTION")
    for strange in (told["PROB"][0]["id"], correction["id"]):
        assert console.get(f"/alerts/{strange}").status_code == 404
        assert console.post(f"/alerts/{strange}/answer", answer).status_code == 404
        assert strange not in console.get(f"/alerts/{strange}").text


def test_an_alert_is_found_by_its_whole_id_alone(at):
    console = at()
    id = listed(console)[0]["id"]

    assert console.get(f"/alerts/{id}").status_code == 200
    assert console.get(f"/alerts/{id[:12]}").status_code == 404
    assert console.get(f"/alerts/{id}%25").status_code == 404


def test_an_alert_that_is_over_shows_no_facts_and_asks_for_no_answer(at):
    console = at()
    (id, *_) = (one["id"] for one in listed(console, "over"))
    text = console.get(f"/alerts/{id}").text

    assert "What you may know" not in text
    assert '<form class="hub-answer"' not in text


def test_what_was_corrected_says_so_above_all_else_and_leads_on(at, told):
    console = at()
    correction = next(one for one in told[MINE] if one["stage"] == "DATE_MOVED")
    page = console.get(f"/alerts/{correction['id']}").text
    ended = [id for id in ID.findall(page) if id != correction["id"]]

    assert "What you were told is no longer true" in page
    assert ended
    assert any("What you were told here is no longer true" in console.get(f"/alerts/{id}").text for id in ended)


def test_a_picture_has_the_same_rows_as_its_table(at):
    console = at()
    for one in listed(console)[:5]:
        text = console.get(f"/alerts/{one['id']}").text
        table = text.partition('id="timeline"')[2].partition("</table>")[0]
        assert table.count("<g transform") - table.count("<g transform", table.index("</desc>")) == 0
        symbols = len(re.findall(r"<g [^>]*><title>", table))
        assert symbols == table.count('<tr class="govuk-table__row" role="row">') - 1


def test_what_a_team_gets_is_said_by_clause_and_what_it_does_not_get_too(at):
    text = at().get("/subscriptions").text

    assert "DSA-002.1" in text
    assert "Person released" in text.partition('id="refused"')[2]


def test_a_calendar_has_nothing_of_anybody(at, told):
    text = at().get("/alerts.ics").text.replace("\r\n ", "")

    assert text.startswith("BEGIN:VCALENDAR")
    assert not [one for one in told[MINE] if one["person"] in text]


def test_a_calendar_does_not_tell_what_was_taken_back_without_a_word_to_the_team(visit, copied):
    database = sqlite3.connect(copied / "console.db", isolation_level=None)
    taken = "update alerts set state = 'CANCELLED', rank = 2, withdrawn = 1 where team = ? and rank = 0 returning id"
    ids = {id for (id,) in database.execute(taken, ("PROB",))}
    database.close()
    console = visit(copied, role="TEAM", of="PROB", now=lambda: 1_700_000_000_000_000)

    events = console.get("/alerts.ics").text.split("BEGIN:VEVENT")[1:]
    cancelled = {re.search(r"UID:(\S+)", one)[1] for one in events if "STATUS:CANCELLED" in one}
    states = {one["id"]: one["state"] for one in listed(console)}
    assert {states[id] for id in ids} >= {"CLOSED"}
    assert {states[id] for id in cancelled} <= {"CANCELLED", "SUPERSEDED"}


def test_to_leave_in_a_hurry_signs_out_and_clears(at):
    console = at()
    answer = console.get("/exit")

    assert answer.headers["location"].startswith("https://www.bbc.co.uk/")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert console.get("/alerts").headers["location"].startswith("/sign-in")


def test_no_other_site_signs_anybody_out(at):
    console = at()
    console.get("/exit", headers={"sec-fetch-site": "cross-site"})

    assert console.get("/alerts").status_code == 200


def test_a_person_is_found_by_the_teams_own_pseudonym_and_it_stands_in_no_address(at, told):
    console = at()
    mine = [one for one in told[MINE] if one["person"] == told[MINE][0]["person"] and one["kind"] != "CORRECTION"]
    answer = console.post("/alerts/person", {"person": mine[0]["person"][:14]})

    assert (answer.status_code, answer.headers.get("location")) == (200, None)
    assert set(ID.findall(answer.text)) == {one["id"] for one in mine}


@pytest.mark.parametrize("start", ["", "p1.", "p1.%", "<b>", "p-0123456789abcdef", "x" * 5000, "p1." + "z" * 43])
def test_whom_the_team_was_not_told_of_is_not_found(at, told, start):
    answer = at().post("/alerts/person", {"person": start})

    assert (answer.status_code, "You were told of nobody" in answer.text) == (404, True)


def test_another_teams_pseudonym_finds_nobody(at, told):
    assert at().post("/alerts/person", {"person": told["PROB"][0]["person"]}).status_code == 404


def test_what_was_told_last_comes_first_for_who_asks_so_and_the_list_goes_on(at, told):
    console, found, address = at("PROB"), [], "/alerts?view=all&order=newest"
    while address:
        page = unescape(console.get(address).text)
        found += ID.findall(page)
        more = re.search(r'href="(/alerts\?[^"]*after=[^"]*)"', page)
        address = more and more[1]
    last = {one["id"]: one["raised"] for one in told["PROB"] if one["kind"] != "CORRECTION"}
    raised = [last[id] for id in dict.fromkeys(found)]

    assert raised == sorted(raised, reverse=True)
    assert set(found) == set(last)
