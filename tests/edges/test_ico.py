"""Every line of the ICO's code is asked of every agreement; what is missing or says nothing is named by that line."""

import re

import pytest
import yaml
from slips import FIRST, change, compiled, refused

from hub.edges.agreement_models import Agreement
from hub.edges.agreements import AgreementError
from hub.edges.ico import NOT_ASKED, lines, linted
from hub.edges.policy_files import load
from hub.resources import folder

SHIPPED = lines(folder("policies"))


def found(policies, file=FIRST):
    return linted(policies / file, SHIPPED)[1]


def without(policies, key, file=FIRST):
    """The agreement in *file*, without one of its keys."""
    told = load(policies / file)
    del told[key]
    (policies / file).write_text(yaml.safe_dump(told, sort_keys=False))


@pytest.mark.parametrize(("rule", "line"), SHIPPED.items())
def test_an_agreement_that_leaves_out_a_line_of_the_code_is_found_and_kept_out_of_every_bundle(policies, rule, line):
    without(policies, line.field)
    told = found(policies)

    assert [(one.rule, one.field, one.what, one.cure) for one in told] == [
        (rule, line.field, "field required", line.cure)
    ]
    with pytest.raises(AgreementError, match=rf"dsa-001-resettlement\.yaml:1: {rule} `{line.field}`: .*; hint: "):
        compiled(policies)


def test_every_part_of_an_agreement_answers_a_line_of_the_code_with_its_source():
    parts = {info.alias or name for name, info in Agreement.model_fields.items()}

    assert {line.field for line in SHIPPED.values()} == parts - NOT_ASKED
    assert all(line.source for line in SHIPPED.values())


def test_everything_that_is_missing_is_named_at_once(policies):
    for key in ("rights", "security", "dpia"):
        without(policies, key)
    change(policies, "days: 183", "days: many")

    assert sorted(one.rule for one in found(policies)) == ["ICO-DPIA", "ICO-RETENTION", "ICO-RIGHTS", "ICO-SECURITY"]


@pytest.mark.parametrize("nothing", ["TBC", "n/a", "None", "to be agreed", "see above", "???", "TODO", "...", "xxx"])
@pytest.mark.parametrize("key", ["necessity", "security", "children"])
def test_words_that_say_nothing_are_no_answer(policies, key, nothing):
    text = (policies / FIRST).read_text()
    (policies / FIRST).write_text(re.sub(rf"^{key}: .*$", f"{key}: '{nothing}'", text, flags=re.M))
    (told,) = found(policies)

    assert (told.field, told.what) == (key, "says nothing")
    assert text.splitlines()[told.line - 1].startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("lawful_basis: Article 6(1)(e)", "lawful_basis: Article 6", "ICO-BASIS", "names no lawful basis"),
        ("Article 9(2)(g); DPA 2018 Schedule 1", "DPA 2018 Schedule 1", "ICO-SPECIAL", "names no condition"),
        ("Article 9(2)(g); DPA 2018 Schedule 1 paragraph 6", "Article 9(2)(g)", "ICO-SPECIAL", "half a condition"),
        ("special_category: {carried: yes", "special_category: {carried: no", "ICO-SPECIAL", "for what is not carried"),
        ("DPA 2018 Schedule 1 Part 1 and Article 10:", "the law:", "ICO-OFFENCE", "names no condition"),
        ("{relation: separate", "{relation: parallel", "ICO-ROLES", "input should be 'separate' or 'joint'"),
        ("{power: express", "{power: some", "ICO-POWER", "input should be 'express' or 'implied'"),
        ("{applies: no", "{applies: perhaps", "ICO-PART3", "input should be 'yes' or 'no'"),
        ("after: [episode_closed]", "after: [one_day]", "ICO-RETENTION", "input should be"),
        ("after: [episode_closed]", "after: []", "ICO-RETENTION", "nothing in it"),
        ("days: 183", "days: -1", "ICO-RETENTION", "greater than or equal to 0"),
        ("onward_sharing: {allowed: no", "onward_sharing: {allowed: yes", "ICO-ONWARD", "allowed to nobody"),
        ("tested: 2026-10-05", "tested: last year", "ICO-EMERGENCY", "valid date"),
        ("dpia: {reference: DPIA-001, on: 2023", "dpia: {reference: DPIA-001, on: 2024", "ICO-DPIA", "later than the"),
        ("share: yes", "share: no", "ICO-DECISION", "decided not to share, and permits"),
        ("on: 2023-12-11}\nreviewed", "on: 2029-12-11}\nreviewed", "ICO-TERM", "decided after it ended"),
        ("review_by: 2028-12-31", "review_by: 2023-12-01", "ICO-REVIEW", "the next review is before the last"),
        ("crd: keep", "crd: kep", "FORM", "unknown form"),
        ("contact: ", "owner: x\ncontact: ", "FORM", "extra inputs are not permitted"),
    ],
)
def test_an_answer_that_cannot_be_right_is_found_by_the_line_that_asks(policies, old, new, rule, says):
    change(policies, old, new)
    told = found(policies)

    assert (rule, True) in [(one.rule, says in one.what) for one in told]


def test_onward_sharing_names_teams_that_exist(policies):
    new = "onward_sharing: {allowed: yes, to: [PROBE]"

    assert "unknown team `PROBE`" in refused(policies, "onward_sharing: {allowed: no", new, FIRST)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("ICO-BASIS: {field: lawful_basis", "ICO-BASIS: {field: basis", "unknown field `basis`"),
        ("ICO-BASIS: {field: lawful_basis", "ICO-BASIS: {field: purpose", "`purpose` is written twice"),
        ("source: Annex A; chapter on agreements}\nICO-PARTIES", "}\nICO-PARTIES", "field required"),
    ],
)
def test_the_table_speaks_of_each_part_of_an_agreement_once_and_says_where_it_was_read(policies, old, new, says):
    assert says in refused(policies, old, new, "ico.yaml")


def test_a_line_of_the_code_cannot_be_left_out_of_the_table(policies):
    text = (policies / "ico.yaml").read_text()
    (policies / "ico.yaml").write_text(re.sub(r"^ICO-DPO: .*\n", "", text, flags=re.M))

    with pytest.raises(AgreementError, match="nothing said of `dpo`; hint: copy its line"):
        compiled(policies)


def test_the_bundle_carries_what_the_agreement_says_and_how_long_it_may_be_kept(policies):
    told = compiled(policies)["agreements"]["DSA-001"]

    assert told["retention"]["days"] == 183
    assert told["retention"]["after"] == ["episode_closed"]
    assert told["onward_sharing"]["allowed"] == "no"
    assert "rules" not in told
