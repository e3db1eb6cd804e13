from datetime import date

import pytest

from hub import explained, glossary, why, words
from hub.core.life import SEEN
from hub.edges.policy_files import load
from hub.resources import folder
from hub.words import Book

CLAUSE = {
    "id": "DSA-001.2",
    "agreement": "DSA-001",
    "title": "Release and resettlement",
    "says": "Youth justice is told the dates of children",
    "gateway": "OMA-2007-S14: Offender Management Act 2007 s.14",
    "purpose": "support on release",
    "when": {"age": ["10_to_15", "16_to_17"], "care": ["ELIGIBLE", "FORMER_RELEVANT"]},
    "starts": "2024-01-01",
    "ends": "2028-12-31",
    "review_by": "2027-06-30",
}
BOOK = Book({"ff": {"sequence": 3, "clauses": [CLAUSE], "teams": {"YJS": {"name": "Youth Justice Service"}}}})
REASONS = ("NO_AGREEMENT", "FORBIDDEN", "NOT_YET_IN_FORCE", "EXPIRED", "REVIEW_OVERDUE", "BUNDLE_EXPIRED", "OUTDATED")
REASONS += ("REPEATED", "UNKNOWN_FIELD", "NO_CONSENT")
CORRECTIONS = {"DATE_MOVED", "CANCEL", "CONTACT_CHANGED", "STOP_PROCESSING", "CLOSE_DO_NOT_CONTACT"}
CORRECTIONS |= {"WITHDRAWN_WRONG_PERSON"}
ATTRIBUTES = ("age", "consent", "known", "custody", "care", "order", "ehcp", "protected")


def decided(**changes):
    made = {"id": "d-1", "person": "p-1", "subject": "person.died", "event": "e-1", "source": "GMP", "at": 0}
    return {**made, "bundle": "ff", "outcomes": [], **changes}


def got(delivered=True, **changes):
    made = {"team": "YJS", "delivered": delivered, "agreement": "DSA-001", "clause": "DSA-001.2", "reason": None}
    law = {"purpose": "support on release", "gateway": "OMA-2007-S14", "owner": None, "grant": None}
    return {**made, **law, "kept": {}, **changes}


@pytest.mark.parametrize("code", [*REASONS, *(f"{k}:{a}" for k in ("CONDITION", "MISSING") for a in ATTRIBUTES)])
def test_every_reason_is_a_sentence_and_not_a_code(code):
    said = words.reason(code, CLAUSE)

    assert len(said.split()) > 4
    assert not any(word.isupper() and len(word) > 3 and word != "CAMHS" for word in said.split())


def test_a_condition_names_what_the_clause_asks_for():
    assert "ages 10 to 15 or ages 16 to 17" in words.reason("CONDITION:age", CLAUSE)
    assert "eligible or former relevant" in words.reason("CONDITION:care", CLAUSE)


@pytest.mark.parametrize(("code", "when"), [("EXPIRED", "31 Dec 2028"), ("REVIEW_OVERDUE", "30 Jun 2027")])
def test_an_agreement_that_is_over_says_since_when(code, when):
    assert when in words.reason(code, CLAUSE)


def test_a_reason_or_condition_of_a_newer_hub_is_told_rather_than_dropped():
    assert words.reason("TOO_SUNNY") == "too sunny"
    assert "`weather`" in words.reason("CONDITION:weather", CLAUSE)


def test_a_delivery_names_its_fields_clause_statute_and_purpose():
    made = explained.outcome(decided(), got(kept={"crd": "keep", "dob": "year"}), BOOK)
    lines = dict(made.lines)

    assert made.title == "DELIVERED to Youth Justice Service (YJS)"
    assert lines["fields"] == "at most conditional release date (crd): as it is; date of birth (dob): the year only"
    assert lines["clause"] == 'DSA-001.2 "Youth justice is told the dates of children"'
    assert "review by 30 Jun 2027" in lines["agreement"]
    assert lines["gateway"].startswith("OMA-2007-S14")
    assert lines["purpose"] == "support on release"


