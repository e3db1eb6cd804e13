"""A projection follows its log: folded in any portions, killed at any point, or made anew, it holds the same."""

import random
import shutil
import threading
import time

import pytest
from dumping import dump

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.edges.reader import EmbeddedReader
from hub.log import Out
from hub.projection import follow as following
from hub.projection import inbox
from hub.projection.database import Database, ProjectionError
from hub.projection.follow import follow, rebuild


class Portioned:
    """A log that is told in portions of any size, its partitions in any order, and stops after *most* of them."""

    def __init__(self, reader, seed, most=1 << 30):
        self.reader, self.random, self.most = reader, random.Random(seed), most
        self.ends = reader.ends

    def follow(self, names, seen, until):
        lanes = [
            [record for record in self.reader.scan(name, number) if record.offset > seen.get((name, number), -1)]
            for name in names
            for number in range(4)
        ]
        lanes = [lane for lane in lanes if lane]
        for _ in range(self.most):
            portion = []
            for _ in range(self.random.randint(1, 6)):
                if lanes:
                    lane = self.random.choice(lanes)
                    count = self.random.choice((1, 7, 400))
                    portion += lane[:count]
                    del lane[:count]
                    lanes = [lane for lane in lanes if lane]
            yield portion
            if not lanes:
                return


def never():
    return False


def nothing(step):
    pass


@pytest.mark.parametrize("seed", range(4))
def test_in_whatever_portions_and_order_it_is_folded_it_holds_the_same(told, empty, fold, reader, seed):
    follow(empty, fold, Portioned(reader, seed), never, nothing)

    assert dump(empty) == dump(told)


@pytest.mark.parametrize("seed", range(4))
def test_killed_within_a_transaction_and_started_again_it_holds_the_same(told, empty, fold, reader, seed, monkeypatch):
    whole, dice = following.upsert, random.Random(seed)

    def sometimes(connection, table, rows, change=None):
        if dice.random() < 0.3:
            raise InterruptedError  # after the rows, before the positions
        whole(connection, table, rows, change)

    monkeypatch.setattr(following, "upsert", sometimes)
    for attempt in range(200):
        try:
            follow(empty, fold, Portioned(reader, attempt, most=40), never, nothing)
        except InterruptedError:
            continue
        if dump(empty)["positions"] == dump(told)["positions"]:
            break

    assert dump(empty) == dump(told)
    assert attempt > 3


def test_a_rebuild_holds_what_was_there_before_and_tells_how_far_it_is(year, told, fold, reader, tmp_path):
    for file in year.glob("console.db*"):
        shutil.copy(file, tmp_path / file.name)
    database, seen = Database.of(tmp_path), []
    before = dump(database)

    count = rebuild(database, fold, reader, lambda done, total: seen.append((done, total)))

    assert dump(database) == before == dump(told)
    assert seen[-1] == (count, count)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    database.close()


def test_a_second_writer_is_refused_and_readers_are_not(empty, fold, reader, tmp_path):
    other = Database.of(tmp_path)
    with empty.writing() as connection:
        following.wipe(connection)
        with pytest.raises(ProjectionError, match="another process writes this projection; hint: "):
            rebuild(other, fold, reader, lambda done, total: None)
        with other.reading():
            pass
    rebuild(other, fold, reader, lambda done, total: None)
    other.close()


def test_a_projection_of_another_log_is_made_anew(told, fold, reader, year, tmp_path):
    home = open_home(year)
    fresh = EmbeddedLog(tmp_path / "hub.db", home.partitions, durable=False)
    database = Database.of(tmp_path)
    rebuild(database, fold, reader, lambda done, total: None)

    follow(database, fold, Portioned(EmbeddedReader(tmp_path / "hub.db"), 1), never, nothing)

    assert not any(rows for name, rows in dump(database).items() if name != "about")
    fresh.close()
    database.close()


def test_an_alert_is_told_of_within_two_seconds_of_its_record(year, tmp_path, fold):
    home = tmp_path / "home"
    shutil.copytree(year, home)
    log, database = EmbeddedLog(home / "hub.db", open_home(year).partitions, durable=False), Database.of(home)
    done, heard, told = threading.Event(), threading.Event(), []

    def notify(step):
        if "PROB" in step.teams:
            told.append(step)
            heard.set()

    thread = threading.Thread(
        target=follow, args=(database, fold, EmbeddedReader(home / "hub.db"), done.is_set, notify)
    )
    thread.start()
    try:
        time.sleep(1)
        told.clear()
        heard.clear()
        record = next(iter(EmbeddedReader(home / "hub.db").scan(topics.alerts("PROB"))))
        alert = wiring.schemas().decode(record.value)[2] | {"id": "a-new"}
        value = wiring.schemas().encode("alert", alert)
        log.append([Out(record.topic, record.partition, record.key, value, ())])
        assert heard.wait(20)
    finally:
        done.set()
        thread.join(20)
    assert told[0].records == 1
    with database.reading() as connection:
        assert inbox.alert(connection, "PROB", "a-new").item.told == alert
    log.close()
    database.close()
