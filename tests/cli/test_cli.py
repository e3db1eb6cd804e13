import csv
import io
import json
import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest
import structlog
from smallhome import RECORD, drain, lines, lived, made, one_line_with_cure

from hub.cli import logs
from hub.cli.crew import Member
from hub.core.identity import reference
from hub.edges import stream
from hub.edges.broker import TopicError
from hub.edges.health import Health
from hub.edges.store import Cache
from hub.log import Record


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """One small life, made once and only read."""
    return lived(tmp_path_factory.mktemp("hub") / "home")


def test_version_says_what_came_with_it(hub):
    code, out, err = hub("version", "--json")

    told = json.loads(out)
    assert (code, err) == (0, "")
    assert told["schemas"] > 40
    assert told["policies"] > 4


def test_help_and_version_import_nothing_heavy():
    code = "import sys; from hub.cli.main import main as m; m(['--help']); m(['version']); print([*sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    loaded = told.splitlines()[-1]
    heavy = ("pydantic", "kafka", "fastavro", "cryptography", "faust", "structlog", "yaml")
    assert [name for name in heavy if f"'{name}'" in loaded] == []


@pytest.mark.parametrize(
    "words",
    [
        "", "demo", "decisions", "explain", "tail", "scenarios", "simulate", "connector", "connector list",
        "connector try", "connector keygen", "publish", "init", "policy", "policy check", "policy keygen",
        "policy build", "policy sign", "policy activate", "policy diff", "policy log", "policy replay", "policy cedar",
        "policy schema", "agreement lint", "agreement arrows", "policy gateways", "policy test",
        "policy coverage", "policy mutants", "policy questions", "run", "version",
    ],
)  # fmt: skip
def test_every_command_helps(hub, words):
    code, out, err = hub(*words.split(), "--help")

    assert (code, err) == (0, "")
    assert "Example: hub" in out or words in {"", "connector", "policy"}


