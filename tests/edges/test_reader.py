import sqlite3

import pytest
from smallhub import told

from hub.edges.embedded import EmbeddedLog
from hub.edges.reader import EmbeddedReader, ReadError
from hub.log import Out


@pytest.fixture
def log(tmp_path):
    return EmbeddedLog(tmp_path / "hub #1.db", 2, durable=False)


def out(value, partition=0, topic="t.v1"):
    return Out(topic, partition, b"k", value, (("a", b"\xff"),))


def test_everything_there_is_comes_in_order_within_a_partition(log, tmp_path):
    log.append([out(b"1"), out(b"2", 1), out(b"3")])

    found = list(EmbeddedReader(tmp_path / "hub #1.db").scan("t.v1"))

    assert [(r.partition, r.offset, r.value) for r in found] == [(0, 0, b"1"), (0, 1, b"3"), (1, 0, b"2")]
    assert found == list(log.scan("t.v1"))
    assert [r.value for r in EmbeddedReader(tmp_path / "hub #1.db").scan("t.v1", 1)] == [b"2"]


def test_a_long_topic_is_read_whole(log, tmp_path):
    log.append([out(str(number).encode()) for number in range(2500)])

    assert len(list(EmbeddedReader(tmp_path / "hub #1.db").scan("t.v1"))) == 2500


def test_a_reader_sees_what_a_writer_commits_meanwhile_and_nothing_before(log, tmp_path):
    reader = EmbeddedReader(tmp_path / "hub #1.db")
    assert list(reader.scan("t.v1")) == []
    with pytest.raises(sqlite3.Error):
        log.append([out(b"1"), out(b"2", partition=object())])
    assert list(reader.scan("t.v1")) == []

    log.append([out(b"2")])

    assert [r.value for r in reader.scan("t.v1")] == [b"2"]


def test_a_follower_goes_on_after_what_was_seen(log, tmp_path):
    log.append([out(b"1"), out(b"2"), out(b"3", 1)])

    follower = EmbeddedReader(tmp_path / "hub #1.db").follow(["t.v1"], {("t.v1", 0): 0})
    assert [r.value for r in next(follower)] == [b"2", b"3"]
    assert list(next(follower)) == []
    log.append([out(b"4")])
    assert [r.value for r in next(portion for portion in follower if portion)] == [b"4"]


def test_a_reader_says_where_each_partition_ends(log, tmp_path):
    reader = EmbeddedReader(tmp_path / "hub #1.db")
    log.append([out(b"1"), out(b"2"), out(b"3", 1), out(b"4", topic="u.v1")])

    assert reader.ends(["t.v1", "none.v1"]) == {("t.v1", 0): 2, ("t.v1", 1): 1}
    assert EmbeddedReader(tmp_path / "nothing.db").ends(["t.v1"]) == {}


def test_a_follower_stops_when_told(log, tmp_path):
    assert list(EmbeddedReader(tmp_path / "hub #1.db").follow(["t.v1"], {}, lambda: True)) == []


def test_reading_never_writes(log, tmp_path):
    reader = EmbeddedReader(tmp_path / "hub #1.db")
    list(reader.scan("t.v1"))

    with pytest.raises(ReadError):
        reader._rows("insert into hub values ('a', 'b')", ())


def test_a_log_nobody_has_written_is_empty_and_is_not_made(tmp_path):
    assert list(EmbeddedReader(tmp_path / "none.db").scan("t.v1")) == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_log_says_the_cure(tmp_path):
    (tmp_path / "hub.db").write_bytes(b"Dear reader, I am no database at all." * 100)

    with pytest.raises(ReadError, match="hint: name the home"):
        list(EmbeddedReader(tmp_path / "hub.db").scan("t.v1"))


def test_events_read_back_as_they_were_told(log, tmp_path):
    from smallhub import published

    log.append([published(told(1, "person.died"))])

    assert len(list(EmbeddedReader(tmp_path / "hub #1.db").scan("intake.hmpps-prison.v1"))) == 1


def test_whoever_follows_a_log_that_is_not_there_yet_waits_for_it(tmp_path, monkeypatch):
    rests = []
    monkeypatch.setattr("hub.edges.reader.time.sleep", rests.append)
    turns = iter(range(5))

    found = EmbeddedReader(tmp_path / "none.db").follow(("t.v1",), {}, lambda: next(turns, None) is None)

    assert [len(portion) for portion in found] == [0] * 5
    assert len(rests) == 4
