"""While somebody is unlawfully at large nobody is told of their release, whatever else changes meanwhile."""

from dataclasses import replace
from datetime import date

import pytest
from lives import Lived, at, told

from hub.core.events import Notice


@pytest.mark.parametrize("amended", [False, True])
def test_neither_another_birthday_nor_other_rules_tell_anybody(amended):
    lived = Lived(
        told("2026-06-01 09:00", "person.registered", dob=date(1990, 5, 5)),
        told("2026-06-01 09:20", "person.received", reason="ADMISSION"),
        told("2026-06-01 09:30", "release_dates.changed", crd=date(2026, 9, 9)),
        told("2026-06-01 10:00", "needs.flagged", homeless=True, consent=()),
        until="2026-07-10 08:00",
    ).add(told("2026-07-10 09:00", "person.movement", reason="UNLAWFULLY_AT_LARGE"))
    before = len(lived.answers)

    if amended:
        lived.rules = replace(lived.rules, hash="another")
    lived.add(told("2026-07-25 09:00", "person.registered", dob=date(1990, 5, 6)))
    assert not [one for one in lived.answers[before:] if isinstance(one, Notice)]

    lived.add(told("2026-08-20 09:00", "person.received", reason="READMISSION"))
    assert lived.notices("PROB", "T8W", "T4W")[-1].raised == at("2026-08-20 09:00")
    lived.add(told("2026-08-22 10:00", "consent.given", "PROBATION", teams=("HOUS",)))
    assert [one.raised for one in lived.notices("HOUS")] == [at("2026-08-22 10:00")]
