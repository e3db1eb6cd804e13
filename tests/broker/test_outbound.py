"""On a real Kafka of its own: what is committed is sent, killed or not, and there is one sender at a time."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from kafka import KafkaProducer
from receivers import alert, receiver
from shipped import schemas
from smallhome import made

from hub import topics
from hub.cli.main import main
from hub.edges.appending import Appender
from hub.edges.broker import ensure
from hub.edges.home import open_home
from hub.edges.local_broker import broker
from hub.edges.reader import KafkaReader
from hub.outbound.endpoints import FILE
from hub.outbound.service import recorded


@pytest.fixture(scope="module")
def bootstrap():
    with broker(own=True) as found:
        yield found.bootstrap


class Sender:
    """`hub outbound run --kafka`, as its supervisor sees it."""

    def __init__(self, home, bootstrap):
        words = [sys.executable, "-m", "hub", "outbound", "run", "--home", str(home), "--bootstrap", bootstrap]
        self.process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=os.environ.copy())

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        err = self.process.communicate(timeout=60)[1]
        return self.process.returncode, err


def until(true, seconds=90):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.3)


def test_what_is_committed_is_sent_through_kills_and_one_sender_takes_over_from_another(bootstrap, tmp_path):
    home = open_home(made(tmp_path / "home", active=False))
    ensure(bootstrap, topics.catalogue(home.agencies, home.teams, home.partitions))
    reader, append = KafkaReader(bootstrap), Appender(bootstrap, {}, "test.alerts")

    def standing():
        found = recorded(schemas(), reader)[0].get("hous-cases")
        return found.delivered if found else -1

    append([alert(0)])  # before there was an endpoint
    with receiver(204, 410, 204) as to:
        (home.path / FILE).write_text(
            f'webhooks:\n  hous-cases: {{team: HOUS, url: "{to.url}", networks: [127.0.0.0/8]}}\n'
        )
        assert main(["outbound", "keygen", "hous-cases", "--home", str(home.path)]) == 0
        first = Sender(home.path, bootstrap)
        until(lambda: standing() == 0)
        append([alert(1), alert(2, partition=1)])
        until(lambda: recorded(schemas(), reader)[0]["hous-cases"].off)
        assert main(["outbound", "redrive", "hous-cases", "--home", str(home.path), "--bootstrap", bootstrap]) == 0
        until(lambda: standing() == 2)
        first.end(signal.SIGKILL)

        aborted(bootstrap, alert(666))
        append([alert(3), alert(4, partition=1)])
        second = Sender(home.path, bootstrap)
        until(lambda: standing() == 4)
        third = Sender(home.path, bootstrap)
        assert any("Ctrl-C" in line for line in third.process.stderr)  # by then it has taken over
        append([alert(5)])
        until(lambda: standing() == 5)
        append([alert(6)])
        until(lambda: standing() == 6 and second.process.poll() is not None)
        ends = [second.end(), third.end()]
    append.close()

    sent = [json.loads(body)["data"]["id"] for _, body in to.got]
    assert sorted(set(sent)) == [f"a-{number}" for number in range(1, 7)]
    assert len(set(to.ids)) == 6
    assert [sent.count(name) for name in ("a-3", "a-4")] == [1, 1]
    assert [code for code, _ in ends] == [1, 0], ends
    assert "another one has taken over" in ends[0][1]


def aborted(bootstrap, out):
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id="test.aborted")
    producer.init_transactions()
    producer.begin_transaction()
    sent = producer.send(out.topic, value=out.value, key=out.key, headers=list(out.headers), partition=out.partition)
    sent.get(timeout=30)
    producer.abort_transaction()
    producer.close(timeout=5)
