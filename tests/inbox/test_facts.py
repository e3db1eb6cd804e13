"""What an alert says and leaves out, in words."""

from hub.core.particulars import FIELDS
from hub.inbox.facts import facts, news, says, unsaid
from hub.inbox.meanings import MEANS, NOT_OURS, URGENCIES
from hub.resources import folder

TEAMS = {"PROB": {"name": "Probation"}, "HOUS": {"name": "Housing options"}}
CLAUSE = {
    "id": "DSA-2.1",
    "effect": "permit",
    "subjects": ["alert.RELEASE"],
    "fields": {"homeless": "yes_no", "lead": "keep", "care_needs": "drop"},
}
OTHER = {**CLAUSE, "id": "DSA-2.2", "fields": {"prison": "keep", "substance": "keep"}}
BUNDLE = {"clauses": [CLAUSE, OTHER], "minimum": {"HOUS": {"never": ["substance"]}}}


def told(**fields):
    return {"kind": "RELEASE", "fields": fields}


def test_every_field_that_an_alert_can_say_has_a_meaning():
    assert FIELDS | {"prompts", "unanswered_by"} == MEANS.keys()


def test_every_urgency_and_reason_of_the_policies_has_a_name():
    text = (folder("policies") / "urgency.yaml").read_text()

    assert all(f"name: {word}" in text for word in URGENCIES)
    assert f"not_ours: [{', '.join(NOT_OURS)}]" in text


def test_codes_are_said_in_words_and_unknown_ones_as_they_are():
    assert says("accepting", ["HOUS", "PROB"], TEAMS) == "Housing options; Probation"
    assert says("prompts", ["ASK_CONSENT_HOUS"], TEAMS) == "ask for consent, so that Housing options may be told"
    assert says("window_from", "2027-03-17", TEAMS) == "17 Mar 2027"
    assert says("care", "A_NEW_STATUS", TEAMS) == "A_NEW_STATUS"


def test_a_form_that_says_less_than_the_value_is_spoken_of():
    clause = {**CLAUSE, "fields": {"window_from": "month"}}
    (one,) = facts(told(window_from="2027-03"), clause, TEAMS)

    assert (one.says, one.means.endswith("Only the month is shared.")) == ("2027-03", True)


def test_what_is_new_is_said_beside_what_was_said_before():
    before, now = told(window_from="2027-03-17", lead="PROB"), told(window_from="2027-03-10", lead="PROB")
    (one,) = news(now, before, TEAMS)

    assert (one.before, one.now) == ("17 Mar 2027", "10 Mar 2027")
    assert news(now, None, TEAMS) == []


def test_what_is_left_out_follows_from_the_agreement_alone():
    left = unsaid(told(homeless=True), "HOUS", CLAUSE, BUNDLE)

    assert left.unknown == ("lead professional's team",)
    assert left.kept_back == ("care needs", "prison")
    assert left.never == ("substance misuse need",)
    assert left == unsaid(told(homeless=False), "HOUS", CLAUSE, BUNDLE)
