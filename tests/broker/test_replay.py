"""`hub replay` on a real Kafka, beside the worker that wrote the log."""

import json

import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from hub import topics
from hub.cli.main import main
from hub.edges.reader import KafkaReader, ReadError
from hub.edges.recording import KafkaRecording


def replayed(year, capsys, *words):
    capsys.readouterr()
    code = main(["replay", "--home", str(year.home.path), "--bootstrap", year.bootstrap, "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def send(bootstrap, record, value=None):
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    headers = list(record.headers)
    told = {"key": record.key, "value": value or record.value, "headers": headers, "partition": record.partition}
    place = producer.send(record.topic, **told).get(timeout=30)
    producer.close()
    return place.offset


def test_what_kafka_holds_replays_whole_and_what_is_done_to_it_is_found(year, capsys):
    code, told = replayed(year, capsys)
    assert (code, told["divergences"]) == (0, 0)
    assert sum(one["records"] for one in told["partitions"]) > 300
    assert sum(one["outputs"] for one in told["partitions"]) > 300
    assert sum(one["rows"] for one in told["partitions"]) > 25

    delivery = next(KafkaReader(year.bootstrap).scan(topics.deliveries("PROB")))
    offset = send(year.bootstrap, delivery)
    code, told = replayed(year, capsys)
    where = {"kind": "doubled", "topic": delivery.topic, "partition": delivery.partition, "offset": offset}
    assert (code, told["divergences"]) == (1, 1)
    assert {name: told["first"][name] for name in where} == where
    assert replayed(year, capsys, "--until", "2100-01-01")[0] == 0  # with an end, what comes after is not judged

    row = next(record for record in KafkaReader(year.bootstrap).scan(topics.POSITIONS) if record.key == b"person.v1")
    send(year.bootstrap, row, b"0")
    told = replayed(year, capsys, "--partition", str(row.partition))[1]
    assert told["divergences"] > 0


def test_a_hub_at_work_is_not_taken_for_one_at_rest(year):
    bootstrap, home = year.bootstrap, year.home
    names = [topic.name for topic in topics.catalogue(home.agencies, home.teams, 4) if topic.partitions == 4]
    holding = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="open")
    holding.init_transactions()
    holding.begin_transaction()
    holding.send(topics.DECISIONS, key=b"k", value=b"not yet", partition=0).get(timeout=30)

    with pytest.raises(ReadError, match="no moment of rest"):
        KafkaRecording(bootstrap, None, names, 4, patience=1.5)
    with pytest.raises(ReadError, match="transaction stays open"):
        KafkaRecording(bootstrap, None, names, 4, still=False, patience=1.5)
    holding.abort_transaction()
    holding.close()
    with pytest.raises(ReadError, match="no such topic"):
        KafkaRecording(bootstrap, None, ["nothing-here.v1"], 4)


def test_a_log_that_retention_has_cut_is_refused_with_the_cure(year, capsys):
    bootstrap, home = year.bootstrap, year.home
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.delete_records({TopicPartition(topics.PERSON, 2): 3})
    admin.close()
    code = main(["replay", "--home", str(home.path), "--bootstrap", bootstrap])
    err = capsys.readouterr().err

    assert code == 1
    assert "person.v1/2: begins at offset 3, what came before is deleted; hint: " in err
