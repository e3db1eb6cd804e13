"""The judge sees what there is to see: a log in memory, first as it should be, then with one thing wrong."""

from collections.abc import Callable

import pytest
from faults.judge import Log, Place, Verdict, audit, judge
from faults.story import story
from smallhome import AGENCIES, TEAMS

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog, Worker
from hub.edges.home import create, synthetic_secret
from hub.edges.ledger import EmbeddedLedger
from hub.log import Out, Record

NOW = 1_900_000_000_000_000


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory):
    home = create(tmp_path_factory.mktemp("judge") / "home", AGENCIES, TEAMS, 4, True, synthetic_secret(1))
    program = wiring.program(home)
    told = story(home, program, seed=1, events=600)
    log = EmbeddedLog(":memory:", 4, durable=False)
    log.append(told)
    worker = Worker(log, program)
    worker.drain()
    EmbeddedLedger(log, wiring.ledger(home, program)).grow(NOW)
    names = {one.name for one in topics.catalogue(AGENCIES, TEAMS, 4)} - set(topics.STATES)
    held = {(name, number): log.read(name, number, 0, 100_000) for name in names for number in range(4)}
    for number in range(4):
        for topic, key, value in log.states[number].rows():
            held.setdefault((topic, number), []).append(Record(topic, number, 0, key, value, (), 0))
    log.close()
    return program, held, told, home.witnesses()


def wrong(lived, change: Callable[[dict[Place, list[Record]]], None]) -> Verdict:
    program, held, told, _ = lived
    changed = {place: list(records) for place, records in held.items()}
    change(changed)
    return judge(program, changed, told)


def unaudited(lived, change: Callable[[dict[Place, list[Record]]], None]) -> Verdict:
    program, held, _, policy = lived
    changed = {place: list(records) for place, records in held.items()}
    change(changed)
    verdict = Verdict()
    audit(verdict, program, changed, policy)
    return verdict


def counts(verdict: Verdict) -> tuple[int, int, int]:
    return len(verdict.lost), len(verdict.duplicated), len(verdict.divergent)


def fullest(log: Log, topic: str) -> list[Record]:
    return max((held for (name, _), held in log.items() if name == topic), key=len)


def test_the_story_holds_everything_that_can_go_wrong(lived):
    _, held, _, _ = lived
    spoken = {topic for (topic, _), records in held.items() if records}

    assert {topics.PERSON, topics.DECISIONS, topics.CHANGES, "quarantine.hmpps-prison.v1"} <= spoken
    assert {name.split(".")[0] for name in spoken} >= {"intake", "acks", "alerts", "deliveries", "state"}


def test_a_log_as_it_should_be_has_no_faults(lived):
    verdict = wrong(lived, lambda log: None)

    assert counts(verdict) == (0, 0, 0), str(verdict)
    assert verdict.records > 1500


@pytest.mark.parametrize("topic", [topics.DECISIONS, topics.CHANGES, "alerts.prob.v1", "deliveries.prob.v1"])
def test_a_missing_answer_is_lost(lived, topic):
    lost = wrong(lived, lambda log: fullest(log, topic).pop(3))

    assert len(lost.lost) >= 1
    assert counts(lost)[1:] == (0, 0)


def test_a_repeated_answer_is_a_double(lived):
    assert (
        counts(wrong(lived, lambda log: fullest(log, topics.DECISIONS).append(fullest(log, topics.DECISIONS)[3])))[1]
        == 1
    )


def test_an_answer_of_another_content_is_divergent(lived):
    def alter(log):
        held = fullest(log, topics.DECISIONS)
        held[3] = held[3]._replace(headers=(("ce_id", b"d-0"),))

    assert counts(wrong(lived, alter)) == (1, 0, 1)


def test_answers_in_another_order_are_divergent(lived):
    def swap(log):
        held = fullest(log, topics.CHANGES)
        first = held[0]
        other = next(i for i, r in enumerate(held) if r.key == first.key and r.value != first.value)
        held[0], held[other] = held[other], held[0]

    assert counts(wrong(lived, swap)) == (0, 0, 1)


def test_a_forwarded_event_that_enters_the_person_log_twice_is_a_double(lived):
    def double(log):
        held = fullest(log, topics.PERSON)
        twin = next(record for record in held if dict(record.headers).get("ce_type", b"").endswith(b"needs.flagged.v1"))
        held.append(twin._replace(offset=len(held)))

    assert counts(wrong(lived, double))[1] == 1


@pytest.mark.parametrize("topic", [topics.DECIDE_STATE, topics.RESOLVE_STATE, topics.POSITIONS])
def test_a_stale_or_missing_row_is_divergent(lived, topic):
    def stale(log):
        held = fullest(log, topic)
        held[0] = held[0]._replace(value=held[1].value + b"0")

    assert counts(wrong(lived, stale))[2] >= 1
    assert counts(wrong(lived, lambda log: fullest(log, topic).pop()))[2] >= 1


def test_an_event_that_never_reached_the_log_is_lost(lived):
    program, held, told, _ = lived
    never = Out(topics.intake("GMP"), 0, b"r", b"never", ())

    assert judge(program, held, [*told, never]).lost == ["intake.gmp.v1/0 5 bytes"]


def test_a_ledger_as_it_should_be_has_no_faults(lived):
    assert counts(unaudited(lived, lambda log: None)) == (0, 0, 0)


def test_a_decision_without_its_leaf_is_lost(lived):
    def after(log):
        held = fullest(log, topics.DECISIONS)
        held.append(held[0]._replace(offset=held[-1].offset + 1))

    assert unaudited(lived, after).lost == ["1 decisions without a leaf"]


def test_a_leaf_without_its_decision_is_lost_and_a_delivery_without_one_divergent(lived):
    assert len(unaudited(lived, lambda log: fullest(log, topics.DECISIONS).pop(3)).lost) == 1

    def forge(log):
        held = fullest(log, "deliveries.prob.v1")
        program = lived[0]
        told = {**program.schemas.decode(held[0].value)[2], "decision": "r-" + "0" * 32}
        held.append(held[0]._replace(value=program.schemas.encode("delivery", told)))

    assert [line.partition(":")[0] for line in unaudited(lived, forge).divergent] == ["undecided"]
