"""Records that move between people: their facts go along, nothing is lost on the way, and nobody else waits."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import CRD, SmallHub, adult, dated, published, told

from hub import topics
from hub.wire.rows import VERSION, unpack


def linked(number, link, when="2026-02-02T09:30", record="r-1", **more):
    return told(f"link-{number}", "person.registered", record, when, dob=date(1990, 5, 5), link=link, **more)


def holders(hub):
    """The people who have a planned T0 that still stands."""
    states = {}
    for change in sorted(hub.read(topics.CHANGES), key=lambda change: change["at"]):
        if change["stage"] == "T0":
            states[change["person"]] = change["state"]
    return [person for person, state in states.items() if state == "PENDING"]


def test_a_record_that_turns_out_to_be_anothers_takes_its_facts_along():
    hub = SmallHub()
    hub.publish(told(1, "person.registered", dob=date(1990, 5, 5)), dated())
    hub.tick("2026-06-17T09:00")
    hub.publish(told(2, "person.registered", when="2026-06-18T09:00", dob=date(1990, 5, 5), link="l-1"))
    t0 = [change for change in hub.read(topics.CHANGES) if change["stage"] == "T0"]
    one = next(change["person"] for change in t0 if change["state"] == "CANCELLED")

    assert [(c["state"], c["reason"]) for c in t0 if c["person"] == one] == [
        ("PENDING", None),
        ("CANCELLED", "EPISODE_CLOSED"),
    ]
    assert [(c["state"], c["reason"]) for c in t0 if c["person"] != one] == [("PENDING", None)]
    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))].count("CANCEL") == 1


def test_a_merge_moves_a_record_and_its_facts_and_a_merge_taken_back_moves_them_home():
    hub = SmallHub()
    hub.publish(adult(), dated(), told(3, "needs.flagged", "r-7", homeless=True, consent=("HOUS",)))
    both = {"kept": "r-1", "removed": "r-7", "link": "l-1"}
    hub.publish(told(4, "person.merged", "r-7", "2026-02-03T09:00", **both))
    hub.publish(told(5, "person.unmerged", "r-7", "2026-02-04T09:00", a="r-1", b="r-7"))
    housing = [change for change in hub.read(topics.CHANGES) if change["team"] == "HOUS" and change["stage"] == "T0"]
    one = {change["person"] for change in hub.read(topics.CHANGES) if change["team"] == "PROB"}

    assert [(change["state"], change["reason"]) for change in housing] == [
        ("PENDING", None),
        ("CANCELLED", "WRONG_PERSON"),
    ]
    assert {change["person"] for change in housing} == one
    assert hub.decisions()["e-4"]["person"] in one
    assert hub.decisions()["e-5"]["person"] not in one
    assert not hub.quarantined("HMPPS_PRISON")


def test_a_protected_persons_events_wait_for_the_slice_that_says_so():
    hub = SmallHub()
    hub.publish(linked(1, "l-1", protected=True))
    hub.publish(linked(2, "l-2", "2026-02-03T09:30"), dated(when="2026-02-03T09:31"))
    hub.tick("2026-08-01T09:00")

    assert not hub.read(topics.deliveries("PROB"))
    assert not hub.read(topics.alerts("PROB"))
    assert {outcome["reason"] for outcome in hub.decisions()["e-dates-1"]["outcomes"]} == {"FORBIDDEN"}


@pytest.mark.parametrize("links", [("l-2", "l-3"), ("l-2", "l-1"), ("l-2", "l-3", "l-2"), ("l-2", "l-3", "l-1", "l-4")])
def test_a_record_that_moves_twice_at_once_ends_with_its_last_person_alone(links):
    hub = SmallHub()
    hub.publish(linked(0, "l-1"), dated())
    hub.publish(*(linked(number, link, f"2026-02-03T09:{number:02}") for number, link in enumerate(links, 1)))
    hub.publish(told(9, "needs.flagged", "r-1", "2026-02-04T09:00", homeless=True))
    other = SmallHub()
    other.publish(linked(0, links[-1]), dated())

    assert holders(hub) == holders(other)
    assert len(holders(hub)) == 1
    assert "e-9" in hub.decisions()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["l-1", "l-2", "l-3"]), max_size=12), st.sampled_from([1, 3, 500]))
def test_a_record_that_comes_back_while_its_slice_is_still_on_its_way_leaves_no_event_waiting(links, batch):
    hub = SmallHub(batch=batch)
    moves = [linked(number, link, f"2026-02-03T09:{number:02}") for number, link in enumerate(links, 1)]
    hub.publish(linked(0, "l-1"), dated(), *moves)

    assert hub.decisions().keys() == {event.id for event in (linked(0, "l-1"), dated(), *moves)}
    rows = [row for state in hub.log.states for topic, key, row in state.rows() if topic == topics.DECIDE_STATE]
    found = [unpack(row) for row in rows if row[:1] == bytes([VERSION])]
    assert not any(person.awaited for person in found)
    assert [len(person.slices) for person in found if person.slices] == [1]


def test_two_agencies_may_use_the_same_event_id():
    hub = SmallHub()
    hub.publish(linked(1, "l-1"), told(1, "person.registered", "r-2", agency="YJS", link="l-1"))
    hub.publish(told(77, "needs.flagged", "r-2", "2026-02-02T10:00", "YJS", homeless=True), dated(77))

    assert len([d for d in hub.read(topics.DECISIONS) if d["event"] in {"e-77", "e-dates-77"}]) == 2


# What an agency or a team may say.


def test_a_handed_over_slice_keeps_the_newer_of_two_versions():
    hub = SmallHub()
    hub.publish(linked(0, "l-1"), dated(1, when="2026-02-02T10:00", crd=date(2026, 12, 9)))
    hub.publish(linked(1, "l-2", "2026-02-03T09:30"), dated(2, when="2026-02-04T10:00"))
    hub.publish(linked(2, "l-1", "2026-02-05T09:30"))
    hub.tick("2026-06-17T09:00")

    assert {alert["fields"]["window_from"] for alert in hub.read(topics.alerts("PROB"))} == {"2026-09-09"}


def test_a_flood_of_events_for_a_slice_on_its_way_is_kept_and_stops_nobody():
    hub = SmallHub()
    hub.publish(linked(0, "l-1"))
    flood = [told(f"f{number}", "needs.flagged", when="2026-02-03T10:00", homeless=True) for number in range(250)]
    hub.publish(linked(1, "l-2", "2026-02-03T09:30"), *flood)

    kept = hub.quarantined("HUB")
    assert all("wait for its slice" in reason for reason in kept)
    assert len(kept) + len([d for d in hub.read(topics.DECISIONS) if d["event"].startswith("e-f")]) == 250


def test_of_a_person_that_half_the_county_is_linked_to_the_row_stays_small_and_nobody_else_waits():
    """A connector that makes one link reference of every record must not stop the partition of that person."""
    hub, count = SmallHub(), 300
    for number in range(count):
        hub.log.append([published(told(f"reg-{number}", "person.registered", f"r-{number}", link=f"l-{number}"))])
        for booking in range(9):
            fields = {"crd": CRD, "booking": f"b-{booking}"}
            hub.log.append([published(told(f"{number}-{booking}", "release_dates.changed", f"r-{number}", **fields))])
    for number in range(count):
        moved = told(f"all-{number}", "person.registered", f"r-{number}", "2026-02-05T09:30", link="l-one")
        hub.log.append([published(moved)])
    hub.publish(adult("other", count + 1), dated(count + 1, "other"))
    hub.restart()

    people = [row for state in hub.log.states for topic, _, row in state.rows() if topic == topics.DECIDE_STATE]
    assert max(map(len, people)) < 200_000
    assert {reason.partition(":")[0] for reason in hub.quarantined("HUB")} == {"person"}
    assert f"e-dates-{count + 1}" in hub.decisions()
