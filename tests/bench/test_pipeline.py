"""The bench of the real hub: its traffic is the connectors', and no wrong answer counts."""

import json
from collections import Counter

import pytest

from hub import topics
from hub.bench import traffic
from hub.bench.flat import flat
from hub.bench.ground import _delivered
from hub.bench.measure import BenchError
from hub.bench.pipeline import fill, on_embedded, prepare, verdict
from hub.bench.side import World
from hub.demo.digest import digest
from hub.edges.embedded import EmbeddedLog, Worker
from hub.wire.rows import unpack

EVENTS = 300


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("bench"), EVENTS, World(people=1000, agreements=12))


def answered(course, batch=500):
    log = EmbeddedLog(":memory:", course.home.partitions, durable=False)
    fill(log, course, EVENTS)
    Worker(log, course.program, batch).drain()
    return log


@pytest.fixture(scope="module")
def log(course):
    return answered(course)


def test_every_run_on_the_embedded_log_is_measured_and_verified(course, log):
    wanted = verdict(course, EVENTS, log.scan, None)

    made = on_embedded(course, EVENTS, wanted)

    assert made["verified"]
    assert made["records"] == wanted["records"] > EVENTS
    assert made["events_per_s"] > 0
    assert made["cpu_us_per_event"] > 0


def test_where_a_batch_ends_does_not_show(course, log):
    assert verdict(course, EVENTS, answered(course, 7).scan, verdict(course, EVENTS, log.scan, None))["verified"]


def changed(record):
    return record._replace(value=record.value[:-1] + bytes([record.value[-1] ^ 1]))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda topic, records: records[:-1] if topic == topics.DECISIONS else records,
        lambda topic, records: [*records, *records[-1:]] if topic == topics.DECISIONS else records,
        lambda topic, records: records[:-1] if topic == topics.deliveries("PROB") else records,
        lambda topic, records: [changed(records[0]), *records[1:]] if topic == topics.deliveries("YJS") else records,
    ],
    ids=["a decision lost", "a decision twice", "a delivery lost", "a delivery changed"],
)
def test_a_wrong_answer_is_not_verified(course, log, wrong):
    wanted = verdict(course, EVENTS, log.scan, None)

    assert wanted["verified"]
    assert not verdict(course, EVENTS, lambda topic: wrong(topic, list(log.scan(topic))), wanted)["verified"]


def test_without_a_run_to_compare_with_every_event_still_has_to_be_decided_once(course, log):
    assert verdict(course, EVENTS, log.scan, None)["verified"]
    assert not verdict(course, EVENTS - 1, log.scan, None)["verified"]


def test_a_day_has_fifty_attendance_marks_to_three_other_events(course):
    kinds = Counter(course.program.schemas.decode(out.value)[0] for _, out in course.told)

    assert kinds["attendance.marked"] == EVENTS - -(-EVENTS * 3 // 53)
    assert kinds["person.registered"] > 0


def test_the_marks_are_of_pupils_who_are_known(course):
    known = {key for _, topic, key, _ in traffic.known(course.home, course.program, 1000, course.rules)}
    marked = {out.key for _, out in course.told if out.topic == topics.intake("SCHOOL")}

    assert all(b"SCHOOL/" + record in known for record in marked)


def test_a_pupil_put_there_is_one_the_hub_would_have_registered(course):
    rows = [*traffic.known(course.home, course.program, 20, course.rules)]
    held = {key: value for _, topic, key, value in rows if topic == topics.RESOLVE_STATE}
    people = {key: unpack(value) for _, topic, key, value in rows if topic == topics.DECIDE_STATE and key[:1] == b"p"}

    assert len(people) == len(held) == 20
    for record, handle in held.items():
        assert record.decode() in people[handle].slices


def test_agreements_that_concern_nobody_here_change_nothing_but_the_bundle(course, log, tmp_path):
    more = prepare(tmp_path, EVENTS, World(people=1000, agreements=60))
    teams = [name for name in course.answers if name.startswith(("deliveries.", "alerts."))]
    other = answered(more)

    assert len({clause["agreement"] for clause in json.loads(more.rules["bundle"])["clauses"]}) == 60
    assert digest(teams, unbundled(more, other.scan)) == digest(teams, unbundled(course, log.scan))


def unbundled(course, scan):
    """What is read, but for the bundle that an alert names."""

    def told(topic):
        for record in scan(topic):
            kind, _, values = course.program.schemas.decode(record.value)
            values.pop("bundle", None)
            yield record._replace(value=f"{kind} {values}".encode())

    return told


def test_few_and_many_are_compared_at_the_same_events():
    told = flat(300, 1, World(1000, 12), {"people": World(2000, 12), "agreements": World(1000, 20)}, print)

    assert told["ratios"]["hub"].keys() == told["ratios"]["disclosure"].keys() == {"people", "agreements"}
    assert all(cost > 0 for one in told["cpu_us_per_event"].values() for cost in one.values())


def test_a_record_that_the_broker_refuses_ends_the_run():
    class Refused:
        def topic(self):
            return "intake.school.v1"

        def str(self):
            return "MSG_SIZE_TOO_LARGE"

    with pytest.raises(BenchError, match="not taken by the broker: MSG_SIZE_TOO_LARGE; hint: "):
        _delivered(Refused(), Refused())
