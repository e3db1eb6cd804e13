"""No rule goes beyond its gateways: the packs are signed off cell by cell, and every rule is asked of its own."""

import re

import pytest
from shipped import schemas
from slips import FIRST, change, compiled, refused

from hub.edges import statutes
from hub.edges.agreements import AgreementError
from hub.resources import folder
from hub.wire.codec import vocabulary

SECOND, FOURTH = "agreements/dsa-002-consented-support.yaml", "agreements/dsa-004-children-at-risk.yaml"
THIRTIETH, ELEVENTH = "agreements/dsa-030-data-quality.yaml", "agreements/dsa-011-health-services-that-end.yaml"
PCSC, OMA, INPUTS = "gateways/pcsc-2022-s16.yaml", "gateways/oma-2007-s14.yaml", "gateway_inputs.yaml"
SERIOUS, CDA = "gateway: {id: PCSC-2022-S16", "gateway: {id: CDA-1998-S115"
AGREED = "gateway: {id: CONSENT, text: 'the person agreed to be known to this service'}"
PLANS = "[exclusion.permanent, suspension.recorded, ehcp.active, ehcp.ended]"
SESSIONS = "{start: keep, end: keep, sessions: keep, reasons: keep}"


def test_every_cell_of_every_gateway_answers_as_signed_off():
    place = folder("policies")

    assert statutes.as_csv(statutes.packs(place)) == (place / "gateways/signed-off.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (PCSC, "bars: [{data: [patient]}]", "bars: [{data: [intercepted]}]"),
        (PCSC, "- {id: s.16(4)(a), says: no patient information, bars: [{data: [patient]}]}\n", ""),
        (PCSC, "bars: [{data: [patient]}]", "needs: [{data: [patient]}]"),
        (OMA, "id: s.14(4)", "id: s.14(5)"),
        ("gateways/cwsa-2026-s4.yaml", "confidence: L", "from: 2026-09-01\nconfidence: L"),
    ],
)
def test_a_gateway_that_answers_otherwise_than_signed_off_is_refused_and_named(policies, file, old, new):
    change(policies, old, new, file)
    with pytest.raises(AgreementError, match=r"signed-off.csv:\d+: `[A-Z0-9-]+` does not answer as signed off; hint: "):
        compiled(policies)


def test_a_cell_too_many_or_no_signed_table_at_all_is_refused(policies):
    signed = policies / "gateways/signed-off.csv"
    signed.write_text(signed.read_text() + "MAGNA-CARTA,any\n")
    with pytest.raises(AgreementError, match=r"signed-off.csv:\d+: a cell that no gateway has; hint: "):
        compiled(policies)
    signed.unlink()
    with pytest.raises(AgreementError, match=r"signed-off.csv: cannot be read; hint: "):
        compiled(policies)


def test_the_serious_violence_duty_carries_no_alert(policies):
    slip = refused(policies, CDA, SERIOUS, "agreements/dsa-006-offers-of-support.yaml")

    assert "alerts`: `PCSC-2022-S16` s.16(4)(b) does not allow `alert.OFFER_OF_SUPPORT` from the hub" in slip


@pytest.mark.parametrize("agency", ["MCC_CHILDRENS", "NHS_CAMHS", "ASC"])
def test_the_serious_violence_duty_carries_nothing_that_health_or_social_care_publishes(policies, agency):
    change(policies, "  from: [SCHOOL]\n  to: [SEND]", f"  from: [{agency}]\n  to: [SEND]", FOURTH)
    change(policies, PLANS, "[person.dob_corrected]", FOURTH)
    change(policies, SESSIONS, "{}", FOURTH)
    change(policies, "publish: [GMP", "publish: [NHS_CAMHS, ASC, GMP", FOURTH)
    change(policies, "  from: [YJS, COURT]", "  from: [YJS]", FOURTH)  # a court is no party of the duty either
    slip = refused(policies, CDA, SERIOUS, FOURTH)

    assert f"`PCSC-2022-S16` s.16(4)(b) does not allow `person.dob_corrected` from `{agency}` to `SEND`" in slip


