"""commitments.yaml: a target begins with a month, after the one before, and a slip is found at its line."""

import pytest
from slips import compiled, refused

FILE = "commitments.yaml"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("days: 56, target: 100", "days: 0, target: 100", "greater than or equal to 1"),
        ("target: 90", "target: 900", "less than or equal to 100"),
        ("from: 2026-01-01, target: 90", "from: 2026-01-02, target: 90", "begins within a month"),
        ("offers:", "offer:", "field required"),
        (
            "- {from: 2026-01-01, target: 90, source: design default, confidence: L}",
            "- {from: 2026-01-01, source: a, confidence: L}\n- {from: 2026-01-01, source: b, confidence: L}",
            "out of order",
        ),
    ],
)
def test_a_slip_in_what_was_promised_is_found_with_its_cure(policies, old, new, says):
    assert says in refused(policies, old, new, FILE)


def test_the_bundle_says_what_was_promised_from_which_month_on(policies):
    made = compiled(policies)["commitments"]

    assert made["notice"][0] | {"source": ""} == {
        "from": "2026-01-01",
        "target": 100,
        "source": "",
        "confidence": "M",
        "days": 56,
    }
