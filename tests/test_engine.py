"""The engine over the embedded log: everything of a batch or nothing, nothing lost, nobody else affected."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smallhub import CRD, PARTITIONS, SmallHub, adult, at, dated, policies, published, told

from hub import topics
from hub.core.identity import reference
from hub.core.person import RECENT
from hub.engine import SOURCE
from hub.log import Out, Record, StoreError
from hub.replay.play import Fresh
from hub.wire.partitioner import partition_for


def test_a_prisons_date_becomes_a_teams_alert():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")

    alert, *_ = hub.read(topics.alerts("PROB"))

    assert (alert["stage"], alert["urgency"], alert["fields"]["window_from"]) == ("T12W", "ROUTINE", "2026-09-09")
    assert alert["due"] == at("2026-06-17T08:00")


def test_delivered_and_withheld_are_always_the_subscribed_teams():
    hub = SmallHub()
    hub.publish(adult(), dated(), told(9, "needs.flagged", homeless=True))

    for decision in hub.decisions().values():
        subscribed = {code for code, team in policies()["teams"].items() if decision["subject"] in team["subscribes"]}
        assert {outcome["team"] for outcome in decision["outcomes"]} == subscribed
        assert all(outcome["delivered"] == (outcome["reason"] is None) for outcome in decision["outcomes"])


def test_every_delivery_has_its_decision_and_only_agreed_fields():
    hub = SmallHub()
    hub.publish(adult(), dated())
    (delivery,) = hub.read(topics.deliveries("PROB"))
    decision = hub.decisions()["e-dates-1"]

    assert delivery["decision"] == reference(decision["id"], "PROB")
    assert delivery["fields"] == {"crd": "2026-09-09", "prison": "MDI"}
    assert delivery["person"].startswith("p1.")
    assert decision["person"] not in str(delivery)


def test_every_decision_has_a_key_of_its_own_that_only_the_hub_can_make():
    hub = SmallHub()
    hub.publish(adult(), told(2, "person.received"), told(3, "release_dates.changed", crd=CRD))
    decisions = list(hub.log.scan(topics.DECISIONS))
    keys, sources = ([record.key for record in decisions], [dict(record.headers)[SOURCE] for record in decisions])

    assert keys == [
        hub.program.recipients.decision_key(source, record.value)
        for source, record in zip(sources, decisions, strict=True)
    ]
    assert len(set(keys)) == len(decisions) == 3


def test_an_event_decided_again_to_the_byte_has_another_key():
    hub = SmallHub()
    again = told(2, "person.received")
    hub.publish(adult(), again)
    for turn in range(2):
        hub.publish(*(told(f"{turn}-{number}", "person.movement", when="2026-01-01T00:00") for number in range(RECENT)))
        hub.publish(again)
    decisions = [record for record in hub.log.scan(topics.DECISIONS) if dict(record.headers)["ce_id"] == again_id(hub)]

    assert len(decisions) == 3
    assert decisions[1].value == decisions[2].value
    assert len({record.key for record in decisions}) == 3


def again_id(hub):
    return hub.decisions()["e-2"]["id"].encode()


def test_a_resent_event_is_decided_once():
    hub = SmallHub()
    hub.publish(adult(), dated())
    once = hub.contents()
    hub.publish(dated(), adult())
    hub.publish(dated())

    again = hub.contents()
    assert {name: rows for name, rows in again.items() if name != topics.PERSON} == {
        name: rows for name, rows in once.items() if name != topics.PERSON
    }


def test_an_outdated_event_is_recorded_and_withheld():
    hub = SmallHub()
    hub.publish(adult(), dated(1, seq=7), dated(2, seq=6, crd=date(2026, 12, 9)))

    assert [outcome["reason"] for outcome in hub.decisions()["e-dates-2"]["outcomes"]] == ["OUTDATED", "OUTDATED"]


HISTORY = [
    adult(number=1),
    dated(1),
    adult("r-2", 2),
    dated(2, "r-2", crd=date(2026, 3, 2)),
    told(3, "needs.flagged", when="2026-02-03T10:00", homeless=True, consent=("HOUS",)),
    told(4, "person.released", "r-2", "2026-02-20T10:00", reason="RELEASED", licence=True),
    dated(5, when="2026-02-22T10:00", crd=date(2026, 5, 6)),
    told(6, "person.died", "r-1", "2026-03-01T10:00"),
]


def whole():
    hub = SmallHub()
    for event in HISTORY:
        hub.publish(event)
    hub.tick("2026-04-01T09:00")
    return hub.contents()


@settings(max_examples=25)
@given(st.integers(1, 9), st.lists(st.integers(1, 3), min_size=8, max_size=8))
def test_where_a_batch_ends_changes_nothing(batch, sizes):
    hub = SmallHub(batch=batch)
    rest = list(HISTORY)
    for size in sizes:
        now, rest = rest[:size], rest[size:]
        hub.publish(*now)
    hub.tick("2026-04-01T09:00")

    assert hub.contents() == whole()


@settings(max_examples=25)
@given(st.sets(st.integers(0, len(HISTORY)), max_size=4))
def test_a_restart_changes_nothing(stops):
    hub = SmallHub()
    for number, event in enumerate(HISTORY):
        if number in stops:
            hub.restart()
        hub.publish(event)
    hub.restart()
    hub.tick("2026-04-01T09:00")

    assert hub.contents() == whole()


def test_a_batch_that_is_not_accepted_has_changed_nothing():
    hub = SmallHub()
    hub.publish(adult())
    partition = hub.worker.partitions[partition_for(b"r-1", PARTITIONS)]
    out = published(dated())
    record = Record(out.topic, out.partition, 1, out.key, out.value, out.headers, -1)
    before = (dict(partition.positions), sorted(partition.store.rows()))

    first, second = partition.apply([record]), partition.apply([record])

    assert first.outs == second.outs
    assert first.rows == second.rows
    assert (partition.positions, sorted(partition.store.rows())) == before


def test_what_is_quarantined_is_said_once_and_only_when_it_is_committed(logged):
    partition = SmallHub().worker.partitions[0]
    rubbish = [Record(topics.intake("SCHOOL"), 0, offset, b"s-1", b"rubbish", (), 0) for offset in range(2)]

    partition.apply(rubbish)  # a transaction that is then aborted
    batch = partition.apply(rubbish)
    assert [fact for fact in logged if fact["event"] == "quarantined"] == []
    partition.accept(batch)

    said = [fact["source"] for fact in logged if fact["event"] == "quarantined"]
    assert said == ["intake.school.v1/0/0", "intake.school.v1/0/1"]


def test_ticks_never_go_back_and_fire_once():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")
    hub.tick("2026-06-17T08:00")
    hub.tick("2026-06-17T09:00")

    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))] == ["T12W"]


def test_a_store_that_fails_stops_the_hub_and_quarantines_nothing():
    hub = SmallHub()
    hub.publish(adult())
    for state in hub.log.states:
        state.put({(topic, key): row[:-1] for topic, key, row in state.rows() if key.startswith(b"p-")})
    hub.restart()
    with pytest.raises(StoreError, match="hint"):
        hub.publish(dated())


def test_people_not_met_lately_are_fetched_together():
    hub = SmallHub()
    number = partition_for(b"r-1", PARTITIONS)
    hub.publish(*(adult(f"r-{one}", one) for one in range(40)))
    told_of = [record for record in hub.log.scan(topics.PERSON) if record.partition == number and record.key]
    hub.restart()
    partition = hub.worker.partitions[number]
    partition.positions[topics.PERSON] = -1
    asked = []
    hub.log._sql.set_trace_callback(asked.append)
    partition.apply(told_of)
    hub.log._sql.set_trace_callback(None)

    assert len(told_of) > 5
    assert len([query for query in asked if "'state.decide.v1'" in query]) == 1


@pytest.mark.parametrize(
    ("out", "owner", "reason"),
    [
        (published(dated())._replace(value=b"Dear hub"), "HMPPS_PRISON", "wire format"),
        (published(dated())._replace(value=None), "HMPPS_PRISON", "no value"),
        (published(dated(), topics.intake("GMP")), "GMP", "owner of this topic"),
        (published(dated(), key=b"r-2"), "HMPPS_PRISON", "key"),
        (published(dated())._replace(partition=1 - partition_for(b"r-1", PARTITIONS)), "HMPPS_PRISON", "partition"),
        (published(replace(dated(), at=at("2099-01-01T00:00"))), "HMPPS_PRISON", "clock"),
        (Out(topics.PERSON, 0, b"p-x", b"\0\0\0\0\0", ()), "HUB", "unknown schema"),
        (published(dated(), topics.PERSON, b"\xff"), "HUB", "UnicodeDecodeError"),
    ],
    ids=["bytes", "empty", "impostor", "key", "partition", "clock", "inside", "no handle"],
)
def test_what_cannot_be_taken_is_kept_as_it_came_and_nobody_else_is_affected(out, owner, reason):
    hub = SmallHub()
    hub.log.append([out])
    hub.publish(adult("r-9", 9), dated(9, "r-9"))
    (kept,) = hub.log.scan(topics.quarantine(owner))

    assert reason in hub.quarantined(owner)[0]
    assert (kept.key, kept.value) == (out.key, out.value)
    assert "e-dates-9" in hub.decisions()


def test_a_record_under_the_key_of_the_hub_s_clock_is_nobody_s():
    hub = SmallHub()
    hub.tick("2026-01-01T00:00")
    hub.log.append([Out(topics.PERSON, number, b"!clock", b"\0\0\0\0\0", ()) for number in range(PARTITIONS)])
    hub.publish(adult("r-9", 9), dated(9, "r-9"))

    assert ["unknown schema" in one for one in hub.quarantined("HUB")] == [True] * PARTITIONS
    assert "e-dates-9" in hub.decisions()


def acknowledge(hub, alert, team, number=1, **changes):
    answer = told(
        f"ack-{number}", "alert.ack", alert["person"], "2026-06-17T10:00", team, alert=alert["id"], answer="ACCEPTED"
    )
    out = published(answer, topics.acks(team))._replace(**changes)
    hub.log.append([out])
    hub.worker.drain()


def test_a_team_acknowledges_its_own_alert_by_the_pseudonym_it_was_given():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")
    (alert,) = hub.read(topics.alerts("PROB"))
    acknowledge(hub, alert, "PROB")

    assert [change["state"] for change in hub.read(topics.CHANGES)][-1] == "ACKNOWLEDGED"


def test_a_team_cannot_answer_with_anothers_pseudonym():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")
    (alert,) = hub.read(topics.alerts("PROB"))
    acknowledge(hub, alert, "HOUS")

    assert "not a pseudonym of this team" in hub.quarantined("HOUS")[0]
    assert [change["state"] for change in hub.read(topics.CHANGES)][-1] != "ACKNOWLEDGED"


def test_two_teams_cannot_compare_their_pseudonyms():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")
    people = {alert["person"] for team in ("PROB", "DWP") for alert in hub.read(topics.alerts(team))}

    assert len(people) == 2


def test_everything_a_team_reads_of_one_alert_has_an_id_of_its_own():
    hub = SmallHub()
    needs = told(9, "needs.flagged", homeless=True, consent=("HOUS",))
    hub.publish(adult(), dated(), needs)
    hub.tick("2026-09-08T09:00")
    for team in ("PROB", "HOUS"):
        records = list(hub.log.scan(topics.alerts(team)))
        ids = [dict(record.headers)["ce_id"] for record in records]
        alerts = hub.read(topics.alerts(team))

        assert len(set(ids)) == len(ids) > len({alert["id"] for alert in alerts})
        assert len({alert["decision"] for alert in alerts}) == len(alerts)


def test_a_fault_on_a_tick_stops_the_hub_rather_than_lose_an_alert():
    hub = SmallHub()
    hub.publish(adult(), dated())
    for partition in hub.worker.partitions:
        partition.wire.record = lambda *_: 1 / 0

    with pytest.raises(ZeroDivisionError):
        hub.tick("2026-08-01T09:00")


def replayed(hub, number):
    records = [record for record in hub.log.scan(topics.PERSON) if record.partition == number]
    return Fresh(number, hub.program).apply(records).outs


def test_replaying_the_person_log_gives_every_answer_again():
    hub = SmallHub()
    hub.publish(*HISTORY)
    hub.tick("2026-04-01T09:00")
    answers = {topics.DECISIONS, topics.CHANGES, topics.alerts("PROB"), topics.deliveries("PROB")}
    again = [out for number in range(PARTITIONS) for out in replayed(hub, number) if out.topic in answers]

    made = [record for name in answers for record in hub.log.scan(name)]
    assert sorted((o.topic, o.key, o.value) for o in again) == sorted((r.topic, r.key, r.value) for r in made)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (told(1, "release_dates.changed", agency="SCHOOL", crd=CRD), "not this agency's to tell"),
        (told(1, "person.died", agency="SCHOOL"), "not this agency's to tell"),
        (told(1, "alert.ack", agency="GMP", alert="a-1"), "acknowledgement"),
    ],
    ids=["dates", "death", "ack"],
)
def test_an_agency_may_tell_only_what_is_its_to_tell(event, reason):
    hub = SmallHub()
    hub.publish(event)

    assert reason in hub.quarantined(event.agency)[0]
    assert not hub.read(topics.DECISIONS)


def test_what_is_not_an_agencys_to_tell_comes_back_as_it_came_and_names_its_place():
    hub = SmallHub()
    out = published(told(1, "person.died", "r-5", agency="SCHOOL"))
    hub.log.append([out, out])
    hub.worker.drain()
    kept = [*hub.log.scan(topics.quarantine("SCHOOL"))]

    assert [(k.partition, k.key, k.value, k.headers[: len(out.headers)]) for k in kept] == [out[1:]] * 2
    assert [dict(k.headers)["quarantine.source"] for k in kept] == [
        f"{out.topic}/{out.partition}/{offset}".encode() for offset in range(2)
    ]
    assert len(kept[0].headers) == len(out.headers) + 2


def test_a_clock_of_its_own_inside_an_event_cannot_run_ahead():
    hub = SmallHub()
    ahead = told(1, "release_dates.changed", seq=None, crd=date(2030, 1, 2), occurred_at=at("2190-01-01T00:00"))
    hub.publish(adult(), ahead, dated(2, when="2026-02-03T09:30"))
    hub.tick("2026-06-17T09:00")

    assert hub.read(topics.alerts("PROB"))[0]["fields"]["window_from"] == "2026-09-09"


def test_a_tick_or_rules_ahead_of_the_log_are_not_believed():
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2190-01-01T00:00")
    hub.activate(policies(2), at=at("2190-01-01T00:00"))

    assert not hub.read(topics.alerts("PROB"))
    assert all("ahead of the log" in reason for reason in hub.quarantined("HUB"))
    assert len(hub.quarantined("HUB")) == 2 * PARTITIONS


def test_a_release_first_heard_of_long_after_is_history():
    hub = SmallHub()
    hub.publish(adult())
    hub.tick("2026-06-01T09:00")
    hub.publish(told(1, "person.released", when="2026-02-10T09:00", reason="RELEASED", licence=True))
    hub.publish(adult("r-2", 2), told(2, "person.released", "r-2", "2026-05-20T09:00", reason="RELEASED", licence=True))

    assert [alert["stage"] for alert in hub.read(topics.alerts("PROB"))].count("T0U") == 1


@pytest.mark.parametrize("answer", ["ACCEPTED", "NOT_OURS", "ALREADY_HELD"])
def test_a_teams_answer_is_on_record(answer):
    hub = SmallHub()
    hub.publish(adult(), dated())
    hub.tick("2026-06-17T09:00")
    (alert,) = hub.read(topics.alerts("PROB"))
    said = told("ack", "alert.ack", alert["person"], "2026-06-17T10:00", "PROB", alert=alert["id"], answer=answer)
    hub.log.append([published(said, topics.acks("PROB"))])
    hub.worker.drain()

    assert hub.read(topics.CHANGES)[-1]["answer"] == answer
