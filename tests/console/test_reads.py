import pytest
from starlette.responses import PlainTextResponse

from hub import topics
from hub.console.page import page
from hub.console.who import Role


@page("/person/{id}", Role.TEAM)
def person(ask):
    ask.looked(of=ask.path["id"], reason="SUBJECT_ACCESS")
    return PlainTextResponse("said of them")


@page("/people.csv", Role.TEAM)
def people(ask):
    return PlainTextResponse("id\n")


@page("/counts", Role.TEAM)
def counts(ask):
    return PlainTextResponse("3")


@pytest.fixture
def client(console):
    return console((person, people, counts), "TEAM", "HOUS")


def told(desk, sent):
    assert {(out.topic, out.partition) for out in sent} <= {(topics.READS, 0)}
    return [desk.wire.decode(out.value)[2] for out in sent]


def test_who_looks_at_somebody_is_on_record_by_page_and_never_by_address(client, desk, sent):
    client.get("/person/a-1?from=search")

    (one,) = told(desk, sent)
    assert one["id"].startswith("r-")
    assert {name: one[name] for name in ("user", "role", "team", "page", "person", "of", "reason")} == {
        "user": "u1",
        "role": "TEAM",
        "team": "HOUS",
        "page": "person",
        "person": None,
        "of": "a-1",
        "reason": "SUBJECT_ACCESS",
    }


def test_nothing_is_shown_that_could_not_be_put_on_record(client, desk):
    def full(_):
        raise OSError("no space left")

    object.__setattr__(desk, "append", full)
    answer = client.get("/person/a-1")

    assert (answer.status_code, "said of them" in answer.text) == (500, False)


def test_a_file_taken_away_is_on_record_without_being_asked(client, desk, sent):
    client.get("/people.csv")

    assert [one["page"] for one in told(desk, sent)] == ["people"]


def test_what_speaks_of_nobody_is_not(client, sent):
    client.get("/counts")

    assert sent == []
