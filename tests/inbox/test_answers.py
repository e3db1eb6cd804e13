"""What a team may answer, whichever way it answers."""

import pytest

from hub.inbox.answers import COMMAND, CONSOLE, AnswerError, answer, by_console

TOLD = {"id": "a-1", "stage": "T8W", "person": "p1.x"}
REASONS = ("OTHER_AREA", "OTHER")


def given(way=CONSOLE, at=5, **said):
    return answer(TOLD, "HOUS", {"answer": "accepted", "role": "MANAGER", **said}, REASONS, at, way)


def logged(event):
    return {"id": event.id, "team": event.agency, "at": event.at, **event.fields}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"answer": "opened"}, "answer"),
        ({"answer": None}, "answer"),
        ({"role": "Jo Bloggs"}, "role"),
        ({"role": "=cmd()"}, "role"),
        ({"role": ""}, "role"),
        ({"role": "X" * 5000}, "role"),
        ({"answer": "not-ours"}, "reason"),
        ({"answer": "not-ours", "reason": "RAINING"}, "reason"),
        ({"reason": "OTHER_AREA"}, "reason"),
    ],
)
def test_what_is_no_answer_is_refused_with_what_is_wrong_and_its_cure(said, field):
    with pytest.raises(AnswerError) as refused:
        given(**said)

    assert refused.value.field == field
    assert "; hint: " in str(refused.value)
    assert "Bloggs" not in str(refused.value)


def test_an_answer_in_the_console_is_known_by_its_id_and_no_other_is():
    assert by_console(logged(given()))
    assert not by_console(logged(given(COMMAND)))
    assert not by_console({**logged(given()), "id": "c-of-the-teams-own-system"})
    assert not by_console({**logged(given()), "answer": "ALREADY_HELD"})


def test_without_rules_any_reason_may_be_given():
    made = answer(TOLD, "HOUS", {"answer": "not-ours", "role": "MANAGER", "reason": "raining"}, None, 5)

    assert made.fields["reason"] == "RAINING"
