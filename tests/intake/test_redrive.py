"""What is in quarantine is tried without any effect, and sent again once."""

from datetime import date
from multiprocessing import get_context
from time import time_ns

import pytest
from smallhome import drain, made
from smallhub import published

from hub import topics, wiring
from hub.cli.main import main
from hub.core.events import Event
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.engine import place as placed
from hub.intake.masked import masked
from hub.intake.redrive import asked, known, originals, plan, request, send
from hub.intake.trial import Trial
from hub.log import Out
from hub.place import Place, values
from hub.rulebook import in_force

SCHEMAS = wiring.schemas()
NOW = time_ns() // 1000
DAY = 86_400_000_000
BORN = date(2010, 5, 5)


def event(number, kind="person.registered", agency="GMP", record="r1.one", **fields):
    return Event(f"e-{number}", kind, agency, record, NOW - 60_000_000, None, fields)


def write(home, *outs):
    opened = open_home(home)
    log = EmbeddedLog(opened.log, opened.partitions, durable=False)
    log.append(outs)
    log.close()


def quarantined(home, agency="GMP"):
    records = Place(home).reader().scan(topics.quarantine(agency))
    return {placed(record): record for record in records}


def rows(home):
    """Everything in the hub's log and state, to the byte."""
    log = EmbeddedLog(open_home(home).log, 2, durable=False)
    found = [*log._sql.execute("select * from log"), *log._sql.execute("select * from state")]
    log.close()
    return found


def tried(home):
    return Trial(wiring.program(open_home(home)), Place(home).reader(), NOW)


def on_record(home, now=NOW):
    return known(values(SCHEMAS, Place(home).reader(), topics.REDRIVES), now)


def planned(home):
    where = Place(home)
    done = on_record(home)
    return plan(quarantined(home), tried(home), done, in_force(where))


@pytest.fixture
def home(tmp_path):
    """One with a registration that came with a clock ahead of the log's: its time has come since."""
    folder = made(tmp_path / "home")
    opened = open_home(folder)
    log = EmbeddedLog(opened.log, opened.partitions, durable=False, clock=lambda: (NOW - DAY) * 1000)
    log.append([published(event(1, link="l-1", dob=BORN)), published(event(2, "arrest.recorded"))])
    log.close()
    drain(folder)
    assert len(quarantined(folder)) == 2
    return folder


def test_a_trial_says_that_it_would_be_taken_and_changes_nothing(home):
    before = rows(home)
    verdicts = [tried(home).run(record) for record in quarantined(home).values()]

    assert [(one.taken, one.type) for one in verdicts] == [(True, "person.registered"), (True, "arrest.recorded")]
    assert rows(home) == before


def test_a_trial_says_what_would_be_refused_again_and_why(home):
    write(home, Out(topics.intake("GMP"), 0, b"k", b"Dear hub", ()), published(event(3, "ehcp.active")))
    drain(home)
    verdicts = {record.value: tried(home).run(record) for record in quarantined(home).values()}
    reasons = [one.reason for one in verdicts.values() if not one.taken]

    assert verdicts[b"Dear hub"].reason.startswith("record of 8 bytes: not in the Confluent wire format; hint: ")
    assert any(reason.startswith("type: not this agency's to tell") for reason in reasons)


def test_what_is_sent_again_is_taken_to_the_byte_as_it_came(home):
    before = quarantined(home)
    sent = send(Place(home), SCHEMAS, planned(home).sends, request(before, "HUB_UPDATED", "OPERATOR", NOW), None, NOW)
    drain(home)
    intake = [*Place(home).reader().scan(topics.intake("GMP"))]

    assert set(sent) == set(before)
    assert sorted(
        (one.key, one.value, one.headers) for one in intake if ("hub.redrive") not in dict(one.headers)
    ) == sorted((one.key, one.value, one.headers[:-1]) for one in intake if "hub.redrive" in dict(one.headers))
    assert len(quarantined(home)) == 2
    assert decided(home) == ["e-1", "e-2"]
    assert main(["replay", "--home", str(home)]) == 0