@pytest.mark.parametrize("field", ["substance", "mental_health", "health", "care_needs"])
def test_the_serious_violence_duty_carries_no_patient_information_whoever_publishes_it(policies, field):
    change(policies, "  from: [SCHOOL]\n  to: [SEND]", "  from: [YJS]\n  to: [SEND]", FOURTH)
    change(policies, PLANS, "[needs.flagged]", FOURTH)
    change(policies, SESSIONS, f"{{{field}: keep}}", FOURTH)
    slip = refused(policies, CDA, SERIOUS, FOURTH)

    assert f"fields.{field}`: `PCSC-2022-S16` s.16(4)(a) does not allow `{field}` from `YJS` to `SEND`" in slip


def test_without_health_and_social_care_the_serious_violence_duty_is_a_gateway(policies):
    change(policies, CDA, SERIOUS, FOURTH)
    change(policies, PLANS, "[exclusion.permanent, suspension.recorded]", FOURTH)  # a plan is what social care knows
    change(policies, "  from: [YJS, COURT]", "  from: [YJS]", FOURTH)
    text = (policies / FOURTH).read_text()
    (policies / FOURTH).write_text(text[: text.index("- id: '8'")])  # what children's services publish

    assert any(
        clause["gateway"].startswith("PCSC-2022-S16 s.16(1), s.16(2): ") for clause in compiled(policies)["clauses"]
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (SECOND, "  when: {consent: [yes]}\n  fields: {homeless", "  fields: {homeless", "s.213B(2)(b)"),
        (
            SECOND,
            "  when: {consent: [yes]}\n  fields: {homeless",
            "  when: {consent: [no]}\n  fields: {homeless",
            "agrees",
        ),
        (SECOND, f"[SMS]\n  {AGREED}\n", "[SMS]\n", "s.213B(3) does not allow `alert.RELEASE` from the hub to `SMS`"),
        (SECOND, "gateway: {id: CONSENT", "gateway: {id: OMA-2007-S14", "s.14(3) does not allow"),
        (THIRTIETH, "alerts: [REVIEW]", "alerts: [RELEASE]", "Art 5(1)(d) does not allow `alert.RELEASE`"),
        (FOURTH, "id: CDA-1998-S115", "id: DPA-2018-SCH2", "para 2(1) to the extent does not allow `arrest.recorded`"),
        (FOURTH, "id: CDA-1998-S115", "id: CDA-1998-S17A", "s.17A(2) does not allow"),
        (FOURTH, "id: CDA-1998-S115", "id: CWSA-2026-S4", "`CWSA-2026-S4` is not in force; hint: rest it on another"),
        (FIRST, "id: OMA-2007-S14", "id: OMA-2007-S41", "unknown gateway `OMA-2007-S41`"),
        (FIRST, "purpose: support on release from prison", "purpose: support", "unknown purpose"),
        (INPUTS, "from prison: [offender_management]", "from prison: [accuracy]", "s.14(4) does not allow"),
        ("teams.yaml", "Probation, kind: probation", "Probation, kind: voluntary", "s.14(3) does not allow"),
        ("partnership.yaml", "{HMPPS_PRISON: prison", "{HMPPS_PRISON: school", "s.14(3) does not allow"),
    ],
)
def test_a_rule_that_crosses_a_barred_cell_is_refused_with_its_clause(policies, file, old, new, says):
    change(policies, old, new, file)
    with pytest.raises(AgreementError, match=r":\d+: .+; hint: ") as told:
        compiled(policies)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("file", "key", "says"),
    [(FIRST, "criminal_offence", "Arts 9-10"), (ELEVENTH, "special_category", "`services` from the hub to `MH`")],
)
def test_data_that_the_agreement_says_it_does_not_carry_cannot_be_told(policies, file, key, says):
    text = (policies / file).read_text()
    (policies / file).write_text(re.sub(rf"^{key}: .*$", f"{key}: {{carried: no}}", text, flags=re.M))
    with pytest.raises(AgreementError, match=re.escape(says)):
        compiled(policies)


def test_data_for_which_the_agreement_states_a_condition_may_be_told(policies):
    change(policies, "apd: offence", "apd: patient", INPUTS)

    assert compiled(policies)


