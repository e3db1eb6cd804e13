"""No arrow that a partner needs is without a rule, and none goes where the partnership says that nothing does."""

import re

import pytest
from slips import change, compiled

from hub.cli.main import main
from hub.edges.agreements import AgreementError
from hub.edges.arrows import arrows
from hub.edges.policy_files import load
from hub.resources import folder

FILE = "arrows.yaml"
PARTNERS = tuple(load(folder("policies") / FILE)["partners"])


def read(policies):
    return arrows(policies, compiled(policies))


def test_every_arrow_between_the_partners_has_a_rule_or_a_reason():
    found = read(folder("policies"))

    assert {(one.start, one.end) for one in found} == {(a, b) for a in PARTNERS for b in PARTNERS if a != b}
    assert all(one.rules if one.need.why_not is None else not one.rules for one in found)


@pytest.mark.parametrize(
    ("start", "end", "rule"),
    [
        ("police", "schools", "DSA-009.1"),
        ("police", "probation", "DSA-015.1"),
        ("prisons", "police", "DSA-013.1"),
        ("youth_justice", "housing", "DSA-002.8"),
        ("prisons", "voluntary", "DSA-002.5"),
        ("voluntary", "probation", "DSA-001.5"),
    ],
)
def test_an_arrow_names_the_rule_that_carries_it(start, end, rule):
    (one,) = [one for one in read(folder("policies")) if (one.start, one.end) == (start, end)]

    assert rule in one.rules


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (FILE, "agencies: [SCHOOL], teams: [SEND]", "agencies: [SCHOOL], teams: [VCU]"),
        ("agreements/dsa-009-operation-encompass.yaml", "  to: [SEND]", "  effect: forbid\n  to: [SEND]"),
        (FILE, "by: [safeguarding.noticed], source: 'Dom", "by: [nrm.referred], source: 'Dom"),
        (FILE, "by: [safeguarding.noticed], source: 'Dom", "by: [safeguarding.noticed], says: [ward], source: 'Dom"),
        (
            "agreements/dsa-009-operation-encompass.yaml",
            "{scheme: keep, date: keep, child_present: keep}",
            "{scheme: drop, date: drop, child_present: drop}",
        ),
    ],
    ids=["another team", "a forbid", "another event", "a field it lacks", "nothing told"],
)
def test_a_needed_arrow_that_no_rule_carries_is_found(policies, file, old, new):
    if "drop" in new:
        change(policies, "by: [safeguarding.noticed], source", "by: [safeguarding.noticed], says: [date], source", FILE)
    change(policies, old, new, file)

    with pytest.raises(AgreementError, match=r"arrows\.yaml:\d+: `arrows.police.schools`: needed, and no rule carries"):
        read(policies)


def test_an_alert_carries_only_what_a_party_to_its_agreement_states(policies):
    file = "agreements/dsa-003-transition.yaml"
    change(policies, "PROBATION, MCC_CHILDRENS, ASC, SCHOOL", "PROBATION, ASC, SCHOOL", file)

    with pytest.raises(AgreementError, match=r"`arrows\.childrens_care\.adult_care`: needed, and no rule"):
        read(policies)


def test_a_rule_that_goes_where_nothing_is_to_go_is_found(policies):
    text = (policies / FILE).read_text()
    (policies / FILE).write_text(re.sub(r"probation: \{needs: the arrest.*", "probation: {not: they read of it}", text))

    with pytest.raises(AgreementError, match=r"nothing is to go that way, and `DSA-015\.1` does"):
        read(policies)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("by: [safeguarding.noticed], source: 'Dom", "by: [safe.noticed], source: 'Dom", "unknown word `safe.noticed`"),
        ("says: [ehcp]", "says: [ehpc]", "unknown word `ehpc`"),
        ("agencies: [GMP]", "agencies: [GPM]", "unknown word `GPM`"),
        ("teams: [POLICE]", "teams: [POLICY]", "unknown word `POLICY`"),
        ("needs: domestic abuse that touched a pupil, ", "", "neither a need nor a reason"),
        ("    prisons: {not: 'custody", "    police: {not: 'custody", "no such arrow"),
        ("    prisons: {not: 'custody", "    # prisons: {not: 'custody", "nothing said of `police` to `prisons`"),
    ],
)
def test_the_file_speaks_of_every_arrow_once_and_of_what_exists(policies, old, new, says):
    change(policies, old, new, FILE)

    with pytest.raises(AgreementError, match=re.escape(says)):
        read(policies)


def test_the_command_shows_them_and_an_unmet_need_ends_it(policies, capsys):
    assert main(["agreement", "arrows", str(policies)]) == 0
    assert "90 arrows: 56 needed, each with its rules; 34 not, each for a reason" in capsys.readouterr().out
    change(policies, "  to: [SEND]", "  effect: forbid\n  to: [SEND]", "agreements/dsa-009-operation-encompass.yaml")
    assert main(["agreement", "arrows", str(policies)]) == 1
    assert "needed, and no rule carries it; hint: " in capsys.readouterr().err
    assert main(["agreement", "lint", str(policies)]) == 1