def test_what_was_really_sent_outranks_what_might_have_been():
    made = explained.outcome(decided(), got(kept={"crd": "keep", "dob": "year"}), BOOK, ["dob"])

    assert dict(made.lines)["fields"] == "date of birth (dob): the year only"


def test_a_bundle_that_is_not_to_be_had_leaves_the_codes():
    made = explained.outcome(decided(bundle="gone"), got(False, reason="CONDITION:age"), BOOK)

    assert made.title == "WITHHELD from YJS"
    lines = dict(made.lines)
    assert (lines["clause"], lines["gateway"]) == ("DSA-001.2", "OMA-2007-S14")
    assert lines["purpose"] == "support on release"


def test_what_is_withheld_for_want_of_a_decision_names_who_is_to_take_it():
    made = explained.outcome(decided(), got(False, clause=None, reason="NO_AGREEMENT", owner="IG_LEAD"), BOOK)

    assert dict(made.lines)["to decide"] == "IG_LEAD"


def test_a_decision_without_rules_says_that_nothing_was_shared():
    assert "nothing was disclosed" in dict(explained.decision(decided(bundle=""), BOOK).lines)["result"]


def test_an_alert_is_told_from_plan_to_end():
    step = {"id": "c", "alert": "a-1", "person": "p-1", "kind": "RELEASE", "episode": 1, "stage": "T8W", "team": "YJS"}
    step |= {"version": 1, "was": None, "due_on": date(2027, 1, 20), "due_at": 1_800_435_600_000_000, "rule": "R-T8W"}
    step |= {"catch_up": False, "urgency": None, "reason": None, "basis": date(2027, 3, 17)}
    step |= {"answer": None, "ack_by": None, "level": 0, "repeats": 0}
    planned, raised = {**step, "state": "PENDING", "at": 0}, {**step, "state": "RAISED", "urgency": "SOON", "at": 1}

    about, life = explained.life([planned, raised], BOOK, "ff")

    assert dict(about.lines)["what"] == "release alert, 8 weeks before release (T8W)"
    assert "17 Mar 2027" in dict(about.lines)["rests on"]
    assert [text for _, text in life.lines] == ["planned", "told to the team, soon"]


@pytest.mark.parametrize("state", [*sorted(SEEN), "PENDING", "SUPERSEDED", "CANCELLED", "SKIPPED", "SUPPRESSED"])
def test_every_state_of_an_alert_has_words(state):
    assert state in glossary.STATES


def test_london_time_is_winter_time_and_summer_time():
    assert words.moment(1_774_745_999_000_000).endswith("00:59:59 GMT")
    assert words.moment(1_774_746_000_000_000).endswith("02:00:00 BST")


def test_a_value_that_only_looks_like_a_date_is_told_as_it_is():
    assert words.value("2027-02-31") == "2027-02-31"
    assert words.value("abcdefghij") == "abcdefghij"
    assert (words.value(True), words.value(["A", "B"]), words.value(7)) == ("yes", "A, B", "7")


def test_every_stage_of_the_shipped_tables_and_every_correction_has_words():
    tables = load(folder("policies") / "stages.yaml")
    stages = {stage["name"] for table in tables.values() for stage in table}

    assert stages | CORRECTIONS <= glossary.STAGES.keys()


def test_changes_that_go_together_are_one_sentence_and_many_ways_are_cut_short():
    sets = [(("age", band), ("consent", "yes")) for band in ("10_to_15", "16_to_17")]

    assert why.turned(False, "CONDITION:age", sets, date(2026, 1, 1), 1) == (
        "it would have been told had the age been 10 to 15 or 16 to 17 and with the person's consent"
    )
    assert why.turned(True, None, [(("a", str(n)), ("b", str(n))) for n in range(9)], date(2026, 1, 1), 1).endswith(
        "; or in 3 other ways"
    )


def test_what_no_agreement_can_turn_says_so():
    assert "signed amendment" in why.turned(False, "FORBIDDEN", [], date(2026, 1, 1), 1)
    assert "no news" in why.turned(False, "REPEATED", [], date(2026, 1, 1), 1)
