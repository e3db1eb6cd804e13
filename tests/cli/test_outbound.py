"""`hub outbound`, by its commands: from a team without Kafka to one that is told, and back from the dead."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from mailbox import mailbox

import pytest
from receivers import alert, receiver
from smallhome import drain, heard, made, one_line_with_cure

from hub.edges.embedded import EmbeddedLog
from hub.outbound.endpoints import FILE
from hub.outbound.verifier import verify


@pytest.fixture
def home(tmp_path):
    return made(tmp_path / "home", active=False)


def told(home, url="http://127.0.0.1:9/", more=""):
    text = f'webhooks:\n  hous-cases: {{team: HOUS, url: "{url}", networks: [127.0.0.0/8]}}\n{more}'
    (home / FILE).write_text(text)


def append(home, *outs):
    with closing(EmbeddedLog(home / "hub.db", 2)) as log:
        log.append(outs)


class Running:
    """`hub outbound run` in a process of its own."""

    def __init__(self, home, **more):
        env = os.environ | {"HUB_LOG_FORMAT": "json"} | more
        words = [sys.executable, "-m", "hub", "outbound", "run", "--home", str(home)]
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=env)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.err = self.process.communicate(timeout=60)[1]


def listed(hub, home):
    found = hub("outbound", "list", "--home", home, "--json")
    assert found.code == 0, found.err
    return json.loads(found.out)[0]


def until(true, seconds=40):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.2)


def test_a_team_gets_an_endpoint_a_key_a_test_and_its_alerts(hub, home):
    with receiver() as to:
        told(home, to.url)
        assert listed(hub, home)["state"] == "NEW"
        key = hub("outbound", "keygen", "hous-cases", "--home", home)
        public = key.out.split()[1]
        assert hub("outbound", "test", "hous-cases", "--home", home).code == 0

        with Running(home) as running:
            until(lambda: listed(hub, home)["state"] == "UP")
            append(home, alert(1))
            until(lambda: listed(hub, home)["delivered"] == 1)
        assert running.process.returncode == 0, running.err
        assert "stopped in good order" in running.err

    (test, body), (headers, told_of) = to.got
    assert json.loads(body)["type"] == "csp.test.v1"
    assert verify(test, body, [public])
    assert verify(headers, told_of, [public])
    assert json.loads(told_of)["data"]["id"] == "a-1"
    assert listed(hub, home)["keys"] == [{"key": public, "until": None}]
    shown = hub("alerts", "show", "a-1", "--home", home)
    assert "taken by hous-cases (webhook), attempt 1" in shown.out, shown.err


def test_a_release_that_the_hub_takes_in_comes_to_a_team_s_receiver_as_its_topic_has_it(hub, tmp_path):
    home = heard(tmp_path / "home")
    with receiver() as to:
        told(home, to.url)
        (home / FILE).write_text((home / FILE).read_text().replace("HOUS", "PROB"))
        hub("outbound", "keygen", "hous-cases", "--home", home)
        with Running(home):
            until(lambda: listed(hub, home)["state"] == "UP")
            drain(home, "2027-01-21T12:00")
            lines = hub("tail", "PROB", "--since", "all", "--json", "--home", home).out.splitlines()
            held = [one for one in map(json.loads, lines) if one["record"] == "alert"]
            until(lambda: listed(hub, home)["delivered"] == len(held))

    sent = [json.loads(body)["data"] for _, body in to.got]
    assert sorted(one["id"] for one in sent) == sorted(one["id"] for one in held)
    assert {one["stage"] for one in sent} == {"T12W", "T8W"}
    assert [one["fields"] for one in sent] == [one["fields"] for one in held]


def test_what_is_dead_is_listed_and_redriven(hub, home):
    with receiver(410, 204) as to:
        told(home, to.url)
        hub("outbound", "keygen", "hous-cases", "--home", home)
        with Running(home) as running:
            until(lambda: listed(hub, home)["state"] == "UP")
            append(home, alert(1))
            until(lambda: listed(hub, home)["state"] == "OFF")

            dead = hub("outbound", "dead", "--home", home, "--json")
            assert dead.code == 1
            assert [(one["of"], one["why"]) for one in json.loads(dead.out)] == [("a-1", "STATUS_410")]
            assert hub("outbound", "redrive", "hous-cases", "--of", "a-2", "--home", home).code == 1
            assert "1 message" in hub("outbound", "redrive", "hous-cases", "--home", home).out
            until(lambda: listed(hub, home)["delivered"] == 1)
            assert hub("outbound", "dead", "--home", home).code == 0
        assert "endpoint off" in running.err
    assert "made-up" not in running.err
    assert "127.0.0.1" not in running.err


def test_a_key_is_rotated_while_the_sender_runs(hub, home):
    with receiver() as to:
        told(home, to.url)
        old = hub("outbound", "keygen", "hous-cases", "--home", home).out.split()[1]
        hub("outbound", "test", "hous-cases", "--home", home)
        both = json.loads(hub("outbound", "rotate", "hous-cases", "--home", home, "--json").out)["keys"]
        hub("outbound", "test", "hous-cases", "--home", home)
        hub("outbound", "rotate", "hous-cases", "--days", 0, "--home", home)
        alone = json.loads(hub("outbound", "list", "--home", home, "--json").out)[0]["keys"]

    new = both[0]["key"]
    assert [one["key"] for one in both] == [new, old]
    assert both[1]["until"]
    headers, body = to.got[1]
    assert verify(headers, body, [old]) == verify(headers, body, [new])
    assert alone[0]["key"] not in {new, old}


def test_two_senders_on_one_log_would_send_twice_so_the_second_does_not_start(hub, home):
    told(home)
    hub("outbound", "keygen", "hous-cases", "--home", home)
    with Running(home):
        until(lambda: listed(hub, home)["state"] == "UP")
        second = hub("outbound", "run", "--home", home)

    assert second.code == 1
    assert "runs here already" in second.err


def test_notices_need_a_mail_server_and_somewhere_to_lead(hub, home, monkeypatch):
    told(home, more="emails:\n  hous-duty: {team: HOUS, to: duty@housing.example}\n")
    missing = hub("outbound", "test", "hous-duty", "--home", home)
    assert missing.code == 1
    assert one_line_with_cure(missing.err)
    assert "HUB_URL" in missing.err

    monkeypatch.setenv("HUB_URL", "https://hub.example")
    assert "HUB_SMTP" in hub("outbound", "test", "hous-duty", "--home", home).err
    with mailbox() as to:
        monkeypatch.setenv("HUB_SMTP", f"127.0.0.1:{to.port}")
        monkeypatch.setenv("HUB_SMTP_FROM", "hub@council.example")
        assert hub("outbound", "test", "hous-duty", "--home", home).err.count("TLS") == 1
        monkeypatch.setenv("HUB_SMTP_TLS", "none")
        assert hub("outbound", "test", "hous-duty", "--home", home).code == 0
    assert "this is a test" in to.got[0]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["test", "nobody"], 2),
        (["keygen", "nobody"], 2),
        (["rotate", "hous-cases"], 1),
        (["rotate", "hous-cases", "--days", "91"], 2),
        (["test", "hous-cases"], 1),
        (["run"], 1),
        (["dead", "nobody"], 2),
        (["redrive", "nobody"], 2),
    ],
)
def test_a_slip_is_one_line_with_its_cure(hub, home, words, code):
    told(home)

    answer = hub("outbound", *words, "--home", home)

    assert answer.code == code
    assert one_line_with_cure(answer.err)


def test_without_its_file_every_command_says_how_to_write_one(hub, home):
    answer = hub("outbound", "list", "--home", home)

    assert answer.code == 1
    assert "deploy/README.md" in answer.err


def test_an_endpoint_inside_is_not_sent_to_unless_its_network_is_named(hub, home):
    with receiver() as to:
        told(home, to.url)
        (home / FILE).write_text((home / FILE).read_text().replace(", networks: [127.0.0.0/8]", ""))
        hub("outbound", "keygen", "hous-cases", "--home", home)
        answer = hub("outbound", "test", "hous-cases", "--home", home)

    assert "(ADDRESS)" in answer.err
    assert to.got == []


def test_the_verifier_is_one_file_that_runs_without_the_hub(hub, home, tmp_path):
    with receiver() as to:
        told(home, to.url)
        public = hub("outbound", "keygen", "hous-cases", "--home", home).out.split()[1]
        hub("outbound", "test", "hous-cases", "--home", home)
    (tmp_path / "verify_webhook.py").write_text(hub("outbound", "verifier").out)
    (tmp_path / "told.json").write_text(json.dumps(to.got[0][0]))
    (tmp_path / "body").write_bytes(to.got[0][1])
    script = (
        "import json, sys; from verify_webhook import verify; "
        "print(verify(json.load(open('told.json')), open('body', 'rb').read(), sys.argv[1:])); "
        "assert not any(name == 'hub' or name.startswith('hub.') for name in sys.modules)"
    )

    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", script, public], cwd=tmp_path, env=env, capture_output=True, text=True)

    assert done.stdout.strip() == to.ids[0], done.stderr
