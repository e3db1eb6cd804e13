"""Thresholds outside the default matrix: off as shipped, and on the right day where a partnership switches them on."""

import shutil
from datetime import date

import pytest
from shipped import rules, schemas

from hub.core.decide import step
from hub.core.events import Event
from hub.core.person import Person
from hub.core.rules import compile_rules
from hub.edges.agreements import bundle
from hub.resources import folder
from hub.wire.codec import vocabulary

OFF = {"HANDOVER", "T16W", "P16L", "P16", "PFA", "P16EHCP", "T18P6M"}


@pytest.fixture
def switched(tmp_path):
    policies = shutil.copytree(folder("policies"), tmp_path / "policies")
    stages = policies / "stages.yaml"
    stages.write_text(stages.read_text().replace("on: false", "on: true"))
    return compile_rules("1" * 64, bundle(policies, vocabulary(schemas())))


def due(born, ours, kind="person.registered", at=date(2023, 1, 4), **fields):
    """The days of the stages that are off as shipped, for somebody born on that day."""
    person, instant = Person(), ours.calendar.instant(at, 9)
    told = {"dob": born, "ehcp": True, "care_status": "ELIGIBLE"}
    events = [Event("e-1", "person.registered", "SCHOOL", "r", instant, None, told)]
    events.append(Event("e-2", kind, "HMPPS_PRISON", "r-2", instant, None, fields))
    for event in events:
        person, _ = step(person, "p-1", event, ours)
    return {alert.stage: alert.due_on for alert in person.alerts.values() if alert.stage in OFF}


def test_nothing_outside_the_default_matrix_is_on_as_shipped():
    ours = rules()

    assert not {stage.name for stage in (*ours.release, *ours.transition)} & OFF


@pytest.mark.parametrize(
    ("born", "year_nine", "year_eleven"),
    [
        (date(2010, 8, 31), date(2023, 9, 1), date(2026, 3, 31)),
        (date(2010, 9, 1), date(2024, 8, 30), date(2027, 3, 31)),
        (date(2011, 3, 5), date(2024, 8, 30), date(2027, 3, 31)),
    ],
)
def test_school_years_run_from_september_to_august(switched, born, year_nine, year_eleven):
    days = due(born, switched)

    assert (days["PFA"], days["P16EHCP"]) == (year_nine, year_eleven)


def test_an_eligible_child_has_a_pathway_assessed_at_16_with_a_lead_of_three_months_and_a_look_back_at_18_and_a_half(
    switched,
):
    days = due(date(2009, 12, 15), switched)

    assert days["P16L"] == date(2025, 9, 15)
    assert days["P16"] == date(2025, 12, 15)
    assert days["T18P6M"] == date(2028, 6, 15)


def test_a_community_manager_takes_over_eight_months_and_a_fortnight_before_release(switched):
    days = due(date(1990, 5, 5), switched, "release_dates.changed", crd=date(2024, 3, 20))

    assert days["HANDOVER"] == date(2023, 7, 6)
    assert days["T16W"] == date(2023, 11, 29)