def decided(home):
    """Which of the events published here were decided on, each as often as it was."""
    told = (SCHEMAS.decode(record.value)[2] for record in Place(home).reader().scan(topics.DECISIONS))
    return sorted(one["event"] for one in told if one["event"].startswith("e-"))


def test_what_was_sent_is_not_sent_again(home):
    sends = planned(home).sends
    told = request(sends, "HUB_UPDATED", "OPERATOR", NOW)
    first = send(Place(home), SCHEMAS, sends, told, None, NOW)
    second = send(Place(home), SCHEMAS, sends, told, None, NOW)

    assert (len(first), second) == (2, ())
    assert (planned(home).sends, set(planned(home).gone)) == ({}, set(first))


def one_of_many(home, ready, answers):
    sends = planned(home).sends
    ready.wait()
    answers.put(len(send(Place(home), SCHEMAS, sends, request(sends, "HUB_UPDATED", "X", NOW), None, NOW)))


def test_of_three_who_send_it_at_once_one_does(home):
    spawn = get_context("fork")
    ready, answers = spawn.Barrier(3), spawn.Queue()
    workers = [spawn.Process(target=one_of_many, args=(home, ready, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    counts = sorted(answers.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join(60)

    assert counts == [0, 0, 2]


def test_a_crash_before_the_commit_leaves_neither_the_record_of_it_nor_the_sending(home, monkeypatch):
    before = rows(home)
    sends = planned(home).sends

    def crash(schemas, records):
        yield from originals(schemas, records[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr("hub.intake.redrive.originals", crash)
    with pytest.raises(KeyboardInterrupt):
        send(Place(home), SCHEMAS, sends, request(sends, "HUB_UPDATED", "X", NOW), None, NOW)

    assert rows(home) == before


def test_should_it_reach_its_topic_twice_it_is_decided_once(home):
    records = [*quarantined(home).values()]
    write(home, *originals(SCHEMAS, records), *originals(SCHEMAS, records))
    drain(home)

    assert decided(home) == ["e-1", "e-2"]
    assert len(quarantined(home)) == 2


def test_two_people_decide_of_what_speaks_of_health_or_safety_and_of_what_no_rules_speak(home):
    rules = in_force(Place(home))
    special = {"intake": {"redrive": {"two_people": ["arrest.recorded"], "reasons": {}}}}
    done = on_record(home)
    told = [plan(quarantined(home), tried(home), done, one).two_people for one in (rules, special, {}, None)]

    assert told == [False, True, True, True]


def test_a_request_waits_a_day_for_its_second_person(home):
    told = request(quarantined(home), "HUB_UPDATED", "u-1", NOW)
    write(home, asked(SCHEMAS, told))
    (entry, _) = told["entries"]

    assert on_record(home, NOW + 1).asked(entry)["by"] == "u-1"
    assert on_record(home, NOW + DAY).asked(entry) is None
    assert on_record(home, NOW - 2 * DAY).asked(entry) is None  # asked by a clock that was wrong


def test_what_decide_refused_goes_back_to_its_agencys_own_topic_under_its_own_key(home):
    write(home, published(event(4, "ehcp.active", record="r1.four")))
    drain(home)
    (record,) = (one for one in quarantined(home).values() if b"e-4" in one.value)
    (out,) = originals(SCHEMAS, [record])
    (first,) = (one for one in Place(home).reader().scan(topics.intake("GMP")) if b"e-4" in one.value)

    assert (out.topic, out.partition, out.key, out.value, out.headers[:-1]) == first[:2] + first[3:6]
    assert masked(SCHEMAS, record).came == placed(first)


def test_the_hubs_own_records_are_nobodys_to_send(home):
    write(home, Out(topics.PERSON, 0, None, b"rubbish", ()))
    drain(home)
    (record,) = quarantined(home, "HUB").values()

    assert [*originals(SCHEMAS, [record])] == []
    assert tried(home).run(record).reason.startswith("not an agency's")
