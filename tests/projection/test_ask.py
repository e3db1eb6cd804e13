"""What pages are told is what the commands say of the same log."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from projected import dump

from hub import topics, words
from hub.cli.agreement import _used
from hub.cli.decisions import rows as outcomes
from hub.edges.home import open_home
from hub.inbox.items import items
from hub.place import Place, values
from hub.projection import ask, inbox, overview, promised, sources
from hub.wiring import schemas

HANDLE = re.compile("p-[0-9a-f]{32}")


@pytest.fixture
def connection(told):
    with told.reading() as connection:
        yield connection


@pytest.fixture(scope="session")
def rows(year):
    """Every outcome as `hub decisions` has it, newest first."""
    return sorted(outcomes(Place(home=year)), key=lambda row: row["at"], reverse=True)


def every(connection, asked, limit=97):
    """All pages of a list, one after the other."""
    after, found = None, []
    while len(found) < 100_000:
        page = ask.decisions(connection, asked, after, limit)
        found += page.rows
        assert len(page.rows) == limit or page.after is None
        if page.after is None:
            return found
        after = page.after


def flat(row):
    told = row.told
    return row.at, row.decision, row.person, row.event, row.subject, told.team, told.outcome, told.reason, told.clause


def plain(row):
    names = ("at", "decision", "person", "event", "type", "team", "outcome", "reason", "clause")
    return tuple(row[name] or "" if name == "team" else row[name] for name in names)


ASKED = {
    "everything": (ask.ALL, lambda row: True),
    "one team": (ask.Filters(team=("HOUS",)), lambda row: row["team"] == "HOUS"),
    "two teams": (ask.Filters(team=("HOUS", "DWP")), lambda row: row["team"] in ("HOUS", "DWP")),
    "withheld": (ask.Filters(outcome=("withheld",)), lambda row: row["outcome"] == "withheld"),
    "a reason": (ask.Filters(reason=("CONDITION",)), lambda row: (row["reason"] or "").startswith("CONDITION")),
    "a type": (ask.Filters(subject=("alert.RELEASE",)), lambda row: row["type"] == "alert.RELEASE"),
    "a source and an outcome": (
        ask.Filters(source=("GMP",), outcome=("delivered",)),
        lambda row: row["source"] == "GMP" and row["outcome"] == "delivered",
    ),
    "nobody's": (ask.Filters(outcome=("nobody asked",), nobody=True), lambda row: not row["team"]),
    "a code": (ask.Filters(search="dsa-003"), lambda row: "DSA-003" in (row["clause"] or row["agreement"] or "")),
    "none": (ask.Filters(team=("NOBODY",)), lambda row: False),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_list_and_its_counts_are_what_the_log_says(connection, rows, name):
    asked, fits = ASKED[name]
    expected = [row for row in rows if fits(row) and (row["team"] or asked.nobody)]

    found = every(connection, asked)

    assert sorted(map(flat, found)) == sorted(map(plain, expected))
    assert [row.at for row in found] == [row["at"] for row in expected]
    assert ask.counts(connection, asked).total == len(expected)
    assert name == "none" or expected


def test_a_search_finds_ids_by_their_beginning_and_codes_by_a_part_and_nothing_else(connection, rows):
    one = rows[7]

    assert {row.decision for row in every(connection, ask.Filters(search=one["decision"][:12]))} == {one["decision"]}
    assert {row.event for row in every(connection, ask.Filters(search=one["event"]))} == {one["event"]}
    assert ask.counts(connection, ask.Filters(search="dsa-003")).total > 0
    assert ask.counts(connection, ask.Filters(search=one["person"])).total == 0
    assert ask.counts(connection, ask.Filters(search="%")).total == 0


def test_a_time_is_cut_to_the_microsecond_and_counted_so(connection, rows):
    cuts = [rows[number]["at"] for number in (len(rows) // 2, 40, 3)]
    for since, until in [*pairwise(cuts), (cuts[0], None), (None, cuts[1]), (cuts[1], cuts[1] + 1)]:
        asked = ask.Filters(since=since, until=until)
        fits = [row for row in rows if (since or 0) <= row["at"] < (until or 1 << 62) and row["team"]]

        assert sorted(map(flat, every(connection, asked))) == sorted(map(plain, fits))
        assert ask.counts(connection, asked).total == len(fits)


def test_a_person_is_found_by_the_hubs_handle_alone(connection, rows):
    person = rows[0]["person"]
    expected = [row for row in rows if row["person"] == person and row["team"]]

    assert sorted(map(flat, every(connection, ask.Filters(person=person)))) == sorted(map(plain, expected))
    assert ask.counts(connection, ask.Filters(person=person)).total == len(expected)
    assert every(connection, ask.Filters(person=person[:-1])) == []


def test_a_facet_counts_what_another_choice_in_it_would_show(connection, rows):
    found = ask.counts(connection, ask.Filters(team=("HOUS",), outcome=("delivered",)))

    for team, count in found.facets["team"]:
        assert count == sum(row["team"] == team and row["outcome"] == "delivered" for row in rows)
    for outcome, count in found.facets["outcome"]:
        assert count == sum(row["team"] == "HOUS" and row["outcome"] == outcome for row in rows)
    assert dict(found.facets["outcome"])["delivered"] == found.total


def test_one_decision_comes_with_its_outcomes_neighbours_and_leaf(connection, rows, year):
    for one in rows[:40]:
        made = ask.decision(connection, one["decision"][:14])
        mine = [row for row in rows if row["decision"] == one["decision"] and row["team"]]

        assert made.id == one["decision"]
        assert [told.team for told in made.outcomes] == sorted(row["team"] for row in mine)
        assert {told.team: dict(told.kept) for told in made.outcomes} == {row["team"]: row["fields"] for row in mine}
        assert made.leaf is not None
        assert made.before is None or ask.decision(connection, made.before).after == made.id
    assert ask.decision(connection, "d-") is None
    assert ask.decision(connection, "d-nothing") is None


def notices(year, team):
    place = Place(home=year)
    return [(team, told) for told in values(schemas(), place.reader(), topics.alerts(team))]


@pytest.mark.parametrize("team", ["PROB", "HOUS", "YJS"])
def test_an_inbox_says_what_the_alerts_command_says(connection, year, team):
    expected = items(notices(year, team), values(schemas(), Place(home=year).reader(), topics.CHANGES))
    found, after = [], None
    for _ in range(1000):
        page = inbox.alerts(connection, team, inbox.Asked(every=True), after, 7)
        found += page.items
        if (after := page.after) is None:
            break

    assert [(one.told["id"], one.state, one.since) for one in found] == [
        (one.told["id"], one.state, one.since) for one in expected
    ]
    assert expected
    assert found == expected
    assert page.total == len(expected)
    living = [one for one in expected if not one.over]
    assert list(inbox.alerts(connection, team, limit=None).items) == living
    assert inbox.counts(connection, team)["kind"] == Counter(one.told["kind"] for one in living)


def test_an_alert_is_its_own_teams_alone(connection, year):
    (one, *_), other = inbox.alerts(connection, "PROB").items, "DWP"

    assert inbox.alert(connection, "PROB", one.told["id"]).item == one
    assert inbox.alert(connection, other, one.told["id"]) is None
    assert inbox.alert(connection, "PROB", "a-") is None
    assert [step["alert"] for step in inbox.steps(connection, one.told["id"])]


def test_no_handle_of_the_hub_is_on_a_teams_side(told):
    held = dump(told)

    for name in ("notices", "alerts", "answers", "deliveries", "quarantine", "intake", "uses", "kinds"):
        assert held[name]
        assert not any(isinstance(value, str) and HANDLE.search(value) for row in held[name] for value in row)


def test_days_add_up_to_what_was_decided(connection, rows):
    found = overview.days(connection, 0, rows[0]["at"] + 1)

    assert sum(day.delivered for day in found) == sum(row["outcome"] == "delivered" for row in rows)
    assert sum(day.withheld for day in found) == sum(row["outcome"] == "withheld" for row in rows)
    assert {day.on for day in found} == {words.local(row["at"]).date() for row in rows if row["team"]}


def test_what_was_used_is_what_the_agreement_command_counts(connection, year):
    expected, found = _used(Place(home=year), None, None), overview.usage(connection, 0, 1 << 52)

    assert (found.clauses, found.fields, found.last) == (expected.clauses, expected.fields, expected.last)


def test_everything_an_agency_published_is_counted_and_nothing_of_it_kept(connection, year, reader):
    home = open_home(year)
    for agency in home.agencies:
        count = sum(1 for _ in reader.scan(topics.intake(agency)))
        assert sum(day.count for day in sources.came(connection, 0, 1 << 52) if day.agency == agency) == count
        assert sum(sources.kinds_of(connection, agency, 0, 1 << 52).values()) == count
    assert all(one.newest for one in sources.silences(connection, home.agencies, 1 << 50))
    assert sources.lag(reader, home.agencies, home.teams) == ()


def test_quarantine_is_listed_without_what_is_in_it(connection, reader):
    kept = [record for owner in ("gmp", "hub", "school") for record in reader.scan(f"quarantine.{owner}.v1")]
    found = [one for owner in ("GMP", "HUB", "SCHOOL") for one in sources.quarantined(connection, owner, limit=10_000)]

    assert kept
    assert sorted((one.partition, one.offset, one.size) for one in found) == sorted(
        (record.partition, record.offset, len(record.value)) for record in kept
    )


def test_what_rests_on_each_source_and_what_happened_is_counted_once(connection, rows):
    told = Counter(row["source"] for row in rows if row["outcome"] == "delivered")
    some = {"person.released", "alert.RELEASE"}
    decided = {(row["decision"], row["person"], row["type"], row["at"]) for row in rows if row["type"] in some}

    assert sources.told_of(connection) == told
    assert sorted(promised.happened(connection, some)) == sorted(one[1:] for one in decided)
    assert told
    assert decided
