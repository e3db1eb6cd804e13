"""The audit finds nothing where nothing is wrong, and names whatever was altered, added, cut or moved."""

import pytest
from audit_book import NOW, KeptHub
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from smallhub import PARTITIONS, told

from hub import topics
from hub.core.ledger import TILE
from hub.log import Out
from hub.wire.notes import Note, read_note, sign

ALTER = 'update log set value = ? where topic = ? and partition = ? and "offset" = ?'
EMPTY = 'update log set key = null, value = null where topic = ? and partition = ? and "offset" = ?'
DELETE = 'delete from log where topic = ? and partition = ? and "offset" = ?'


def test_a_ledger_as_it_should_be_has_no_faults():
    kept = KeptHub()
    report = kept.check()

    assert report.faults == []
    assert report.counts["checkpoints"] == 2
    assert report.counts["decisions"] == len(kept.decisions()) > 4
    assert report.counts["blanks"] == 2 * TILE - len(kept.decisions())
    assert report.counts["told"] == report.counts["proofs"] > 0


def test_what_is_decided_after_the_newest_checkpoint_waits_for_its_leaf():
    kept = KeptHub(more=())
    kept.hub.publish(told(77, "release_dates.changed", prison="MDI"))

    assert (kept.faults(), kept.check().counts["waiting"]) == ([], 1)


def first(kept, topic=topics.DECISIONS):
    record = next(record for record in kept.reader.scan(topic) if record.value)
    return record, (topic, record.partition, record.offset)


def altered_decision(kept):
    record, place = first(kept)
    kept.sql(ALTER, record.value.replace(b"HMPPS_PRISON", b"HMPPS_PRISOM"), *place)


def deleted_decision(kept):
    kept.sql(DELETE, *first(kept)[1])


def emptied_decision(kept):
    kept.sql(EMPTY, *first(kept)[1])


def added_decision(kept):
    topic = topics.DECISIONS
    record, *rest = max((kept.log.read(topic, number, 0) for number in range(PARTITIONS)), key=len)
    number = record.partition
    kept.sql("delete from log where topic = ? and partition = ?", topic, number)
    kept.log.append([Out(topic, number, one.key, one.value, one.headers) for one in (record, record, *rest)])


def disowned_decision(kept):
    def disown(values):
        at = next(index for index, number in enumerate(values["partitions"]) if number >= 0)
        values["partitions"][at], values["offsets"][at] = -1, 999

    step(kept, 0, disown)


def deleted_salt(kept):
    kept.sql(DELETE, *first(kept, topics.SALTS)[1])


def deleted_delivery(kept):
    kept.sql(DELETE, *first(kept, topics.deliveries("PROB"))[1])


def forged_delivery(kept):
    values = kept.hub.read(topics.deliveries("PROB"))[0] | {"decision": "r-" + "0" * 32}
    value = kept.program.schemas.encode("delivery", values)
    kept.log.append([Out(topics.deliveries("PROB"), 0, b"p1.x", value, ())])


def altered_proof(kept):
    record, place = first(kept, topics.proofs("PROB"))
    values = kept.program.schemas.decode(record.value)[2]
    values["part"] = values["part"].replace('"delivered":true', '"delivered":false')
    kept.sql(ALTER, kept.program.schemas.encode("proof", values), *place)


def deleted_proof(kept):
    kept.sql(DELETE, *first(kept, topics.proofs("PROB"))[1])


def deleted_note(kept):
    kept.sql(DELETE, topics.CHECKPOINTS, 0, 1)


def added_note(kept):
    kept.log.append([Out(topics.CHECKPOINTS, 0, b"", next(iter(kept.reader.scan(topics.CHECKPOINTS))).value, ())])


def note(kept, number, change):
    record = list(kept.reader.scan(topics.CHECKPOINTS))[number]
    made = change(read_note(record.value.decode()))
    place = (topics.CHECKPOINTS, 0, record.offset)
    kept.sql(ALTER, str(made).encode(), *place)


def altered_checkpoint(kept):
    note(kept, 0, lambda told: told._replace(text=told.text.replace("\n256\n", "\n512\n")))


def foreign_checkpoint(kept):
    other = Ed25519PrivateKey.generate()
    note(kept, 0, lambda told: Note(told.text, (sign(told.text, told.lines[0].name, other),)))


def swapped_checkpoints(kept):
    one, other = (record.value for record in kept.reader.scan(topics.CHECKPOINTS))
    for offset, value in enumerate((other, one)):
        kept.sql(ALTER, value, topics.CHECKPOINTS, 0, offset)


def cut_checkpoint(kept):
    for topic in (topics.CHECKPOINTS, topics.LEAVES):
        kept.sql(DELETE, topic, 0, 1)


def step(kept, number, change):
    record = list(kept.reader.scan(topics.LEAVES))[number]
    values = kept.program.schemas.decode(record.value)[2]
    change(values)
    value = kept.program.schemas.encode("ledger.leaves", values)
    kept.sql(ALTER, value, topics.LEAVES, 0, record.offset)


def backdated_step(kept):
    step(kept, 1, lambda values: values.update(at=NOW - 1))


def backdated_ledger(kept):
    for number in range(2):
        step(kept, number, lambda values: values.update(at=NOW - 365 * 86_400_000_000))


def altered_leaf(kept):
    step(kept, 0, lambda values: values.update(hashes=bytes(32) + values["hashes"][32:]))


def swapped_leaves(kept):
    def swap(values):
        packed = values["hashes"]
        values["hashes"] = packed[32:64] + packed[:32] + packed[64:]

    step(kept, 0, swap)


def doubled_place(kept):
    def double(values):
        at = [index for index, number in enumerate(values["partitions"]) if number >= 0][:2]
        values["offsets"][at[1]], values["partitions"][at[1]] = values["offsets"][at[0]], values["partitions"][at[0]]

    step(kept, 0, double)


TAMPERING = {
    altered_decision: "altered",
    deleted_decision: "missing",
    emptied_decision: "missing",
    added_decision: "altered",
    disowned_decision: "unrecorded",
    deleted_salt: "missing",
    deleted_delivery: "untold",
    forged_delivery: "undecided",
    altered_proof: "unproved",
    deleted_proof: "unproved",
    deleted_note: "unsigned",
    added_note: "shrunk",
    altered_checkpoint: "forged",
    foreign_checkpoint: "unsigned",
    swapped_checkpoints: "cut",
    cut_checkpoint: "cut",
    backdated_step: "back-dated",
    backdated_ledger: "back-dated",
    altered_leaf: "forked",
    swapped_leaves: "order",
    doubled_place: "doubled",
}


@pytest.mark.parametrize(("tamper", "kind"), TAMPERING.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_whatever_is_tampered_with_is_found_and_named(tamper, kind):
    kept = KeptHub()
    tamper(kept)

    assert kind in kept.faults()


def test_a_fault_says_nothing_of_what_was_said():
    kept = KeptHub()
    secrets = {kept.person(), "HMPPS_PRISON", kept.decisions()[0].key.decode()}
    for tamper in (altered_decision, forged_delivery, altered_proof):
        tamper(kept)

    shown = str(kept.check().faults)
    assert not [secret for secret in secrets if secret in shown]


def test_a_decision_that_somebody_wrote_again_has_a_leaf_too_many():
    kept = KeptHub(more=())
    first = kept.decisions()[0]
    kept.log.append([Out(first.topic, first.partition, first.key, first.value, first.headers)])
    kept.ledger.grow(NOW + 5)

    assert kept.faults() == ["doubled"]
