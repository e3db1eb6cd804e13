"""What an emergency lets be told is widened with open eyes, too: an amendment lists it, or nobody signs."""

from dataclasses import replace
from datetime import date

from shipped import rules

from hub.core.calendar import HOUR
from hub.core.emergency import OPENED
from hub.core.policy import Effect, index
from hub.governance.amendment import review

RULES = rules()
BROKEN = "while the glass is broken"


def openings(old, new):
    """The lines of what a change opens in an emergency."""
    return [line for line in review(old, new, None).opens if BROKEN in line or "a glass" in line]


def with_clauses(change):
    """The shipped rules with every clause for emergencies changed so; None leaves one out."""
    every = {clause.id: clause for some in RULES.emergency.clauses.values() for clause in some}
    made = [change(clause) for clause in every.values()]
    found = index(clause for clause in made if clause is not None)
    return replace(RULES, emergency=replace(RULES.emergency, clauses=found))


def permits(**changes):
    return with_clauses(lambda clause: replace(clause, **changes) if clause.effect is Effect.PERMIT else clause)


def test_rules_that_are_the_same_open_nothing():
    assert openings(RULES, RULES) == []
    assert review(RULES, RULES, None).agreed


def test_one_more_field_in_an_emergency_is_an_opening_that_must_be_listed():
    less = with_clauses(lambda clause: replace(clause, fields=()) if clause.id == "DSA-900.1" else clause)
    found = openings(less, RULES)

    assert found
    assert all(BROKEN in line for line in found)
    assert set(review(less, RULES, None).unlisted) == set(found)
    assert review(less, RULES, {"opens": found}).agreed
    assert openings(RULES, less) == []


def test_more_hours_are_an_opening():
    longer = replace(RULES, emergency=replace(RULES.emergency, longest=RULES.emergency.longest + HOUR))

    assert openings(RULES, longer) == ["a glass stays broken for as long as 73 hours"]
    assert openings(longer, RULES) == []


def test_a_longer_life_is_an_opening():
    short = permits(ends=date(2027, 1, 1))

    assert openings(short, RULES)


def test_a_forbid_taken_away_is_an_opening_even_where_the_agreements_permit_nothing():
    without = with_clauses(lambda clause: None if clause.effect is Effect.FORBID else clause)
    events = {
        key: tuple(clause for clause in some if clause.effect is not Effect.FORBID)
        for key, some in RULES.clauses.items()
    }

    assert any(OPENED in line for line in openings(RULES, without))
    assert any("custody.released" in line for line in openings(RULES, replace(RULES, clauses=events)))
