"""
Breaking the glass: for some hours, with two people's signatures, one team is told more; forbids win, it ends by itself.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import schemas
from smallhub import LEADS, PARTITIONS, SmallHub, adult, at, dated, told

from hub import topics
from hub.core.calendar import HOUR
from hub.core.emergency import BREAK_GLASS, OPENED
from hub.core.person import Grant, Person
from hub.log import Out
from hub.wire.partitioner import partition_for
from hub.wire.rows import pack, unpack
from hub.wire.twofold import named, sign

NOON = "2026-02-02T12:00"


def asked(person, leads=LEADS, when=NOON, hours=24, **changes):
    """A signed request to break the glass, as `hub break-glass open` makes it."""
    values = {"what": BREAK_GLASS, "person": person, "reason": "LIFE_AT_RISK", "by": "IG_LEAD", "second": "DPO"}
    values |= {"at": at(when), "since": None, "until": at(when) + hours * HOUR, "of": "HOUS"} | changes
    values["id"] = named(BREAK_GLASS, values)
    return {**values, "signatures": [sign(BREAK_GLASS, values, lead) for lead in leads]}


def lay(hub, values, person=None):
    key = (person or values["person"]).encode()
    value = schemas().encode("access", values)
    hub.log.append([Out(topics.PERSON, partition_for(key, PARTITIONS), key, value, ())])
    hub.worker.drain()


def known(**more):
    """A hub that knows one person, and their handle."""
    hub = SmallHub()
    hub.publish(adult(**more), dated())
    return hub, hub.read(topics.DECISIONS)[0]["person"]


def left(number, when):
    return told(number, "person.released", when=when, reason="RELEASED", prison="MDI")


def of(hub, event, team="HOUS"):
    return next((one for one in hub.decisions()[event]["outcomes"] if one["team"] == team), None)


def test_the_team_is_told_at_once_how_things_stand_under_a_clause_and_a_grant():
    hub, person = known()
    values = asked(person)
    lay(hub, values)
    made, got = hub.decisions()[values["id"]], hub.read(topics.deliveries("HOUS"))[-1]

    assert (made["subject"], made["source"]) == (OPENED, "IG")
    assert made["outcomes"][0]["clause"] == "DSA-900.0"
    assert made["outcomes"][0]["grant"] == values["id"]
    assert got["fields"] == {
        "licence": True,
        "prison": "MDI",
        "window_from": "2026-09-09",
        "window_until": "2026-09-09",
    }
    assert hub.quarantined("HUB") == []


def test_while_it_is_open_it_permits_and_then_it_ends_by_itself():
    hub, person = known()
    hub.publish(left(1, "2026-02-02T11:00"))
    values = asked(person)
    lay(hub, values)
    hub.publish(left(2, "2026-02-02T13:00"), left(3, "2026-02-03T11:59"), left(4, "2026-02-03T12:00"))

    before, during, late, after = (of(hub, f"e-{number}") for number in (1, 2, 3, 4))
    assert (before["reason"], before["grant"]) == ("NO_AGREEMENT", None)
    for one in (during, late):
        assert (one["delivered"], one["clause"], one["grant"]) == (True, "DSA-900.1", values["id"])
    assert (after["delivered"], after["reason"], after["grant"]) == (False, "NO_AGREEMENT", None)


def test_the_clock_ends_it_as_well():
    hub, person = known()
    lay(hub, asked(person))
    hub.tick("2026-02-04T00:00")
    hub.publish(left(2, "2026-02-02T13:00"))  # it happened while it was open, and is heard too late

    assert not of(hub, "e-2")["delivered"]


def test_the_team_hears_for_its_time_of_what_it_never_asked_to_hear_and_nobody_else_hears_more():
    hub, person = known()
    back = told(1, "person.received", when="2026-02-02T13:00", reason="ADMISSION", prison="MDI")
    plain = SmallHub()
    plain.publish(adult(), dated(), back)
    lay(hub, asked(person))
    hub.publish(back)

    assert of(hub, "e-1")["clause"] == "DSA-900.1"
    others = [one for one in hub.decisions()["e-1"]["outcomes"] if one["team"] != "HOUS"]
    assert others == plain.decisions()["e-1"]["outcomes"]


def test_what_the_clauses_for_emergencies_do_not_name_stays_withheld():
    hub, person = known()
    lay(hub, asked(person))
    hub.publish(told(1, "needs.flagged", when="2026-02-02T13:00", homeless=True))

    assert not of(hub, "e-1")["delivered"]


def test_a_forbid_wins():
    hub, person = known(protected=True)
    values = asked(person)
    lay(hub, values)
    hub.publish(left(2, "2026-02-02T13:00"))

    for event in (values["id"], "e-2"):
        assert (of(hub, event)["delivered"], of(hub, event)["reason"]) == (False, "FORBIDDEN")
    assert hub.read(topics.deliveries("HOUS")) == []


def test_alerts_keep_to_the_agreements():
    hub, person = known()
    hub.publish(told(1, "needs.flagged", homeless=True))
    lay(hub, asked(person, when="2026-07-15T08:00"))
    hub.tick("2026-07-15T12:00")  # eight weeks before, housing is asked, if the person agreed

    assert hub.read(topics.alerts("HOUS")) == []


REFUSED = {
    "one signature": ({"leads": LEADS[:1]}, "1 good signatures of 2"),
    "one lead twice": ({"leads": [LEADS[0], LEADS[0]]}, "1 good signatures of 2"),
    "a stranger's": ({"leads": [LEADS[0], Ed25519PrivateKey.from_private_bytes(b"x" * 32)]}, "1 good signatures of 2"),
    "one role twice": ({"second": "IG_LEAD"}, "one role twice"),
    "too long": ({"hours": 73}, "longer than 72 hours"),
    "no time at all": ({"hours": 0}, "ended already"),
    "over by then": ({"when": "2026-01-01T00:00"}, "ended already"),
    "no reason there is": ({"reason": "CURIOSITY"}, "a reason that is none"),
    "a team it is not for": ({"of": "DWP"}, "not for this team"),
    "something else that two people signed": ({"what": "subject-report"}, "2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_as_it_must_be_is_refused_and_changes_nothing(case):
    changes, why = REFUSED[case]
    hub, person = known()
    lay(hub, asked(person, **changes))
    hub.publish(left(2, "2026-02-02T13:00"))

    assert why in hub.quarantined("HUB")[0]
    assert of(hub, "e-2")["reason"] == "NO_AGREEMENT"
    assert hub.read(topics.deliveries("HOUS")) == []


def test_a_request_changed_after_it_was_signed_or_used_for_another_person_is_refused():
    hub, person = known()
    hub.publish(told(8, "person.registered", "r-2", dob=dated().fields["crd"], link="l-8"))
    (other,) = {made["person"] for made in hub.read(topics.DECISIONS)} - {person}
    lay(hub, {**asked(person), "until": at(NOON) + 48 * HOUR})
    lay(hub, {**asked(person), "person": other})
    lay(hub, asked(person), other)

    assert len(hub.quarantined("HUB")) == 3
    assert hub.read(topics.deliveries("HOUS")) == []


def test_a_request_serves_once():
    hub, person = known()
    values = asked(person)
    lay(hub, values)
    lay(hub, values)
    hub.tick("2026-02-04T00:00")
    lay(hub, values)

    assert [line.partition(";")[0] for line in hub.quarantined("HUB")] == [
        "emergency access: it is open already",
        "emergency access: it has ended already",
    ]
    assert len(hub.read(topics.deliveries("HOUS"))) == 1


def test_without_leads_whom_the_hub_trusts_nobody_breaks_the_glass():
    from dataclasses import replace

    from hub.edges.embedded import Worker
    from hub.engine.batch import unknown

    hub, person = known()
    hub.worker = Worker(hub.log, replace(hub.program, signed=unknown))
    lay(hub, asked(person))

    assert "no leads are known here" in hub.quarantined("HUB")[0]


def test_it_comes_to_the_same_record_by_record_and_in_one_batch_and_after_a_restart():
    logs = []
    for batch in (1, 500):
        hub = SmallHub(batch=batch)
        hub.publish(adult(), dated())
        person = hub.read(topics.DECISIONS)[0]["person"]
        lay(hub, asked(person))
        hub.restart()
        hub.publish(left(2, "2026-02-02T13:00"), left(3, "2026-02-03T12:00"))
        logs.append(hub.contents())

    assert logs[0] == logs[1]


grants = st.builds(Grant, st.text(max_size=9), st.sampled_from(["HOUS", "ASC"]), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=50)
@given(st.lists(grants, max_size=3).map(tuple))
def test_a_row_keeps_what_is_open(glass):
    assert unpack(pack(Person(glass=glass))).glass == glass
