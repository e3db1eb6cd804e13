"""accountability.yaml: who it names must exist, and a slip in it is found at its line."""

import pytest
from slips import compiled, refused

FILE = "accountability.yaml"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("EXPIRED: IG_LEAD", "EXPIRY: IG_LEAD", "unknown reason `EXPIRY`"),
        ("EXPIRED: IG_LEAD", "EXPIRED: SOMEBODY", "unknown team `SOMEBODY`"),
        ("review:", "reviews:", "field required"),
    ],
)
def test_a_slip_in_what_the_partnership_answers_for_is_found_with_its_cure(policies, old, new, says):
    assert says in refused(policies, old, new, FILE)


def test_the_bundle_says_who_decides_what_nobody_has_decided(policies):
    assert compiled(policies)["accountability"]["review"]["REVIEW_OVERDUE"] == "IG_LEAD"
