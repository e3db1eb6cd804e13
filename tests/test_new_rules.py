"""Rules that come and go: who may put them in force, what they let through, and whom they reach."""

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import CRD, LEADS, PARTITIONS, SmallHub, adult, dated, policies, published, told

from hub import topics
from hub.edges.store import Cache
from hub.engine import Partition
from hub.wire.pieces import long
from hub.wiring import opener


@pytest.mark.parametrize(
    ("leads", "changes"),
    [([], {}), (LEADS[:1], {}), ([LEADS[0], LEADS[0]], {}), (LEADS, {"hash": "0" * 64})],
    ids=["unsigned", "one lead", "one lead twice", "another hash"],
)
def test_rules_that_two_leads_did_not_sign_as_they_are_do_not_come_into_force(leads, changes):
    hub = SmallHub(activate=False)
    hub.activate(policies(), leads, **changes)
    hub.publish(adult(), dated())

    assert len(hub.quarantined("HUB")) == PARTITIONS
    assert not hub.read(topics.deliveries("PROB"))


def test_older_rules_cannot_come_back():
    hub = SmallHub(activate=False)
    hub.activate(policies(2))
    hub.activate(policies(1))

    assert "not newer" in hub.quarantined("HUB")[0]


def test_rules_past_their_last_day_disclose_nothing():
    hub = SmallHub(activate=False)
    hub.activate(policies(valid_until="2026-01-31"))
    hub.publish(adult(), dated())

    assert {outcome["reason"] for outcome in hub.decisions()["e-dates-1"]["outcomes"]} == {"BUNDLE_EXPIRED"}


@pytest.mark.parametrize(("functions", "told"), [(["offender_management"], 1), (["crime_and_disorder"], 0)])
def test_what_a_gateway_bars_is_told_to_nobody_though_two_leads_signed_it(functions, told):
    clauses = [
        {**clause, "rests_on": {**clause["rests_on"], "functions": functions}} for clause in policies()["clauses"]
    ]
    hub = SmallHub(activate=False)
    hub.activate(policies(clauses=clauses))
    hub.publish(adult(), dated())
    (outcome,) = (one for one in hub.decisions()["e-dates-1"]["outcomes"] if one["team"] == "PROB")

    assert len(hub.read(topics.deliveries("PROB"))) == told
    assert outcome["reason"] == (None if told else "NO_AGREEMENT")


def test_rules_hold_to_the_end_of_their_last_day():
    hub = SmallHub(activate=False)
    hub.activate(policies(1, valid_until="2026-06-17"))
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")

    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))] == ["T12W"]


def test_a_field_unknown_to_the_rules_refuses_the_whole_event():
    hub = SmallHub(activate=False)
    words = {kind: [name for name in names if name != "prison"] for kind, names in policies()["vocabulary"].items()}
    hub.activate(policies(vocabulary=words))
    hub.publish(adult(), dated())

    assert {outcome["reason"] for outcome in hub.decisions()["e-dates-1"]["outcomes"]} == {"UNKNOWN_FIELD"}


@pytest.mark.parametrize(
    "missing",
    ["limits", "teams", "clauses", "calendar", "stages", "routes", "publishes", "movements", "law", "minimum"],
)
def test_signed_nonsense_does_not_come_into_force_and_stops_nobody(missing):
    hub = SmallHub()
    hub.activate({name: value for name, value in policies(2).items() if name != missing})
    hub.restart()
    hub.publish(adult(), dated())

    assert len(hub.quarantined("HUB")) == PARTITIONS
    assert hub.read(topics.deliveries("PROB"))


def test_a_signers_key_may_change_while_its_rules_are_in_force():
    hub = SmallHub()
    hub.program = replace(hub.program, open_rules=opener(dict))
    hub.restart()
    hub.publish(adult(), dated())

    assert hub.read(topics.deliveries("PROB"))


def test_rules_that_come_after_an_event_are_those_that_let_it_in():
    hub = SmallHub()
    hub.activate(policies(2, publishes={**policies()["publishes"], "HMPPS_PRISON": ["person.registered"]}))
    hub.publish(adult(), dated())
    hub.activate(policies(3))
    hub.publish(dated(2))

    assert hub.decisions().keys() == {"e-reg-1", "e-dates-2"}


def without(*teams, sequence=2, **changes):
    kept = {code: team for code, team in policies()["teams"].items() if code not in teams}
    return policies(sequence, teams=kept, **changes)


def test_a_team_that_left_the_partnership_is_told_nothing_and_stops_nobody():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.activate(without("DWP"))
    hub.tick("2026-06-17T09:00")

    assert not hub.read(topics.alerts("DWP"))
    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))] == ["T12W"]


def test_a_partnership_without_youth_justice_has_probation_as_lead():
    hub = SmallHub(activate=False)
    hub.activate(without("YJS", sequence=1))
    hub.publish(told(1, "person.registered", dob=date(2008, 7, 1), link="l-1"), dated())
    hub.tick("2026-06-17T09:00")

    assert "T12W" in [alert["stage"] for alert in hub.read(topics.alerts("PROB"))]


