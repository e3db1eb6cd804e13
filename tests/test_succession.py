"""One chain of rules: whatever reaches a partition, one bundle is in force in it, and it never goes back."""

import json
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import LEADS, PARTITIONS, SmallHub, at, policies

from hub import topics
from hub.edges.store import Cache
from hub.engine import Partition
from hub.engine.batch import RULES
from hub.log import Record
from hub.wire.bundle import LIFE, issue, sign

NOON = at("2026-03-02T12:00")
HOUR = 3600 * 1_000_000
FIRST = issue(policies(), 1, "", NOON)


def second(**changes):
    return {**issue(policies(limits={**policies()["limits"], "debounce_days": 15}), 2, name(FIRST), NOON), **changes}


def name(bundle):
    return sign(bundle, 0, ())["hash"]


def brought(hub, bundle, moment=NOON, leads=LEADS):
    """What the hub said against *bundle*, activated at *moment*."""
    before = Counter(hub.quarantined("HUB"))
    hub.lay("rules.activated", sign(bundle, moment, leads))
    hub.worker.drain()
    refused = Counter(hub.quarantined("HUB")) - before
    assert list(refused.values()) in [[], [PARTITIONS]]
    return next(iter(refused), None)


def in_force(hub):
    held = [hub.worker.partitions[number].rules for number in range(PARTITIONS)]
    return {rules and rules.hash for rules in held}


def started():
    hub = SmallHub(activate=False)
    assert brought(hub, FIRST) is None
    return hub


def test_the_next_bundle_of_the_chain_comes_into_force():
    hub = started()

    assert brought(hub, second()) is None
    assert in_force(hub) == {name(second())}


@pytest.mark.parametrize(
    ("bundle", "moment", "why"),
    [
        (issue(policies(), 1, name(FIRST), NOON), NOON, "sequence: not newer"),
        (second(sequence=1), NOON, "sequence: not newer"),
        (second(previous=""), NOON, "previous: made to follow other rules"),
        (second(previous="ab" * 32), NOON, "previous: made to follow other rules"),
        (second(activate_from=NOON + HOUR), NOON, "activate_from: too early"),
        (second(), NOON + LIFE + HOUR, "activate_by: too late"),
        (second(valid_until="2026-03-01"), NOON, "valid_until: these rules have ended"),
        (second(activate_by="soon"), NOON, "not a bundle of rules"),
        ({key: part for key, part in second().items() if key != "previous"}, NOON, "not a bundle of rules"),
    ],
    ids=[
        "a fork of the first",
        "older",
        "a second first",
        "of another chain",
        "early",
        "old",
        "ended",
        "no time",
        "alone",
    ],
)
def test_signed_rules_that_may_not_follow_are_refused_and_what_is_in_force_stays(bundle, moment, why):
    hub = started()

    assert why in brought(hub, bundle, moment)
    assert in_force(hub) == {name(FIRST)}


def test_a_bundle_once_replaced_does_not_come_back():
    hub = started()
    brought(hub, second())

    assert "not newer" in brought(hub, FIRST)
    assert in_force(hub) == {name(second())}


def test_of_two_bundles_signed_to_follow_the_same_the_second_is_refused():
    hub, other = started(), second(valid_until="2027-01-01")
    brought(hub, second())

    assert "sequence" in brought(hub, other)
    assert "previous" in brought(hub, {**other, "sequence": 3})
    assert in_force(hub) == {name(second())}


def test_to_bring_in_again_what_is_in_force_changes_nothing_and_is_no_fault():
    hub = started()
    before = [state.get(topics.DECIDE_STATE, RULES) for state in hub.log.states]

    assert brought(hub, FIRST, NOON + HOUR) is None
    assert in_force(hub) == {name(FIRST)}
    assert [state.get(topics.DECIDE_STATE, RULES) for state in hub.log.states] == before


def test_the_first_rules_follow_none():
    hub = SmallHub(activate=False)

    assert "previous" in brought(hub, second())
    assert in_force(hub) == {None}


def test_a_moment_in_the_past_does_not_revive_what_is_too_late_by_the_hubs_own_clock():
    hub = started()
    hub.tick("2026-04-20T12:00")

    assert "activate_by: too late" in brought(hub, second(), NOON)


@cache
def offered():
    """Records of rules: a chain of four, four forks of it, and every kind of thing that must not follow."""
    chain = [FIRST]
    for number in (2, 3, 4):
        chain.append(issue(policies(valid_until=f"2027-0{number}-01"), number, name(chain[-1]), NOON))
    good = [sign(bundle, NOON, LEADS) for bundle in chain]
    forks = [issue(policies(name=f"fork {n}"), n, name(chain[n - 2]) if n > 1 else "", NOON) for n in (1, 2, 3, 4)]
    late = issue(policies(name="late"), 3, name(chain[1]), NOON - 2 * LIFE)
    bad = [sign(late, NOON, LEADS), {**good[1], "signatures": []}, {**good[2], "hash": good[1]["hash"]}]
    bad += [{**good[3], "signatures": good[3]["signatures"][:1]}, sign(chain[1], NOON, [LEADS[0], LEADS[0]])]
    return [*good, *(sign(fork, NOON, LEADS) for fork in forks)], bad


def expected(order):
    """What is in force by the letter: the chain goes on by what is good, newer, and names what is in force."""
    good, held, sequence = offered()[0], "", 0
    for which in order:
        bundle = json.loads(good[which]["bundle"]) if which < len(good) else None
        if bundle and bundle["previous"] == held and bundle["sequence"] > sequence:
            held, sequence = good[which]["hash"], bundle["sequence"]
    return held


@cache
def records():
    program = SmallHub(activate=False).program
    return program, [program.schemas.encode("rules.activated", values) for some in offered() for values in some]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 12), max_size=14), st.sets(st.integers(1, 13)))
def test_whatever_comes_in_whatever_order_one_bundle_is_in_force_and_its_number_never_falls(order, cuts):
    program, values = records()
    log = [Record(topics.PERSON, 0, offset, None, values[which], (), -1) for offset, which in enumerate(order)]
    state = Cache(":memory:", 0)
    partition, reached = Partition(0, program, state), 0
    for start, end in pairwise(sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})):
        batch = partition.apply(log[start:end])
        state.write(batch.rows, {})
        partition.accept(batch)
        held = partition.rules
        assert (held.hash if held else "") == expected(order[:end])
        assert reached <= (reached := held.sequence if held else 0)
        assert Partition(0, program, state).rules is held