@pytest.mark.parametrize(
    "words",
    ["verion", "decisions --tema X", "explain", "decisions --limit no", "policy chk", "tail", "decisions --outcome x"],
)
def test_a_slip_of_the_keyboard_is_usage(hub, words):
    code, out, err = hub(*words.split())

    assert (code, out) == (2, "")
    assert one_line_with_cure(err)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("decisions --home nowhere", 3),
        ("explain d-1 --home nowhere", 3),
        ("tail PROB --home nowhere", 3),
        ("run --home nowhere", 3),
        ("policy activate --home nowhere", 3),
        ("policy check nowhere", 2),
        ("policy gateways MAGNA-CARTA", 2),
        ("policy gateways --policies nowhere", 1),
        ("scenarios nowhere.yaml", 2),
        ("publish prison nowhere.json", 2),
        ("publish no-such-agency x", 2),
        ("connector try no-such-agency x", 2),
        ("connector try prison", 2),
        ("init --partitions 0", 2),
        ("policy keygen ../evil", 2),
        ("decisions --since yesterday --home HOME", 2),
        ("decisions --json --csv --home HOME", 2),
        ("decisions --team NOBODY --home HOME", 2),
        ("decisions --person p1.not-a-pseudonym --home HOME", 1),
        ("tail NOBODY --home HOME", 2),
        ("explain zzz --home HOME", 1),
        ("explain d- --home HOME", 2),
        ("init HOME", 1),
    ],
)
def test_a_fault_of_the_user_or_the_place_is_one_line_and_a_code(hub, home, words, code, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    found, out, err = hub(*(str(home) if word == "HOME" else word for word in words.split()))

    assert (found, out) == (code, "")
    assert one_line_with_cure(err)


def test_a_setting_that_is_no_word_names_its_variable(hub, home, monkeypatch):
    monkeypatch.setenv("HUB_LOG", "loud")

    code, _, err = hub("decisions", "--home", home)

    assert code == 2
    assert err.startswith("HUB_LOG:")


@pytest.mark.parametrize("name", ["kafka.producer.kafka", "aiokafka.producer", "faust.app", "mode.worker"])
def test_no_client_logs_what_it_carries_however_much_is_asked_for(capsys, monkeypatch, name):
    monkeypatch.setenv("HUB_LOG", "debug")
    logs.start()

    logging.getLogger(name).debug("Sending (key=%r value=%r)", b"r-1", b"JOHN SMITH")
    logging.getLogger(name).info("Sent %r", b"JOHN SMITH")
    logging.getLogger(name).warning("Connection lost")
    structlog.get_logger().debug("batch committed")

    err = capsys.readouterr().err
    assert "JOHN SMITH" not in err
    assert "Connection lost" in err
    assert "batch committed" in err


def test_off_is_off_even_for_the_last_words_of_a_worker(capsys, monkeypatch):
    monkeypatch.setenv("HUB_LOG", "off")
    logs.start()

    structlog.get_logger().critical("worker stopped at once")

    assert capsys.readouterr().err == ""


def test_every_fact_of_a_worker_has_fields_for_a_collector(capsys, monkeypatch):
    monkeypatch.setenv("HUB_LOG", "debug")
    monkeypatch.setenv("HUB_LOG_FORMAT", "json")
    logs.start()

    health = Health()
    health.applied(3, [Record("person.v1", 3, 0, b"k", b"v", (), 0)], (), 0.25)
    Cache(":memory:", 3).wipe("it is too old")
    Member("hub-1", lambda name: SimpleNamespace(pid=77))

    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    plain = [{name: fact[name] for name in fact if name not in {"timestamp", "level"}} for fact in told]
    assert plain == [
        {"event": "batch committed", "partition": 3, "records": 1, "seconds": 0.25},
        {"event": "state wiped", "path": ":memory:", "reason": "it is too old"},
        {"event": "worker started", "member": "hub-1", "pid": 77},
    ]
    assert [fact["level"] for fact in told] == ["debug", "info", "info"]


@pytest.mark.parametrize(("told", "level"), [("debug", logging.WARNING), ("error", logging.ERROR), ("", logs.OFF)])
def test_a_worker_leaves_its_clients_no_louder_than_they_were(monkeypatch, told, level):
    def unreachable(*_, **__):
        raise TopicError

    monkeypatch.setenv("HUB_LOG", told)
    monkeypatch.setattr(stream.broker, "check", unreachable)
    logs.start("info")
    with pytest.raises(TopicError):
        stream.run(SimpleNamespace(setup=SimpleNamespace(bootstrap="", auth={}, topics=list)))

    assert {logging.getLogger(name).level for name in logs.CLIENTS} == {level}


def test_a_fault_of_our_own_hides_its_trace_until_asked(hub, home, monkeypatch):
    def broken(_):
        raise RuntimeError("the secret of a person")

    monkeypatch.setattr("hub.cli.decisions.rows", broken)

    code, _, err = hub("decisions", "--home", home)
    assert code == 70
    assert "secret" not in err
    monkeypatch.setenv("HUB_DEBUG", "1")
    assert "Traceback" in hub("decisions", "--home", home)[2]


def test_a_reader_who_leaves_early_is_no_fault(home):
    run = "from hub.cli.main import run; run()"
    command = f"{sys.executable} -c '{run}' decisions --json --home {home} | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stderr


# what happened


def test_decisions_are_listed_one_line_a_team(hub, home):
    code, out, _ = hub("decisions", "--home", home)

    first, *rest = out.splitlines()
    assert code == 0
    assert first.startswith("When")
    assert any("release dates changed" in line and "delivered" in line and "DSA-001.1" in line for line in rest)
    assert "\t" not in out
    assert "\x1b" not in out


def test_decisions_as_json_are_one_document(hub, home):
    rows = json.loads(hub("decisions", "--home", home, "--json")[1])

    assert {"at", "decision", "person", "team", "outcome", "reason"} <= rows[0].keys()
    assert all(row["at"].endswith("Z") for row in rows)
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


@pytest.mark.parametrize(
    ("filters", "test"),
    [
        (["--team", "prob"], lambda row: row["team"] == "PROB"),
        (["--outcome", "withheld"], lambda row: row["outcome"] == "withheld"),
        (["--reason", "CONDITION"], lambda row: (row["reason"] or "").startswith("CONDITION:")),
        (["--type", "alert.RELEASE"], lambda row: row["type"] == "alert.RELEASE"),
        (["--agreement", "DSA-001"], lambda row: row["agreement"] == "DSA-001"),
        (["--agreement", "DSA-001.5"], lambda row: row["clause"] == "DSA-001.5"),
        (["--since", "2026-12-01"], lambda row: row["at"] >= "2026-12-01"),
        (["--until", "2026-02-09"], lambda row: row["at"] < "2026-02-10"),
    ],
)
def test_a_filter_keeps_exactly_what_it_names(hub, home, filters, test):
    every = json.loads(hub("decisions", "--home", home, "--json")[1])
    kept = json.loads(hub("decisions", "--home", home, "--json", *filters)[1])

    assert kept == [row for row in every if test(row)]
    assert 0 < len(kept) < len(every)


def test_a_limit_keeps_the_newest_and_says_what_it_left_out(hub, home):
    _, out, err = hub("decisions", "--home", home, "--limit", "2")

    assert len(out.splitlines()) == 3
    assert "the newest 2 of" in err


def test_a_team_s_pseudonym_finds_its_person(hub, home):
    alert = json.loads(hub("tail", "PROB", "--home", home, "--json", "--since", "all")[1].splitlines()[-1])

    rows = json.loads(hub("decisions", "--home", home, "--json", "--person", alert["person"])[1])
    assert alert["decision"] in {reference(row["decision"], "PROB") for row in rows}
    assert alert["person"] not in {row["person"] for row in rows}


def test_a_sheet_starts_no_formula(hub, home, capsys):
    from hub.cli.screen import sheet

    rows = list(csv.DictReader(io.StringIO(hub("decisions", "--home", home, "--csv")[1])))
    assert {row["outcome"] for row in rows} >= {"delivered", "withheld"}
    sheet(["a"], [["=cmd()"], ["-1"], ["plain"], [""]])
    assert capsys.readouterr().out.splitlines() == ["a", "'=cmd()", "'-1", "plain", '""']


def test_a_team_sees_its_alerts_in_plain_words(hub, home):
    code, out, _ = hub("tail", "prob", "--home", home)

    assert code == 0
    assert "SOON  release alert: 8 weeks before release" in out
    assert "Make, or take on, the housing referral." in out
    assert "earliest release day 17 Mar 2027" in out
    assert "20 Jan 2027 09:00:00 GMT" in out


def tailed(hub, home, *words):
    return [json.loads(line) for line in hub("tail", "PROB", "--home", home, "--json", *words)[1].splitlines()]


def test_a_tail_as_json_is_one_object_a_line(hub, home):
    told = tailed(hub, home, "--since", "all")

    assert {one["record"] for one in told} == {"alert", "delivery"}
    assert all({"topic", "partition", "offset", "id"} <= one.keys() for one in told)


def test_a_tail_starts_where_it_is_told(hub, home):
    def ids(*words):
        return [one["offset"] for one in tailed(hub, home, *words)]

    assert min(ids("--since", "1")) == 1
    assert ids("--since", "2100-01-01") == []
    assert len(ids()) == len(ids("--since", "all"))


def test_a_team_with_nothing_is_told_where_to_look(hub, home):
    code, out, err = hub("tail", "CSC", "--home", home)

    assert (code, out) == (0, "")
    assert "hub decisions --team CSC" in err


# why it happened


def named(hub, home, **wanted):
    rows = json.loads(hub("decisions", "--home", home, "--json")[1])
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def test_a_decision_is_explained_with_its_clause_and_statute(hub, home):
    row = named(hub, home, type="release_dates.changed", team="PROB")

    code, out, err = hub("explain", row["decision"][:10], "--home", home)

    assert (code, err) == (0, "")
    assert f"Decision {row['decision']}" in out
    assert "from     the prison service (HMPPS_PRISON)" in out
    assert "DELIVERED to Probation (PROB)" in out
    assert "conditional release date (crd), prison: as it is" in out
    assert '"The lead professional is told the dates of release and how they change"' in out
    assert "Offender Management Act 2007 s.14" in out
    assert "WITHHELD from Youth Justice Service (YJS)" in out
    assert "ages 10 to 15 or ages 16 to 17" in out


def test_an_explanation_never_repeats_a_value(hub, home):
    row = named(hub, home, type="release_dates.changed", team="PROB")

    out = hub("explain", row["decision"], "--home", home)[1]

    assert "17 Mar 2027" not in out
    assert "MDI" not in out


def test_an_event_and_a_delivery_lead_to_the_same_decision(hub, home):
    row = named(hub, home, type="release_dates.changed", team="PROB")
    told = hub("tail", "PROB", "--home", home, "--json", "--since", "all")[1].splitlines()
    delivery = next(one for one in map(json.loads, told) if one["record"] == "delivery")

    by_event = hub("explain", row["event"], "--home", home)[1]
    by_delivery = hub("explain", delivery["id"], "--home", home)[1]

    assert f"Decision {row['decision']}" in by_event
    assert f"Decision {row['decision']}" in by_delivery
    assert "WITHHELD" in by_event
    assert "WITHHELD" not in by_delivery


def test_an_alert_is_explained_with_its_whole_life(hub, home):
    row = named(hub, home, type="alert.RELEASE", team="PROB")

    code, out, _ = hub("explain", row["event"], "--home", home)

    assert code == 0
    assert f"Alert {row['event']}" in out
    assert "rests on  the planning date 17 Mar 2027 (rule R-T8W" in out
    assert "planned" in out
    assert "told to the team, soon" in out
    assert "DELIVERED to Probation (PROB)" in out


def test_an_explanation_as_json_is_one_document(hub, home):
    row = named(hub, home, type="alert.RELEASE", team="PROB")

    told = json.loads(hub("explain", row["event"], "--home", home, "--json")[1])

    assert told["kind"] == "alert"
    assert [change["state"] for change in told["changes"]] == ["PENDING", "RAISED"]
    assert told["decisions"][0]["id"] == row["decision"]
    assert told["explained"][0]["title"].startswith("Alert ")


def test_what_was_published_before_any_rules_is_decided_once_they_are_in_force(hub, tmp_path):
    home = made(tmp_path / "home", active=False)
    (tmp_path / "a.jsonl").write_text(lines(RECORD))
    hub("publish", "prison", tmp_path / "a.jsonl", "--home", home)
    drain(home)
    assert json.loads(hub("decisions", "--home", home, "--json", "--all")[1]) == []

    hub("policy", "activate", "--home", home)
    drain(home)

    rows = json.loads(hub("decisions", "--home", home, "--json", "--all")[1])
    assert rows
    assert "no rules were in force" not in hub("explain", rows[0]["decision"], "--home", home)[1]


def test_an_event_in_quarantine_says_what_was_wrong_with_it(hub, tmp_path):
    from smallhub import told

    from hub import topics, wiring
    from hub.edges.embedded import EmbeddedLog
    from hub.log import Out
    from hub.wire.codec import cloud_headers, encode_event

    home = made(tmp_path / "home")
    event = told("stray", "person.died", agency="GMP")
    value = encode_event(wiring.schemas(), event)
    log = EmbeddedLog(home / "hub.db", 2, durable=False)
    log.append([Out(topics.intake("HMPPS_PRISON"), 0, b"r-1", value, cloud_headers(event, 1))])
    log.close()
    drain(home)

    code, out, _ = hub("explain", "e-stray", "--home", home)

    assert code == 0
    assert "QUARANTINED, from hmpps-prison" in out
    assert "quarantine.hmpps-prison.v1" in out
    assert "hint:" in out
