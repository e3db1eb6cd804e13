"""Storms: many people whose timers run out at one instant hold nobody up, and tell what they tell at once."""

from datetime import date
from functools import cache
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import PARTITIONS, SmallHub, adult, at, dated, policies, published, told

from hub import topics
from hub.replay.play import Fresh

STORM = [event for number in range(12) for event in (adult(f"r-{number}", number), dated(number, f"r-{number}"))]
MEANWHILE = [
    told("later-1", "needs.flagged", "r-1", "2026-06-17T08:01", homeless=True),
    told("later-2", "person.died", "r-11", "2026-06-17T07:02"),
    told("reg-m", "person.registered", "r-3", "2026-06-17T09:03", dob=date(1990, 5, 5), link="l-7"),
    told("reg-n", "person.registered", "r-4", "2026-06-17T07:03", dob=date(1990, 5, 5), link="l-8"),
    dated("later-3", "r-5", "2026-06-17T09:04", crd=date(2026, 7, 15)),
]


def weathered(fired, restarts=(), batch=500):
    """A storm with another tick and events right behind it, *fired* people a tick; restarted before some turns."""
    hub = SmallHub(batch=batch, fired=fired)
    hub.publish(*STORM)
    hub.lay("tick", {"at": at("2026-06-17T08:30")})
    hub.lay("tick", {"at": at("2026-06-17T09:00")})
    hub.log.append(map(published, MEANWHILE))
    turns = 0
    while sum(hub.worker.turn(partition) for partition in hub.worker.partitions):
        turns += 1
        if turns in restarts:
            hub.restart()
    hub.tick("2026-09-30T09:00")
    return hub


def outcome(hub):
    """All that was answered, but not what made the hub do so; the person log has the engine's own ticks too."""
    told = {name: rows for name, rows in hub.contents().items() if name not in (topics.PERSON, topics.DECISIONS)}
    return {**told, "decisions": sorted((row[0], row[2]) for row in hub.contents()[topics.DECISIONS])}


@cache
def at_once():
    return outcome(weathered(10_000))


@settings(max_examples=25)
@given(st.integers(1, 5), st.sets(st.integers(1, 30)), st.integers(1, 9))
def test_a_storm_in_portions_tells_what_it_tells_at_once(fired, restarts, batch):
    assert outcome(weathered(fired, restarts, batch)) == at_once()


def stirred(batch):
    """Some of those due are fired by events of their own just before the tick, in its batch or in one before."""
    hub = SmallHub(batch=batch, fired=2)
    hub.publish(*STORM)
    hub.log.append(published(told(n, "needs.flagged", f"r-{n}", "2026-06-17T09:05", homeless=True)) for n in range(9))
    for partition in hub.worker.partitions:
        hub.worker.turn(partition)
    if batch == 1:
        hub.worker.drain()
    hub.tick("2026-06-17T09:10")
    return hub.contents()


def test_where_a_batch_ends_changes_no_tick_of_a_storm():
    assert stirred(500) == stirred(1)


def replayed(hub, number, size):
    """The state that the recorded person log leads to, *size* records at a time."""
    fresh = Fresh(number, hub.program)
    records = [record for record in hub.log.scan(topics.PERSON) if record.partition == number]
    for start in range(0, len(records), size):
        fresh.commit(fresh.apply(records[start : start + size]))
    return sorted(fresh.rows())


def test_a_recorded_storm_leads_to_the_same_rows_in_batches_of_any_size():
    hub = weathered(2)

    for number in range(PARTITIONS):
        assert replayed(hub, number, 10_000) == replayed(hub, number, 1)


def raised(hub):
    return {change["person"] for change in hub.read(topics.CHANGES) if change["state"] == "RAISED"}


def test_a_tick_fires_a_bounded_number_of_people_and_the_rest_are_next():
    hub = SmallHub(fired=2)
    hub.publish(*STORM)
    hub.lay("tick", {"at": at("2026-06-17T09:00")})
    counts = [0]
    while sum(hub.worker.turn(partition) for partition in hub.worker.partitions):
        counts.append(len(raised(hub)))

    assert all(0 <= after - before <= 2 * PARTITIONS for before, after in pairwise(counts))
    assert len(set(counts)) > 3
    assert counts[-1] == 12
    assert not any(list(partition.due(at("2026-06-17T09:00"))) for partition in hub.worker.partitions)


def test_ticks_that_come_during_a_storm_make_no_batch_longer():
    hub = SmallHub(fired=2)
    hub.publish(*STORM)
    for minute in range(10):
        hub.lay("tick", {"at": at(f"2026-06-17T09:0{minute}")})
    for partition in hub.worker.partitions:
        hub.worker.turn(partition)

    assert len(raised(hub)) == 2 * PARTITIONS


def test_a_log_whose_clock_goes_back_during_a_storm_loses_no_timer():
    hub = SmallHub(fired=2)
    hub.publish(*STORM)
    times = [at("2026-06-17T08:56"), at("2026-06-17T08:53")]  # one leader's clock is behind, the next one's more so
    hub.log._clock = lambda: (times.pop(0) if len(times) > 1 else times[0]) * 1000
    hub.lay("tick", {"at": at("2026-06-17T09:00")})
    hub.worker.drain()

    assert len(raised(hub)) == 12
    assert not hub.quarantined("HUB")


def test_expired_rules_leave_nobody_due_and_the_next_rules_find_them_all():
    hub = SmallHub(activate=False, fired=2)
    hub.activate(policies(1, valid_until="2026-06-16"))
    hub.publish(*STORM)
    hub.tick("2026-06-20T09:00")
    assert not any(list(partition.due(at("2026-06-20T10:00"))) for partition in hub.worker.partitions)
    hub.activate(policies(2))
    hub.tick("2026-06-21T09:00")

    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))] == ["T12W"] * 12
