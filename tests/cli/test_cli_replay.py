"""`hub replay` on a home's own log: nothing to find where nothing was done; whatever was done is found and named."""

import json
import shutil
import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import topics, wiring
from hub.cli.main import main
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import open_home
from hub.edges.recording import EmbeddedRecording
from hub.engine import FLOOD
from hub.log import Out, Record
from hub.replay.play import Replay
from hub.replay.strands import header
from hub.wire.partitioner import partition_for
from hub.wire.rows import pack, unpack


class Tampered:
    """A copy of the year, to be tampered with."""

    def __init__(self, year, folder):
        self.home = shutil.copytree(year, folder / "home")
        self.sql = sqlite3.connect(self.home / "hub.db", isolation_level=None)
        self.schemas = wiring.schemas()

    def some(self, topic, fit=lambda row: True):
        """One record of a topic that is *fit*, from the middle of its first partition that has any."""
        rows = self.sql.execute('select * from log where topic = ? order by partition, "offset"', (topic,)).fetchall()
        mine = [row for row in rows if row[1] == rows[0][1] and fit(row)]
        return mine[len(mine) // 2]

    def end(self, topic, partition):
        query = 'select coalesce(max("offset") + 1, 0) from log where topic = ? and partition = ?'
        return self.sql.execute(query, (topic, partition)).fetchone()[0]

    def append(self, row, partition=None):
        place = row[1] if partition is None else partition
        self.sql.execute("insert into log values (?,?,?,?,?,?,?)", (row[0], place, self.end(row[0], place), *row[3:]))

    def alter(self, row, value):
        self.sql.execute(
            'update log set value = ? where topic = ? and partition = ? and "offset" = ?', (value, *row[:3])
        )

    def drop(self, row):
        self.sql.execute('delete from log where topic = ? and partition = ? and "offset" = ?', row[:3])

    def rows(self, topic):
        query = "select partition, key, value from state where topic = ? order by partition, key"
        return [row for row in self.sql.execute(query, (topic,)) if not row[1].startswith(b"!")]

    def put(self, topic, partition, key, value):
        where = "where partition = ? and topic = ? and key = ?"
        self.sql.execute(f"update state set value = ? {where}", (value, partition, topic, key))  # noqa: S608

    def replay(self, capsys, *words):
        capsys.readouterr()
        code = main(["replay", "--home", str(self.home), "--json", *words])
        return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def tampered(year, tmp_path):
    return Tampered(year, tmp_path)


def test_an_undisturbed_log_replays_without_a_divergence(tampered, capsys):
    code, told = tampered.replay(capsys)

    assert (code, told["divergences"], told["first"]) == (0, 0, None)
    outputs = tampered.sql.execute(
        "select count(*) from log where topic not like 'intake.%' and topic not like 'acks.%'"
    )
    ticks = tampered.sql.execute("select count(*) from log where topic = 'person.v1' and key is null")
    others = tampered.sql.execute(
        "select count(*) from log where topic in ('rules.v1', 'connector.positions.v1')"
        " or topic like 'ledger.%' or topic like 'proofs.%'"
    )
    wanted = outputs.fetchone()[0] - ticks.fetchone()[0] - others.fetchone()[0]
    assert sum(one["outputs"] for one in told["partitions"]) == wanted
    assert (
        sum(one["rows"] for one in told["partitions"])
        == tampered.sql.execute("select count(*) from state").fetchone()[0]
    )
    assert wanted > 1000


def a_decision_altered(log):
    row = log.some(topics.DECISIONS, lambda row: log.schemas.decode(row[4])[2]["outcomes"])
    kind, _, values = log.schemas.decode(row[4])
    values["outcomes"][0]["reason"] = "FORBIDDEN_"
    log.alter(row, log.schemas.encode(kind, values))
    return {"kind": "altered", "topic": row[0], "partition": row[1], "offset": row[2], "fields": ["outcomes[0].reason"]}


def a_delivery_missing(log):
    row = log.some(topics.deliveries("PROB"))
    log.drop(row)
    return {"kind": "missing", "topic": row[0], "partition": row[1], "key": row[3].decode(), "production": None}


def a_delivery_doubled(log):
    row = log.some(topics.deliveries("PROB"))
    log.append(row)
    return {"kind": "doubled", "topic": row[0], "partition": row[1], "key": row[3].decode(), "replay": None}


def a_person_altered(log):
    partition, key, value = log.rows(topics.DECIDE_STATE)[0]
    log.put(topics.DECIDE_STATE, partition, key, pack(unpack(value)._replace(episode=7)))
    return {"kind": "altered", "topic": topics.DECIDE_STATE, "partition": partition, "fields": ["episode"]}


def a_row_missing(log):
    partition, key, _ = log.rows(topics.RESOLVE_STATE)[0]
    log.sql.execute(
        "delete from state where topic = ? and partition = ? and key = ?", (topics.RESOLVE_STATE, partition, key)
    )
    return {"kind": "missing", "topic": topics.RESOLVE_STATE, "partition": partition, "key": key.decode(), "row": True}


def a_position_too_high(log):
    partition, key, value = log.rows(topics.POSITIONS)[0]
    log.put(topics.POSITIONS, partition, key, str(int(value) + 1).encode())
    said = f"position (production {int(value) + 1}, replay {int(value)})"
    return {"topic": topics.POSITIONS, "partition": partition, "key": key.decode(), "fields": [said]}


def a_position_too_low(log):
    topic = topics.intake("SCHOOL")
    partition, key, value = next(row for row in log.rows(topics.POSITIONS) if row[1] == topic.encode())
    log.put(topics.POSITIONS, partition, key, str(int(value) - 1).encode())
    said = f"position (production {int(value) - 1}, replay {int(value)})"
    return {"topic": topics.POSITIONS, "partition": partition, "key": topic, "fields": [said]}


def an_alert_change_of_another_partition(log):
    row = log.some(topics.CHANGES)
    log.append(row, (row[1] + 1) % 4)
    home = partition_for(row[3], 4)
    assert home == row[1]
    fields = [f"partition (its key's is {home})"]
    return {"kind": "extra", "topic": row[0], "partition": (row[1] + 1) % 4, "fields": fields}


def an_event_that_nobody_published(log):
    query = "select * from log where topic = 'person.v1' and key is not null order by partition, \"offset\" desc"
    row = log.sql.execute(query).fetchone()
    log.append((*row[:4], row[4], "", row[6]))
    return {"kind": "extra", "topic": topics.PERSON, "partition": row[1], "source": ""}


@pytest.mark.parametrize(
    "fault",
    [
        a_decision_altered, a_delivery_missing, a_delivery_doubled, a_person_altered, a_row_missing,
        a_position_too_high, a_position_too_low, an_alert_change_of_another_partition, an_event_that_nobody_published,
    ],
    ids=lambda fault: fault.__name__,
)  # fmt: skip
def test_what_was_done_to_a_log_is_found_and_named(tampered, capsys, fault):
    expected = fault(tampered)
    code, told = tampered.replay(capsys)

    assert code == 1
    assert {name: told["first"][name] for name in expected} == expected
    assert told["divergences"] == sum(told["divergent"].values()) == 1


def test_the_source_of_a_divergence_is_the_record_that_led_to_it(tampered, capsys):
    row = tampered.some(topics.DECISIONS)
    event = tampered.schemas.decode(row[4])[2]["event"]
    tampered.drop(row)
    _, told = tampered.replay(capsys)

    topic, partition, offset = told["first"]["source"].split("/")
    query = 'select value from log where topic = ? and partition = ? and "offset" = ?'
    (value,) = tampered.sql.execute(query, (topic, int(partition), int(offset))).fetchone()
    assert tampered.schemas.decode(value)[2]["id"] == event


def test_what_a_reader_sees_holds_no_value_of_a_record(tampered, capsys):
    a_decision_altered(tampered)
    main(["replay", "--home", str(tampered.home)])
    out = capsys.readouterr().out

    assert "first divergence: decisions.v1/" in out
    assert "`outcomes[0].reason`" in out
    assert "FORBIDDEN_" not in out


def a_quarantined_record_planted(log):
    log.append(
        (topics.quarantine("SCHOOL"), 0, 0, b"JOHN SMITH", b"JOHN SMITH", '[["quarantine.source","JOHN SMITH"]]', 1)
    )


def an_event_planted(log):
    log.append((topics.PERSON, 0, 0, b"JOHN SMITH", log.some(topics.PERSON)[4], '[["hub.source","JOHN SMITH"]]', 1))


def a_row_planted(log):
    log.sql.execute(
        "insert into state (partition, topic, key, value) values (0, ?, ?, ?)",
        (topics.RESOLVE_STATE, b"JOHN SMITH", b""),
    )


@pytest.mark.parametrize(
    "planted", [a_quarantined_record_planted, an_event_planted, a_row_planted], ids=lambda planted: planted.__name__
)
def test_what_a_stranger_wrote_as_key_or_source_is_kept_back(tampered, capsys, planted):
    planted(tampered)
    _, told = tampered.replay(capsys)
    main(["replay", "--home", str(tampered.home)])
    out = capsys.readouterr().out

    assert told["first"]["key"] == "(kept back)"
    assert "JOHN SMITH" not in json.dumps(told) + out


def test_a_record_that_the_hub_has_not_applied_is_waiting_and_no_fault(tampered, capsys):
    tampered.append(tampered.some(topics.intake("SCHOOL")))
    code, told = tampered.replay(capsys)

    assert code == 0
    assert sum(one["waiting"] for one in told["partitions"]) == 1


def test_one_partition_alone_and_an_end_compare_less(tampered, capsys):
    row = a_decision_altered(tampered)
    other = str((row["partition"] + 1) % 4)

    assert tampered.replay(capsys, "--partition", other)[0] == 0
    assert tampered.replay(capsys, "--partition", str(row["partition"]))[0] == 1
    assert tampered.replay(capsys, "--until", "2020-01-01")[1]["divergences"] == 0
    assert main(["replay", "--home", str(tampered.home), "--partition", "4"]) == 2


def test_an_end_leaves_out_what_was_made_of_later_records_and_the_rows(tampered, capsys):
    last = tampered.sql.execute("select max(timestamp) from log").fetchone()[0]
    tampered.sql.execute("update log set timestamp = ? where topic = 'acks.prob.v1'", (last + 60_000,))
    a_person_altered(tampered)
    later = datetime.fromtimestamp(last / 1000 + 30, UTC).isoformat()
    _, whole = tampered.replay(capsys)
    code, told = tampered.replay(capsys, "--until", later)

    assert (code, sum(one["rows"] for one in told["partitions"])) == (0, 0)
    records = [sum(one["records"] for one in made["partitions"]) for made in (told, whole)]
    assert 0 < records[0] < records[1]


def test_a_log_that_has_lost_its_beginning_is_refused_with_the_cure(tampered, capsys):
    tampered.sql.execute("delete from log where topic = 'person.v1' and partition = 1 and \"offset\" < 5")
    code = main(["replay", "--home", str(tampered.home)])
    err = capsys.readouterr().err

    assert code == 1
    assert "person.v1/1: begins at offset 5" in err
    assert "hint: " in err


def test_a_record_on_which_the_core_fails_is_placed(tampered, capsys, monkeypatch):
    monkeypatch.setattr("hub.engine.run._in_time", lambda *told: 1 / 0)
    code = main(["replay", "--home", str(tampered.home)])
    err = capsys.readouterr().err

    assert code == 1
    assert "person.v1/0/" in err
    assert "the core fails on one of these (ZeroDivisionError); hint: " in err


def test_the_rules_of_a_lead_who_left_replay_by_the_key_that_is_kept(tampered, capsys):
    left = next((tampered.home / "keys").glob("ig-*.pub"))
    former = tampered.home / "keys" / "former"
    former.mkdir()
    left.rename(former / left.name)
    assert tampered.replay(capsys)[0] == 0

    (former / left.name).unlink()
    code, told = tampered.replay(capsys)
    assert code == 1
    assert told["first"]["source"].startswith("person.v1/0/")


def test_what_a_hub_writes_meanwhile_is_not_in_the_recording(tampered):
    home = open_home(tampered.home)
    recorded, log = EmbeddedRecording(home.log), EmbeddedLog(home.log, 4)
    worked = []

    def work(done, what):
        if not worked:
            query = "select * from log where topic like 'intake.%' group by topic, partition"
            for row in tampered.sql.execute(query).fetchall():
                tampered.append(row)
            worked.append(Worker(log, wiring.program(home)).drain())

    report = Replay(wiring.program(home), recorded, told=work).run()
    recorded.close()
    log.close()

    assert worked[0] > 10
    assert report.first is None
    assert sum(one.waiting for one in report.partitions) == 0


def test_a_flood_that_was_held_back_comes_to_the_same(tampered):
    home = open_home(tampered.home)
    program, log = wiring.program(home), EmbeddedLog(home.log, 4)
    log.append([Out("intake.school.v1", 0, b"k", b"rubbish", ())] * (FLOOD + 50))
    drained = [Worker(log, program).drain() for _ in range(2)]  # the second hears everybody again
    log.close()
    recorded = EmbeddedRecording(home.log)
    report = Replay(program, recorded).run()
    recorded.close()

    assert drained == [FLOOD, 50]
    assert report.first is None


def test_a_home_that_has_no_log_cannot_be_reached(year, tmp_path, capsys):
    home = shutil.copytree(year, tmp_path / "home", ignore=shutil.ignore_patterns("hub.db*"))

    assert main(["replay", "--home", str(home)]) == 3
    assert "nothing recorded yet" in capsys.readouterr().err


@settings(max_examples=12)
@given(batch=st.integers(1, 700))
def test_batches_of_any_size_come_to_the_same(year, batch):
    home = open_home(year)
    recorded = EmbeddedRecording(home.log)
    report = Replay(wiring.program(home), recorded, batch=batch).run()
    recorded.close()

    assert report.first is None


def test_a_header_that_a_sender_left_null_says_nothing_and_stops_no_replay():
    told = Record("person.v1", 0, 0, b"p", b"", (("ce_id", b"e-1"), ("ce_id", None)), 0)

    assert (header(told, "ce_id"), header(told, "hub.source")) == ("", "")
