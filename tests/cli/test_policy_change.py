"""A change of rules on the command line: built, seen and signed by each lead apart, activated, and shown afterwards."""

import json
import shutil

import pytest
from smallhome import made

from hub.resources import folder

AGES = "when: {age: [10_to_15, 16_to_17]}"
WIDER = "when: {age: [10_to_15, 16_to_17, 18_to_24]}"
RULE = "agreements/dsa-001-resettlement.yaml"
OPENED = "YJS is told of release_dates.changed from HMPPS_PRISON: that it happens, "


@pytest.fixture
def policies(tmp_path):
    """A copy of the shipped policies, to be edited."""
    return shutil.copytree(folder("policies"), tmp_path / "policies")


@pytest.fixture
def leads(hub, tmp_path):
    """Two leads with a key each on machines of their own, and a hub that trusts them."""
    home = tmp_path / "home"
    hub("init", home, "--partitions", "2")
    for name in ("amina", "ben"):
        hub("policy", "keygen", name, "--to", tmp_path / name)
        shutil.copy(tmp_path / name / f"ig-{name}.pub", home / "keys")
    return home, tmp_path / "amina" / "ig-amina.key", tmp_path / "ben" / "ig-ben.key"


def edit(policies, old, new, file=RULE):
    text = (policies / file).read_text()
    assert old in text
    (policies / file).write_text(text.replace(old, new, 1))


def amended(hub, policies, old):
    """The amendment that `hub policy diff` drafts, filled in."""
    file = policies / "amendment.yaml"
    assert hub("policy", "diff", old, policies, "--draft", file)[0] == 0
    text = file.read_text()
    file.write_text(text.replace("by:", "by: The IG leads").replace("why:", "why: Young adults are supervised too"))


def test_two_leads_sign_apart_and_the_bundle_comes_into_force(hub, leads, policies, tmp_path):
    home, amina, ben = leads
    file = tmp_path / "rules.bundle"

    assert hub("policy", "build", policies, "--out", file, "--home", home)[0] == 0
    assert hub("policy", "sign", file, "--key", amina, "--yes")[0] == 0
    alone = hub("policy", "activate", file, "--home", home)
    assert hub("policy", "sign", file, "--key", ben, "--yes")[0] == 0
    both = hub("policy", "activate", file, "--home", home)
    again = hub("policy", "activate", file, "--home", home)

    assert (alone.code, "signatures: 1 of 2" in alone.err) == (1, True)
    assert (both.code, "rules number 1" in both.out) == (0, True)
    assert "already in force as number 1" in again.out


def test_a_lead_sees_what_a_bundle_opens_before_signing_without_a_hub(hub, leads, policies, tmp_path):
    home, amina, ben = leads
    hub("policy", "activate", "--key", amina, "--key", ben, "--home", home)
    edit(policies, AGES, WIDER)
    amended(hub, policies, folder("policies"))
    file = tmp_path / "rules.bundle"
    hub("policy", "build", policies, "--out", file, "--home", home)
    shutil.rmtree(home)

    seen = hub("policy", "sign", file)
    unsure = hub("policy", "sign", file, "--key", amina)
    signed = hub("policy", "sign", file, "--key", amina, "--yes", "--json")

    assert seen.code == 0
    assert f"opens: {OPENED.partition(':')[0]}" in seen.out
    assert "when age is 18_to_24 and protected is no" in seen.out
    assert "amendment of" in seen.out
    assert "0 signatures" in seen.out
    assert (unsure.code, "add --yes" in unsure.err) == (2, True)
    assert len(json.loads(signed.out)["signed"]) == 1


def test_an_opening_that_the_amendment_does_not_list_is_neither_built_signed_nor_activated(
    hub, leads, policies, tmp_path
):
    home, amina, ben = leads
    keys = ["--key", amina, "--key", ben]
    hub("policy", "activate", *keys, "--home", home)
    edit(policies, AGES, WIDER)

    refused = [
        hub("policy", "check", policies, "--against", folder("policies")),
        hub("policy", "build", policies, "--out", tmp_path / "no.bundle", "--home", home),
        hub("policy", "activate", policies, *keys, "--home", home),
    ]
    assert [(one.code, one.out) for one in refused] == [(1, "")] * 3
    assert all(f"amendment.yaml: does not list `{OPENED}" in one.err for one in refused)

    amended(hub, policies, folder("policies"))
    assert hub("policy", "check", policies, "--against", folder("policies")).code == 0
    assert "rules number 2" in hub("policy", "activate", policies, *keys, "--home", home).out


