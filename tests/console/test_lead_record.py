"""The record itself, to a lead: whether it stands, who looked, and reports on a person that take two."""

import io
import re
import zipfile

import pytest
from consoles import projected
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from smallhome import drain, heard

from hub import topics
from hub.audit.kept import kept
from hub.cli.main import main
from hub.console.lead.checking import start, state
from hub.place import Place, values
from hub.subject import requests
from hub.topics import ACCESS, REQUESTS
from hub.wire.twofold import DAY
from hub.wiring import schemas

ASKED = {"reason": "SUBJECT_ACCESS"}


def records(folder, topic):
    return list(values(schemas(), Place(folder).reader(), topic))


def test_an_audit_runs_beside_the_pages_and_what_it_found_is_kept(visit, copied):
    lead = visit(copied)
    assert "Not verified yet" in lead.get("/overview").text
    thread = start(lead.desk)
    thread.join(60)

    assert kept(copied).found == 0
    assert state(lead.desk).run is None
    for page in ("/overview", "/audit"):
        assert "Verified to" in lead.get(page).text


def test_what_the_command_found_is_known_to_the_pages_too(visit, copied):
    assert main(["audit", "verify", "--home", str(copied)]) == 0

    assert "Verified to" in visit(copied).get("/audit").text


def test_an_altered_record_is_named(visit, copied):
    import sqlite3

    with sqlite3.connect(copied / "hub.db") as sql:
        sql.execute('delete from log where topic = ? and "offset" = 3 and partition = 0', (topics.DECISIONS,))
    lead = visit(copied)
    start(lead.desk).join(60)
    page = lead.get("/audit").text

    assert kept(copied).found >= 1
    assert "<strong>missing</strong>" in page
    assert "Verified to" not in page


def test_the_button_begins_an_audit(visit, copied):
    lead = visit(copied)
    answer = lead.post("/audit/verify")

    assert answer.headers["location"].endswith("/audit")
    assert "The audit has begun." in lead.get("/audit").text


def test_a_checkpoint_and_a_second_verifier_are_there_to_take_away(visit, played):
    lead = visit()
    note = lead.get("/audit/checkpoint.txt").text

    assert note == list(Place(played).reader().scan(topics.CHECKPOINTS))[-1].value.decode()
    compile(lead.get("/audit/verifier.txt").text, "verify_ledger.py", "exec")


@pytest.fixture
def two(visit, copied):
    """Two leads at one console, a decision, and a request by the first for a report on its person."""
    asks, other = visit(copied), visit(copied, id="u-2")
    row = next(one for one in records(copied, topics.DECISIONS) if any(part["delivered"] for part in one["outcomes"]))
    answer = asks.post("/requests", {**ASKED, "decision": row["id"]})
    assert answer.status_code == 303
    (request,) = records(copied, REQUESTS)
    return asks, other, row, request


def test_a_report_opens_once_another_person_agreed_and_is_on_record_before(two, copied):
    asks, other, row, request = two
    assert records(copied, ACCESS) == []
    agreed = other.post(f"/requests/{request['id']}/agree")
    (access,) = records(copied, ACCESS)
    page = asks.get(agreed.headers["location"]).text

    assert (access["asked_by"], access["agreed_by"], access["of"]) == ("u-1", "u-2", request["id"])
    assert row["id"] in page
    assert access["person"] == row["person"]
    assert row["person"] not in agreed.headers["location"]


def test_one_person_is_never_two(two, copied):
    asks, _, _, request = two
    answer = asks.post(f"/requests/{request['id']}/agree")

    assert answer.headers["location"].endswith("/requests")
    assert records(copied, ACCESS) == []
    assert "You asked for this yourself" in asks.get("/requests").text
    assert "Agree, and open it" not in asks.get("/requests").text


def test_a_third_person_does_not_read_it_and_after_a_day_nobody_does(two, visit, copied):
    _, other, _, request = two
    address = other.post(f"/requests/{request['id']}/agree").headers["location"]

    assert other.get(address).status_code == 200
    assert visit(copied, id="u-3").get(address).status_code == 404
    assert visit(copied, id="u-2", now=lambda: request["at"] + 2 * DAY).get(address).status_code == 404


