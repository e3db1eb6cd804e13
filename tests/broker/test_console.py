"""The console on a real Kafka: what it writes is there before anything is shown, and it ends in good order."""

import os
import re
import subprocess
import sys

import httpx2
import pytest

from hub import topics, wiring
from hub.edges import appending, broker
from hub.edges.appending import Appender
from hub.edges.home import create
from hub.edges.reader import KafkaReader
from hub.log import Out


@pytest.fixture(scope="module")
def topic(bootstrap):
    name = f"appended.{os.urandom(4).hex()}"
    broker.ensure(bootstrap, [topics.Topic(name, 1, "delete")])
    return name


def values(bootstrap, topic):
    return [record.value for record in KafkaReader(bootstrap).scan(topic)]


def test_of_two_writers_of_one_name_the_earlier_fails_and_begins_anew(bootstrap, topic):
    one, two = (Appender(bootstrap, {}, f"console.{topic}") for _ in range(2))
    one([Out(topic, 0, None, b"1", ())])
    two([Out(topic, 0, None, b"2", ())])
    with pytest.raises(Exception, match=r"(?i)fenced|epoch|abort"):
        one([Out(topic, 0, None, b"lost", ())])
    one([Out(topic, 0, None, b"3", ()), Out(topic, 0, None, b"4", ())])
    one.close()
    two.close()

    assert values(bootstrap, topic) == [b"1", b"2", b"3", b"4"]


def test_what_has_no_topic_is_not_written_by_half(bootstrap, topic, monkeypatch):
    before = values(bootstrap, topic)
    monkeypatch.setattr(appending, "PATIENCE", 3)
    appender = Appender(bootstrap, {}, f"console.half.{topic}")
    with pytest.raises(Exception, match=r"no such topic, or nobody tells; hint: "):
        appender([Out(topic, 0, None, b"half", ()), Out("nowhere.v1", 0, None, b"x", ())])
    appender.close()

    assert values(bootstrap, topic) == before


def test_a_console_on_kafka_puts_a_sign_in_on_record_and_stops_in_good_order(bootstrap, tmp_path):
    home = create(tmp_path / "home", ["GMP"], ["HOUS"], 2, synthetic=True)
    broker.ensure(bootstrap, topics.catalogue(home.agencies, home.teams, 4))
    words = ["console", "--bootstrap", bootstrap, "--home", str(home.path), "--listen", "127.0.0.1:0"]
    clean = {"HUB_DEBUG": "1"} | {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    running = subprocess.Popen([sys.executable, "-m", "hub", *words], stderr=subprocess.PIPE, text=True, env=clean)
    try:
        said = running.stderr.readline()
        address = re.search(r"the console is at (\S+)", said)[1]
        with httpx2.Client(timeout=60) as client:
            there = client.get(f"{address}/sign-in/there").headers["location"]
            back = client.post(there, data={"sub": "ig.lead"}).headers["location"]
            assert client.get(back).status_code == 303
            assert client.get(f"{address}/sign-in").headers["location"] == "/"  # who is in goes on
    finally:
        running.terminate()
        _, rest = running.communicate(timeout=60)
        print(rest)

    wire = wiring.schemas()
    told = [wire.decode(value)[2] for value in values(bootstrap, topics.READS)]
    assert "sign_in" in {one["page"] for one in told}
    assert running.returncode == 0, said + rest
    assert "stopped in good order" in rest