@pytest.mark.parametrize(
    ("old", "new"), [("from: 2008-04-01", "from: 2024-01-02"), ("from: 2008", "until: 2028-12-30\nfrom: 2008")]
)
def test_an_agreement_holds_no_longer_than_its_statute(policies, old, new):
    change(policies, old, new, OMA)
    with pytest.raises(AgreementError, match=r"dsa-001.*:\d+: .*(begins before|ends after) its statute.*; hint: "):
        compiled(policies)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            INPUTS,
            "arrest.recorded: {itself: offence, force: offence,",
            "arrest.recorded: {itself: offence,",
            "of `force`",
        ),
        (INPUTS, "arrest.recorded: {itself: offence, ", "arrest.recorded: {", "nothing said of `itself`"),
        (INPUTS, "  person.died: {itself: personal}\n", "", "nothing said of `person.died`"),
        (
            INPUTS,
            "person.died: {itself: personal}",
            "person.died: {itself: personal, why: personal}",
            "unknown name `why`",
        ),
        (INPUTS, "person.died: {itself: personal}", "person.died: {itself: harmless}", "unknown word `harmless`"),
        (INPUTS, "person.died: {itself: personal}", "person.died: {itself: depersonalised}", "unknown word"),
        (INPUTS, "  TRANSITION: personal\n", "", "nothing said of `TRANSITION`"),
        (INPUTS, "handover: care}", "}", "nothing said of `handover`"),
        (INPUTS, "[alert.CORRECTION,", "[alert.CORRECTIONS,", "unknown subject `alert.CORRECTIONS`"),
        (INPUTS, "proves: [agrees,", "proves: [agree,", "unknown word `agree`"),
        (INPUTS, "[offender_management]", "[offender_managing]", "unknown word `offender_managing`"),
        (PCSC, "function: [serious_violence]", "function: [serious]", "unknown word `serious`; hint: write some of"),
        (PCSC, "{function: [serious_violence]}", "{}", "a way that asks nothing"),
        (PCSC, "bars: [{data: [patient]}]", "bars: []", "needs one of `needs` and `bars`"),
        (PCSC, "bars: [{data: [patient]}]", "bars: [{data: [patient]}], needs: [{data: [care]}]", "needs one of"),
        (PCSC, "id: s.16(4)(d)", "id: s.16(4)(c)", "`s.16(4)(c)` is written twice"),
        (PCSC, "id: PCSC-2022-S16\n", "id: PCSC-2022-S15\n", "`PCSC-2022-S15` is not the file's name"),
        (PCSC, "confidence: H", "confidence: certain", "input should be"),
        ("teams.yaml", "Probation, kind: probation", "Probation, kind: probations", "unknown kind `probations`"),
        ("teams.yaml", "Probation, kind: probation", "Probation", "field required"),
        ("partnership.yaml", "kinds: {HMPPS_PRISON: prison, ", "kinds: {HMPPS_PRISON: gaol, ", "unknown kind `gaol`"),
    ],
)
def test_a_pack_and_its_inputs_speak_of_what_exists_and_of_everything(policies, file, old, new, says):
    assert says in refused(policies, old, new, file)


def test_policies_without_a_gateway_are_refused(policies):
    for file in (policies / "gateways").glob("*.yaml"):
        file.unlink()
    with pytest.raises(AgreementError, match="gateways: no gateway in it; hint: "):
        compiled(policies)


def test_a_clause_cites_what_allowed_it_and_no_gateway_that_it_does_not_use():
    made = {clause["id"]: clause for clause in compiled(folder("policies"))["clauses"]}

    assert made["DSA-001.4"]["gateway"].startswith("OMA-2007-S14 s.14(3)(a)(ii), s.14(4): Offender Management Act")
    both = "CA-2004-S10-11 s.10(1), s.10(2), s.10(9); CARE-2014-S6-7 s.6(1), s.6(7), s.6(6): Children Act 2004"
    assert made["DSA-003.4"]["gateway"].startswith(both)
    assert made["DSA-003.3"]["gateway"].startswith("CA-2004-S10-11 s.10(1), s.10(2), s.10(9): ")  # it asks the age
    assert "CARE" not in made["DSA-003.3"]["gateway"]


def test_the_bundle_carries_the_gateways_that_its_clauses_rest_on_and_no_others():
    made = compiled(folder("policies"))
    named = {name for clause in made["clauses"] for name in clause["rests_on"]["gateways"]}

    assert {told["id"] for told in made["gateways"]["gateways"]} == named
    assert {kind for kind in made["gateways"]["data"] if kind in vocabulary(schemas())} == set(made["vocabulary"])
