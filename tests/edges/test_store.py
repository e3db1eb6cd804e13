"""State on disk: what is asked of it comes in order, and what does not fit is begun anew, never built upon."""

import sqlite3

import pytest

from hub import topics
from hub.core.person import Person
from hub.edges.store import AT_ONCE, Cache, Store
from hub.log import StoreError
from hub.wire.rows import pack

DECIDE = topics.DECIDE_STATE


def person(again=None, rules="", clock=0):
    return pack(Person(again=again, rules=rules, clock=clock))


@pytest.fixture
def open_cache(tmp_path):
    """Opens the file again and again, letting go of it between."""
    opened = []

    def again(**how):
        for cache in opened:
            cache.close()
        opened.append(Cache(tmp_path / "state" / "hub-0.db", 0, **how))
        return opened[-1]

    yield again
    opened[-1].close()


def test_people_fall_due_in_order_of_time_and_name():
    store = Store(sqlite3.connect(":memory:"), 0)
    store.put({(DECIDE, b"p-b"): person(7), (DECIDE, b"p-c"): person(5, clock=6), (DECIDE, b"p-a"): person(7)})
    store.put({(DECIDE, b"p-d"): person(9), (DECIDE, b"p-e"): person(), (DECIDE, b"!clock"): b"3"})

    assert list(store.due(8)) == [(6, "p-c"), (7, "p-a"), (7, "p-b")]
    store.put({(DECIDE, b"p-c"): person(), (DECIDE, b"p-a"): None})
    assert list(store.due(8)) == [(7, "p-b")]


def test_people_planned_under_other_rules_are_found_whatever_those_are():
    store = Store(sqlite3.connect(":memory:"), 0)
    store.put({(DECIDE, name.encode()): person(rules=name[0]) for name in ("a-1", "b-1", "c-2", "c-1")})
    store.put({(DECIDE, b"!rules"): b"b", (topics.RESOLVE_STATE, b"r-1"): b"p-1"})

    assert list(store.outdated("b")) == [("a", "a-1"), ("c", "c-1"), ("c", "c-2")]


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 2 * AT_ONCE + 1])
def test_however_many_rows_are_asked_for_at_once_each_comes_once(count):
    store = Store(sqlite3.connect(":memory:"), 0)
    there = {b"p-%d" % number: person(number) for number in range(count)}
    store.put({(DECIDE, key): row for key, row in {**there, b"p-other": person()}.items()})
    store.put({(topics.RESOLVE_STATE, b"p-absent"): b"p-1"})

    found = list(store.some(DECIDE, [*there, b"p-absent"]))

    assert len(found) == count
    assert dict(found) == there


def test_partitions_that_share_a_file_do_not_share_rows():
    sql = sqlite3.connect(":memory:")
    one, other = Store(sql, 1), Store(sql, 2)
    one.put({(DECIDE, b"p-a"): person(1, "r")})

    assert (other.get(DECIDE, b"p-a"), list(other.due(9)), list(other.outdated("")), list(other.rows())) == (
        None,
        [],
        [],
        [],
    )


def test_rows_and_marks_outlive_the_worker(open_cache):
    open_cache().write({(DECIDE, b"p-a"): person(1), (topics.POSITIONS, b"in"): b"4"}, {DECIDE: 12})
    again = open_cache()

    assert again.marks == {DECIDE: 12}
    assert {(topic, key): row for topic, key, row in again.rows()} == {
        (DECIDE, b"p-a"): person(1),
        (topics.POSITIONS, b"in"): b"4",
    }


def test_a_write_that_fails_leaves_neither_rows_nor_marks(open_cache):
    cache = open_cache()
    cache.write({(DECIDE, b"p-a"): person(1)}, {DECIDE: 12})
    with pytest.raises(StoreError, match="hint"):
        cache.write({(DECIDE, b"p-b"): person(1), (DECIDE, b"p-c"): b"\x01 of another release"}, {DECIDE: 14})
    again = open_cache()

    assert (len(list(again.rows())), again.marks) == (1, {DECIDE: 12})


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"identity": "other"}, "of other topics"),
        ({"identity": "one", "lasts": 10, "clock": lambda: 111.0}, "too old"),
        ({"identity": "one", "lasts": 10, "clock": lambda: 99.0}, "too old"),
    ],
    ids=["another incarnation", "long ago", "from the future"],
)
def test_what_does_not_fit_is_wiped_and_the_log_says_why(open_cache, logged, how, why):
    open_cache(identity="one", clock=lambda: 100.0).write({(DECIDE, b"p-a"): person(1)}, {DECIDE: 12})
    wiped = open_cache(**how)

    assert (list(wiped.rows()), wiped.marks) == ([], {})
    assert any(why in fact.get("reason", "") for fact in logged)


def test_what_fits_is_kept(open_cache):
    open_cache(identity="one", clock=lambda: 100.0).write({(DECIDE, b"p-a"): person(1)}, {DECIDE: 12})

    assert open_cache(identity="one", lasts=10, clock=lambda: 109.0).marks == {DECIDE: 12}


def test_a_file_that_is_no_database_is_begun_anew(open_cache, tmp_path, logged):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "hub-0.db").write_bytes(b"not a database, but long enough to be looked at as one" * 40)

    assert open_cache().marks == {}
    assert any("cannot be read" in fact.get("reason", "") for fact in logged)


def test_a_page_that_is_spoilt_stops_the_worker_and_the_next_one_begins_anew(open_cache, tmp_path):
    cache = open_cache()
    cache.write({(DECIDE, b"p-%03d" % number): person(number) * 9 for number in range(999)}, {DECIDE: 999})
    cache.close()
    file = tmp_path / "state" / "hub-0.db"
    data = file.read_bytes()
    file.write_bytes(data[: -len(data) // 4] + b"\xff" * (len(data) // 4))
    with pytest.raises(StoreError, match="may be deleted"):
        list(open_cache().rows())

    assert open_cache().marks == {}


def test_two_workers_cannot_have_one_file(open_cache, tmp_path):
    open_cache()
    with pytest.raises(StoreError, match="another worker has it; hint: give each worker"):
        Cache(tmp_path / "state" / "hub-0.db", 0, patience=0)


def test_the_folder_is_for_its_owner_alone(open_cache, tmp_path):
    open_cache()

    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_state_is_for_its_owner_alone_in_whatever_folder(tmp_path):
    cache = Cache(tmp_path / "hub-0.db", 0)
    cache.write({(DECIDE, b"p-1"): person()}, {})

    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
