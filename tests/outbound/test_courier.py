"""What a courier promises: every alert at least once, each known by one id, and a receipt of every attempt."""

import json
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from receivers import START, Office, alert, receiver, rude
from shipped import schemas

from hub import topics
from hub.outbound import keys
from hub.outbound.schedule import MOST
from hub.outbound.service import out
from hub.outbound.standing import DEAD, DELIVERED, GONE, REDRIVEN, RETRY
from hub.outbound.verifier import WebhookError, verify

HOUR, DAY = 3_600_000_000, 86_400_000_000


def trusted(office: Office, name: str = "hous-cases") -> list[str]:
    return [key.public for key in keys.read(keys.file(office.home, name), office.now / 1e6)]


def delivered(office: Office) -> tuple[dict[str, str], bytes]:
    """One webhook as a receiver got it: its headers and its body."""
    with receiver() as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1))
            office.wait(office.outcomes)
    return to.got[0]


def test_a_team_is_sent_what_its_topic_holds_from_when_it_has_an_endpoint(office):
    office.append(alert(1))
    with receiver() as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(2), alert(3, partition=1), alert(9, team="PROB"))
            office.wait(lambda: len(office.outcomes()) == 2)

    assert sorted(json.loads(body)["data"]["id"] for _, body in to.got) == ["a-2", "a-3"]
    assert office.outcomes() == [DELIVERED] * 2


def test_a_webhook_is_a_cloud_event_with_the_fields_of_the_record_and_no_other(office):
    headers, body = delivered(office)
    told = json.loads(body)

    assert told["data"] == schemas().decode(alert(1).value)[2]
    assert told.keys() == {"specversion", "id", "source", "type", "subject", "datacontenttype", "data"}
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert verify(headers, body, trusted(office), START / 1e6) == headers["webhook-id"]


def test_a_forged_webhook_is_refused(office):
    headers, body = delivered(office)
    other = keys.keygen(keys.file(office.home, "somebody-else"))

    for forged in (body.replace(b"a-1", b"a-2"), body + b" ", b""):
        with pytest.raises(WebhookError):
            verify(headers, forged, trusted(office), START / 1e6)
    with pytest.raises(WebhookError):
        verify(headers, body, [other.public], START / 1e6)
    with pytest.raises(WebhookError, match="too long ago"):
        verify(headers, body, trusted(office), START / 1e6 + 301)


def test_what_fails_is_tried_again_under_the_same_id_and_a_new_time(office):
    with receiver(500, 503, 204) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1))
            office.wait(lambda: office.outcomes() == [RETRY])
            office.now += HOUR
            office.wait(lambda: office.outcomes() == [RETRY, RETRY])
            office.now += HOUR
            office.wait(lambda: office.outcomes() == [RETRY, RETRY, DELIVERED])

    assert len(set(to.ids)) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in to.got}) == 3
    assert [one.why for one in office.receipts() if one.why] == ["STATUS_500", "STATUS_503"]
    assert [one.attempt for one in office.receipts() if one.of] == [1, 2, 3]


def test_one_that_cannot_be_delivered_holds_up_no_other(office):
    with receiver(500, 204) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1), alert(2), alert(3))
            office.wait(lambda: office.standing().delivered == 2)

    assert [one.of for one in office.receipts() if one.outcome == DELIVERED] == ["a-2", "a-3"]
    assert len(office.standing().waiting) == 1


def test_a_key_that_is_lost_holds_up_its_own_endpoint_alone_until_it_is_back(office, logged):
    with receiver() as to, receiver() as other:
        office.webhook(to.url)
        office.webhook(other.url, "prob-cases", "PROB")
        held = keys.file(office.home, "hous-cases")
        with office.running():
            aside = held.rename(held.with_suffix(".aside"))
            office.append(alert(1), alert(2, team="PROB"))
            office.wait(lambda: (office.outcomes(), office.outcomes("prob-cases")) == ([RETRY], [DELIVERED]))
            aside.rename(held)
            office.now += HOUR
            office.wait(lambda: office.outcomes() == [RETRY, DELIVERED])

    assert [one.why for one in office.receipts() if one.why] == ["KEY"]
    assert [fact["error"].partition("; ")[2] for fact in logged if "error" in fact] == [
        "hint: hub outbound keygen hous-cases"
    ]


def test_after_ten_attempts_it_is_dead_and_a_redrive_sends_it_after_all(office):
    with receiver(*[500] * (MOST + 1), 204) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1))
            for number in range(1, MOST + 1):
                office.wait(lambda number=number: len(office.outcomes()) == number)
                office.now += 2 * DAY
            assert office.outcomes() == [*[RETRY] * (MOST - 1), DEAD]

            dead = next(iter(office.standing().dead.values()))
            office.append(out(schemas(), dead._replace(outcome=REDRIVEN, why=None, at=office.now, next=None)))
            office.wait(lambda: office.outcomes()[-1] == RETRY)
            office.now += DAY
            office.wait(lambda: office.outcomes()[-1] == DELIVERED)

    assert len(set(to.ids)) == 1
    assert not office.standing().dead


def test_gone_turns_an_endpoint_off_until_somebody_redrives_it(office, logged):
    with receiver(410, 204) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1))
            office.wait(lambda: office.outcomes() == [GONE])
            office.append(alert(2))
            office.now += DAY
        with office.running():
            assert len(to.got) == 1

            gone = next(iter(office.standing().dead.values()))
            office.append(out(schemas(), gone._replace(outcome=REDRIVEN, why=None, at=office.now, next=None)))
            office.wait(lambda: office.standing().delivered == 2)

    assert {one.of for one in office.receipts() if one.outcome == DELIVERED} == {"a-1", "a-2"}
    assert "endpoint off" in [fact["event"] for fact in logged]