def test_a_bundle_whose_amendment_was_taken_out_is_not_signed(hub, leads, policies, tmp_path):
    from hub.edges.bundle_file import SignedBundle, load, save

    home, amina, ben = leads
    hub("policy", "activate", "--key", amina, "--key", ben, "--home", home)
    edit(policies, AGES, WIDER)
    amended(hub, policies, folder("policies"))
    file = tmp_path / "rules.bundle"
    hub("policy", "build", policies, "--out", file, "--home", home)
    told = load(file)
    save(file, SignedBundle({**told.bundle, "amendment": None}, told.previous))

    code, _, err = hub("policy", "sign", file, "--key", amina, "--yes")

    assert (code, "amendment.yaml: does not list" in err) == (1, True)
    assert not load(file).signatures


def test_a_bundle_that_shows_other_rules_as_those_before_is_not_opened(hub, leads, policies, tmp_path):
    from hub.edges.bundle_file import SignedBundle, load, save

    home, amina, ben = leads
    hub("policy", "activate", "--key", amina, "--key", ben, "--home", home)
    edit(policies, "debounce_days: 14", "debounce_days: 15", "partnership.yaml")
    file = tmp_path / "rules.bundle"
    hub("policy", "build", policies, "--out", file, "--home", home)
    told = load(file)
    save(file, SignedBundle(told.bundle, {**told.previous, "name": "another"}))

    code, _, err = hub("policy", "sign", file, "--key", amina, "--yes")

    assert (code, "are not the ones it follows" in err) == (1, True)


def test_an_amendment_that_lists_what_does_not_open_is_refused(hub, leads, policies):
    edit(policies, AGES, WIDER)
    amended(hub, policies, folder("policies"))
    edit(policies, WIDER, AGES)

    code, _, err = hub("policy", "check", policies, "--against", folder("policies"))

    assert (code, "amendment.yaml: lists what does not open" in err) == (1, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("date: 2026-11-26\nby:\nwhy: because\nopens: [x]\n", "`by`: not a word"),
        ("date: 2026-11-26\nby: us\nwhy: because\nopens: []\n", "`opens`: nothing in it"),
        ("date: 2026-11-26\nby: us\nwhy: because\nopens: [x, x]\n", "`opens.1`: listed twice"),
        ("date: 2026-11-26\nby: us\nwhy: because\nopens: [x]\nand: more\n", "`and`"),
    ],
)
def test_a_slip_in_an_amendment_is_named_by_its_line(hub, policies, text, why):
    (policies / "amendment.yaml").write_text(text)

    code, _, err = hub("policy", "check", policies)

    assert code == 1
    assert f"{policies / 'amendment.yaml'}:" in err
    assert why in err


def test_a_bundle_signed_for_other_rules_than_those_now_in_force_is_refused(hub, leads, policies, tmp_path):
    home, amina, ben = leads
    hub("policy", "activate", "--key", amina, "--key", ben, "--home", home)
    file = tmp_path / "rules.bundle"
    for days, build in (("15", True), ("16", False)):
        edit(policies, "debounce_days: 1", f"debounce_days: {days} # 1", "partnership.yaml")
        if build:
            hub("policy", "build", policies, "--out", file, "--home", home)
            for key in (amina, ben):
                hub("policy", "sign", file, "--key", key, "--yes")
        else:
            hub("policy", "activate", policies, "--key", amina, "--key", ben, "--home", home)

    code, _, err = hub("policy", "activate", file, "--home", home)

    assert (code, "sequence: not newer than the rules in force" in err) == (1, True)


def test_a_bundle_whose_time_has_not_come_waits(hub, leads, policies, tmp_path):
    home, amina, ben = leads
    file = tmp_path / "rules.bundle"
    hub("policy", "build", policies, "--out", file, "--from", "2099-01-01", "--home", home)
    for key in (amina, ben):
        hub("policy", "sign", file, "--key", key, "--yes")

    code, _, err = hub("policy", "activate", file, "--home", home)

    assert (code, "activate_from: too early" in err) == (1, True)


