"""What the words of the agreements rest on elsewhere: a change of it is a line that the amendment must list."""

from copy import deepcopy

import pytest
import shipped
from shipped import rules

from hub.core.rules import compile_rules
from hub.governance.amendment import review
from hub.governance.meaning import turned


def changed(change):
    made = deepcopy(shipped.policies())
    change(made)
    return compile_rules("1" * 64, made)


def no_health(made):
    made["services"]["services"]["CAMHS"]["health"] = False


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            lambda made: made["teams"]["PROB"].update(agency="GMP"),
            "`known` means otherwise for PROB: GMP, not PROBATION",
        ),
        (no_health, "`non_health_services` means otherwise for CAMHS: named, not nothing"),
        (
            lambda made: made["accepting"].append("MH"),
            "`accepting` means otherwise for MH: named, not nothing",
        ),
        (
            lambda made: made["law"]["births"].reverse(),
            "`age` means otherwise for dates of birth by evidence: ",
        ),
    ],
)
def test_what_a_condition_or_a_field_rests_on_is_listed_or_the_change_is_refused(change, line):
    found = review(rules(), changed(change), None)
    (first, *_) = [one for one in found.opens if one.startswith(line)]

    assert first in found.unlisted
    assert review(rules(), changed(change), {"opens": found.opens}).agreed


def test_what_is_named_no_more_opens_nothing():
    assert turned(changed(no_health), rules()) == []


def test_no_change_means_nothing_else():
    assert turned(rules(), rules()) == turned(None, rules()) == []
