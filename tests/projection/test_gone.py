"""What is erased is gone from the projection, and what strangers write is taken for what it is."""

import shutil

import pytest
from projected import Portioned, dump, never, nothing

from hub import topics, wiring
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import open_home
from hub.edges.reader import EmbeddedReader
from hub.log import Out
from hub.projection import ask, inbox, overview
from hub.projection.database import Database
from hub.projection.follow import follow, rebuild


@pytest.fixture
def home(year, tmp_path):
    """A copy of the year, to be written to."""
    shutil.copytree(year, tmp_path / "home", ignore=shutil.ignore_patterns("console.db*"))
    return tmp_path / "home"


@pytest.fixture
def log(home):
    log = EmbeddedLog(home / "hub.db", open_home(home).partitions, durable=False)
    yield log
    log.close()


@pytest.fixture
def keep(home, log, fold, empty):
    """Brings the projection up to date."""

    def kept():
        follow(empty, fold, Portioned(EmbeddedReader(home / "hub.db"), 1), never, nothing)
        return empty

    return kept


def busiest(log):
    """The person of whom most was decided, and the records of that."""
    wire, theirs = wiring.schemas(), {}
    for record in log.scan(topics.DECISIONS):
        theirs.setdefault(wire.decode(record.value)[2]["person"], []).append(record)
    return max(theirs.items(), key=lambda one: len(one[1]))


def erase(log, records):
    """What `hub audit erase` writes."""
    told = [{"index": n, "leaf": bytes(32), "partition": r.partition, "offset": r.offset, "told": 1, "at": 5}
            for n, r in enumerate(records)]  # fmt: skip
    log.empty(
        records, [Out(topics.ERASURES, 0, None, wiring.schemas().encode("ledger.erasure", one), ()) for one in told]
    )


def test_an_erased_decision_is_gone_with_its_outcomes_and_from_every_count(home, log, keep, fold, tmp_path):
    person, records = busiest(log)
    with keep().reading() as connection:
        all_before, theirs = ask.counts(connection).total, ask.counts(connection, ask.Filters(person=person)).total
        one = ask.decisions(connection, ask.Filters(person=person)).rows[0].decision

    erase(log, records)

    with keep().reading() as connection:
        assert theirs > 0
        assert ask.counts(connection).total == all_before - theirs
        assert ask.counts(connection, ask.Filters(person=person, nobody=True)).total == 0
        assert ask.decisions(connection, ask.Filters(person=person)).rows == ()
        assert ask.decision(connection, one) is None
        days = overview.days(connection, 0, 1 << 52)
        assert sum(day.delivered + day.withheld for day in days) == all_before - theirs
    anew = Database.of(tmp_path)
    rebuild(anew, fold, EmbeddedReader(home / "hub.db"), lambda done, total: None)
    assert dump(anew) == dump(keep())
    anew.close()


def test_a_receipt_that_is_read_before_its_decision_erases_it_as_well(log, fold, keep, home, tmp_path):
    _, records = busiest(log)
    wire = wiring.schemas()
    receipts = [
        {"index": 1, "leaf": bytes(32), "partition": r.partition, "offset": r.offset, "told": 1, "at": 5}
        for r in records
    ]
    log.append([Out(topics.ERASURES, 0, None, wire.encode("ledger.erasure", one), ()) for one in receipts])
    first = Database.of(tmp_path)
    rebuild(first, fold, EmbeddedReader(home / "hub.db"), lambda done, total: None)  # receipts come first

    assert fold.names[0] == topics.ERASURES
    assert dump(first) == dump(keep())
    with first.reading() as connection:
        assert not any(ask.decision(connection, wire.decode(record.value)[2]["id"]) for record in records)
    first.close()


def test_what_is_erased_leaves_no_byte_in_the_file(home, log, fold):
    database = Database.of(home)
    _, records = busiest(log)
    reader = EmbeddedReader(home / "hub.db")
    follow(database, fold, Portioned(reader, 1), never, nothing)
    ids = [wiring.schemas().decode(record.value)[2]["id"].encode() for record in records]
    held = (home / "console.db").read_bytes() + (home / "console.db-wal").read_bytes()
    assert ids[0] in held

    erase(log, records)
    follow(database, fold, Portioned(reader, 1), never, nothing)

    held = b"".join(file.read_bytes() for file in home.glob("console.db*"))
    assert not [one for one in ids if one in held]
    database.close()