def test_the_diff_of_two_folders_tells_openings_closings_examples_and_what_else_changed(hub, policies):
    edit(policies, AGES, WIDER)
    edit(policies, "debounce_days: 14", "debounce_days: 15", "partnership.yaml")

    shown = hub("policy", "diff", folder("policies"), policies)
    back = hub("policy", "diff", policies, folder("policies"))
    told = json.loads(hub("policy", "diff", folder("policies"), policies, "--json").out)

    assert (shown.code, back.code) == (1, 0)
    assert "example    on 2024-01-01, age is 18_to_24 and protected is no and nothing else known" in shown.out
    assert "limits.debounce_days" in shown.out
    assert "closes: YJS is told of release_dates.changed from HMPPS_PRISON" in back.out
    assert told["opens"] == told["unlisted"]
    assert told["opens"][0].startswith(OPENED)
    assert {one["field"] for one in told["opened"]} >= {"", "crd", "prison"}
    assert told["opened"][0]["example"]["known"] == {"age": "18_to_24", "protected": "no"}
    assert {"path": "limits.debounce_days", "before": 14, "after": 15} in told["otherwise"]


def test_whoever_signs_sees_every_entry_that_is_written_otherwise_and_all_of_it(hub, policies):
    (policies / "actions.yaml").write_text((policies / "actions.yaml").read_text().replace(": ", ": Well, "))
    edit(policies, "exclusion.permanent, suspension.recorded, attendance.marked, needs.", "needs.", "teams.yaml")
    edit(policies, "longest_hours: 72", "longest_hours: 71", "emergency.yaml")

    told = hub("policy", "diff", folder("policies"), policies).out

    assert told.count("  actions.") > 40
    assert "emergency.longest_hours" in told
    assert 'without ["exclusion.permanent", "suspension.recorded", "attendance.marked"]' in told


def test_the_diff_speaks_of_the_log_by_number_and_hash(hub, tmp_path, policies):
    home = made(tmp_path / "home")
    edit(policies, "debounce_days: 14", "debounce_days: 15", "partnership.yaml")
    hub("policy", "activate", policies, "--home", home)
    log = json.loads(hub("policy", "log", "--home", home, "--json").out)

    told = json.loads(hub("policy", "diff", "1", log[1]["hash"][:8], "--home", home, "--json").out)
    unknown = hub("policy", "diff", "7", "--home", home)
    nothing = hub("policy", "diff", "no-such-thing", "--home", home)

    assert [one["state"] for one in log] == ["replaced", "in force"]
    assert (told["opened"], told["closed"]) == ([], [])
    assert [one["path"] for one in told["otherwise"]] == ["limits.debounce_days"]
    assert (unknown.code, nothing.code) == (2, 2)
    assert "hint:" in unknown.err
    assert "hint:" in nothing.err


@pytest.mark.parametrize("content", [b"", b"{}", b"[", b'{"format":"csp-hub rules bundle 2"}', b"\xff"])
def test_a_file_that_is_no_bundle_is_said_to_be_none(hub, tmp_path, content):
    file = tmp_path / "rules.bundle"
    file.write_bytes(content)

    code, _, err = hub("policy", "sign", file)

    assert (code, "not a bundle of rules" in err) == (1, True)


@pytest.mark.parametrize(
    ("part", "told"),
    [("clauses", None), ("valid_until", {}), ("sequence", "x"), ("amendment", {"opens": "x"}), ("teams", {"X": 1})],
)
def test_a_bundle_with_a_part_that_is_none_is_refused_and_not_signed(hub, leads, tmp_path, part, told):
    home, amina, _ = leads
    file = tmp_path / "rules.bundle"
    hub("policy", "build", "--out", file, "--home", home)
    made = json.loads(file.read_text())
    made["bundle"][part] = told
    file.write_text(json.dumps(made))

    code, _, err = hub("policy", "sign", file, "--key", amina, "--yes")

    assert (code, "not a bundle of rules" in err) == (1, True)
    assert json.loads(file.read_text())["signatures"] == []
