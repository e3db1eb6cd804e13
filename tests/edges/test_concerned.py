"""Whom an alert may concern: offers of support and other areas name only teams, words and agreements that exist."""

import pytest
from shipped import rules
from slips import compiled, refused

from hub.core.disclosure import ALERT_FIELDS
from hub.core.rules import compile_rules
from hub.core.support import WORDS
from hub.resources import folder

SUPPORT, AREAS, ROUTES, TEAMS = "support.yaml", "areas.yaml", "routes.yaml", "teams.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (SUPPORT, "enforcement: [enforcement.taken", "enforcement: [custody.released", "input should be"),
        (SUPPORT, "under_age: 25", "under_age: -1", "greater than or equal to 0"),
        (SUPPORT, "team: ENG", "team: ENGAGE", "unknown team `ENGAGE`"),
        (SUPPORT, "team: CUSTODIAN", "team: KEEPER", "unknown team `KEEPER`"),
        (SUPPORT, ", prompt: ASK_CONSENT_ENG", "", "field required"),
        (ROUTES, "team: VCSE", "team: VCSEE", "unknown team `VCSEE`"),
        (ROUTES, "supervised_by: [YJS]", "supervised_by: [GMP]", "unknown word in `supervised_by`"),
        (ROUTES, "social_work: [no]", "social_worker: [no]", "unknown word in `social_worker`"),
        (ROUTES, "  DWP:\n  - {adult: [yes]}", "  DWP:\n  - {supervised_by: [YJS]}", "unknown word in `supervised_by`"),
        (AREAS, "home: [CSC", "home: [CSX", "unknown team `CSX`"),
        (AREAS, "both: [YJS]", "both: [YJ]", "unknown team `YJ`"),
        (AREAS, "{looked_after: [no], care", "{looked_at: [no], care", "unknown word in `looked_at`"),
        (AREAS, "team: CSP_DUTY", "team: DUTY", "unknown team `DUTY`"),
        (AREAS, "SALFORD: {team: SALFORD", "MANCHESTER: {team: SALFORD", "`MANCHESTER` is the home authority"),
        (AREAS, "SALFORD: {team: SALFORD", "LEEDS: {team: SALFORD", "`SALFORD` is not of `LEEDS`"),
        (AREAS, "SALFORD: {team: SALFORD", "SALFORD: {team: CSC", "`CSC` is not of `SALFORD`"),
        (AREAS, "agreement: DSA-007", "agreement: DSA-001", "`DSA-001` does not reach `SALFORD`"),
        (AREAS, "agreement: DSA-007", "agreement: DSA-005", "`DSA-005` does not reach `SALFORD`"),
    ],
)
def test_a_slip_is_found_with_its_file_line_and_cure(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


def test_a_partnership_without_a_duty_desk_keeps_its_teams_wherever_somebody_lives(policies):
    made = compile_rules("0" * 64, compiled(policies, "CSC", "YJS", "PROB"))

    assert not made.areas.home | made.areas.both
    assert not made.areas.authorities
    assert [team for team, _ in made.support.teams] == ["YJS", "PROB", "CSC"]
    assert not made.support.panel_ways


def test_the_services_are_asked_in_the_order_of_the_file():
    assert [team for team, _ in rules().support.teams] == ["YJS", "PROB", "CSC", "LCPA", "VCSE", "SMS", "RECONNECT"]


def test_the_guide_to_policies_names_every_word_of_a_way_in_and_every_field_of_an_alert():
    guide = (folder("policies") / "README.md").read_text(encoding="utf-8")

    assert not [name for name in {*WORDS, *ALERT_FIELDS} if f"`{name}`" not in guide]


def test_an_unknown_word_is_answered_with_those_there_are(policies):
    assert "hint: write one of PROB, YJS, none" in refused(
        policies, "supervised_by: [YJS]", "supervised_by: [GMP]", ROUTES
    )
