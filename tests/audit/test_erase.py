"""Erasure: record, salt and proofs go, the tree and everybody else's proofs stay, and nobody can guess who it was."""

from itertools import product

import pytest
from audit_book import ERASED, NOW, KeptHub
from smallhub import AGENCIES, TEAMS, told

from hub import topics
from hub.audit.book import AuditError
from hub.audit.proof import prove, show
from hub.core.identity import identity, reference
from hub.core.ledger import DECISION, WIDTH, Entry, seal
from hub.replay.play import Replay
from hub.wire import commitments
from hub.wire.witnesses import read_policy


def erased(**how):
    kept = KeptHub(*ERASED)
    person = kept.person()
    before = [(record.partition, record.offset, record.value) for record in kept.decisions()]
    made = kept.erase(person, **how)
    return kept, person, made, [one for one in before if person.encode() in one[2]]


def test_an_erased_persons_records_salts_and_proofs_are_gone_from_the_log():
    kept, person, made, theirs = erased()
    there = [(record.partition, record.offset) for record in kept.decisions()]
    told = {
        reference(one["id"], team)
        for one in map(kept.program.schemas.written, (v for _, _, v in theirs))
        for team in TEAMS
    }

    assert len(made.receipts) == len(theirs) > 2
    assert not [place for place in there if place in {(number, offset) for number, offset, _ in theirs}]
    for topic in (topics.DECISIONS, topics.SALTS, topics.LEAVES, topics.ERASURES, *map(topics.proofs, TEAMS)):
        for record in kept.reader.scan(topic):
            shown = (record.key or b"") + (record.value or b"")
            assert person.encode() not in shown
            assert not [one for one in told if one.encode() in shown]


def test_after_an_erasure_the_ledger_still_verifies_and_has_its_receipts():
    kept, _, made, _ = erased()
    report = kept.check()

    assert report.faults == []
    assert report.counts["erased"] == report.counts["receipts"] == len(made.receipts)


def test_between_an_erasure_and_its_receipts_nothing_is_missing():
    kept, _, made, _ = erased(grow=False)

    assert kept.faults() == []
    assert kept.check().counts["erased"] == len(made.receipts)


def test_a_decision_that_is_only_said_to_be_erased_is_missing():
    kept, *_ = erased()
    kept.sql("delete from log where topic = ?", topics.ERASURES)

    assert "missing" in kept.faults()


def test_everybody_elses_proofs_still_verify():
    kept = KeptHub(*ERASED)
    other = kept.hub.decisions()["e-dates-9"]
    old = prove(kept.book(), other["id"])
    kept.erase(kept.person())
    new = prove(kept.book(), other["id"])

    for proof in (old, new):
        assert show(proof, read_policy(kept.book().policy)).part["id"] == other["id"]


def test_a_leaf_asked_for_alone_is_as_in_the_whole_reading_erased_or_not():
    kept, *_ = erased()
    every = list(kept.book().lines())

    assert {one.absent for one in every} == {"", "erased"}
    assert [kept.book().line(one.index) for one in every] == every
    assert kept.book().line(len(every)) is None


def test_guessing_every_known_identifier_against_the_leaves_fails_even_with_the_hubs_secret():
    """Whoever knows each word of the record, has the hub's keys and tries every salt there still is, finds nothing."""
    kept, person, _, theirs = erased()
    leaves, recipients = set(kept.book().leaves()), kept.program.recipients
    made = [kept.program.schemas.written(value) for _, _, value in theirs]
    salts = {(record.value or b"")[:WIDTH] for record in kept.reader.scan(topics.SALTS) if record.value}
    salts |= {
        step["seed"] for step in map(kept.program.schemas.written, (r.value for r in kept.reader.scan(topics.LEAVES)))
    }
    salts |= {bytes(WIDTH), *(recipients.decision_key(b"", value) for _, _, value in theirs)}
    people = {
        person,
        *(identity("person", kept.program.salt, f"{agency}/r-{n}") for agency, n in product(AGENCIES, range(20))),
    }

    for decision, salt, who in product(made, salts, people):
        guess = Entry(DECISION, 0, 0, commitments.decision({**decision, "person": who}), salt)
        assert seal(guess).hash not in leaves
    assert theirs


@pytest.mark.parametrize("events", [ERASED[:-1], ERASED])
def test_only_whom_an_agency_erased_can_be_erased(events):
    kept = KeptHub(*events)

    with pytest.raises(AuditError, match="no agency erased them"):
        kept.erase(kept.person("e-dates-9"))


def test_a_decision_that_waits_for_its_leaf_cannot_be_erased_yet():
    kept = KeptHub(*ERASED)
    kept.hub.publish(told(8, "release_dates.changed", when="2026-09-02T09:30", prison="MDI"))

    with pytest.raises(AuditError, match="waits for its leaf"):
        kept.erase(kept.person())


def test_erasing_again_finds_nothing_more():
    kept, person, *_ = erased()

    with pytest.raises(AuditError, match="no decision is on this pseudonym"):
        kept.erase(person)


class Recorded:
    """The log of a kept hub, as a replay wants it."""

    def __init__(self, kept):
        self.kept, self.log = kept, kept.log

    def scan(self, topic):
        return self.kept.reader.scan(topic)

    def start(self, topic, partition):
        return 0

    def every(self, names):
        return (record for name in names for record in self.kept.reader.scan(name))

    def read(self, names, partition):
        return (record for name in names for record in self.kept.reader.scan(name, partition))

    def at(self, topic, partition, offset):
        return next(iter(self.log.read(topic, partition, offset, 1)), None)

    def rows(self, partition, names):
        return (row for row in self.log.states[partition].rows() if row[0] in names)


def test_a_replay_finds_what_was_erased_in_its_place():
    kept, *_ = erased()

    assert not Replay(kept.program, Recorded(kept)).run().divergent


def test_a_replay_still_finds_a_decision_that_is_gone_without_a_receipt():
    kept, *_ = erased()
    record = kept.decisions()[0]
    kept.sql(
        'delete from log where topic = ? and partition = ? and "offset" = ?',
        record.topic,
        record.partition,
        record.offset,
    )

    assert Replay(kept.program, Recorded(kept)).run().divergent == {topics.DECISIONS: 1}


def test_the_time_of_an_erasure_is_told_and_nothing_else():
    kept, person, made, _ = erased()
    told = [kept.program.schemas.written(out.value) for out in made.receipts]

    assert {one["at"] for one in told} == {NOW + 2}
    assert all(set(one) == {"index", "leaf", "partition", "offset", "told", "at"} for one in told)
    assert person not in str(told)
