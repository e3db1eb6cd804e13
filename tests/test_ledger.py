"""LEDGER over a small hub: every decision its leaf, every delivery its proof, and nothing that tells more."""

import json

import pytest
from audit_book import ORIGIN, SECRET, Dice
from smallhub import PARTITIONS, TEAMS, SmallHub, adult, dated, told

from hub import topics
from hub.core.identity import reference
from hub.core.ledger import TILE, LedgerError, Opening, leaf_of
from hub.core.merkle import check_inclusion, nodes, root
from hub.engine.ledger import ERASED, Ledger, hashes
from hub.log import Record
from hub.wire.notes import public_key, read_checkpoint, read_note, signers

NOW = 1_780_000_000_000_000


class Grown:
    """A hub, and the ledger's outputs, step by step."""

    def __init__(self, *events):
        self.hub = SmallHub()
        self.hub.publish(*events)
        program = self.hub.program
        self.ledger = Ledger(program.schemas, program.recipients, PARTITIONS, ORIGIN, SECRET, Dice())
        self.state = self.ledger.resume(None)
        self.outs = []

    def fresh(self):
        return [
            record
            for number, position in enumerate(self.state.positions)
            for record in self.hub.log.read(topics.DECISIONS, number, position, 10_000)
        ]

    def grow(self, now=NOW):
        step = self.ledger.step(self.state, self.fresh(), (), now)
        self.state = step.state
        self.outs += step.outs
        return step

    def of(self, topic):
        return [out for out in self.outs if out.topic == topic]

    def steps(self):
        return [self.hub.program.schemas.decode(out.value)[2] for out in self.of(topics.LEAVES)]

    def leaves(self):
        return [leaf for step in self.steps() for leaf in hashes(step["hashes"])]

    def proofs(self, team):
        return [(out, self.hub.program.schemas.decode(out.value)[2]) for out in self.of(topics.proofs(team))]


EVENTS = adult(), dated(), told(3, "needs.flagged", homeless=True, consent=("HOUS",)), adult("r-9", 9)


def test_every_decision_has_one_leaf_and_every_other_leaf_is_blank():
    grown = Grown(*EVENTS)
    count = len(grown.fresh())
    grown.grow()
    (step,) = grown.steps()
    places = [place for place in zip(step["partitions"], step["offsets"], strict=True) if place[0] >= 0]
    records = [(r.partition, r.offset) for r in grown.hub.log.scan(topics.DECISIONS)]

    assert sorted(places) == sorted(records)
    assert len(grown.of(topics.SALTS)) == count == len(records)
    assert step["partitions"].count(-1) == TILE - count


def test_the_checkpoint_is_signed_and_is_of_the_leaves():
    grown = Grown(*EVENTS)
    grown.grow()
    grown.hub.publish(told(4, "person.received"))
    grown.grow()

    for out, size in zip(grown.of(topics.CHECKPOINTS), (TILE, 2 * TILE), strict=True):
        note = read_note(out.value.decode())
        assert [one.key.name for one in signers(note, [public_key(ORIGIN, SECRET)])] == [ORIGIN]
        assert read_checkpoint(note.text) == (ORIGIN, size, root(size, nodes(grown.leaves()[:size])))


def test_a_tree_that_nothing_happened_to_grows_like_any_other():
    grown = Grown()
    grown.grow()

    assert grown.state.frontier.size == TILE
    assert grown.steps()[0]["partitions"] == [-1] * TILE