def test_a_request_outlives_a_restart_and_ends_with_a_no(two, visit, copied):
    asks, other, _, request = two
    again = visit(copied, id="u-2")  # another console: all that it knows of the request is the log

    assert f"{request['id'][:10]}, asked by another lead" in again.get("/requests").text
    assert asks.post(f"/requests/{request['id']}/decline").status_code == 303
    assert "Nothing waits" in again.get("/requests").text
    assert other.post(f"/requests/{request['id']}/agree").status_code == 404


def test_a_request_ends_after_a_day(two, visit, copied):
    request = two[3]
    later = visit(copied, id="u-2", now=lambda: request["at"] + DAY)

    assert "Nothing waits" in later.get("/requests").text
    assert later.post(f"/requests/{request['id']}/agree").status_code == 404


def test_a_request_that_the_console_did_not_sign_is_none(two, copied):
    asks, other, _, request = two
    forged = {**request, "asked_by": "u-9", "reason": "AUDIT"}
    asks.append([requests.asked_out({**forged, "id": "q-forged"}, schemas())])

    assert other.post("/requests/q-forged/agree").status_code == 404
    assert other.get("/requests").text.count("Agree, and open it") == 1


def test_the_pack_has_the_report_and_a_proof_of_each_line(two):
    asks, other, _, request = two
    address = other.post(f"/requests/{request['id']}/agree").headers["location"]
    pack = zipfile.ZipFile(io.BytesIO(asks.get(f"{address}.zip").content))
    lines = len(re.findall(r"tlog-proof", " ".join(pack.namelist())))

    assert "report.html" in pack.namelist()
    assert lines == len(pack.namelist()) - 1 > 0


def test_whom_it_is_about_is_found_by_a_pseudonym_and_nobody_by_a_name(two, copied):
    asks, _, row, _ = two
    known = asks.post("/requests", {**ASKED, "person": row["person"]})
    unknown = asks.post("/requests", {**ASKED, "person": "Jane Doe"})

    assert known.status_code == 303
    assert "There is a problem" in unknown.text
    assert len(records(copied, REQUESTS)) == 2


def test_the_command_and_the_page_that_list_accesses_know_those_of_the_console(two, visit, copied, capsys):
    _, other, _, request = two
    other.post(f"/requests/{request['id']}/agree")

    assert main(["audit", "access", "--home", str(copied)]) == 0
    assert "in the console" in capsys.readouterr().out
    assert "Subject report" in visit(projected(copied)).get("/access").text


def test_an_emergency_is_listed_with_its_state_until_it_was_reviewed(visit, tmp_path):
    home = heard(tmp_path / "home")
    person = records(home, topics.DECISIONS)[0]["person"]
    why = ("--reason", "LIFE_AT_RISK", "--by", "DUTY_MANAGER", "--second", "IG_LEAD")
    assert main(["break-glass", "open", "--team", "HOUS", "--person", person, *why, "--home", str(home)]) == 0
    drain(home)
    (access,) = records(home, ACCESS)
    now, later = (
        visit(projected(home), now=lambda at=at: at).get("/emergencies").text
        for at in (access["at"], access["until"] + 30 * DAY)
    )

    assert "Open</strong>" in now
    assert "Review overdue</strong>" in later
    assert "Housing options (HOUS)" in later
    assert "Somebody&#39;s life is at risk" in later
    assert person not in later


def test_a_request_of_a_clock_that_was_wrong_is_not_open_for_years():
    key, year = Ed25519PrivateKey.generate(), 365 * 86_400_000_000
    request = requests.ask("subject-report", "p-1", "AUDIT", "u-1", year, key)

    with pytest.raises(requests.RequestError):
        requests.agree(request, "u-2", 0, key)
    assert requests.agree(request, "u-2", year + 1, key)["of"] == request["id"]
