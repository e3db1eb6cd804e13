"""`hub break-glass`: asked by two people, in force once the hub took it in, explained like any decision, reviewed."""

import json

import pytest
from smallhome import drain, heard

WHY = ("--reason", "LIFE_AT_RISK", "--by", "DUTY_MANAGER", "--second", "IG_LEAD")
LATER = "2100-01-01"


@pytest.fixture
def home(tmp_path):
    return heard(tmp_path / "home")


@pytest.fixture
def person(hub, home):
    return json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]


@pytest.fixture
def opened(hub, home, person):
    told = hub("break-glass", "open", "--team", "HOUS", "--person", person, "--home", home, *WHY, "--json")
    drain(home)
    return json.loads(told.out)


def listed(hub, home, *words):
    told = hub("break-glass", "list", "--home", home, "--json", *words)
    return told.code, json.loads(told.out)


def test_it_is_in_force_once_the_hub_took_it_in(hub, home, person):
    hub("break-glass", "open", "--team", "hous", "--person", person, "--home", home, *WHY)
    before = listed(hub, home)[1][0]["state"]
    drain(home)

    assert before.startswith("not in force")
    assert listed(hub, home)[1][0]["state"] == "open"


def test_what_it_told_is_a_decision_like_any_other(hub, home, opened):
    (row,) = json.loads(hub("decisions", "--home", home, "--json", "--type", "emergency.opened")[1])
    out = hub("explain", row["decision"], "--home", home)[1]

    assert (row["team"], row["outcome"], row["clause"]) == ("HOUS", "delivered", "DSA-900.0")
    assert row["grant"] == row["event"] == opened["id"]
    assert "two people broke the glass for this team" in out
    assert "DSA-900.0 permits it" in out
    assert "Emergencies" in hub("agreement", "show", "DSA-900", "--home", home)[1]


def test_a_replay_finds_it_again_to_the_byte(hub, home, opened):
    code, out, _ = hub("replay", "--home", home)

    assert code == 0
    assert "the same" in out


def test_it_is_on_record_with_both_roles_and_in_the_subjects_own_report(hub, home, person, opened):
    access = json.loads(hub("audit", "access", "--home", home, "--json")[1])
    words = ("--reason", "SUBJECT_ACCESS", "--by", "IG_LEAD", "--second", "DPO")
    told = json.loads(hub("subject-report", person, "--home", home, *words, "--json")[1])["told"]

    assert (access[0]["what"], access[0]["by"], access[0]["second"]) == ("break-glass", "DUTY_MANAGER", "IG_LEAD")
    assert opened["id"] in [line["grant"] for line in told]


def test_its_review_is_due_overdue_and_done(hub, home, opened, monkeypatch):
    assert listed(hub, home)[0] == 0
    assert listed(hub, home, "--at", LATER)[0] == 1
    early = hub("break-glass", "review", opened["id"], "--home", home, "--reason", "JUSTIFIED", *WHY[2:])
    assert (early.code, early.out) == (1, "")
    assert "review it when it has ended" in early.err

    monkeypatch.setattr("hub.cli.break_glass.now", lambda _: 4_102_444_800_000_000)
    assert listed(hub, home)[1][0]["state"] == "REVIEW OVERDUE"
    done = hub("break-glass", "review", opened["id"][:12], "--home", home, "--reason", "NOT_JUSTIFIED", *WHY[2:])

    assert done.code == 0
    assert listed(hub, home)[0] == 0
    assert listed(hub, home)[1][0]["state"] == "reviewed, not justified"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--team", "HOUS"), "both are needed"),
        (("--team", "DWP", "--person", "PERSON"), "not among those it is for"),
        (("--team", "HOUS", "--person", "PERSON", "--hours", "73"), "more than 72"),
        (("--team", "HOUS", "--person", "p-nobody"), "nobody whom the hub knows"),
    ],
)
def test_what_cannot_be_is_refused_before_anybody_signs(hub, home, person, words, says):
    told = hub("break-glass", "open", "--home", home, *WHY, *(person if one == "PERSON" else one for one in words))

    assert told.code in (1, 2)
    assert told.out == ""
    assert says in told.err
    assert listed(hub, home) == (0, [])


def test_the_second_person_may_sign_elsewhere(hub, home, person, tmp_path):
    one, two = (f"--key={home}/keys/ig-{name}.key" for name in ("one", "two"))
    asked = tmp_path / "request.json"
    first = hub(
        "break-glass", "open", "--team", "HOUS", "--person", person, "--home", home, *WHY, one, "--request", asked
    )
    assert (first.code, first.out) == (0, "")
    assert listed(hub, home) == (0, [])

    assert hub("break-glass", "open", "--home", home, two, "--request", asked).code == 0
    drain(home)
    assert listed(hub, home)[1][0]["state"] == "open"