def test_every_delivery_and_alert_has_a_proof_that_its_team_alone_can_check():
    grown = Grown(*EVENTS)
    grown.hub.tick("2026-08-20T09:00")
    grown.grow()
    checkpoint = read_checkpoint(read_note(grown.of(topics.CHECKPOINTS)[0].value.decode()).text)
    for team in TEAMS:
        told = [
            one["decision"] for name in (topics.deliveries(team), topics.alerts(team)) for one in grown.hub.read(name)
        ]
        proofs = grown.proofs(team)
        assert {proof["decision"] for _, proof in proofs} == set(told)
        for out, proof in proofs:
            part = json.loads(proof["part"])
            opened = Opening(
                proof["part"].encode(), proof["salt"], proof["number"], proof["parts"], tuple(proof["beside"])
            )
            check_inclusion(leaf_of(opened), proof["index"], checkpoint.size, proof["path"], checkpoint.root)
            assert (part["team"], part["delivered"], part["decision"]) == (team, True, out.key.decode())
    assert grown.proofs("PROB")


def test_a_proof_says_nothing_of_the_person_or_of_other_teams():
    grown = Grown(*EVENTS)
    grown.grow()
    decisions = grown.hub.read(topics.DECISIONS)
    secrets = (
        {one["person"] for one in decisions} | {one["id"] for one in decisions} | {one["event"] for one in decisions}
    )
    for team in TEAMS:
        others = {reference(one["id"], other) for one in decisions for other in TEAMS if other != team}
        for out, _ in grown.proofs(team):
            shown = out.value.decode("latin-1") + out.key.decode()
            assert not [secret for secret in secrets | others if secret in shown]
            assert not [other for other in TEAMS if f'"{other}"' in shown and other != team]


def test_a_proof_lies_in_the_partition_of_its_delivery():
    grown = Grown(*EVENTS)
    grown.grow()
    for team in TEAMS:
        where = {
            grown.hub.program.schemas.decode(record.value)[2]["decision"]: record.partition
            for name in (topics.deliveries(team), topics.alerts(team))
            for record in grown.hub.log.scan(name)
        }
        assert {out.key.decode(): out.partition for out, _ in grown.proofs(team)} == where


def test_a_ledger_goes_on_from_its_newest_record_alone():
    grown = Grown(*EVENTS)
    grown.grow()
    out = grown.of(topics.LEAVES)[-1]
    newest = Record(out.topic, 0, 0, out.key, out.value, (), 0)

    assert grown.ledger.resume(newest) == grown.state
    with pytest.raises(LedgerError, match=r"another key's ledger; hint: restore keys/ledger.key"):
        grown.ledger.resume(newest._replace(key=b"csp-hub/other"))


@pytest.mark.parametrize("change", [{"value": b"\0\0\0\0\0nonsense"}, {"key": b"0" * 32}, {"value": None}])
def test_a_decision_that_is_not_as_the_hub_wrote_it_stops_the_ledger(change):
    grown = Grown(*EVENTS)
    records = grown.fresh()
    records[1] = records[1]._replace(**change)

    with pytest.raises(LedgerError, match=r"decisions.v1/\d/\d: not as the hub wrote it; hint: somebody altered"):
        grown.ledger.step(grown.state, records, (), NOW)


def test_a_decision_that_is_copied_to_another_partition_stops_the_ledger():
    grown = Grown(*EVENTS)
    first = grown.fresh()[0]
    copied = first._replace(partition=(first.partition + 1) % PARTITIONS)

    with pytest.raises(LedgerError, match="not as the hub wrote it"):
        grown.ledger.step(grown.state, [copied], (), NOW)


@pytest.mark.parametrize("index", [b"256", b"-1", b"x", b""])
def test_a_tombstone_of_what_has_no_leaf_yet_stops_the_ledger(index):
    grown = Grown(*EVENTS)
    grown.grow()
    gone = Record(topics.DECISIONS, 0, 99, b"0" * 32, None, ((ERASED, index),), 0)

    with pytest.raises(LedgerError, match="not as the hub wrote it"):
        grown.ledger.step(grown.state, [gone], (), NOW)
    grown.ledger.step(grown.state, [gone._replace(headers=((ERASED, b"255"),))], (), NOW)


def test_the_time_of_a_step_never_runs_backwards():
    grown = Grown(*EVENTS)
    grown.grow(NOW)
    grown.grow(NOW - 5)

    assert [step["at"] for step in grown.steps()] == [NOW, NOW]
