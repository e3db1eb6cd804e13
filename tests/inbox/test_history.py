"""What became of an alert, as its team may see it, and its person's timeline from what the team was told."""

from datetime import date

import pytest

from hub.inbox.answers import CONSOLE, answer
from hub.inbox.history import HUB, history
from hub.inbox.items import Item
from hub.inbox.own import concerning, days, rows, standing
from hub.inbox.picture import picture

TOLD = {
    "id": "a-1", "person": "p1.x", "kind": "RELEASE", "about": None, "stage": "T8W", "rule": "R-T8W",
    "raised": 100, "due": 100, "level": 0, "repeats": 0,
    "asks": "Refer.", "action": "REFER", "fields": {"window_from": "2027-03-17"},
}  # fmt: skip
CORRECTION = {**TOLD, "id": "a-9", "kind": "CORRECTION", "about": "RELEASE", "stage": "DATE_MOVED", "raised": 900}
SECRET = "PROTECTED"


def step(state, at, **more):
    return {"state": state, "at": at, "level": 0, "answer": None, "reason": None, **more}


def given(at=300, word="accepted", role="DUTY_OFFICER", **more):
    made = answer(TOLD, "HOUS", {"answer": word, "role": role, **more}, None, at, CONSOLE)
    return {"id": made.id, "team": "HOUS", "at": at, "reason": None, **made.fields}


def lines(**more):
    kept = {"tellings": [TOLD], "steps": [], "given": [], "corrections": [], **more}
    return [(one.who, one.what) for one in history("Housing", **kept)]


def test_a_person_and_the_hub_are_told_apart():
    steps = [step("RAISED", 100), step("ESCALATED", 200, level=1), step("ACKNOWLEDGED", 301, answer="ACCEPTED")]

    assert lines(steps=steps, given=[given()]) == [
        (HUB, "Told to Housing"),
        (HUB, "Nobody had answered: escalated to the team's manager"),
        ("Duty officer of Housing, in the console", "Answered: We take it on"),
    ]


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([], "the hub has not taken it in yet"),
        ([step("ACKNOWLEDGED", 200, answer="NOT_OURS")], "it had been answered before"),
        ([step("CLOSED", 200)], "it was over"),
    ],
)
def test_an_answer_that_did_not_count_says_why(steps, why):
    assert lines(steps=steps, given=[given()])[-1] == (
        "Duty officer of Housing, in the console",
        f"Answered: We take it on (not counted: {why})",
    )


def test_how_it_was_brought_to_the_team_is_told_too():
    sent = {"outcome": "DELIVERED", "endpoint": "cases", "channel": "WEBHOOK", "attempt": 1, "why": None, "next": None}

    assert lines(receipts=[{**sent, "at": 150}])[-1] == (HUB, "Taken by cases (webhook), attempt 1")


def test_what_ended_without_a_word_says_nothing_of_why():
    """A team must not learn by the end of an alert that somebody is protected."""
    closed = lines(steps=[step("CLOSED", 200)])

    assert lines(steps=[step("CANCELLED", 200, reason=SECRET)]) == closed
    item = Item("HOUS", TOLD, "CANCELLED", 200)
    assert standing(item, []) == "CLOSED"
    assert SECRET not in picture("x", rows("HOUS", [item], [], []), [], {})


def test_what_was_taken_back_with_a_word_says_so():
    item = Item("HOUS", TOLD, "SUPERSEDED", 200)

    assert concerning(item, [CORRECTION]) == [CORRECTION]
    assert concerning(item, [{**CORRECTION, "person": "p1.y"}, {**CORRECTION, "raised": 50}]) == []
    assert "No longer true. Release: " in lines(steps=[step("SUPERSEDED", 200)], corrections=[CORRECTION])[-1][1]


def test_a_timeline_marks_the_days_that_still_stand():
    gone = Item("HOUS", {**TOLD, "fields": {"window_from": "2027-01-01"}, "raised": 500}, "SUPERSEDED", 600)
    marked = days([Item("HOUS", TOLD, "RAISED", 100), gone], date(2026, 11, 26))

    assert [(mark.label, mark.on) for mark in marked] == [
        ("today", date(2026, 11, 26)),
        ("planned release", date(2027, 3, 17)),
    ]
