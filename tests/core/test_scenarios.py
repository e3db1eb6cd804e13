"""The worked cases of ours, in the same form as any scenario file: common ones, and the traps around them."""

from pathlib import Path

import pytest
from shipped import rules

from hub import scenarios

CASES = scenarios.load(Path(__file__).with_name("scenarios.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_worked_case_leads_to_exactly_these_alerts(case):
    assert scenarios.run(case, rules()).differences == ()


@pytest.mark.parametrize(
    "event",
    [
        {"at": "yesterday", "agency": "YJS", "type": "person.died"},
        {"at": "2026-02-02", "agency": "YJS", "type": "release_dates.changed", "fields": {"crd": "0001-01-01"}},
    ],
)
def test_a_case_that_cannot_be_run_says_so_instead_of_passing(event):
    broken = {**CASES[0], "events": [event]}

    assert "cannot be run" in scenarios.run(broken, rules()).differences[0]


def test_a_missing_an_unexpected_and_a_different_alert_are_all_told():
    case = CASES[0]
    first, *rest = case["expected"]
    changed = {**rest[0], "state": "RAISED"}
    wrong = {**case, "expected": [{**first, "stage": "T9W"}, changed, *rest[1:]]}
    words = " ".join(scenarios.run(wrong, rules()).differences)

    assert "missing: RELEASE T9W" in words
    assert "unexpected: RELEASE T12W" in words
    assert "different: RELEASE T8W" in words


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_no_two_alerts_of_a_history_share_an_id_or_come_back_from_the_end(case):
    ended = set()
    for change in scenarios.history(case, rules()):
        if change.was == "SUPERSEDED":  # the date moved back while it settled
            ended.discard(change.alert)
        assert change.alert not in ended
        if change.state in {"SUPERSEDED", "CANCELLED", "SKIPPED", "SUPPRESSED", "CLOSED"}:
            ended.add(change.alert)


def test_an_alert_expected_as_told_may_have_been_answered_but_not_the_other_way_round():
    case = next(case for case in CASES if case["id"] == "moved-and-moved-back")
    states = {"ESCALATED": "RAISED", "ACKNOWLEDGED": "RAISED"}
    loose = [{**row, "state": states.get(row["state"], row["state"])} for row in case["expected"]]
    strict = [
        {**row, "state": "ESCALATED" if row["state"] == "ACKNOWLEDGED" else row["state"]} for row in case["expected"]
    ]

    assert scenarios.run({**case, "expected": loose}, rules()).passed
    assert not scenarios.run({**case, "expected": strict}, rules()).passed
