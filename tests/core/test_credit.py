"""What was told once counts for a later date, and what an earlier date asks for is asked anew (rule R8)."""

from datetime import date

import pytest
from shipped import rules

from hub.core.calendar import HOUR
from hub.core.decide import advance, step
from hub.core.events import AlertChange, Event
from hub.core.person import Person

NOON = 12


def told(*moves):
    """PROB's RELEASE alerts after each (day told, planning date), as {(stage, version): every state it was in}."""
    person, answers = Person(), []
    for number, (day, planned) in enumerate(moves):
        at = rules().calendar.instant(day, NOON)
        fields = {"crd": planned, "served_days_at_release": 10}
        event = Event(f"e-{number}", "release_dates.changed", "HMPPS_PRISON", "r-1", at, number, fields)
        person, made = step(person, "p-1", event, rules())
        answers += made
    person, made = advance(person, "p-1", person.clock + 5 * HOUR, rules())
    states = {}
    for change in [*answers, *made]:
        if isinstance(change, AlertChange) and (change.kind, change.team) == ("RELEASE", "PROB"):
            states.setdefault((change.stage, change.version), []).append(change.state)
    return states


def test_a_stage_counts_for_a_date_later_than_the_one_it_was_told_under():
    states = told(
        (date(2026, 4, 13), date(2026, 11, 3)),
        (date(2026, 9, 7), date(2026, 9, 22)),
        (date(2026, 9, 9), date(2026, 11, 3)),
    )

    assert states["T2W", 2] == ["PENDING", "RAISED", "SUPERSEDED"]
    assert states["T2W", 3] == ["SKIPPED"], "told on 8 September for the 22nd, which is before 3 November"


@pytest.mark.parametrize(("stage", "again"), [("T2WD", "SKIPPED"), ("T0", "PENDING"), ("TDNA", "PENDING")])
def test_the_day_itself_is_told_again_when_it_moves(stage, again):
    first = told((date(2026, 6, 1), date(2026, 6, 24)))
    states = told((date(2026, 6, 1), date(2026, 6, 24)), (date(2026, 6, 26), date(2026, 7, 21)))

    assert first[stage, 1] == ["PENDING"]
    assert states[stage, 1][:2] == ["PENDING", "RAISED"]
    assert states[stage, 2] == [again]


def test_a_stage_that_re_arms_does_so_on_its_very_day():
    states = told((date(2026, 10, 1), date(2026, 12, 31)), (date(2026, 12, 3), date(2027, 1, 28)))

    assert states["T8W", 1][:2] == ["PENDING", "RAISED"]
    assert states["T8W", 2] == ["RAISED"]
