"""A projection follows its log: folded in any portions, killed at any point, or made anew, it holds the same."""

import random
import shutil
import threading
import time

import pytest
from projected import Portioned, dump, never, nothing

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.edges.reader import EmbeddedReader, ReadError
from hub.log import Out
from hub.projection import follow as following
from hub.projection import fresh, inbox
from hub.projection.database import Database, ProjectionError
from hub.projection.follow import follow, rebuild


@pytest.fixture(scope="session")
def whole(year, fold, reader, tmp_path_factory):
    """What a projection of the year is to hold."""
    database = Database.of(tmp_path_factory.mktemp("whole"))
    rebuild(database, fold, reader, lambda done, total: None)
    return dump(database)


@pytest.mark.parametrize("seed", range(2))
def test_in_whatever_portions_and_order_it_is_folded_it_holds_the_same(whole, empty, fold, reader, seed):
    follow(empty, fold, Portioned(reader, seed), never, nothing)

    assert dump(empty) == whole


def test_killed_within_a_transaction_and_started_again_it_holds_the_same(whole, empty, fold, reader, monkeypatch):
    upsert, dice = following.upsert, random.Random(1)

    def sometimes(connection, table, rows, change=None):
        if dice.random() < 0.3:
            raise InterruptedError  # after the rows, before the positions
        upsert(connection, table, rows, change)

    monkeypatch.setattr(following, "upsert", sometimes)
    killed = 0
    while killed < 200:
        try:
            follow(empty, fold, Portioned(reader, killed), never, nothing)
            break
        except InterruptedError:
            killed += 1

    assert dump(empty) == whole
    assert killed > 3


def test_a_rebuild_holds_what_was_there_before_and_tells_how_far_it_is(whole, empty, fold, reader):
    for seen in ([], []):
        count = rebuild(empty, fold, reader, lambda *told, seen=seen: seen.append(told))

        assert dump(empty) == whole
        assert seen[-1] == (count, count)
        assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_a_second_writer_is_refused_and_readers_are_not(empty, address, fold, reader, tmp_path):
    other = Database.of(tmp_path, address)
    with empty.writing() as connection:
        following.wipe(connection)
        with pytest.raises(ProjectionError, match="another process writes this projection; hint: "):
            rebuild(other, fold, reader, lambda done, total: None)
        with other.reading():
            pass
    rebuild(other, fold, reader, lambda done, total: None)
    other.close()


def test_a_projection_of_another_log_is_made_anew(empty, fold, reader, year, tmp_path):
    EmbeddedLog(tmp_path / "hub.db", open_home(year).partitions, durable=False).close()
    rebuild(empty, fold, reader, lambda done, total: None)

    follow(empty, fold, Portioned(EmbeddedReader(tmp_path / "hub.db"), 1), never, nothing)

    assert not any(rows for name, rows in dump(empty).items() if name != "about")


def test_whoever_waits_hears_of_a_new_alert_once_it_is_there_to_be_read(year, tmp_path, fold, empty):
    home = tmp_path / "home"
    shutil.copytree(year, home)
    log = EmbeddedLog(home / "hub.db", open_home(year).partitions, durable=False)
    rebuild(empty, fold, EmbeddedReader(home / "hub.db"), lambda done, total: None)
    done, heard, told = threading.Event(), threading.Event(), []

    def notify(records):
        told.append(records)
        heard.set()

    thread = threading.Thread(target=follow, args=(empty, fold, EmbeddedReader(home / "hub.db"), done.is_set, notify))
    thread.start()
    try:
        record = next(iter(EmbeddedReader(home / "hub.db").scan(topics.alerts("PROB"))))
        alert = wiring.schemas().decode(record.value)[2] | {"id": "a-new"}
        value = wiring.schemas().encode("alert", alert)
        log.append([Out(record.topic, record.partition, record.key, value, ())])
        assert heard.wait(20)
    finally:
        done.set()
        thread.join(20)
    assert told == [1]
    with empty.reading() as connection:
        assert inbox.alert(connection, "PROB", "a-new").item.told == alert
    log.close()


def test_it_is_known_until_when_all_of_the_log_was_in_it(empty, fold, reader, monkeypatch):
    """An empty inbox beside a projection that is made anew must not look like one in which nothing waits."""
    looks = iter(range(100))
    monkeypatch.setattr(following.fresh, "EVERY", 0)
    now = time.time_ns() // 1000
    assert fresh.stale(empty.engine, now)

    follow(empty, fold, reader, lambda: next(looks) > 3, nothing)

    assert not fresh.stale(empty.engine, now)
    assert fresh.stale(empty.engine, now + 200_000_000)
    with empty.writing() as connection:
        following.wipe(connection)
    assert fresh.stale(empty.engine, now)


def test_a_log_that_cannot_be_reached_is_not_one_that_holds_nothing_new(empty, fold, reader):
    class Gone(Portioned):
        def follow(self, names, seen, until):
            self.ends = unreachable
            yield []

    def unreachable(_):
        raise ReadError("out of reach")

    with pytest.raises(ReadError):
        follow(empty, fold, Gone(reader, 1), never, nothing)

    assert fresh.stale(empty.engine, time.time_ns() // 1000)
