"""The oracle is a second opinion: written from the rules, sharing no planning, and right about the worked cases."""

import ast
from pathlib import Path

import pytest
from asked import differences

import hub.simulate.oracle
from hub import scenarios
from hub.simulate.oracle.days import bank_holidays

FILES = sorted(Path(hub.simulate.oracle.__file__).parent.glob("*.py"))
OURS = scenarios.load(Path(__file__).parents[1] / "core" / "scenarios.yaml")
KINDS = {"RELEASE", "TRANSITION", "CLIFF_EDGE", "REVIEW", "OFFER_OF_SUPPORT", "CORRECTION"}
BEYOND = {
    "cliff-transferred": "another area's service",
    "cliff-placement": "placements",
    "protected": "the custodian of a protected person",
    "offer-elsewhere": "other areas",
    "read-disputed": "a disputed age",
    **dict.fromkeys(("lives-elsewhere-with-an-agreement", "lives-where-no-agreement-reaches"), "other areas"),
    **dict.fromkeys(("moves-away", "unreconciled-elsewhere"), "other areas"),
}


def imported(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_oracle_shares_nothing_with_the_hub_but_the_events(file):
    ours = {name for name in imported(file) if name.startswith("hub.") and not name.startswith("hub.simulate.oracle")}

    assert ours <= {"hub.core.events"}


@pytest.mark.parametrize("case", OURS, ids=lambda case: case["id"])
def test_the_oracle_answers_our_worked_cases_but_for_those_beyond_it(case):
    wrong = differences(case, KINDS)

    assert bool(wrong) == (case["id"] in BEYOND), wrong or "the oracle knows it by now: take it off the list"


def test_what_is_beyond_the_oracle_is_among_our_worked_cases():
    assert BEYOND.keys() <= {case["id"] for case in OURS}


def test_the_oracle_answers_the_published_worked_cases(samples):
    cases = scenarios.load(samples.parent / "scenarios.yaml")
    wrong = {case["id"]: found for case in cases if (found := differences(case, KINDS))}

    assert wrong == {}


def test_bank_holidays_are_those_proclaimed():
    days = [day.isoformat() for year in (2026, 2027, 2028) for day in sorted(bank_holidays(year))]

    assert days == [
        *("2026-01-01", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-08-31", "2026-12-25"),
        *("2026-12-28", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-03", "2027-05-31", "2027-08-30"),
        *("2027-12-27", "2027-12-28", "2028-01-03", "2028-04-14", "2028-04-17", "2028-05-01", "2028-05-29"),
        *("2028-08-28", "2028-12-25", "2028-12-26"),
    ]
