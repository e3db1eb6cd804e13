"""The clocks as the partnership writes them: what could leave an alert without one, or mean two things, is refused."""

import shutil

import pytest
from shipped import schemas

from hub.edges.agreements import AgreementError, bundle
from hub.resources import folder
from hub.wire.codec import vocabulary

URGENCY, STAGES = "urgency.yaml", "stages.yaml"


@pytest.fixture
def policies(tmp_path):
    return shutil.copytree(folder("policies"), tmp_path / "policies")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (URGENCY, "acknowledge: {hours: 1}", "acknowledge: {}", "not a length of time"),
        (URGENCY, "acknowledge: {hours: 1}", "acknowledge: {hours: 1, working_days: 1}", "not a length of time"),
        (URGENCY, "{late: {hours: 0}}", "{late: {hours: 0}, before: {days: 1}}", "not one moment"),
        (URGENCY, "{late: {hours: 0}}", "{}", "not one moment"),
        (URGENCY, "- name: ROUTINE\n", "- name: ROUTINE\n  days: 400\n", "not every alert has one urgency"),
        (URGENCY, "  days: 14\n", "", "not every alert has one urgency"),
        (URGENCY, "OTHER_TEAM, OTHER]", "OTHER_TEAM]", "no word for any other reason"),
        (URGENCY, "MANAGER, SERVICE_HEAD, CSP_DUTY", "MANAGER, CSP_DUTY", "more levels than `addressees`"),
        (URGENCY, "['09:00', '16:30']", "['16:30', '09:00']", "the day ends before it begins"),
        (URGENCY, "['09:00', '16:30']", "['9', '16:30']", "is not a time of day"),
        (URGENCY, "  HOUS: {", "  HOUSE: {", "unknown team `HOUSE`"),
        (STAGES, "repeats: {teams: [HOUS]", "repeats: {teams: [SMS]", "is not told in the first place"),
        (STAGES, "unless: appointment.attended", "unless: appointment.kept", "appointment.attended"),
    ],
)
def test_a_clock_that_does_not_say_one_thing_is_refused_with_its_line(policies, file, old, new, says):
    text = (policies / file).read_text()
    assert old in text
    (policies / file).write_text(text.replace(old, new, 1))

    with pytest.raises(AgreementError, match=rf"{file}:\d+: .*; hint: ") as told:
        bundle(policies, vocabulary(schemas()))
    assert says in str(told.value)