def acked(record, **fields):
    told = {"id": "e-9", "agency": "PROB", "record": record, "at": 5, "alert": None, "stage": None, **fields}
    return Out(topics.acks("PROB"), 0, b"k", wiring.schemas().encode("alert.ack", told), ())


def test_a_team_answers_its_own_alert_and_nobody_elses(log, keep):
    with keep().reading() as connection:
        mine, other = inbox.alerts(connection, "PROB").items[0].told, inbox.alerts(connection, "HOUS").items[0].told
    log.append(
        [
            acked(mine["person"], alert=mine["id"], answer="NOT_OURS", reason="OTHER_AREA", role="DUTY_OFFICER"),
            acked(mine["person"], alert=mine["id"], answer="NOT_OURS", reason="OTHER_AREA", role="DUTY_OFFICER"),
            acked(other["person"], alert=other["id"], id="e-10"),
            acked(mine["person"], alert=mine["id"], id="e-11", agency="HOUS"),
            acked(mine["person"], alert=mine["id"], id="e-12", role="Jane Roe of 1 High Street"),
            Out(topics.acks("PROB"), 0, b"k", b"Dear hub", ()),
            Out(topics.acks("PROB"), 0, b"k", None, ()),
        ]
    )

    with keep().reading() as connection:
        said = inbox.alert(connection, "PROB", mine["id"]).answers
        assert [(one.id, one.answer, one.reason, one.role) for one in said if one.at == 5] == [
            ("e-9", "NOT_OURS", "OTHER_AREA", "DUTY_OFFICER")
        ]
        assert not [one for one in inbox.alert(connection, "HOUS", other["id"]).answers if one.id == "e-10"]


def test_who_looked_at_whom_and_who_asked_is_listed_newest_first(log, keep):
    wire = wiring.schemas()
    looked = {"id": "v-1", "at": 5, "user": "u-1", "role": "LEAD", "page": "decision", "person": "p-1", "of": "d-1"}
    asked = {"id": "q-1", "what": "subject-report", "person": "p-1", "reason": "COMPLAINT", "by": "IG_LEAD",
             "second": "DPO", "at": 7, "signatures": [{"key": "k", "signature": b"s"}]}  # fmt: skip
    log.append(
        [Out(topics.READS, 0, None, wire.encode("read", looked | {"id": f"v-{n}", "at": n}), ()) for n in (1, 3, 2)]
    )
    log.append([Out(topics.ACCESS, 0, None, wire.encode("access", asked), ())])

    with keep().reading() as connection:
        assert [one.id for one in overview.reads(connection)] == ["v-3", "v-2", "v-1"]
        assert [one.id for one in overview.reads(connection, "p-1", limit=1, skip=1)] == ["v-2"]
        assert overview.reads(connection, "p-2") == ()
        assert [(one.id, one.second) for one in overview.accesses(connection, "p-1")] == [("q-1", "DPO")]


def test_of_many_attempts_to_tell_a_team_the_last_one_counts(log, keep):
    wire = wiring.schemas()
    told = {"endpoint": "hook", "team": "PROB", "channel": "WEBHOOK", "topic": topics.alerts("PROB"), "partition": 1,
            "offset": 7, "of": "a-1", "decision": "r-1", "message": "m-1", "attempt": 1}  # fmt: skip
    for number, outcome in enumerate(("RETRY", "RETRY", "DEAD"), 1):
        log.append(
            [
                Out(
                    topics.RECEIPTS,
                    0,
                    None,
                    wire.encode("receipt", {**told, "attempt": number, "outcome": outcome, "at": number}),
                    (),
                )
            ]
        )
        keep()

    with keep().reading() as connection:
        assert [(one.outcome, one.attempt) for one in overview.receipts(connection, "PROB", "a-1")] == [("DEAD", 3)]
        assert overview.receipts(connection, "HOUS", "a-1") == ()


def test_rules_that_are_not_what_their_hash_says_are_none(log, keep):
    wire, false = wiring.schemas(), {"hash": "0" * 64, "at": 5, "bundle": b'{"clauses":[]}', "signatures": []}
    with keep().reading() as connection:
        held = overview.book(connection)
    log.append([Out(topics.RULES, 0, None, wire.encode("rules.activated", false), ())])

    with keep().reading() as connection:
        assert overview.book(connection) == held
        assert held.bundles
        assert [one.hash for one in overview.bundles(connection)][-1] == "0" * 64
