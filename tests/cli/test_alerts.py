"""`hub alerts`: what waits is listed, looked at and answered; the answer comes to the hub as a team's own would."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smallhome import drain, lived, made

from hub import settings, topics
from hub.core.calendar import HOUR, Calendar
from hub.edges.reader import EmbeddedReader
from hub.inbox import clocks
from hub.inbox.items import Item, items
from hub.inbox.notice import notice
from hub.wire.codec import decode_event
from hub.wiring import schemas

WEEK = Calendar(frozenset({date(2026, 12, 25), date(2026, 12, 28)}), (0,), (0,))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return lived(tmp_path_factory.mktemp("hub") / "home")


def listed(hub, home, *words):
    return json.loads(hub("alerts", "list", "--json", "--home", home, *words).out)


def instant(text):
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def an_item(state="RAISED", **changes):
    told = {"id": "a-1", "kind": "RELEASE", "raised": instant("2026-12-21T09:00"), "ack_by": None}
    return Item("HOUS", {**told, **changes}, state, 0)


def test_what_waits_longest_is_first_in_words(hub, home):
    told = hub("alerts", "list", "--team", "prob", "--at", "2027-01-22T12:00", "--home", home)

    head, *rows = told.out.splitlines()
    assert head.split()[:2] == ["Clock", "Urgency"]
    assert [row.split()[row.split().index("PROB") - 1] for row in rows] == ["T12W", "T8W"]
    assert "Make, or take on, the housing referral." in rows[1]
    assert "overdue by 3 hours" in rows[1]


def test_a_list_is_cut_to_its_filters(hub, home):
    assert {row["team"] for row in listed(hub, home)} >= {"PROB", "DWP"}
    assert {row["stage"] for row in listed(hub, home, "--due-before", "2027-01-01")} == {"T12W"}
    assert {row["stage"] for row in listed(hub, home, "--state", "escalated")} == {"T12W"}
    assert len(listed(hub, home, "--limit", 1)) == 1
    assert listed(hub, home, "--state", "raised", "--state", "escalated") == listed(hub, home, "--state", "all")


def test_a_row_carries_its_clock_rule_bundle_and_link_and_csv_has_the_same(hub, home):
    (row,) = listed(hub, home, "--team", "DWP", "--limit", 1)
    sheet = list(csv.DictReader(io.StringIO(hub("alerts", "list", "--team", "DWP", "--csv", "--home", home).out)))

    assert (row["rule"], row["changed"], row["due_local"]) == ("R-T12W", ["NEW_RECIPIENT"], "2026-12-23T09:00:00+00:00")
    assert row["link"] == f"/alerts/{row['id']}"
    assert len(row["bundle"]) == 64
    assert sheet[0]["id"] == row["id"]
    assert sheet[0].keys() == row.keys()


def test_one_alert_is_shown_with_what_to_do_and_by_when(hub, home):
    (row,) = listed(hub, home, "--team", "DWP", "--limit", 1)
    told = hub("alerts", "show", row["id"][:12], "--at", "2027-01-22T12:00", "--home", home)

    assert told.code == 0
    assert "Start the plan for this release" in told.out
    assert "the team had not been told of this before" in told.out
    assert "R-T12W, bundle" in told.out


def test_an_answer_is_the_teams_own_record_and_the_hub_takes_it(hub, tmp_path):
    home = lived(tmp_path / "home")
    first, second = listed(hub, home, "--team", "PROB")
    words = ("--answer", "accepted", "--role", "duty-officer", "--team", "PROB")
    told = hub("alerts", "ack", first["id"][:10], *words, "--home", home)

    (record,) = EmbeddedReader(home / "hub.db").scan(topics.acks("PROB"))
    event = decode_event(schemas(), record.value)
    assert (told.code, event.type, event.agency, event.record) == (0, "alert.ack", "PROB", first["person"])
    assert record.key == event.record.encode()
    assert event.fields == {"alert": first["id"], "stage": "T12W", "answer": "ACCEPTED", "role": "DUTY_OFFICER"}

    drain(home)
    assert [(row["id"], row["state"]) for row in listed(hub, home, "--team", "PROB")] == [
        (second["id"], "RAISED"),
        (first["id"], "ACKNOWLEDGED"),
    ]
    assert "accepted, DUTY_OFFICER of PROB" in hub("alerts", "show", first["id"], "--home", home).out


def test_not_ours_carries_its_reason(hub, tmp_path):
    home = lived(tmp_path / "home")
    (row,) = listed(hub, home, "--team", "DWP", "--limit", 1)
    words = ("--answer", "not-ours", "--reason", "other_area", "--role", "MANAGER", "--team", "DWP")

    told = json.loads(hub("alerts", "ack", row["id"], *words, "--json", "--home", home).out)

    assert (told["answer"], told["reason"]) == ("NOT_OURS", "OTHER_AREA")


ACK = "alerts ack ALERT --role MANAGER --team DWP"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (f"{ACK} --answer accepted --reason LATE", 2),
        (f"{ACK} --answer not-ours", 2),
        (f"{ACK} --answer not-ours --reason RAINING", 2),
        (f"{ACK} --answer maybe", 2),
        ("alerts ack ALERT --answer accepted --team DWP --role Jo.Smith", 2),
        ("alerts ack ALERT --answer accepted --team DWP", 2),
        ("alerts ack ALERT --answer accepted --team PROB --role MANAGER", 1),
        ("alerts ack ALERT --answer accepted --team NOBODY --role MANAGER", 2),
        ("alerts ack a-nothing --answer accepted --team DWP --role MANAGER", 1),
        ("alerts show a-", 2),
        ("alerts show zzz", 1),
        ("alerts list --team NOBODY", 2),
        ("alerts list --due-before soon", 2),
        ("alerts list --state waiting", 2),
        ("alerts list --json --csv", 2),
        ("alerts calendar NOBODY", 2),
        ("alerts list --home nowhere", 3),
    ],
)
def test_a_slip_is_one_line_with_its_cure_and_writes_nothing(hub, home, words, code):
    (row,) = listed(hub, home, "--team", "DWP", "--limit", 1)
    asked = [row["id"] if word == "ALERT" else word for word in words.split()]
    told = hub(*asked, *(() if "--home" in asked else ("--home", home)))

    assert (told.code, told.out) == (code, "")
    assert len(told.err.strip().splitlines()) == 1
    assert "; hint: " in told.err
    assert not list(EmbeddedReader(home / "hub.db").scan(topics.acks("DWP")))


@pytest.mark.parametrize("words", ["alerts", "alerts list", "alerts show", "alerts ack", "alerts calendar"])
def test_every_command_helps(hub, words):
    told = hub(*words.split(), "--help")

    assert (told.code, told.err) == (0, "")
    assert "Example: hub" in told.out or words == "alerts"


def test_a_hub_that_told_nobody_says_where_to_look(hub, tmp_path):
    told = hub("alerts", "list", "--home", made(tmp_path / "home"))

    assert (told.code, told.out) == (0, "")
    assert "no alert is in such a state; hint: " in told.err


def test_a_state_of_a_newer_hub_waits_rather_than_vanishes():
    assert an_item("HANDED_ON").waits
    assert not an_item("ACKNOWLEDGED").waits
    assert [an_item(state).over for state in ("CLOSED", "SUPERSEDED", "CANCELLED")] == [True, True, True]


def test_a_copy_is_for_information_until_its_team_is_told_otherwise():
    def told(number, kind, **more):
        return "PROB", {
            "id": f"a-{number}",
            "kind": kind,
            "person": "p1.x",
            "raised": number,
            "due": number,
            "stage": "C28",
            **more,
        }

    copies = [told(1, "CLIFF_EDGE"), told(3, "CLIFF_EDGE"), told(1, "CORRECTION", about="RELEASE", stage="CANCEL")]
    changed = told(5, "CORRECTION", about="CLIFF_EDGE", stage="CONTACT_CHANGED")
    ended = told(2, "CORRECTION", about="CLIFF_EDGE", stage="CANCEL")

    assert [item.state for item in items([*copies, changed], ())] == ["COPY", "COPY"]
    assert {item.told["id"]: item.state for item in items([*copies, ended], ())} == {"a-1": "CANCELLED", "a-3": "COPY"}
    assert items(copies, ())[0].clock(9, WEEK) == "for information"


def test_who_answered_comes_after_who_has_not_and_corrections_are_no_task():
    about = {"person": "p1.x", "about": "RELEASE", "stage": "CONTACT_CHANGED"}
    kinds = enumerate(("RELEASE", "REVIEW", "CORRECTION"))
    notices = [
        ("HOUS", {"id": f"a-{number}", "kind": kind, "raised": number, "due": number, **about})
        for number, kind in kinds
    ]
    steps = [{"alert": f"a-{n}", "state": s, "at": 9} for n, s in enumerate(("ACKNOWLEDGED", "RAISED", "RAISED"))]

    assert [item.told["id"] for item in items(notices, steps)] == ["a-1", "a-0"]


@pytest.mark.parametrize(
    ("by", "now", "words"),
    [
        ("2026-12-23T17:00", "2026-12-21T09:00", "2 working days left"),
        ("2026-12-29T09:00", "2026-12-24T16:00", "1 working day left"),  # over Christmas
        ("2026-12-21T13:00", "2026-12-21T09:30", "3 hours left"),
        ("2026-12-21T09:40", "2026-12-21T09:30", "10 minutes left"),
        ("2026-12-22T00:30", "2026-12-21T23:30", "1 hour left"),  # a clock that runs at any hour
        ("2026-12-21T09:00", "2026-12-21T12:00", "overdue by 3 hours"),
        ("2026-12-18T09:00", "2026-12-22T12:00", "overdue by 2 working days"),
        ("2026-12-26T09:00", "2026-12-27T12:00", "overdue by 27 hours"),  # no working day in between
    ],
)
def test_a_clock_counts_in_working_days_or_hours(by, now, words):
    assert an_item(ack_by=instant(by)).clock(instant(now), WEEK) == words


def test_a_clock_stops_for_what_is_answered_or_over():
    assert an_item("ACKNOWLEDGED", ack_by=1).clock(2, WEEK) == "answered"
    assert an_item("CANCELLED", ack_by=1).clock(2, WEEK) == "over"
    assert an_item().clock(instant("2026-12-21T11:00"), WEEK) == "told 2 hours ago"


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_clock_never_says_none_is_left_before_its_time(start, hours):
    words = clocks.left((start + hours) * HOUR, start * HOUR, WEEK)

    assert words.endswith(" left")
    assert not words.startswith("0 ") or hours == 0


@pytest.mark.parametrize("url", ["hub.example", "https://jo:secret@hub.example", "https://hub.example/?q=1", "ftp://x"])
def test_links_lead_to_a_plain_address_or_nowhere(url):
    with pytest.raises(settings.SettingsError, match=r"^HUB_URL: .*; hint: "):
        settings.read({"HUB_URL": url})


def test_a_notice_says_that_it_is_told_again_to_whom_and_why():
    told = {"urgency": "SOON", "kind": "RELEASE", "stage": "T8W", "asks": "Do it.", "due": 0, "raised": 0}
    told |= {"ack_by": None, "changed": [], "level": 0, "repeats": 0}

    def again(**changes):
        return dict(notice({**told, **changes})[1]).get("told again", "")

    assert again() == ""
    assert again(level=1, raised=1).endswith("to the team's manager: nobody had answered")
    assert again(repeats=2).endswith("time 3: it is not confirmed as done")
