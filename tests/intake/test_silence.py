"""An agency is silent when it is quiet for longer than its own rhythm, as it is from that day on."""

from datetime import UTC, datetime

import pytest

from hub.intake.silence import heard
from hub.place import compiled

HOUR = 3_600_000_000


def at(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


SCHOOL = [
    {"since": "2026-09-01", "hours": 30, "on": "weekdays"},
    {"since": "2026-12-19", "hours": 480, "on": "every_day"},
    {"since": "2027-01-05", "hours": 30, "on": "weekdays"},
]


@pytest.mark.parametrize(
    ("newest", "now", "state"),
    [
        ("2026-12-17T15:00", "2026-12-18T15:00", "heard"),
        ("2026-12-16T15:00", "2026-12-18T15:00", "silent"),
        ("2026-12-18T15:00", "2027-01-04T15:00", "heard"),  # the holidays have a rhythm of their own
        ("2026-12-18T15:00", "2027-01-05T09:00", "heard"),  # and count for nothing once they are over
        ("2026-12-18T15:00", "2027-01-06T09:00", "silent"),
        ("2026-11-20T16:00", "2026-11-23T09:00", "heard"),  # over a weekend
        ("2026-12-18T15:00", "2026-08-01T09:00", "unset"),  # before the first line
    ],
)
def test_silence_is_by_the_rhythm_of_the_day(newest, now, state):
    assert heard(SCHOOL, at(newest), at(now)).state == state


def test_a_log_ahead_of_the_clock_is_not_silence():
    assert heard(SCHOOL, at("2026-11-21T00:00"), at("2026-11-20T00:00"))[:2] == ("heard", 0.0)


def test_every_agency_of_the_shipped_policies_has_a_rhythm():
    rules = compiled()

    assert set(rules["intake"]["silence"]) == set(rules["agencies"])
