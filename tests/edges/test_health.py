"""What the worker knows of itself, with a clock of the test's own; and what it says over HTTP."""

import asyncio
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from hub.edges.failstop import StreamError
from hub.edges.health import BEHIND, HOT, Health, Stand
from hub.edges.local_broker import free_ports
from hub.edges.metrics import registry
from hub.edges.serving import ServingError, serving
from hub.log import Out, Record

LIMIT = 120.0
HERE = ("person.v1", 3)
BEHIND_STAND, THERE = {HERE: Stand(5, 9)}, {HERE: Stand(9, 9)}


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def records(count: int, topic: str = "intake.gmp.v1", number: int = 3) -> list[Record]:
    return [Record(topic, number, offset, b"a key", b"v", (), 0) for offset in range(count)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    health = Health(clock, clock, LIMIT)
    health.own([3])
    health.opened(3)
    return health


def pass_by(health: Health, clock: Clock, stands: dict[tuple[str, int], Stand], seconds: float = 10 * LIMIT) -> None:
    """Let time pass, looking every few seconds."""
    end = clock.time + seconds
    while clock.time < end:
        clock.time += 5
        health.look(stands, {})


def test_a_partition_that_stands_still_while_records_wait_ends_the_worker(health: Health, clock: Clock) -> None:
    pass_by(health, clock, BEHIND_STAND, LIMIT)
    assert health.still(LIMIT / 2).startswith("partition 3: no step forward for 115 s")

    with pytest.raises(StreamError, match=r"partition 3: .* though person.v1/3 is read to 5 and goes to 9; hint: "):
        pass_by(health, clock, BEHIND_STAND, 15)


def test_a_kafka_that_answers_no_more_is_as_bad(health: Health, clock: Clock) -> None:
    pass_by(health, clock, THERE)

    with pytest.raises(StreamError, match=r"partition 3: no step forward .* Kafka does not say how far"):
        pass_by(health, clock, {})


def test_nobody_who_is_idle_paused_or_on_the_way_is_taken_to_stand_still(health: Health, clock: Clock) -> None:
    pass_by(health, clock, THERE)
    pass_by(health, clock, {HERE: Stand(5, 9, paused=True)})
    for position in range(100):
        pass_by(health, clock, {HERE: Stand(position, 1000)}, LIMIT / 2)

    assert health.still(LIMIT / 2) == ""


def test_a_rebalance_that_does_not_end_is_not_live(health: Health, clock: Clock) -> None:
    health.rest()
    clock.time += LIMIT / 2
    assert health.still(LIMIT / 2) == ""
    health.rest()  # another one begins before the first has ended

    clock.time += 1
    assert health.still(LIMIT / 2).startswith("group: a rebalance has not ended for 61 s; hint: ")
    health.own([3], [3])
    assert health.still(LIMIT / 2) == ""


def test_a_long_rebuild_is_not_judged_and_tells_how_far_it_is(clock: Clock) -> None:
    health = Health(clock, clock, LIMIT)
    assert list(health.unready()) == ["group: no partitions assigned yet"]
    health.own([3, 4])
    health.opened(4)
    for done in range(0, 1000, 10):
        health.opening(3, done / 1000)
        clock.time += LIMIT
        health.look({("person.v1", 4): Stand(1, 1)}, {})

    assert list(health.unready()) == ["partition 3: opening, 99 % read"]
    assert sample(health, "hub_rebuild_ratio", partition="3") == 0.99
    health.opened(3)
    assert list(health.unready()) == []


def test_ticks_do_not_count_as_a_step_forward(health: Health, clock: Clock) -> None:
    def ticking() -> None:
        for end in range(10, 1000):
            health.ticked(3)
            pass_by(health, clock, {HERE: Stand(5, end)}, 5)

    with pytest.raises(StreamError):
        ticking()


def test_a_partition_that_gets_most_and_falls_behind_is_told_once_a_minute(clock: Clock, logged: list[Any]) -> None:
    health = Health(clock, clock, LIMIT)
    health.own(range(4))
    for number in range(4):
        health.opened(number)
    stands = {("intake.gmp.v1", number): Stand(0, 2 * BEHIND if number == 1 else 0) for number in range(4)}

    for _ in range(int(3 * HOT / 5)):
        clock.time += 5
        for number in range(4):
            health.applied(number, records(500 if number == 1 else 100, number=number), (), 0.1)
        health.look(stands, {})

    hot = {"event": "partition was hot", "partition": 1, "records_per_second": 100.0, "median": 20.0, "lag": 2000}
    assert [fact for fact in logged if fact["event"] == hot["event"]] == [{**hot, "log_level": "warning"}] * 3
    assert health.hot == {1}


def sample(health: Health, name: str, **labels: str) -> float | None:
    return registry(health).get_sample_value(name, labels)


def test_every_batch_is_counted_by_stage_topic_and_partition(health: Health, clock: Clock) -> None:
    clock.time = 77
    outs = [Out("decisions.v1", 3, b"a key", b"v", ()), Out("quarantine.gmp.v1", 3, b"a key", b"v", ())]
    health.applied(3, records(7) + records(2, "person.v1"), outs, 0.3)
    health.look({HERE: Stand(5, 9, paused=True)}, {3: 4})

    assert sample(health, "hub_records_total", stage="resolve", topic="intake.gmp.v1", partition="3") == 7
    assert sample(health, "hub_records_total", stage="decide", topic="person.v1", partition="3") == 2
    assert sample(health, "hub_quarantined_total", topic="quarantine.gmp.v1") == 1
    assert sample(health, "hub_answers_total", topic="decisions.v1") == 1
    assert sample(health, "hub_transactions_total", partition="3") == 1
    assert sample(health, "hub_last_commit_timestamp_seconds", partition="3") == 77
    assert sample(health, "hub_batch_seconds_bucket", le="0.25") == 0
    assert sample(health, "hub_batch_seconds_bucket", le="0.5") == 1
    assert sample(health, "hub_batch_records_sum") == 9
    assert sample(health, "hub_lag_records", topic="person.v1", partition="3") == 4
    assert sample(health, "hub_topic_paused", topic="person.v1", partition="3") == 1
    assert sample(health, "hub_timers_due", partition="3") == 4
    assert sample(health, "hub_partitions_open") == 1


def test_what_is_no_longer_ours_is_no_longer_told(health: Health) -> None:
    health.look(BEHIND_STAND, {3: 1})
    health.own([])

    assert sample(health, "hub_lag_records", topic="person.v1", partition="3") is None
    assert sample(health, "hub_partitions_owned") == 0


class Loop:
    """An event loop on a thread of its own, as the worker's, that can be made to stand still."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def stuck(self) -> threading.Event:
        release = threading.Event()
        self.loop.call_soon_threadsafe(release.wait, 20)
        return release

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(20)
        self.loop.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def address() -> str:
    return f"127.0.0.1:{free_ports(1)[0]}"


def get(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_stuck_loop_is_told_while_it_is_stuck(
    health: Health, loop: Loop, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.edges.serving.TURN", 0.3)
    with serving(address, health, loop.loop):
        assert get(address, "/live") == (200, "live\n")
        release = loop.stuck()

        assert get(address, "/live") == (503, "event loop: no turn for 0 s\n")
        assert get(address, "/ready") == (200, "ready\n")
        assert "hub_partitions_owned 1.0" in get(address, "/metrics")[1]
        release.set()


def test_who_stands_still_is_not_live_and_who_is_opening_not_ready(
    health: Health, loop: Loop, address: str, clock: Clock
) -> None:
    with serving(address, health, loop.loop):
        pass_by(health, clock, BEHIND_STAND, LIMIT - 5)
        code, said = get(address, "/live")
        assert (code, "partition 3: no step forward" in said) == (503, True)
        health.own([3, 4])

        assert get(address, "/ready") == (503, "partition 3: opening\npartition 4: opening\n")
        assert get(address, "/elsewhere")[0] == 404


def test_who_waits_for_the_first_rules_is_ready_and_says_who_can_end_that(
    health: Health, loop: Loop, address: str
) -> None:
    health.ruled(3, None, True)
    with serving(address, health, loop.loop):
        hint = "rules: none in force in partition 3, so nothing is taken in; hint: hub policy activate"
        assert get(address, "/ready") == (200, f"ready\n{hint}\n")
        health.ruled(3, None, False)
        assert get(address, "/ready") == (200, "ready\n")


def test_an_address_in_use_names_the_cure(health: Health, loop: Loop, address: str) -> None:
    with (
        serving(address, health, loop.loop),
        pytest.raises(ServingError, match="address already in use; hint: give --health or HUB_HEALTH a free port"),
        serving(address, health, loop.loop),
    ):
        pass


def test_no_address_serves_nobody(health: Health, loop: Loop, address: str) -> None:
    with serving("", health, loop.loop), pytest.raises(OSError, match="refused"):
        get(address, "/live")


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (40, []),
        (31, []),
        (30.9, ["rules: those of partition 3 end in 30 days; hint: review the policies, then hub policy activate"]),
        (
            -0.1,
            [
                "rules: those of partition 3 have ended, so nothing is disclosed; "
                "hint: review the policies, then hub policy activate"
            ],
        ),
    ],
)
def test_rules_that_end_within_a_month_are_spoken_of(days: float, told: list[str]) -> None:
    now = 1_800_000_000.0
    health = Health(now=lambda: now)

    health.ruled(3, int((now + days * 86_400) * 1_000_000), False)

    assert list(health.unfed()) == told


def test_an_agreement_that_lapses_within_a_month_is_spoken_of_and_logged_once_a_day(logged) -> None:
    now = 1_800_000_000.0
    health = Health(now=lambda: now)
    day = 86_400_000_000
    soon, later = (int(now * 1_000_000) + days * day + 1 for days in (12, 60))

    health.ruled(3, None, False, {"DSA-001": later, "DSA-002": soon, "DSA-003": soon - 13 * day})
    health.ruled(4, None, False, {"DSA-001": soon})
    for _ in range(3):
        health.look({}, {})

    assert health.agreements() == {"DSA-001": soon, "DSA-002": soon, "DSA-003": soon - 13 * day}
    assert list(health.unfed()) == [
        "agreement DSA-001: discloses nothing in 12 days; hint: review it, then hub policy activate",
        "agreement DSA-002: discloses nothing in 12 days; hint: review it, then hub policy activate",
        "agreement DSA-003: discloses nothing any more; hint: review it, then hub policy activate",
    ]
    said = [line for line in logged if line["event"] == "agreement lapses"]
    assert [(line["agreement"], line["days"]) for line in said] == [("DSA-001", 12), ("DSA-002", 12), ("DSA-003", -1)]
