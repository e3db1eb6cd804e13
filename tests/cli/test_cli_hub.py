import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml
from smallhome import RECORD, lines, made

from hub.cli.main import main
from hub.edges.embedded import EmbeddedLog
from hub.resources import folder

RUN = "from hub.cli.main import run; run()"


def bundles(home):
    from hub import topics, wiring

    log = EmbeddedLog(home / "hub.db", 2)
    return [wiring.schemas().decode(record.value)[2] for record in log.scan(topics.RULES)]


@pytest.fixture
def policies(tmp_path):
    """A copy of the shipped policies, to be edited."""
    import shutil

    return shutil.copytree(folder("policies"), tmp_path / "policies")


def test_a_new_hub_has_its_membership_its_keys_and_its_next_steps(hub, tmp_path):
    code, out, _ = hub("init", tmp_path / "home", "--partitions", "3")

    told = json.loads((tmp_path / "home" / "home.json").read_text())
    assert code == 0
    assert told["partitions"] == 3
    assert "HMPPS_PRISON" in told["agencies"]
    assert "PROB" in told["teams"]
    assert "hub policy keygen" in out
    assert "hub run" in out


def test_the_shipped_policies_are_sound(hub):
    told = json.loads(hub("policy", "check", "--json")[1])

    assert told["rules"] == told["permits"] + told["forbids"]
    assert told["agreements"] >= 5
    assert "ok: " in hub("policy", "check")[1]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("agreements/dsa-001-resettlement.yaml", "crd: keep", "crd: keeep"),
        ("agreements/dsa-001-resettlement.yaml", "crd: keep", "no_such: keep"),
        ("partnership.yaml", "home_authority", "home_autority"),
        ("teams.yaml", "{name: Probation", "[name: Probation"),
        ("routes.yaml", "release:", "release: none\nold:"),
    ],
)
def test_a_fault_in_a_policy_names_the_place_and_the_cure(hub, policies, file, old, new):
    path = policies / file
    path.write_text(path.read_text().replace(old, new, 1))

    code, out, err = hub("policy", "check", policies)

    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "hint: " in err
    assert "Traceback" not in err


def test_two_leads_sign_and_the_rules_are_in_every_partition(hub, tmp_path):
    home = tmp_path / "home"
    hub("init", home, "--partitions", "2")
    for name in ("amina", "ben"):
        assert hub("policy", "keygen", name, "--to", home / "keys")[0] == 0
    keys = [word for name in ("amina", "ben") for word in ("--key", home / "keys" / f"ig-{name}.key")]

    code, out, _ = hub("policy", "activate", *keys, "--home", home)

    assert code == 0
    assert "rules number 1" in out
    assert len(list(EmbeddedLog(home / "hub.db", 2).scan("person.v1"))) == 2
    (record,) = EmbeddedLog(home / "hub.db", 2).scan("rules.v1")
    assert record.key.decode() == bundles(home)[0]["hash"]


def test_a_private_key_is_its_lead_s_alone_and_never_written_over(hub, tmp_path):
    hub("policy", "keygen", "amina", "--to", tmp_path)
    before = (tmp_path / "ig-amina.key").read_bytes()

    code, _, err = hub("policy", "keygen", "amina", "--to", tmp_path)

    assert code == 1
    assert "there already" in err
    assert (tmp_path / "ig-amina.key").read_bytes() == before
    assert (tmp_path / "ig-amina.key").stat().st_mode & 0o777 == 0o600


def test_one_signature_or_a_stranger_s_brings_nothing_into_force(hub, tmp_path):
    home = tmp_path / "home"
    hub("init", home, "--partitions", "2")
    for name, place in (("amina", home / "keys"), ("ben", home / "keys"), ("eve", tmp_path), ("mal", tmp_path)):
        hub("policy", "keygen", name, "--to", place)
    one, strange = home / "keys" / "ig-amina.key", [tmp_path / "ig-eve.key", tmp_path / "ig-mal.key"]

    few = hub("policy", "activate", "--key", one, "--home", home)
    twice = hub("policy", "activate", "--key", one, "--key", one, "--home", home)
    stranger = hub("policy", "activate", "--key", strange[0], "--key", strange[1], "--home", home)
    public = hub("policy", "activate", "--key", one, "--key", home / "keys" / "ig-ben.pub", "--home", home)

    assert (few[0], twice[0], stranger[0], public[0]) == (2, 1, 1, 1)
    assert all("hint:" in one[2] for one in (few, twice, stranger, public))
    assert bundles(home) == []


def test_the_same_rules_again_are_nothing_and_changed_ones_the_next_number(hub, tmp_path, policies):
    home = made(tmp_path / "home")

    again = hub("policy", "activate", policies, "--home", home)
    file = policies / "partnership.yaml"
    file.write_text(file.read_text().replace("debounce_days: 14", "debounce_days: 15"))
    changed = hub("policy", "activate", policies, "--home", home)

    assert "already in force as number 1" in again[1]
    assert "rules number 2" in changed[1]
    assert [json.loads(told["bundle"])["sequence"] for told in bundles(home)] == [1, 2]


