"""`hub doctor`: what stands between an agency and the hub, each with its cure."""

import json
import socket
import sqlite3
from contextlib import closing

import pytest
from smallhome import made, one_line_with_cure

from hub.edges import reader
from hub.intake import doctor


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return made(tmp_path_factory.mktemp("doctor") / "home")


def test_nothing_stands_in_the_way_of_an_agency_that_belongs(hub, home):
    told = hub("doctor", "--as", "gmp", "--home", home)

    assert (told.code, "FAIL" in told.out, told.err.strip()) == (0, False, "0 faults")
    assert "schemas known of all" in told.out


def test_before_the_first_rules_it_says_that_they_are_not_there(hub, tmp_path):
    told = hub("doctor", "--as", "GMP", "--home", made(tmp_path / "home", active=False), "--json")

    assert any("rules in force cannot be read" in one["says"] for one in json.loads(told.out))


def spoilt(log):
    log.write_bytes(b"no log of a hub" * 300)


def missing(log):
    log.unlink()


@pytest.mark.parametrize(("harm", "named"), [(spoilt, "SQLITE_NOTADB"), (missing, "SQLITE_CANTOPEN")])
def test_a_log_that_takes_nothing_is_a_fault_with_its_cure(hub, tmp_path, harm, named):
    home = made(tmp_path / "home")
    harm(home / "hub.db")
    told = hub("doctor", "--as", "GMP", "--home", home)

    assert (told.code, f"cannot be written from here ({named})" in told.out, "-> start `hub run`" in told.out) == (
        1,
        True,
        True,
    )


def test_a_log_that_somebody_else_holds_is_a_fault_with_its_cure(hub, home, monkeypatch):
    monkeypatch.setattr(doctor, "PATIENCE", 0.1)
    with closing(sqlite3.connect(home / "hub.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        told = hub("doctor", "--as", "GMP", "--home", home)

    assert (told.code, "(SQLITE_BUSY)" in told.out) == (1, True)


def test_a_key_that_is_not_here_is_a_note_and_no_fault(hub, tmp_path):
    home = made(tmp_path / "home")
    (home / "keys" / "agency-gmp.key").unlink()
    told = json.loads(hub("doctor", "--as", "GMP", "--home", home, "--json").out)

    assert [one["state"] for one in told].count("note") == 1


def test_a_broker_that_is_not_there_is_a_fault_with_its_cure(hub, home, monkeypatch):
    monkeypatch.setattr(reader, "ANSWER", 1000)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        told = hub("doctor", "--as", "GMP", "--home", home, "--bootstrap", f"127.0.0.1:{taken.getsockname()[1]}")

    assert told.code == 1
    assert "not reached" in told.out
    assert "-> check HUB_BOOTSTRAP" in told.out


def test_an_agency_that_is_none_is_a_slip(hub, home):
    told = hub("doctor", "--as", "NOBODY", "--home", home)

    assert (told.code, one_line_with_cure(told.err)) == (2, True)
