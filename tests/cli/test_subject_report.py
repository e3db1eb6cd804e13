"""`hub subject-report`: who got what about one person; on record first, with a reason and two people, or not at all."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from smallhome import RECORD, drain, lines, lived, made, one_line_with_cure

from hub import topics, wiring
from hub.edges.home import write_pair
from hub.place import Place
from hub.wire import twofold

WHY = ("--reason", "SUBJECT_ACCESS", "--by", "IG_LEAD", "--second", "DPO")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("subject") / "home")


@pytest.fixture
def person(hub, home):
    return json.loads(hub("decisions", "--home", home, "--json")[1])[0]["person"]


def accesses(home):
    place = Place(home=home)
    return [wiring.schemas().decode(record.value)[2] for record in place.reader().scan(topics.ACCESS)]


def keys(home):
    return [f"--key={home}/keys/ig-{name}.key" for name in ("one", "two")]


def test_every_outcome_of_the_person_is_told_left_out_or_withheld(hub, home, person):
    rows = json.loads(hub("decisions", "--home", home, "--json", "--person", person)[1])
    told = json.loads(hub("subject-report", person, "--home", home, *WHY, "--json")[1])
    listed = {(line["decision"], line["team"]) for line in (*told["told"], *told["withheld"])}

    assert told["told"]
    assert told["withheld"]
    assert listed == {(row["decision"], row["team"]) for row in rows}
    assert told["left_out"] == 0


def test_a_line_says_purpose_agreement_clause_statute_fields_and_for_whom(hub, home, person):
    told = json.loads(hub("subject-report", person, "--home", home, *WHY, "--json")[1])["told"]
    line = next(line for line in told if line["what"] == "alert.RELEASE" and line["team"] == "DWP")

    assert line["agreement"] == "DSA-001"
    assert line["purpose"] == "support on release from prison"
    assert line["statute"].startswith(line["gateway"])
    assert line["fields"] == {"window_from": "keep"}  # what was really sent, not all that the clause names
    assert line["exact"]
    assert "weeks before release" in line["says"]


def test_it_reads_as_prose_and_as_a_page_to_print(hub, home, person, tmp_path):
    page = tmp_path / "report.html"
    code, out, err = hub("subject-report", person, "--home", home, *WHY, "--html", page)

    assert code == 0
    assert "Told to others" in out
    assert "Asked for, and not told" in out
    assert person in page.read_text()
    assert "<script" not in page.read_text()
    assert "on record" in err


def test_it_is_on_record_with_roles_reason_and_two_good_signatures(hub, home, person):
    before = len(accesses(home))
    hub("subject-report", person, "--home", home, *WHY, "--since", "2026-01-01")
    (made,) = accesses(home)[before:]

    twofold.check("subject-report", made, Place(home=home).open().trusted())
    assert (made["by"], made["second"], made["reason"]) == ("IG_LEAD", "DPO", "SUBJECT_ACCESS")
    assert made["person"] == person
    assert made["since"] is not None


def test_nothing_is_shown_when_it_could_not_be_recorded(hub, home, person, monkeypatch):
    def full(*_):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("hub.cli.subject_report.commit", full)
    code, out, err = hub("subject-report", person, "--home", home, *WHY)

    assert (code, out) == (1, "")
    assert one_line_with_cure(err)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--reason", "CURIOSITY", "--by", "IG_LEAD", "--second", "DPO"),
        ("--reason", "AUDIT", "--by", "IG_LEAD"),
        ("--reason", "AUDIT", "--by", "IG_LEAD", "--second", "IG_LEAD"),
        ("--reason", "AUDIT", "--by", "Amina Khan", "--second", "DPO"),
    ],
)
def test_without_a_reason_and_two_roles_there_is_no_report(hub, home, person, words):
    before = len(accesses(home))
    code, out, err = hub("subject-report", person, "--home", home, *words)

    assert (code, out) == (2, "")
    assert one_line_with_cure(err)
    assert len(accesses(home)) == before


def test_one_key_even_twice_or_a_strangers_does_not_do(hub, home, person, tmp_path):
    write_pair(tmp_path, "ig-stranger", Ed25519PrivateKey.generate())
    one, stranger = keys(home)[0], f"--key={tmp_path}/ig-stranger.key"

    for pair in ((one,), (one, one), (one, stranger)):
        code, out, err = hub("subject-report", person, "--home", home, *WHY, *pair)
        assert (code, out) == (1, "")
        assert "1 good signatures of 2" in err


def test_the_second_person_may_sign_elsewhere_and_signs_what_the_first_asked(hub, home, person, tmp_path):
    one, two = keys(home)
    asked = tmp_path / "request.json"
    first = hub("subject-report", person, "--home", home, *WHY, one, "--request", asked)
    second = hub("subject-report", "--home", home, two, "--request", asked, "--json")

    assert (first.code, first.out) == (0, "")
    assert "signed by one of two" in first.err
    assert json.loads(second.out)["access"]["person"] == person
    assert "SUBJECT_ACCESS" in second.err


def test_a_request_that_was_changed_on_its_way_counts_for_nothing(hub, home, person, tmp_path):
    one, two = keys(home)
    asked = tmp_path / "request.json"
    hub("subject-report", person, "--home", home, *WHY, one, "--request", asked)
    asked.write_text(asked.read_text().replace("SUBJECT_ACCESS", "AUDIT"))
    second = hub("subject-report", "--home", home, two, "--request", asked)

    assert second.out == ""
    assert json.loads(asked.read_text())["values"]["reason"] == "AUDIT"
    assert len([one for one in accesses(home) if one["reason"] == "AUDIT"]) == 0


def test_a_request_of_yesterday_is_asked_anew(hub, home, person, tmp_path, monkeypatch):
    one, two = keys(home)
    asked = tmp_path / "request.json"
    hub("subject-report", person, "--home", home, *WHY, one, "--request", asked)
    told = json.loads(asked.read_text())
    told["values"]["at"] -= twofold.DAY
    asked.write_text(json.dumps(told))
    code, out, err = hub("subject-report", "--home", home, two, "--request", asked)

    assert (code, out) == (2, "")
    assert "older than a day" in err


def test_nobody_is_reported_on_who_is_not_there(hub, home):
    code, out, err = hub("subject-report", "p-nobody", "--home", home, *WHY)

    assert (code, out) == (1, "")
    assert one_line_with_cure(err)


def test_whom_a_record_was_held_as_before_is_named(hub, tmp_path):
    home, inbox = made(tmp_path / "home"), tmp_path / "inbox"
    inbox.mkdir()
    for number, link in enumerate(("TEST-LINK-1", "TEST-LINK-2")):
        record = {**RECORD, "linkReference": link, "recordedAt": f"2026-02-0{number + 1}T10:00:00Z"}
        (inbox / f"{number}.jsonl").write_text(lines(record))
        assert hub("publish", "prison", inbox / f"{number}.jsonl", "--home", home).code == 0
        drain(home)
    rows = json.loads(hub("decisions", "--home", home, "--json", "--all")[1])
    after, before = (row["person"] for row in (rows[0], rows[-1]))

    out = hub("subject-report", after, "--home", home, *WHY)[1]

    assert after != before
    assert f"also held as  {before}" in out
    assert "also held as" not in hub("subject-report", before, "--home", home, *WHY)[1]
