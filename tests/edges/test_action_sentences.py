"""What an alert asks is a sentence, and every action has one."""

import pytest
from slips import change, compiled

from hub.edges.agreements import AgreementError


def test_an_action_without_a_sentence_is_refused(policies):
    change(policies, "action: MEET_ON_RELEASE", "action: WAVE", "stages.yaml")

    with pytest.raises(AgreementError, match=r"actions\.yaml: nothing said of `WAVE`; hint: "):
        compiled(policies)


@pytest.mark.parametrize("said", ["name the worker.", "Name the worker", "Name it.", f"N{'a' * 130}."])
def test_what_an_action_asks_is_a_sentence(policies, said):
    change(policies, "Name the worker who receives.", said, "actions.yaml")

    with pytest.raises(AgreementError, match=r"actions\.yaml:\d+: `NAME_RECEIVING_WORKER`: not a sentence; hint: "):
        compiled(policies)


@pytest.mark.parametrize(
    "code",
    [
        "DATE_MOVED",
        "CANCEL",
        "CONTACT_CHANGED",
        "CLOSE_DO_NOT_CONTACT",
        "STOP_PROCESSING",
        "FIND_A_TEAM",
        "NOTHING_MORE_TO_DO",
    ],
)
def test_what_a_correction_asks_has_a_sentence_too(policies, code):
    assert code in compiled(policies)["actions"]


def test_an_action_that_only_a_copy_asks_is_in_no_less_need_of_a_sentence(policies):
    change(policies, "LEAD: AGREE_WHO_SUPPORTS_NOW", "LEAD: WAVE", "stages.yaml")

    with pytest.raises(AgreementError, match=r"actions\.yaml: nothing said of `WAVE`; hint: "):
        compiled(policies)