def test_worked_cases_pass_or_say_the_difference(hub, tmp_path):
    dates = {"seq": 1, "crd": "2026-09-09"}
    event = {"at": "2026-02-02T09:30+00:00", "agency": "HMPPS_PRISON", "type": "release_dates.changed", "fields": dates}
    alert = {"kind": "CORRECTION", "stage": "CANCEL", "team": "PROB", "due": "2026-02-02", "state": "RAISED"}
    told = {"as_of": "2026-02-02T10:00+00:00", "person": {"dob": "1990-05-05"}, "expected": []}
    quiet = {"id": "quiet", "title": "Nothing happens", "events": [], **told}
    wrong = {"id": "wrong", "title": "A slip", **told, "events": [event], "expected": [alert]}
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump({"scenarios": [quiet, wrong]}))

    code, out, _ = hub("scenarios", tmp_path / "cases.yaml")
    told = json.loads(hub("scenarios", tmp_path / "cases.yaml", "--json")[1])

    assert code == 1
    assert out.splitlines()[-1] == "1 of 2 pass"
    assert [one["passed"] for one in told] == [True, False]
    assert told[1]["differences"] == ["missing: CORRECTION CANCEL PROB v1 RAISED due 2026-02-02"]
    assert hub("scenarios", tmp_path / "cases.yaml", "--only", "quiet")[0] == 0
    assert hub("scenarios", tmp_path / "cases.yaml", "--only", "nothing")[0] == 2


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"a: [", b"scenarios: 3", b"- 1"])
def test_a_file_that_is_no_scenario_file_is_usage(hub, tmp_path, content):
    (tmp_path / "cases.yaml").write_bytes(content)

    code, out, err = hub("scenarios", tmp_path / "cases.yaml")

    assert (code, out) == (2, "")
    assert "hint:" in err


def test_the_demo_is_one_command_and_leaves_a_hub_to_look_into(hub, tmp_path):
    code, out, _ = hub("demo", "--people", "20", "--home", tmp_path / "demo", "--json")

    assert code == 0
    assert json.loads(out)
    assert json.loads(hub("decisions", "--home", tmp_path / "demo", "--json", "--limit", "3")[1])


def started(home):
    command = [sys.executable, "-c", RUN, "run", "--home", str(home)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def until(test, patience=30.0):
    end = time.monotonic() + patience
    while not test():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_a_running_hub_takes_in_what_comes_and_stops_in_good_order(hub, tmp_path):
    home = made(tmp_path / "home")
    (tmp_path / "a.jsonl").write_text(lines(RECORD))
    process = started(home)
    try:
        hub("publish", "prison", tmp_path / "a.jsonl", "--home", home)
        until(lambda: "delivered" in hub("decisions", "--home", home)[1])
        second = hub("run", "--home", home)
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)

    assert second[0] == 1
    assert "a hub runs here already" in second[2]
    assert (process.returncode, out) == (0, "")
    assert "rules: number 1 in force" in err
    assert "stopped in good order" in err
    assert "Traceback" not in err


def test_a_hub_without_rules_says_that_it_takes_nothing_in(tmp_path):
    process = started(made(tmp_path / "home", active=False))
    try:
        said = next(line for line in process.stderr if line.startswith("rules:"))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    finally:
        process.kill()

    assert process.returncode == 0
    assert "none in force, so nothing is taken in; hint: hub policy activate" in said


def test_a_hub_whose_words_nobody_reads_works_on_and_stops_in_good_order(hub, tmp_path):
    home = made(tmp_path / "home", active=False)
    process = started(home)
    try:
        assert any(line.startswith("rules: none") for line in process.stderr)
        process.stderr.close()
        assert hub("policy", "activate", "--home", home)[0] == 0
        time.sleep(0.5)  # in which the hub says so
        (tmp_path / "a.jsonl").write_text(lines(RECORD))
        hub("publish", "prison", tmp_path / "a.jsonl", "--home", home)
        until(lambda: "delivered" in hub("decisions", "--home", home)[1])
        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0
    finally:
        process.kill()


@pytest.mark.parametrize(("reads", "code"), [(False, 0), (True, 3)])
def test_only_an_answer_that_nobody_reads_is_none(reads, code, monkeypatch):
    def broken(_):
        raise BrokenPipeError

    monkeypatch.setattr("hub.cli.main.app", broken)
    end, other = os.pipe()
    with os.fdopen(other, "w") as out:
        if not reads:
            os.close(end)
        monkeypatch.setattr(sys, "stdout", out)

        assert main(["version"]) == code


def test_without_the_worker_extra_kafka_names_the_cure(hub, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "faust", None)
    monkeypatch.delitem(sys.modules, "hub.edges.stream", raising=False)
    monkeypatch.delattr("hub.edges.stream", raising=False)  # an import leaves its mark on the package too

    code, _, err = hub("run", "--kafka", "--home", made(tmp_path / "home", active=False))

    assert code == 1
    assert "pip install 'csp-hub[worker]'" in err


def test_facts_are_logged_to_stderr_in_the_form_that_was_asked_for(hub, tmp_path, monkeypatch):
    home = made(tmp_path / "home", active=False)
    (tmp_path / "a.jsonl").write_text(lines(RECORD))
    monkeypatch.setenv("HUB_LOG", "info")
    monkeypatch.setenv("HUB_LOG_FORMAT", "json")

    _, out, err = hub("publish", "prison", tmp_path / "a.jsonl", "--home", home, "--json")

    assert json.loads(out)["events"] == 3
    assert {"published"} <= {json.loads(line)["event"] for line in err.splitlines() if line.startswith("{")}


def test_health_is_for_kafka_and_says_so(hub):
    code, _, err = hub("run", "--health", "127.0.0.1:9464")

    assert code == 2
    assert "--health: told by a worker on Kafka only; hint: add --kafka" in err


def test_a_simulated_year_is_certified_or_not(hub):
    code, out, _ = hub("simulate", "--people", "8", "--processes", "1", "--json")
    told = json.loads(out)

    assert told["people"] == 8
    assert told["complete"] is (code == 0) is (told["differ"] == [])
    assert told["disorder"]["events"] > 8
    assert hub("simulate", "--kinds", "RELAESE")[0] == 2
