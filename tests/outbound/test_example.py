"""The receiver that deploy/ shows, run as a team would run it."""

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from receivers import Office, alert

from hub.outbound import keys, verifier

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shown(tmp_path):
    """The example at work, the key it trusts, and its inbox."""
    folder = tmp_path / "team"
    folder.mkdir()
    shutil.copy(ROOT / "deploy" / "webhook_receiver.py", folder)
    shutil.copy(verifier.__file__, folder / "verify_webhook.py")
    (tmp_path / "keys").mkdir()
    key = keys.keygen(keys.file(tmp_path, "hous-cases"))
    words = [sys.executable, "webhook_receiver.py", "inbox.db", "0", key.public]
    process = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True)
    port = int(process.stdout.readline().rpartition(":")[2])
    yield port, key, folder / "inbox.db"
    process.terminate()
    process.communicate(timeout=20)


def inbox(file):
    with closing(sqlite3.connect(file)) as held:
        return held.execute("select id, body from inbox").fetchall()


def post(port, headers, body):
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as to:
        to.request("POST", "/", body, headers)
        return to.getresponse().status


def test_an_alert_comes_into_its_inbox(tmp_path, shown):
    port, _, file = shown
    office = Office(tmp_path)
    office.now = time.time_ns() // 1000
    office.webhook(f"http://127.0.0.1:{port}/")
    with office.running():
        office.append(alert(1))
        office.wait(office.outcomes)

    assert office.outcomes() == ["DELIVERED"]
    assert ['"id":"a-1"' in body for _, body in inbox(file)] == [True]


def test_a_forged_an_old_and_a_nameless_webhook_are_refused(shown):
    port, key, file = shown
    now = int(time.time())
    good = keys.sign("msg_1", now, b"{}", [key])

    assert post(port, good, b"{ }") == 400
    assert post(port, keys.sign("msg_1", now - 301, b"{}", [key]), b"{}") == 400
    assert post(port, {}, b"{}") == 400
    assert post(port, {**good, "Content-Length": str(3 << 20)}, b"") == 413
    assert inbox(file) == []


def test_a_replayed_webhook_is_taken_once(shown):
    port, key, file = shown
    now = int(time.time())
    once, again = keys.sign("msg_1", now, b"{}", [key]), keys.sign("msg_1", now + 1, b"{}", [key])

    assert [post(port, headers, b"{}") for headers in (once, once, again)] == [204, 204, 204]
    assert inbox(file) == [("msg_1", "{}")]