def test_what_was_told_before_the_first_rules_is_planned_once_they_come():
    hub = SmallHub(activate=False)
    hub.publish(adult(), dated())
    hub.activate(policies())
    hub.tick("2026-02-03T09:00")
    hub.tick("2026-06-17T09:00")

    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))] == ["T12W"]


def replaced(event, day, other):
    """As another writer than ours could write it: *other* in the place of *day*."""
    out = published(event)
    was, now = (long(one.toordinal() - date(1970, 1, 1).toordinal()) for one in (day, other))
    assert out.value.count(was) == 1
    return out._replace(value=out.value.replace(was, now))


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_that_leaves_the_rules_no_room_stops_no_clock_once_they_come(day):
    hub = SmallHub(activate=False)
    hub.log.append([replaced(dated(crd=CRD), CRD, day)])
    hub.worker.drain()
    hub.activate(policies())
    hub.tick("2026-06-17T09:00")

    assert "not between 1900 and 2200" in hub.quarantined("HMPPS_PRISON")[0]


def test_a_stage_that_new_rules_add_reaches_those_already_planned():
    hub = SmallHub(activate=False)
    stages = policies()["stages"]
    fewer = {**stages, "release": [stage for stage in stages["release"] if stage["name"] != "T4W"]}
    hub.activate(policies(1, stages=fewer))
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")
    hub.activate(policies(2))
    hub.tick("2026-06-18T09:00")
    hub.tick("2026-08-12T09:00")

    told = [alert["stage"] for alert in hub.read(topics.alerts("PROB")) if not alert["level"]]
    assert told == ["T12W", "T8W", "T4W"]


def test_alerts_that_fell_due_between_two_bundles_are_told_when_the_next_comes():
    hub = SmallHub(activate=False)
    hub.activate(policies(1, valid_until="2026-06-16"))
    hub.publish(adult(), dated())
    hub.tick("2026-06-20T09:00")
    hub.activate(policies(2))
    hub.tick("2026-06-21T09:00")

    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))] == ["T12W"]


def moved_in_a_gap():
    """A date moves after one bundle has ended, and the next comes into force a day later."""
    hub = SmallHub(activate=False)
    hub.activate(policies(1, valid_until="2026-06-18"))
    hub.publish(adult(), dated(1))
    hub.tick("2026-06-18T09:00")
    hub.publish(dated(2, when="2026-06-20T09:00", crd=date(2026, 7, 1)))
    hub.activate(policies(2))
    hub.tick("2026-06-21T09:00")
    return hub


def test_what_one_bundle_left_untold_and_the_next_one_told_are_two_decisions():
    hub = moved_in_a_gap()

    made = [decision for decision in hub.read(topics.DECISIONS) if decision["subject"] == "alert.CORRECTION"]
    assert {decision["outcomes"][0]["reason"] for decision in made} == {"BUNDLE_EXPIRED", None}
    assert len({decision["id"] for decision in made}) == len(made)


def test_a_correction_that_fell_into_a_gap_of_rules_is_told_when_they_come():
    hub = moved_in_a_gap()

    stages = [alert["stage"] for alert in hub.read(topics.alerts("PROB"))]
    assert stages.count("DATE_MOVED") == 1
    assert stages.count("T12W") == 1


@cache
def three_bundles():
    """The person log of one partition: many people, two changes of rules, and ticks too few to plan all anew."""
    hub = SmallHub(activate=False)
    dates = [told(f"early-{n}", "release_dates.changed", f"r-{n}", crd=CRD) for n in range(9)]
    hub.publish(*(adult(f"r-{n}", n) for n in range(9)), *dates)
    for sequence, day in enumerate(("2026-03-02", "2026-06-17"), 1):
        hub.activate(policies(sequence, valid_until=f"2027-0{sequence}-01"))
        hub.tick(f"{day}T09:00")
        hub.publish(told(f"arrest-{sequence}", "arrest.recorded", f"g-{sequence}", f"{day}T10:00", "GMP"))
        hub.tick(f"{day}T11:00")
        hub.tick(f"{day}T12:00")
    hub.tick("2026-08-12T09:00")
    return hub.program, [record for record in hub.log.scan(topics.PERSON) if record.partition == 0]


def fed(cuts, restarts):
    """What the log of `three_bundles` leads to when its batches end at *cuts*, and the worker starts anew at some."""
    program, records = three_bundles()
    program = replace(program, replanned=2)
    state, outs = Cache(":memory:", 0), []
    partition = Partition(0, program, state)
    for start, end in pairwise(sorted({0, len(records), *cuts})):
        if start in restarts:
            partition = Partition(0, program, state)
        batch = partition.apply(records[start:end])
        state.write(batch.rows, {})
        partition.accept(batch)
        outs += batch.outs
    return outs, sorted(state.rows())


@settings(max_examples=50)
@given(st.sets(st.integers(1, 30)), st.sets(st.integers(1, 30)))
def test_neither_batches_nor_restarts_decide_who_is_planned_anew_and_when(cuts, restarts):
    assert fed(cuts | restarts, restarts) == fed(range(100), ())
