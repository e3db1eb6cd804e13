"""`hub audit`: what an IG lead types to prove, hand over, check and erase."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from smallhome import LATER, drain, lived, made, one_line_with_cure

from hub import topics, wiring
from hub.audit import drill as audit_drill
from hub.cli import run_hub
from hub.core.events import Event
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import open_home
from hub.edges.ledger import EmbeddedLedger
from hub.log import Out
from hub.wire.codec import cloud_headers, decode_event, encode_event

NOW = LATER // 1000


def kept(folder: Path, now: int = NOW) -> Path:
    """The ledger of a home, grown once more."""
    home = open_home(folder)
    log = EmbeddedLog(home.log, home.partitions, durable=False, clock=lambda: LATER)
    EmbeddedLedger(log, wiring.ledger(home, wiring.program(home))).grow(now)
    log.close()
    return folder


@pytest.fixture
def home(tmp_path):
    return kept(lived(tmp_path / "home"))


def decision(hub, home, **wanted):
    rows = json.loads(hub("decisions", "--json", "--all", "--home", home).out)
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def erased(folder):
    """The agency erases its record of the one person there is."""
    home = open_home(folder)
    program = wiring.program(home)
    log = EmbeddedLog(home.log, home.partitions, durable=False, clock=lambda: LATER)
    record = next(iter(log.scan(topics.intake("HMPPS_PRISON"))))
    name = decode_event(program.schemas, record.value).record
    event = Event("e-gone", "person.erased", "HMPPS_PRISON", name, 1_800_000_000_000_000, None, {})
    value, headers = encode_event(program.schemas, event), cloud_headers(event, 1)
    log.append([Out(record.topic, record.partition, record.key, value, headers)])
    log.close()
    drain(folder)


def test_a_ledger_as_it_should_be_verifies(hub, home):
    told = hub("audit", "verify", "--home", home)
    as_json = json.loads(hub("audit", "verify", "--json", "--home", home).out)

    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[-1] == "ok: nothing was altered, added or left out"
    assert (as_json["ok"], as_json["faults"], as_json["counts"]["checkpoints"]) == (True, [], 1)


def test_an_altered_decision_is_named_and_the_exit_code_says_so(hub, home):
    log = EmbeddedLog(home / "hub.db", 2)
    record = next(iter(log.scan(topics.DECISIONS)))
    where = 'topic = ? and partition = ? and "offset" = ?'
    value = record.value.replace(b"HMPPS_PRISON", b"HMPPS_PRISOM")
    log._sql.execute(f"update log set value = ? where {where}", (value, *record[:3]))  # noqa: S608
    told = hub("audit", "verify", "--home", home)

    assert told.code == 1
    assert "decisions.v1/" in told.out
    assert told.out.splitlines()[-1].startswith("faults: ")


def test_the_newest_checkpoint_is_printed_as_a_signed_note(hub, home):
    origin = hub("audit", "key", "--home", home).out.partition("+")[0]
    lines = hub("audit", "checkpoint", "--home", home).out.splitlines()

    assert lines[:2] == [origin, "256"]
    assert lines[-1].startswith(f"\u2014 {origin} ")


def test_a_home_without_a_checkpoint_says_when_there_will_be_one(hub, tmp_path):
    told = hub("audit", "checkpoint", "--home", made(tmp_path / "home"))

    assert told.code == 1
    assert one_line_with_cure(told.err)


def test_an_alert_is_proved_to_whoever_has_the_file_and_the_key(hub, home, tmp_path):
    row = decision(hub, home, team="PROB", outcome="delivered", type="alert.RELEASE")
    file = tmp_path / "alert.tlog-proof"
    assert hub("audit", "proof", row["event"], "--to", file, "--home", home).code == 0
    (tmp_path / "policy").write_text(f"log {hub('audit', 'key', '--home', home).out}quorum none\n")

    told = hub("audit", "verify", file, "--policy", tmp_path / "policy", "--home", tmp_path / "nowhere")
    assert (told.code, told.err) == (0, "")
    assert "PROB" in told.out
    assert row["person"] not in file.read_text() + told.out


def test_a_proof_file_that_was_altered_is_refused_in_one_line(hub, home, tmp_path):
    row = decision(hub, home, team="PROB", outcome="delivered")
    file = tmp_path / "one.tlog-proof"
    hub("audit", "proof", row["decision"], "--to", file, "--home", home)
    text = file.read_text()
    index = next(line for line in text.splitlines() if line.startswith("index "))
    file.write_text(text.replace(index, "index 255" if index != "index 255" else "index 254"))

    told = hub("audit", "verify", file, "--home", home)
    assert (told.code, told.out) == (1, "")
    assert one_line_with_cure(told.err)


def test_an_id_that_nothing_has_is_answered_with_where_to_look(hub, home):
    told = hub("audit", "proof", "d-nothing", "--home", home)

    assert told.code == 1
    assert one_line_with_cure(told.err)
    assert "hub decisions" in told.err


def test_an_export_is_checked_by_whoever_has_the_folder(hub, home, tmp_path):
    assert hub("audit", "export", tmp_path / "ledger", "--home", home).code == 0
    told = hub("audit", "verify", tmp_path / "ledger")

    assert told.code == 0
    assert "--policy FILE" in told.err
    assert hub("audit", "export", tmp_path / "ledger", "--home", home).code == 1


def test_whom_an_agency_erased_is_erased_and_everything_still_verifies(hub, home, tmp_path):
    person = decision(hub, home)["person"]
    early = hub("audit", "erase", person, "--home", home)
    erased(home)
    kept(home, NOW + 1)
    done = hub("audit", "erase", person, "--home", home)
    between = hub("audit", "verify", "--home", home)
    kept(home, NOW + 2)

    assert (early.code, one_line_with_cure(early.err)) == (1, True)
    assert (done.code, between.code) == (0, 0)
    assert json.loads(hub("audit", "verify", "--json", "--home", home).out)["counts"]["erased"] > 3
    assert json.loads(hub("decisions", "--json", "--all", "--home", home).out) == []
    assert hub("replay", "--home", home).code == 0
    assert hub("explain", "d-", "--home", home).code == 1
    log = EmbeddedLog(home / "hub.db", 2)
    rows = log._sql.execute("select key, value from log where topic like 'ledger.%' or topic in ('decisions.v1')")
    assert not [row for row in rows if person.encode() in b"".join(filter(None, row))]


def test_what_was_erased_is_overwritten_in_the_file(hub, home):
    row = decision(hub, home, type="person.registered")
    assert row["decision"].encode() in (home / "hub.db").read_bytes() + (home / "hub.db-wal").read_bytes()
    erased(home)
    kept(home, NOW + 1)
    hub("audit", "erase", row["person"], "--home", home)

    files = [file.read_bytes() for file in home.glob("hub.db*")]
    assert not [file for file in files if row["decision"].encode() in file]


def test_a_running_hub_keeps_its_ledger(home, monkeypatch):
    monkeypatch.setenv("HUB_LEDGER_EVERY", "1")
    opened = open_home(home)
    log, program = EmbeddedLog(opened.log, 2, durable=False), wiring.program(opened)
    ledger, stop = EmbeddedLedger(log, wiring.ledger(opened, program)), threading.Event()
    ledger.state = ledger.state._replace(at=0)
    timer = threading.Timer(1.5, stop.set)
    timer.start()
    run_hub.serve(Worker(log, program), log, program, stop, False, ledger)

    assert ledger.state.frontier.size > 256


def test_an_old_home_gets_its_ledgers_key_when_it_first_needs_it(tmp_path):
    home = made(tmp_path / "home")
    for name in ("ledger.key", "ledger.pub"):
        (home / "keys" / name).unlink()
    one, again = open_home(home).origin, open_home(home).origin

    assert one == again
    assert (home / "keys" / "ledger.key").stat().st_mode & 0o777 == 0o600


def test_a_ledger_of_its_own_is_for_kafka_alone(hub, home):
    told = hub("run", "--ledger", "--home", home)

    assert told.code == 2
    assert one_line_with_cure(told.err)


@pytest.mark.parametrize("pace", ["0", "soon", "100000"])
def test_a_pace_that_is_none_is_refused(hub, home, monkeypatch, pace):
    monkeypatch.setenv("HUB_LEDGER_EVERY", pace)
    told = hub("decisions", "--home", home)

    assert told.code == 2
    assert one_line_with_cure(told.err)


def test_the_second_verifier_that_is_printed_agrees_with_the_first(hub, home, tmp_path):
    file, folder = tmp_path / "verify_ledger.py", tmp_path / "ledger"
    file.write_text(hub("audit", "verifier").out)
    assert hub("audit", "export", folder, "--home", home).code == 0
    kept = folder / "checkpoint"
    ran = [sys.executable, "-I", "-S", str(file), str(folder), "--kept", str(kept)]

    assert hub("audit", "verify", folder, "--kept", kept).code == 0
    assert subprocess.run(ran, timeout=60, check=False, stdout=subprocess.DEVNULL).returncode == 0


def test_a_team_checks_by_itself_what_it_was_told(hub, home, tmp_path):
    (tmp_path / "policy").write_text(f"log {hub('audit', 'key', '--home', home).out}quorum none\n")
    told = hub("audit", "received", "prob", "--policy", tmp_path / "policy", "--json", "--home", home)
    counts = json.loads(told.out)["counts"]

    assert told.code == 0
    assert counts["proved"] == counts["told"] > 0


def test_a_team_is_shown_what_is_not_proved_to_it(hub, home):
    log = EmbeddedLog(home / "hub.db", 2)
    record = next(iter(log.scan(topics.proofs("PROB"))))
    at = 'topic = ? and partition = ? and "offset" = ?'
    value = record.value.replace(b'"delivered":true', b'"delivered":null')
    log._sql.execute(f"update log set value = ? where {at}", (value, *record[:3]))  # noqa: S608
    told = hub("audit", "received", "PROB", "--home", home)

    assert told.code == 1
    assert "unproved: " in told.out
    assert "leads to no checkpoint" in told.out


def test_what_should_have_been_proved_by_now_and_was_not_is_named(hub, home):
    log = EmbeddedLog(home / "hub.db", 2)
    log._sql.execute("delete from log where topic = ?", (topics.proofs("PROB"),))
    waiting = hub("audit", "received", "PROB", "--home", home)
    log._sql.execute("update log set timestamp = timestamp - 86400000 where topic = ?", (topics.alerts("PROB"),))
    log._sql.execute("update log set timestamp = timestamp - 86400000 where topic = ?", (topics.deliveries("PROB"),))
    kept(home, NOW + 1)
    late = hub("audit", "received", "PROB", "--home", home)

    assert (waiting.code, late.code) == (0, 1)
    assert "no proof of it came" in late.out


def test_the_drill_fails_when_a_tampering_is_not_found(hub, monkeypatch):
    harmless = audit_drill.Tampering("nothing much", "altered", audit_drill.nothing)
    monkeypatch.setattr(audit_drill, "TAMPERINGS", (harmless, audit_drill.TAMPERINGS[0]))
    told, as_json = hub("audit", "drill"), hub("audit", "drill", "--json")

    assert (told.code, "2 of 3 as it should" in told.out) == (1, True)
    assert [row["ok"] for row in json.loads(as_json.out)["tamperings"]] == [True, False, True]
