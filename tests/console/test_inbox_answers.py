"""A team answers in the browser: as the command does, once, and only where it counts."""

import re
from html import unescape

import pytest

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import open_home
from hub.edges.reader import EmbeddedReader
from hub.place import Place
from hub.projection.database import Database
from hub.projection.fold import Fold
from hub.projection.follow import follow
from hub.wire.codec import decode_event

MINE = "PROB"
ACCEPTED = {"answer": "accepted", "role": "DUTY_OFFICER"}


@pytest.fixture
def at(visit, copied):
    """Somebody of a team at the console of a home that may be written to."""
    return lambda team=MINE, id="u-1": visit(folder=copied, role="TEAM", of=team, id=id)


def follows(folder):
    """The projection follows the log, to its end."""
    place, once = Place(folder), iter((False, True))
    home, database = place.open(), Database.of(folder)
    follow(
        database, Fold(wiring.schemas(), home.agencies, home.teams), place.reader(), once.__next__, lambda step: None
    )
    database.close()


def waiting(console, view="waiting"):
    return [one["id"] for one in console.get("/alerts.json", params={"view": view}).json()]


def answers(folder):
    found = EmbeddedReader(folder / "hub.db").scan(topics.acks(MINE))
    return sorted((decode_event(wiring.schemas(), record.value) for record in found), key=lambda one: one.at)


def goes_on(folder):
    """The hub takes in what is in its log, and the projection follows."""
    home = open_home(folder)
    log = EmbeddedLog(home.log, home.partitions, durable=False)
    Worker(log, wiring.program(home)).drain()
    log.close()
    follows(folder)


def reads(folder):
    """Who looked at which alert, of whom, as the log has it."""
    found = EmbeddedReader(folder / "hub.db").scan(topics.READS)
    told = [wiring.schemas().decode(record.value)[2] for record in found]
    return [(one["page"], one["of"], (one["person"] or "")[:2]) for one in told]


def test_an_alert_that_is_looked_at_is_on_record_and_one_that_is_not_there_is_not(at, copied):
    console, before = at(), len(reads(copied))
    id = waiting(console)[0]
    console.get(f"/alerts/{id}")
    console.get("/alerts/a-" + "0" * 32)

    assert reads(copied)[before:] == [("alerts_json", None, ""), ("alert", id, "p-")]


def test_an_answer_is_the_record_that_the_command_writes_and_the_hub_takes_it_in(at, copied):
    console, before = at(), len(answers(copied))
    id = waiting(console)[0]
    answer = console.post(f"/alerts/{id}/answer", ACCEPTED)

    assert (answer.status_code, answer.headers["location"].rpartition("/")[2]) == (303, id)
    made = answers(copied)[before:]
    assert [(one.agency, one.fields["alert"], one.fields["answer"], one.fields["role"]) for one in made] == [
        (MINE, id, "ACCEPTED", "DUTY_OFFICER")
    ]
    goes_on(copied)
    text = console.get(f"/alerts/{id}").text
    assert id in waiting(console, "answered")
    assert "Duty officer of Probation, in the console" in text
    assert "hub-answer" not in text


def test_until_the_projection_has_it_the_page_says_that_it_is_on_its_way(at):
    console = at()
    id = waiting(console)[0]
    console.post(f"/alerts/{id}/answer", ACCEPTED)
    first, second = (console.get(f"/alerts/{id}").text for _ in range(2))

    assert "Your answer is recorded" in first
    assert "Your answer is recorded" not in second
    assert "Answer sent" in second
    assert "Answer sent" in console.get("/alerts").text


def test_two_clicks_and_two_people_make_one_answer(at, copied):
    console, before = at(), len(answers(copied))
    id = waiting(console)[0]
    found = [console.post(f"/alerts/{id}/answer", ACCEPTED).status_code for _ in range(2)]

    assert found == [303, 409]
    follows(copied)  # the answer is in the log, and the hub has yet to take it in
    other = at(id="u-2").post(f"/alerts/{id}/answer", {"answer": "already-held", "role": "MANAGER"})
    assert (other.status_code, "on its way already" in other.text) == (409, True)
    goes_on(copied)
    late = at(id="u-2").post(f"/alerts/{id}/answer", {"answer": "already-held", "role": "MANAGER"})
    assert (late.status_code, "answered already" in late.text) == (409, True)
    assert len(answers(copied)) == before + 1


def test_what_was_taken_back_between_showing_and_clicking_is_not_answered(at, copied):
    console, before = at(), len(answers(copied))
    id = waiting(console, "over")[0]
    answer = console.post(f"/alerts/{id}/answer", ACCEPTED)

    assert (answer.status_code, "This alert is over" in answer.text) == (409, True)
    assert len(answers(copied)) == before


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({}, "Choose what you answer"),
        ({"answer": "accepted"}, "Choose the role"),
        ({"answer": "accepted", "role": "Jo Bloggs"}, "Choose the role"),
        ({"answer": "not-ours", "role": "MANAGER"}, "Choose why"),
        ({"answer": "not-ours", "role": "MANAGER", "reason": "<script>alert(1)</script>"}, "Choose why"),
        ({"answer": "<b>", "role": "<i>"}, "Choose what"),
        ({"answer": "accepted", "role": "X" * 40_000}, "Choose the role"),
    ],
)
def test_what_is_no_answer_is_said_beside_its_field_and_changes_nothing(visit, played, said, fault):
    console, before = visit(role="TEAM", of=MINE), len(answers(played))
    answer = console.post(f"/alerts/{waiting(console)[0]}/answer", said)

    assert (answer.status_code, fault in unescape(answer.text)) == (400, True)
    assert "<title>Error: " in answer.text
    assert not re.search(r"<script>alert|Bloggs|X{100}", answer.text)
    assert len(answers(played)) == before


def test_not_ours_carries_its_reason_and_a_reason_is_for_nothing_else(at, copied):
    console = at()
    first, second = waiting(console)[:2]
    console.post(f"/alerts/{first}/answer", {"answer": "not-ours", "role": "MANAGER", "reason": "OTHER_AREA"})
    console.post(f"/alerts/{second}/answer", {**ACCEPTED, "reason": "OTHER_AREA"})

    assert [one.fields.get("reason") for one in answers(copied)[-2:]] == ["OTHER_AREA", None]


def test_the_role_is_kept_for_the_next_answer_and_no_name_is(at):
    console = at()
    first, second = waiting(console)[:2]
    console.post(f"/alerts/{first}/answer", {"answer": "accepted", "role": "SERVICE_HEAD"})

    assert re.search(r'value="SERVICE_HEAD" selected', console.get(f"/alerts/{second}").text)


def test_an_answer_that_could_not_be_written_may_be_given_again(at, copied):
    console = at()
    id = waiting(console)[0]

    def broken(outs):
        raise OSError("disk")

    whole = console.desk.append
    object.__setattr__(console.desk, "append", broken)
    lost = console.post(f"/alerts/{id}/answer", ACCEPTED)
    assert (lost.status_code, "Nothing was changed" in lost.text) == (500, False)  # a broker may have it all the same
    assert "look whether it is recorded" in lost.text
    object.__setattr__(console.desk, "append", whole)

    assert console.post(f"/alerts/{id}/answer", ACCEPTED).status_code == 303
