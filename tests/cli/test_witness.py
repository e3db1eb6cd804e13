"""`hub witness` as a partner types it, and a hub whose checkpoints are worth something only once partners cosigned."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

from smallhome import LATER, lived, one_line_with_cure

from hub import topics, wiring
from hub.cli.run_hub import cosigning
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.edges.ledger import EmbeddedLedger
from hub.edges.witness import Door, Witness
from hub.place import Place


def made(hub, folder, key):
    return json.loads(hub("witness", "init", folder, "--name", folder.name, "--log", key, "--json").out)["key"]


def test_a_partners_witness_cosigns_and_the_hub_publishes_what_enough_of_them_signed(hub, tmp_path):
    home = lived(tmp_path / "home")
    key = hub("audit", "key", "--home", home).out.strip()
    names = "police", "prison"
    lines = [f"log {key}"]
    doors = []
    for name in names:
        vkey = made(hub, tmp_path / name, key)
        doors.append(Door(("127.0.0.1", 0), Witness(tmp_path / name)))
        lines.append(f"witness {name} {vkey} http://127.0.0.1:{doors[-1].server_port}")
        threading.Thread(target=doors[-1].serve_forever, daemon=True).start()
    (home / "witnesses.policy").write_text("\n".join([*lines, "group both all police prison", "quorum both", ""]))
    place, opened = Place(home), open_home(home)
    log = EmbeddedLog(opened.log, opened.partitions, durable=False, clock=lambda: LATER)
    ledger = EmbeddedLedger(log, wiring.ledger(opened, wiring.program(opened)))
    ledger.grow(LATER // 1000)
    before = hub("audit", "verify", "--home", home)
    with cosigning(place, opened, ledger):
        ledger.grow(LATER // 1000 + 1)
        for _ in range(400):
            ledger.publish()
            if log.end(topics.COSIGNED, 0) and not hub("audit", "verify", "--home", home).code:
                break
            time.sleep(0.05)
    log.close()
    for door in doors:
        door.shutdown()
        door.server_close()
    after = hub("audit", "verify", "--json", "--home", home)
    hub("audit", "export", tmp_path / "out", "--home", home)
    (tmp_path / "verify.py").write_text(hub("audit", "verifier").out)
    trusted = "--policy", str(home / "witnesses.policy")
    alone = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(tmp_path / "out"), *trusted]

    assert (before.code, "no quorum" in before.out) == (1, True)
    assert (after.code, json.loads(after.out)["counts"]["cosignatures"]) == (0, 2)
    assert hub("audit", "checkpoint", "--home", home).out.count("\u2014 ") == 3
    assert subprocess.run(alone, timeout=60, check=False, stdout=subprocess.DEVNULL).returncode == 0
    assert json.loads(hub("witness", "show", tmp_path / "police", "--json").out)["logs"][0]["size"] == 512


def test_a_witness_runs_until_it_is_told_to_stop(hub, tmp_path):
    home = lived(tmp_path / "home")
    made(hub, tmp_path / "police", hub("audit", "key", "--home", home).out.strip())
    command = [sys.executable, "-m", "hub", "witness", "run", str(tmp_path / "police"), "--listen", "127.0.0.1:0"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})
    said = running.stderr.readline()
    running.send_signal(signal.SIGTERM)

    assert "police answers at 127.0.0.1:" in said
    assert running.wait(30) == 0
    running.stderr.close()


def test_what_is_no_witness_is_told_in_one_line(hub, tmp_path):
    for words in (
        ("show", tmp_path / "nowhere"),
        ("run", tmp_path / "nowhere"),
        ("run", tmp_path / "nowhere", "--listen", "8460"),
        ("init", tmp_path / "new", "--name", "police", "--log", "nonsense"),
        (
            "init",
            tmp_path / "new",
            "--name",
            "a b",
            "--log",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ),
    ):
        assert one_line_with_cure(hub("witness", *words).err)
    assert not (tmp_path / "new").exists()
