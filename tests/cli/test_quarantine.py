"""`hub quarantine`: what waits, why, whether it would be taken, and sending it again; never what it says."""

import json
from datetime import date

import pytest
from operatorhome import DAY, NOW, event, write
from smallhome import made, one_line_with_cure

from hub import topics
from hub.log import Out


@pytest.fixture
def home(tmp_path):
    """One where three events came with a clock ahead of the log's, whose time has come since, and one letter."""
    folder = made(tmp_path / "home")
    first = event(1, "person.registered", link="l-1", dob=date(2010, 5, 5))
    write(folder, first, event(2, "arrest.recorded"), event(3, "safeguarding.noticed"), then=NOW - DAY)
    write(folder, Out(topics.intake("GMP"), 0, b"k", b"Dear hub, John Smith", ()))
    return folder


def test_it_lists_and_shows_what_waits_without_what_it_says(hub, home):
    told = json.loads(hub("quarantine", "list", "--of", "gmp", "--home", home, "--json").out)
    where = next(one["place"] for one in told if one["type"] == "person.registered")
    shown = hub("quarantine", "show", where, "--home", home)

    assert [one["state"] for one in told] == ["WAITING"] * 4
    assert "at: more than five minutes ahead of the log" in shown.out
    assert "dob" in shown.out
    for secret in ("secret-one", "l-1", "2010", "John", "Dear"):
        assert secret not in shown.out + json.dumps(told)


def test_it_says_what_would_be_taken_and_sends_that_once(hub, home):
    tried = hub("quarantine", "try", "--all", "--home", home)
    sent = hub("quarantine", "redrive", "gmp/1/0", "--reason", "HUB_UPDATED", "--by", "OPERATOR", "--home", home)
    again = hub("quarantine", "redrive", "gmp/1/0", "--reason", "HUB_UPDATED", "--by", "OPERATOR", "--home", home)
    listed = json.loads(hub("quarantine", "list", "--sent", "--home", home, "--json").out)

    assert (tried.code, "3 of 4 records would be taken" in tried.err) == (1, True)
    assert (sent.code, "gmp/1/0  sent again" in sent.out) == (0, True)
    assert "gmp/1/0  was sent before" in again.out
    assert sorted(one["state"] for one in listed) == ["SENT", "WAITING", "WAITING", "WAITING"]


def test_of_a_childs_safety_two_people_decide(hub, tmp_path, home):
    lists = json.loads(hub("quarantine", "list", "--home", home, "--json").out)
    where = next(one["place"] for one in lists if one["type"] == "safeguarding.noticed")
    asked = ("quarantine", "redrive", where, "--reason", "HUB_UPDATED", "--by", "OPERATOR", "--home", home)
    alone = hub(*asked)
    two = ("--second", "IG_LEAD", "--request", tmp_path / "request.json")
    first = hub(*asked, *two, "--key", home / "keys" / "ig-one.key")
    second = hub("quarantine", "redrive", "--home", home, *two[2:], "--key", home / "keys" / "ig-two.key")

    assert (alone.code, one_line_with_cure(alone.err)) == (2, True)
    assert (first.code, first.out, "signed by one of two" in first.err) == (0, "", True)
    assert (second.code, "sent again" in second.out) == (0, True)


@pytest.mark.parametrize(
    "words",
    [
        ("redrive",),
        ("show", "gmp/0/99"),
        ("show", "gmp"),
        ("list", "--of", "NOBODY"),
        ("redrive", "gmp/0/0", "--by", "OPERATOR"),
        ("redrive", "gmp/0/0", "--by", "John", "--reason", "HUB_UPDATED"),
        ("redrive", "intake.gmp.v1/0/0", "--by", "OPERATOR", "--reason", "HUB_UPDATED"),
    ],
)
def test_a_slip_is_told_in_a_line_with_its_cure(hub, home, words):
    told = hub("quarantine", *words, "--home", home)

    assert (told.code in (1, 2), told.out, one_line_with_cure(told.err)) == (True, "", True)
