"""intake.yaml: whom and what it names must exist, and a slip in it is found at its line."""

import pytest
from slips import compiled, refused

FILE = "intake.yaml"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("GMP:", "GMPP:", "unknown agency `GMPP`"),
        ("nrm.referred", "nrm.refered", "unknown event type `nrm.refered`"),
        ("since: 2026-12-19", "since: 2026-08-19", "not after the line before"),
        ("hours: 24", "hours: 0", "greater than or equal to 1"),
        ("on: every_day", "on: sundays", "every_day"),
    ],
)
def test_a_slip_in_what_is_expected_of_agencies_is_found_with_its_cure(policies, old, new, says):
    assert says in refused(policies, old, new, FILE)


def test_the_bundle_carries_it(policies):
    made = compiled(policies)["intake"]

    assert made["silence"]["GMP"] == [{"since": "2026-01-01", "hours": 24, "on": "every_day"}]
    assert "safeguarding.noticed" in made["redrive"]["two_people"]
