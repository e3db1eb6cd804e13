"""The embedded log: one transaction or nothing, offsets without gaps, and one partition count for its life."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from hub.edges.embedded import EmbeddedLog, LogError
from hub.edges.reader import EmbeddedReader
from hub.log import Out


def out(value, partition=0, topic="person.v1"):
    return Out(topic, partition, b"k", value, (("ce_id", b"\xff\x00"),))


def test_a_transaction_that_fails_leaves_nothing(tmp_path):
    log = EmbeddedLog(tmp_path / "hub.db", 2)
    with pytest.raises(sqlite3.Error):
        log.commit(0, [out(b"one"), out(object())], {("state.resolve.v1", b"k"): b"v"})

    assert log.end("person.v1", 0) == 0
    assert list(log.states[0].rows()) == []


def test_what_is_committed_is_there_for_whoever_opens_the_file_next(tmp_path):
    log = EmbeddedLog(tmp_path / "hub.db", 2)
    log.commit(1, [out(b"one", 1), out(b"two", 1)], {("state.resolve.v1", b"k"): b"v"})
    log.close()
    again = EmbeddedLog(tmp_path / "hub.db", 2)

    assert [(record.offset, record.value, record.headers) for record in again.scan("person.v1")] == [
        (0, b"one", (("ce_id", b"\xff\x00"),)),
        (1, b"two", (("ce_id", b"\xff\x00"),)),
    ]
    assert list(again.states[1].rows()) == [("state.resolve.v1", b"k", b"v")]


def test_a_row_of_none_is_forgotten(tmp_path):
    log = EmbeddedLog(tmp_path / "hub.db", 1)
    log.commit(0, [], {("state.resolve.v1", b"k"): b"v"})
    log.commit(0, [], {("state.resolve.v1", b"k"): None})

    assert list(log.states[0].rows()) == []


def test_a_log_is_for_its_owner_alone(tmp_path):
    EmbeddedLog(tmp_path / "hub.db", 1).append([out(b"one")])

    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["hub.db", "hub.db-wal", "hub.db-shm"], 0o600)


def test_another_partition_count_is_refused(tmp_path):
    EmbeddedLog(tmp_path / "hub.db", 2).close()
    with pytest.raises(LogError, match="keep the count"):
        EmbeddedLog(tmp_path / "hub.db", 3)


def test_a_file_that_is_no_log_is_refused(tmp_path):
    (tmp_path / "hub.db").write_bytes(b"not a database, but long enough to be looked at as if it were one" * 20)
    with pytest.raises(LogError, match="hint"):
        EmbeddedLog(tmp_path / "hub.db", 2)


def test_what_is_read_within_a_moment_is_of_that_moment_and_a_commit_follows_it(tmp_path):
    log, other = EmbeddedLog(tmp_path / "hub.db", 1), EmbeddedLog(tmp_path / "hub.db", 1)
    with log.moment():
        before = log.read("person.v1", 0, 0)
        other.append([out(b"one")])
        within = log.read("person.v1", 0, 0)
    log.append([out(b"two")])

    assert (before, within) == ([], [])
    assert [record.value for record in log.read("person.v1", 0, 0)] == [b"one", b"two"]


def test_a_log_that_many_make_and_read_at_once_is_there_for_all(tmp_path):
    def write(path):
        EmbeddedLog(path, 2).close()

    def read(path):
        assert list(EmbeddedReader(path).scan("t.v1")) == []

    with ThreadPoolExecutor(8) as pool:
        for number in range(10):
            path = tmp_path / f"{number}.db"
            made = [pool.submit(do, path) for do in (write, read, write, read, write, read, write, read)]
            assert [one.result() for one in made] == [None] * 8

    assert {file.name.partition(".db")[2] for file in tmp_path.iterdir()} <= {"", "-wal", "-shm"}
