"""The commands on a real Kafka of their own: the hub's topics have fixed names, so no other test may share it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from itertools import chain, islice

import pytest
from kafka import KafkaProducer
from projected import dump
from smallhome import BROKEN, RECORD, lines, made

from hub import wiring
from hub.cli.main import main
from hub.core.events import Event
from hub.core.identity import reference
from hub.edges import reader
from hub.edges.broker import ensure
from hub.edges.home import open_home
from hub.edges.local_broker import broker, free_ports
from hub.edges.reader import KafkaReader, ReadError
from hub.engine import FLOOD
from hub.projection import ask, sources
from hub.projection.database import Database
from hub.projection.fold import Fold
from hub.projection.follow import follow, rebuild
from hub.topics import Topic
from hub.wire.codec import encode_event
from hub.wire.partitioner import partition_for

RUN = "from hub.cli.main import run; run()"
SHORT = "from hub.edges.breaker import Breaker; Breaker.first = Breaker.most = 0.1"  # seconds, not minutes


@pytest.fixture(scope="module")
def bootstrap():
    with broker(own=True) as found:
        yield found.bootstrap


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return made(tmp_path_factory.mktemp("hub") / "home", active=False)


@pytest.fixture(scope="module")
def running(bootstrap, home):
    """A hub on Kafka that is told something before it has rules, and then has them in force while these tests run."""
    health = f"127.0.0.1:{free_ports(1)[0]}"
    command = [sys.executable, "-c", f"{SHORT}; {RUN}", "run", "--kafka", "--home", str(home), "--health", health]
    with (home.parent / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log, env=os.environ | {"HUB_BOOTSTRAP": bootstrap})
        try:
            process.early = early(bootstrap, home, health)
            until(lambda: main(["policy", "activate", "--home", str(home), "--bootstrap", bootstrap, *keys(home)]) == 0)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    assert process.returncode == 0, (home.parent / "log").read_text()


def early(bootstrap, home, health):
    """Publish before there are rules; what `/ready` says, and whatever has come of it after a while."""
    program = wiring.program(open_home(home))
    until(lambda: (home.parent / "log").read_text().count("first rules awaited") == program.partitions)
    there, producer = partition_for(b"r-early", program.partitions), KafkaProducer(bootstrap_servers=bootstrap)
    for number, kind in enumerate(("person.registered", "person.died")):
        told = Event(f"e-early-{number}", kind, "GMP", "r-early", 1_767_600_000_000_000, None, {})
        value = encode_event(program.schemas, told)
        producer.send("intake.gmp.v1", key=b"r-early", value=value, partition=there).get(timeout=30)
    producer.close()
    time.sleep(3)
    with urllib.request.urlopen(f"http://{health}/ready", timeout=10) as answer:
        ready = answer.read().decode()
    reader = KafkaReader(bootstrap)
    return ready, [r for name in ("person.v1", "decisions.v1", "quarantine.gmp.v1") for r in reader.scan(name) if r.key]


def topic(bootstrap, name):
    ensure(bootstrap, [Topic(name, 1, "delete")])


def keys(home):
    return [word for name in ("one", "two") for word in ("--key", str(home / "keys" / f"ig-{name}.key"))]


def until(test, patience=90.0):
    end = time.monotonic() + patience
    while not test():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.5)


@pytest.fixture
def hub(capsys, bootstrap, home):
    def run(*words):
        capsys.readouterr()
        code = main([*map(str, words), "--bootstrap", bootstrap, "--home", str(home)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_what_an_agency_publishes_is_decided_told_and_explained(running, hub, tmp_path):
    (tmp_path / "a.jsonl").write_text(lines(RECORD, BROKEN))

    code, out, _ = hub("publish", "prison", tmp_path / "a.jsonl")
    assert (code, "3 events published, 1 refused" in out) == (1, True)
    until(lambda: '"delivered"' in hub("decisions", "--json")[1])

    rows = json.loads(hub("decisions", "--json", "--team", "PROB", "--outcome", "delivered")[1])
    (told,) = map(json.loads, hub("tail", "PROB", "--json", "--since", "all")[1].splitlines())
    explained = hub("explain", rows[0]["event"])[1]

    assert told["decision"] == reference(rows[0]["decision"], "PROB")
    assert "DELIVERED to Probation (PROB)" in explained
    assert "conditional release date (crd), prison: as it is" in explained
    assert "(number 1)" in explained


def test_what_came_before_the_first_rules_waited_for_them_and_was_then_judged_by_them(running, bootstrap):
    ready, came = running.early
    reader = KafkaReader(bootstrap)
    until(lambda: [*reader.scan("quarantine.gmp.v1")])

    assert "hint: hub policy activate" in ready
    assert came == []
    (refused,) = reader.scan("quarantine.gmp.v1")
    assert dict(refused.headers)["quarantine.reason"].startswith(b"type: not this agency's to tell")
    assert dict(refused.headers)["quarantine.source"].startswith(b"intake.gmp.v1/")
    decided = [wiring.schemas().decode(record.value)[2]["event"] for record in reader.scan("decisions.v1")]
    assert decided.count("e-early-0") == 1
    assert "e-early-1" not in decided


def test_a_worker_keeps_its_state_in_the_home(running, home):
    files = sorted(file.name for file in (home / "state" / "worker").glob("*.db"))

    count = json.loads((home / "home.json").read_text())["partitions"]
    assert files == [f"csp-hub-{number}.db" for number in range(count)]


def test_a_flood_of_rubbish_is_held_back_while_others_are_served(running, bootstrap, home):
    program = wiring.program(open_home(home))
    there = partition_for(b"r-1", program.partitions)
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for _ in range(FLOOD + 4):
        producer.send("intake.school.v1", key=b"r-1", value=b"rubbish", partition=there)
    good = [event("SCHOOL"), *[event("YJS", number) for number in range(FLOOD)]]
    for told in good:
        value = encode_event(program.schemas, told)
        producer.send(f"intake.{told.agency.lower()}.v1", key=b"r-1", value=value, partition=there)
    producer.close()
    reader = KafkaReader(bootstrap)

    def taken():
        return [r.value for r in reader.scan("person.v1") if b"e-flood" in (r.value or b"")]

    until(lambda: len(taken()) > FLOOD)
    kept = [dict(r.headers)["quarantine.source"].decode() for r in reader.scan("quarantine.school.v1")]
    said = (home.parent / "log").read_text()

    assert taken()[-1] == encode_event(program.schemas, good[0]), "the flood's own good record comes last"
    assert kept == [f"intake.school.v1/{there}/{offset}" for offset in range(FLOOD + 4)]
    assert 3 <= said.count("topic held back") <= 5, "after 100, 1 and 2 more, unless a poll brought fewer"
    assert "topic taken in again" in said


def event(agency, number=0):
    return Event(f"e-flood-{number}", "person.registered", agency, "r-1", 1_767_600_000_000_000, None, {})


def test_the_same_rules_are_not_brought_into_force_twice(running, hub, home):
    code, out, _ = hub("policy", "activate", *keys(home))

    assert code == 0
    assert "already in force as number 1" in out


def test_without_a_home_a_reader_still_finds_the_policies(running, capsys, bootstrap, tmp_path):
    code = main(["tail", "PROB", "--bootstrap", bootstrap, "--home", str(tmp_path / "none"), "--json"])

    assert code == 0


def test_a_reader_passes_over_what_was_aborted_and_the_marks_of_transactions(bootstrap):
    topic(bootstrap, "reader.v1")
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="t")
    producer.init_transactions()
    for number in range(6):
        producer.begin_transaction()
        producer.send("reader.v1", value=str(number).encode()).get(timeout=30)
        producer.commit_transaction() if number % 2 else producer.abort_transaction()

    found = [record.value for record in KafkaReader(bootstrap, patience=10).scan("reader.v1")]
    producer.close()

    assert found == [b"1", b"3", b"5"]
    assert KafkaReader(bootstrap).last(["reader.v1", "nobody.v1"]) == {("reader.v1", 0): 10}
    assert KafkaReader(bootstrap).ends(["reader.v1"]) == {("reader.v1", 0): 12}


def test_a_reader_does_not_wait_for_a_transaction_that_is_still_open(bootstrap):
    topic(bootstrap, "open.v1")
    plain = KafkaProducer(bootstrap_servers=bootstrap)
    plain.send("open.v1", value=b"done").get(timeout=30)
    holding = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="open")
    holding.init_transactions()
    holding.begin_transaction()
    holding.send("open.v1", value=b"not yet").get(timeout=30)

    assert [record.value for record in KafkaReader(bootstrap, patience=10).scan("open.v1")] == [b"done"]
    holding.abort_transaction()
    holding.close()
    plain.close()


def test_a_follower_goes_on_after_what_was_seen(bootstrap):
    topic(bootstrap, "follow.v1")
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for value in (b"1", b"2"):
        producer.send("follow.v1", value=value, partition=0).get(timeout=30)
    follower = KafkaReader(bootstrap).follow(["follow.v1"], {("follow.v1", 0): 0})
    late = threading.Timer(1.0, lambda: producer.send("follow.v1", value=b"3", partition=0))
    late.start()

    assert [record.value for record in islice(chain.from_iterable(follower), 2)] == [b"2", b"3"]
    assert KafkaReader(bootstrap).ends(["follow.v1", "nobody.v1"]) == {("follow.v1", 0): 3}
    follower.close()
    late.join()
    producer.close()


def test_a_topic_that_is_not_there_is_empty_and_cannot_be_followed(bootstrap):
    reader = KafkaReader(bootstrap)

    assert list(reader.scan("quarantine.nobody.v1")) == []
    with pytest.raises(ReadError, match="hint: `hub run --kafka`"):
        next(reader.follow(["quarantine.nobody.v1"], {}))


def test_a_broker_that_does_not_answer_is_one_line_and_three(capsys, home, monkeypatch):
    monkeypatch.setattr(reader, "ANSWER", 1000)
    code = main(["decisions", "--bootstrap", "localhost:1", "--home", str(home)])

    err = capsys.readouterr().err
    assert code == 3
    assert len(err.splitlines()) == 1
    assert "hint: is the broker up" in err


def test_a_team_lists_its_alert_answers_it_and_the_operator_sees_the_plan(running, hub, tmp_path):
    now = datetime.now(UTC)
    soon = {"conditionalReleaseDate": f"{now + timedelta(days=70):%Y-%m-%d}", "recordedAt": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    late = {**RECORD, "prisonerNumber": "A0009AA", "linkReference": "TEST-LINK-9", **soon}
    (tmp_path / "late.jsonl").write_text(lines(late))
    assert hub("publish", "prison", tmp_path / "late.jsonl")[0] == 0

    def found(state):
        rows = json.loads(hub("alerts", "list", "--team", "PROB", "--state", state, "--json")[1])
        return [row for row in rows if row["raised"][:19] >= soon["recordedAt"][:19]]

    until(lambda: found("raised"))
    (row,) = found("raised")
    words = ("--answer", "accepted", "--role", "DUTY_OFFICER", "--team", "PROB")
    assert hub("alerts", "ack", row["id"], *words)[0] == 0
    until(lambda: found("acknowledged"))

    code, out, _ = hub("plan", row["person"], "--svg", tmp_path / "plan.svg")
    assert code == 0
    assert "T12W" in out
    assert "acknowledged" in out
    assert "acknowledged" in (tmp_path / "plan.svg").read_text()
    assert f"UID:{row['id']}" in hub("alerts", "calendar", "PROB")[1]


def test_broken_glass_is_in_force_for_the_running_hub_and_on_record_with_every_report(running, hub, home, tmp_path):
    other = {**RECORD, "prisonerNumber": "A0007AA", "linkReference": "TEST-LINK-7"}
    (tmp_path / "again.jsonl").write_text(lines(other))
    before = {row["person"] for row in json.loads(hub("decisions", "--json")[1])}
    assert hub("publish", "prison", tmp_path / "again.jsonl")[0] == 0
    until(lambda: {row["person"] for row in json.loads(hub("decisions", "--json")[1])} - before)
    (person,) = {row["person"] for row in json.loads(hub("decisions", "--json")[1])} - before
    by = ("--by", "DUTY_MANAGER", "--second", "IG_LEAD", *keys(home))

    assert hub("break-glass", "open", "--team", "HOUS", "--person", person, "--reason", "LIFE_AT_RISK", *by)[0] == 0
    until(lambda: json.loads(hub("break-glass", "list", "--json")[1])[0]["state"] == "open")
    told = json.loads(hub("subject-report", person, "--reason", "AUDIT", *by, "--json")[1])["told"]
    access = json.loads(hub("audit", "access", "--json")[1])

    assert ("HOUS", "DSA-900.0") in {(line["team"], line["clause"]) for line in told}
    assert [(one["what"], one["signed"]) for one in access] == [("subject-report", 2), ("break-glass", 2)]


def test_the_projection_of_a_hub_on_kafka_says_what_the_commands_say(running, hub, bootstrap, home, tmp_path):
    fold = Fold(wiring.schemas(), open_home(home).agencies, open_home(home).teams)
    anew, followed, heard = Database.of(tmp_path), Database.of(home), [time.monotonic()]

    def silent():
        return time.monotonic() - heard[-1] > 5

    follow(followed, fold, KafkaReader(bootstrap), silent, lambda step: heard.append(time.monotonic()))
    rebuild(anew, fold, KafkaReader(bootstrap), lambda done, total: None)
    told = json.loads(hub("decisions", "--json", "--all")[1])

    assert len(heard) > 1
    assert dump(followed) == dump(anew)
    with anew.reading() as connection:
        assert ask.counts(connection, ask.Filters(nobody=True)).total == len(told)
    until(lambda: not sources.lag(KafkaReader(bootstrap), [], ["PROB"]))
    anew.close()
    followed.close()
