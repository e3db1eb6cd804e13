"""What comes in, joining and the state of the service: read from the log, and for a partner of its own agency alone."""

import json
import re

import pytest
from consoles import projected
from operatorhome import NOW, event, lived, write

from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.intake import onboarding
from hub.intake.silence import heard
from hub.place import compiled

PATHS = ("/sources", "/sources/YJS", "/partners", "/partners/YJS", "/status")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = lived(tmp_path_factory.mktemp("sources") / "home")
    write(folder, event(20, "arrest.recorded", record="r1.z"), then=NOW)
    projected(folder)
    return folder


@pytest.mark.parametrize("path", PATHS)
def test_a_partner_sees_nothing_of_another(signed_in, home, path):
    text = signed_in(home, "PARTNER", "YJS").get(path)

    assert text.status_code == 200
    assert "GMP" not in text.text
    assert "/HMPPS_PRISON" not in text.text


@pytest.mark.parametrize("path", ["/sources/GMP", "/partners/GMP", "/sources/NOBODY"])
def test_what_is_anothers_is_not_there(signed_in, home, path):
    assert signed_in(home, "PARTNER", "YJS").get(path).status_code == 404


def test_it_says_what_came_what_could_not_be_read_and_what_was_refused(signed_in, home):
    rows = {row["agency"]: row for row in signed_in(home).get("/sources.json").json()}

    assert (rows["GMP"]["unreadable_28_days"], rows["GMP"]["refused_28_days"]) == (1, 5)
    assert (rows["YJS"]["unreadable_28_days"], rows["SCHOOL"]["state"]) == (1, "never")
    assert signed_in(home).get("/sources.csv").text.startswith("agency,last_heard,state")


def test_it_looks_at_fields_and_shows_nothing_of_what_they_say(signed_in, home):
    text = signed_in(home).get("/sources/GMP").text

    assert "How often each field is filled" in text
    assert [secret for secret in ("secret-one", "r1.z", "John", "2010") if secret in text] == []


def test_what_waits_is_told_in_records_and_in_time(signed_in, home):
    before = signed_in(home).get("/status").text
    write_only(home, event(30, "arrest.recorded", record="r1.late"), event(31, "arrest.recorded", record="r1.late"))
    after = signed_in(home).get("/status").text

    assert re.search(r"Taking in what agencies send.*?Keeps up", before, re.DOTALL)
    assert re.search(r"Taking in what agencies send.*?2 hours behind.*?>2<", after, re.DOTALL)


def write_only(home, *outs):
    """Into the log, two hours ago, and no hub at work."""
    log = EmbeddedLog(open_home(home).log, 2, durable=False, clock=lambda: (NOW - 7_200_000_000) * 1000)
    log.append(outs)
    log.close()


def test_joining_is_read_from_what_is_so(signed_in, home):
    school, police = (signed_in(home).get(f"/partners/{code}").text for code in ("SCHOOL", "GMP"))

    assert "nothing of it was taken yet" in school.lower()
    assert re.search(r"Test event.*?Done", police, re.DOTALL)


def test_a_connection_is_tested_when_the_operator_asks(signed_in, home):
    client = signed_in(home)
    token = re.search(r'name="token" value="([^"]+)"', client.get("/partners/GMP").text)[1]
    text = client.post("/partners/GMP", data={"token": token}).text

    assert "schemas known of all" in text.lower()


RULES = compiled()
STANDS = heard([{"since": "2026-01-01", "hours": 24, "on": "every_day"}], NOW, NOW)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"rules": None}, "Agreement"),
        ({"key": False, "connected": False}, "Keys"),
        ({"taken": 0}, "Test event"),
        ({"told": 0}, "Go live"),
        ({}, None),
    ],
)
def test_the_first_step_that_is_not_so_is_the_next(changes, title):
    facts = {"rules": RULES, "member": True, "connected": True, "key": True, "taken": 3, "refused": 0, "told": 2}
    made = onboarding.steps("GMP", onboarding.Facts(**{"heard": STANDS, **facts, **changes}))

    assert next((step.title for step in made if not step.done), None) == title
    assert all(step.next for step in made)


def test_files_of_lists_say_the_same_as_the_pages(signed_in, home):
    rows = json.loads(signed_in(home).get("/quarantine.json").text)
    own = json.loads(signed_in(home, "PARTNER", "YJS").get("/quarantine.json").text)

    assert (len(rows), {row["state"] for row in rows}) == (6, {"WAITING"})
    assert {row["sent_by"] for row in own} == {"YJS"}
    assert signed_in(home).get("/quarantine.pdf").status_code == 404
