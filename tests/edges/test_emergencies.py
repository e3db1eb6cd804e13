"""emergency.yaml is written as an agreement and bound like one: a slip is found at its line, with a cure."""

import pytest
from slips import compiled, refused

FILE = "emergency.yaml"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("window_from: keep", "window_form: keep", "unknown field `window_form`"),
        ("window_from: keep", "window_from: kep", "unknown form"),
        ("homeless: yes_no", "care_needs: yes_no", "`HOUS` may not be told `care_needs`"),
        ("CDA-1998-S115,", "CDA-1900,", "unknown gateway"),
        ("longest_hours: 72", "longest_hours: 0", "greater than or equal to 1"),
        ("from: [GMP]", "from: [SCHOOL]", "`SCHOOL` is not a party"),
        ("  events: [custody.released]\n  from: [GMP]", "  alerts: [RELEASE]", "not a permit for events"),
        ("review_days: 3", "review_dayz: 3", "field required"),
    ],
)
def test_a_slip_is_found_with_its_cure(policies, old, new, says):
    assert says in refused(policies, old, new, FILE)


def held(made):
    return {one["id"] for one in made["emergency"]["clauses"] if one["effect"] == "forbid"}


def test_every_forbid_on_everything_holds_when_the_glass_is_broken(policies):
    made = compiled(policies)
    everything = {
        one["id"]
        for one in made["clauses"]
        if one["effect"] == "forbid" and set(made["vocabulary"]) <= set(one["subjects"])
    }

    assert everything
    assert held(made) >= everything


def test_what_a_team_may_not_hear_of_a_release_it_is_not_told_when_the_glass_is_broken(policies):
    file = policies / "agreements/dsa-005-accuracy.yaml"
    rule = "- {id: '99', says: Nothing of releases, effect: forbid, alerts: [RELEASE], to: [HOUS]}\n"
    file.write_text(file.read_text().replace("rules:\n", f"rules:\n{rule}"))

    assert "DSA-005.99" in held(compiled(policies))
