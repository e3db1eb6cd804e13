"""What a team may be told that a demo never tells: copies for the duty desk, words of a newer hub, hostile words."""

import re
from html import unescape

import pytest

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import create, open_home, synthetic_secret
from hub.log import Out
from hub.place import Place
from hub.projection.database import Database
from hub.projection.fold import Fold
from hub.projection.follow import rebuild

DESK = "CSP_DUTY"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\r\nset-cookie: a=b"
NOTICE = {
    "id": "a-" + "1" * 32, "decision": "r-1", "clause": "DSA-008.1", "person": "p1.desk", "kind": "ESCALATION",
    "about": "RELEASE", "stage": "T8W", "due": 1_790_000_000_000_000, "raised": 1_790_000_000_000_000,
    "urgency": "SOON", "action": "REFER_FOR_HOUSING", "fields": {"unanswered_by": "HOUS"},
    "asks": "Make, or take on, the housing referral.", "level": 3,
}  # fmt: skip


@pytest.fixture
def told(tmp_path, visit):
    """The console of the duty desk, which was told what is given."""

    def opened(*notices):
        folder = tmp_path / "home"
        create(folder, ("HMPPS_PRISON",), ("HOUS", DESK), 2, True, synthetic_secret(1))
        fresh_rules(folder)
        home, schemas = open_home(folder), wiring.schemas()
        log = EmbeddedLog(home.log, home.partitions, durable=False)
        values = (schemas.encode("alert", {**NOTICE, **one}) for one in notices)
        log.append([Out(topics.alerts(DESK), 0, b"k", value, ()) for value in values])
        log.close()
        database = Database.of(folder)
        fold = Fold(schemas, home.agencies, home.teams)
        rebuild(database, fold, Place(folder).reader(), lambda done, total: None)
        database.close()
        return visit(folder=folder, role="TEAM", of=DESK)

    return opened


def fresh_rules(folder):
    from hub.cli.main import main

    assert main(["policy", "activate", "--home", str(folder)]) == 0


def text_of(console, id=NOTICE["id"]):
    answer = console.get(f"/alerts/{id}")
    assert answer.status_code == 200
    return answer.text


def test_the_duty_desk_hears_which_team_has_not_answered_and_is_asked_for_no_answer(told):
    console = told({})
    text = text_of(console)

    assert "Housing options" in text.partition("Not answered by")[2][:200]
    assert "hub-answer" not in text
    assert [one["state"] for one in console.get("/alerts.json?view=information").json()] == ["COPY"]
    answer = console.post(f"/alerts/{NOTICE['id']}/answer", {"answer": "accepted", "role": "MANAGER"})
    assert (answer.status_code, "asks for no answer" in answer.text) == (409, True)


def test_once_somebody_has_answered_the_copy_is_over(told):
    console = told({}, {"action": "NOTHING_MORE_TO_DO", "asks": "", "level": 4})

    assert console.get("/alerts.json?view=information").json() == []
    assert [one["id"] for one in console.get("/alerts.json?view=over").json()] == [NOTICE["id"]]
    assert "Nothing is asked of you" in text_of(console)


def test_a_correction_after_which_all_else_stands_does_not_say_that_it_is_untrue(told):
    correction = {"id": "a-2", "kind": "CORRECTION", "about": "ESCALATION", "stage": "CONTACT_CHANGED", "level": 0}
    console = told({}, {**correction, "raised": NOTICE["raised"] + 1, "asks": "Write to the new one."})

    assert "Something has changed since you were told this" in text_of(console)
    assert "no longer true" not in text_of(console, "a-2").lower()


def test_hostile_words_are_words_on_every_page(told):
    fields = {"unanswered_by": HOSTILE, "lead": HOSTILE, HOSTILE: HOSTILE, "prompts": [HOSTILE, HOSTILE]}
    words = {"stage": HOSTILE, "urgency": HOSTILE, "kind": "ESCALATION", "clause": HOSTILE, "rule": HOSTILE}
    console = told({**words, "fields": fields, "asks": HOSTILE, "action": HOSTILE, "person": HOSTILE})
    for path in ("/alerts", "/alerts/print", f"/alerts/{NOTICE['id']}"):
        for view in ("information", "all"):
            answer = console.get(f"{path}?view={view}")
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text
            assert "<img src=x" not in answer.text
            assert "49" not in re.findall(r"\b49\b", answer.text)
            assert "alert(1)" in unescape(answer.text)
            assert "set-cookie" not in answer.headers
    sheet = console.get("/alerts.csv?view=all")
    assert "set-cookie" not in sheet.headers


def test_a_cell_that_would_be_a_formula_is_none(told):
    console = told({"asks": "=cmd|' /C calc'!A0", "stage": "@SUM(1)"})
    (row,) = console.get("/alerts.csv?view=all").text.splitlines()[1:]

    assert not re.search(r"(^|,)[\"']?[=@]", row.replace("'=", "").replace("'@", ""))


def test_very_long_words_and_many_fields_break_nothing(told):
    console = told({"asks": "long " * 2000, "fields": {f"field_{n}": "x" * 500 for n in range(60)}})

    assert "Field 59" in text_of(console)
    assert console.get("/alerts?view=all").status_code == 200


def test_words_of_a_newer_hub_are_shown_as_they_are(told):
    console = told({"urgency": "WHENEVER", "kind": "NEW_KIND", "stage": "T99", "fields": {"a_new_field": "A_CODE"}})
    text = text_of(console)

    assert all(word in text for word in ("Whenever", "New kind: t99", "A new field", "A_CODE"))
