"""Whom the promises fall on: groups from what alerts told, and words for what nobody can say."""

import json
from datetime import date

from hub.place import compiled
from hub.reports import promises as came
from hub.reports.commitments import Case, Step
from hub.reports.equity import ADULT, CARE, CHILD, NO_CARE, NOT_HELD, UNKNOWN, Notice, age, attributes, care, people
from hub.resources import folder

DAY = date(2026, 11, 14)
RULES = compiled()


def step(alert, person, team="HOUS", kind="RELEASE"):
    return Step(alert, person, kind, 1, "T0", team, 1, "RAISED", 0)


def known(*told, steps=None):
    return people(
        steps or [step("a", "p")], [Notice("a", "CSC", day, fields) for day, fields in told], {"SALFORD": "SALFORD"}
    )


def test_an_age_is_that_of_the_case_not_of_the_alert():
    told = known((DAY, {"eighteenth": "2026-11-14"}))["p"]
    aged = known((DAY, {"age": 17}))["p"]

    assert [age(told, day) for day in (date(2026, 11, 13), DAY, date(2033, 11, 14))] == [
        *("16 to 17", "18 to 24"),
        "25 and over",
    ]
    assert [age(aged, day) for day in (date(2024, 11, 1), DAY, date(2027, 11, 15))] == [
        *("10 to 15", "16 to 17", "18 to 24"),
    ]


def test_of_whom_no_age_was_told_the_lead_of_a_release_says_whether_they_are_an_adult():
    for teams, band in ((("PROB",), ADULT), (("YJS",), CHILD), (("PROB", "YJS"), UNKNOWN), (("HOUS",), UNKNOWN)):
        found = known(steps=[step("a", "p", team) for team in teams]).get("p")
        assert found is None if teams == ("HOUS",) else age(found, DAY) == band


def test_a_care_status_counts_however_it_was_told():
    assert care(known((DAY, {"care": "FORMER_RELEVANT"}))["p"], DAY) == CARE
    assert care(known((DAY, {"care_leaver": True}))["p"], DAY) == CARE
    assert care(known((DAY, {"care_leaver": False}))["p"], DAY) == NO_CARE


def made(counts):
    """Cases of support that ended, each group's kept and broken ones; a group is an age, told of each person."""
    steps, notices, cases = [], [], []
    for years, (kept, broken) in counts.items():
        for number in range(kept + broken):
            person = f"{years}-{number}"
            steps.append(step(person, person))
            notices.append(Notice(person, "CSC", DAY, {"age": years}))
            cases.append(Case("cliff", person, DAY, came.TAKEN_ON if number < kept else came.NOBODY_THERE))
    found = attributes(cases, people(steps, notices, {}), RULES, 5)
    return next(one for one in found if one.title == "Age")


def test_a_gap_is_told_with_what_chance_alone_could_do():
    wide = made({17: (10, 90), 20: (90, 10)}).promises[0]
    narrow = made({17: (10, 10), 20: (12, 9)}).promises[0]
    few = made({17: (0, 10), 20: (20, 0)}).promises[0]

    assert wide.says[0] == "80 points less than the others; chance alone seldom makes such a gap"
    assert narrow.says[0].endswith("chance alone could make such a gap")
    assert few.says[0].endswith("but it rests on few cases")


def test_groups_too_small_to_be_shown_are_named_and_nothing_more():
    found = made({17: (10, 10), 20: (12, 9), 30: (1, 1)})

    assert {row.name for row in found.promises[0].split.rows}.isdisjoint({"25 and over"})
    assert "25 and over" in found.promises[0].split.hidden
    assert dict(found.people)["25 and over"] == "<5"


def test_what_the_report_says_the_hub_does_not_hold_no_schema_holds():
    fields = {
        field["name"] for file in folder("schemas").glob("*.avsc") for field in json.loads(file.read_text())["fields"]
    }
    words = ("ethnic", "religio", "nationality", "disab", "orientation")

    assert len(words) == len(NOT_HELD)
    assert not [field for field in fields if any(word in field for word in words)]