def test_a_restart_repeats_nothing_that_was_acknowledged_and_loses_nothing(office):
    with receiver(204, 500, 204) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1), alert(2), alert(3))
            office.wait(lambda: len(office.outcomes()) == 3)
        office.append(alert(4), alert(5, partition=1))
        office.now += HOUR
        with office.running():
            office.wait(lambda: office.standing().delivered == 5)

    sent = [json.loads(body)["data"]["id"] for _, body in to.got]
    assert sorted(sent) == ["a-1", "a-2", "a-2", "a-3", "a-4", "a-5"]


def test_what_was_sent_but_has_no_receipt_is_sent_again_under_its_id(office):
    """As when the power goes between the answer and the receipt."""
    with receiver() as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1))
            office.wait(office.outcomes)
        with closing(office.log()) as log:
            log._sql.execute('delete from log where topic = ? and "offset" > 0', (topics.RECEIPTS,))
        assert office.outcomes() == []
        with office.running():
            office.wait(office.outcomes)

    assert len(to.got) == 2
    assert len(set(to.ids)) == 1


def test_what_cannot_be_read_is_dead_at_once_and_the_next_goes_out(office):
    with receiver() as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1, raw=b"no alert"), alert(2))
            office.wait(lambda: office.outcomes() == [DEAD, DELIVERED])

    assert [one.why for one in office.receipts() if one.outcome == DEAD] == ["UNREADABLE"]
    assert len(to.got) == 1


def test_what_retention_took_before_it_was_delivered_is_dead(office):
    with receiver(500) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1))
            office.wait(lambda: office.outcomes() == [RETRY])
            with closing(office.log()) as log:
                log._sql.execute("delete from log where topic = ?", (topics.alerts("HOUS"),))
            office.now += HOUR
            office.wait(lambda: office.outcomes() == [RETRY, DEAD])

    last = office.receipts()[-1]
    assert (last.why, last.of, last.decision) == ("NOT_IN_THE_LOG", "a-1", "r-1")


def test_what_cannot_be_read_is_dead_again_when_it_is_redriven_and_stops_nothing(office):
    with receiver() as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1, raw=b"no alert"))
            office.wait(lambda: office.outcomes() == [DEAD])
            dead = next(iter(office.standing().dead.values()))
            office.append(out(schemas(), dead._replace(outcome=REDRIVEN, why=None, at=office.now)))
            office.wait(lambda: office.outcomes() == [DEAD, REDRIVEN, DEAD])
            office.append(alert(2))
            office.wait(lambda: office.outcomes()[-1] == DELIVERED)


def test_while_nothing_is_taken_the_rest_stays_in_the_log(office, logged):
    with receiver(503) as to:
        office.webhook(to.url)
        with office.running():
            office.append(*(alert(number) for number in range(20)))
            office.wait(lambda: len(office.outcomes()) == 3)
            office.append(alert(99))
            office.now += 1
        assert len(office.standing().waiting) == 3
        assert office.standing().down

        to.answers = [204]
        office.now += DAY
        with office.running():
            office.wait(lambda: office.standing().delivered == 21)

    assert not office.standing().waiting
    facts = [fact["event"] for fact in logged]
    assert "endpoint down" in facts
    assert "endpoint up" in facts


def test_an_endpoint_that_hangs_holds_up_no_other(office):
    ended = threading.Event()
    with rude(lambda _: ended.wait(20)) as port, receiver() as to:
        office.webhook(f"http://127.0.0.1:{port}/", "slow", patience=15.0)
        office.webhook(to.url, "quick")
        with office.running():
            office.append(*(alert(number) for number in range(5)))
            office.wait(lambda: office.standing("quick").delivered == 5)
            assert office.outcomes("slow") == []
            ended.set()


def test_receipts_and_facts_say_nothing_of_a_person_or_an_address(office, logged):
    with receiver(500, 204) as to:
        office.webhook(to.url)
        with office.running():
            office.append(alert(1), alert(2))
            office.wait(lambda: len(office.outcomes()) == 2)

    told = json.dumps([one._asdict() for one in office.receipts()]) + repr(logged)
    for word in ("made-up", "127.0.0.1", "window_from", "whsk_"):
        assert word not in told


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from((200, 204, 302, 404, 429, 500)), max_size=9),
    st.lists(st.integers(0, 3), min_size=2, max_size=4),
)
def test_whatever_is_answered_and_however_often_it_restarts_each_is_taken_once_and_every_attempt_is_on_record(
    answers, portions
):
    numbers = iter(range(100))
    with TemporaryDirectory() as folder, receiver(*answers, 204) as to:
        office = Office(Path(folder))
        office.webhook(to.url)
        for size in portions:
            with office.running():
                office.append(*(alert(next(numbers), partition=size % 2) for _ in range(size)))
                office.now += DAY
        with office.running():
            office.wait(lambda: _on(office) and office.standing().delivered == sum(portions))
        found = [one for one in office.receipts() if one.message]

    assert sorted(to.ids) == sorted(one.message for one in found)
    for of in {one.of for one in found}:
        mine = [one for one in found if one.of == of]
        assert [one.outcome for one in mine] == [RETRY] * (len(mine) - 1) + [DELIVERED]
        assert [one.attempt for one in mine] == list(range(1, len(mine) + 1))


def _on(office):
    office.now += HOUR
    return True
