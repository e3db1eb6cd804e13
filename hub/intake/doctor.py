"""
What stands between an agency and the hub, step by step, each with its cure.

On Kafka it is asked as the agency itself, with its own name and certificate. A record is sent in a transaction that is
then aborted: whether the broker takes it, and what its clock says, is known, and nobody ever reads it.
"""

import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from hub import topics
from hub.contracts.fields import example
from hub.edges.home import HomeError
from hub.place import Place
from hub.wire.schemas import CodecError, Schemas

PATIENCE = 10.0  # seconds for one answer of the broker
AHEAD = 300.0  # seconds that a clock may be ahead of the log's: what is later is refused
SKEW = 60.0  # seconds of difference that are spoken of
SOON = 30  # days before its end from which on a certificate is spoken of
TRIAL = b"\0doctor"  # no record of any schema


class Finding(NamedTuple):
    """One step: whether it is `ok`, `FAIL` or only to be looked at (`note`), what was found, and the cure."""

    state: str
    says: str
    cure: str = ""

    @property
    def bad(self) -> bool:
        """Whether it stands in the way."""
        return self.state == "FAIL"


def ok(says: str) -> Finding:
    """A step that is as it should be."""
    return Finding("ok", says)


def fail(says: str, cure: str) -> Finding:
    """A step that stands in the way."""
    return Finding("FAIL", says, cure)


def examined(place: Place, agency: str, schemas: Schemas, rules: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Everything that can be found out from here about *agency*; *rules* may be out of reach, and then None."""
    yield from _kafka(place, agency) if place.on_kafka else _embedded(place, agency)
    yield from _types(schemas, agency, rules)


def _types(schemas: Schemas, agency: str, rules: Mapping[str, Any] | None) -> Iterator[Finding]:
    if rules is None:
        yield Finding("note", "the rules in force cannot be read from here", "nothing to do: the operator sees them")
        return
    kinds = rules["publishes"].get(agency, [])
    if not kinds:
        yield fail(f"the rules in force let {agency} state nothing", "add a line under `publishes` in partnership.yaml")
        return
    lacking = [kind for kind in kinds if not _writable(schemas, kind)]
    if lacking:
        yield fail(f"no schema here for {lacking[0]}", "install the release of csp-hub that the hub runs")
    else:
        yield ok(f"schemas known of all {len(kinds)} types that {agency} may state")
    named = sorted(
        {one["agreement"] for one in rules["clauses"] if one["effect"] == "permit" and agency in one["sources"]}
    )
    if named:
        yield ok(f"agreements in force: {', '.join(named)}")
    else:
        yield fail(f"no agreement in force lets anybody hear from {agency}", "write one, and have two leads sign it")


def _writable(schemas: Schemas, kind: str) -> bool:
    try:
        return bool(example(schemas, schemas.newest[kind]))
    except (KeyError, CodecError):
        return False


def _embedded(place: Place, agency: str) -> Iterator[Finding]:
    try:
        home = place.open()
    except HomeError as gone:
        what, _, cure = str(gone).partition("; hint: ")
        yield fail(what, cure)
        return
    yield ok(f"home found, with {home.partitions} partitions")
    if agency not in home.agencies:
        yield fail(f"{agency} is not in this partnership", "add it to partnership.yaml before `hub init`")
        return
    yield ok(f"{agency} belongs to it, and writes to {topics.intake(agency)}")
    try:
        home.agency_key(agency)
        yield ok("its key is here")
    except HomeError:
        cure = "none, if its connector runs elsewhere; else restore the key"
        yield Finding("note", f"the key of {agency} is not on this machine", cure)
    yield _taken(home.log)


def _taken(log: Path) -> Finding:
    """Whether the file lets somebody begin to write; what a permission says is not asked, for it is not all."""
    try:
        with closing(sqlite3.connect(f"{log.absolute().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)) as sql:
            sql.execute("begin immediate")
            sql.execute("rollback")
    except sqlite3.Error as bad:
        cure = "start `hub run` once if it is new, run this as the hub's user, and see that the disk is not full"
        return fail(f"the log cannot be written from here ({bad.sqlite_errorname})", cure)
    return ok("the log can be written; its clock is this machine's")


def _kafka(place: Place, agency: str) -> Iterator[Finding]:
    host, _, port = place.broker.split(",")[0].rpartition(":")
    try:
        yield _reached(host, int(port), place.auth.get("ssl_context"))
    except (OSError, ValueError) as bad:
        cure = "check HUB_BOOTSTRAP, the network and HUB_KAFKA_CA"
        yield fail(f"broker {place.broker} not reached ({type(bad).__name__})", cure)
        return
    yield from _asked(place, agency)


def _reached(host: str, port: int, context: ssl.SSLContext | None) -> Finding:
    with socket.create_connection((host, port), timeout=PATIENCE) as plain:
        if context is None:
            return Finding("note", "broker reached, without TLS", "fine on one machine; else set HUB_KAFKA_CA")
        with context.wrap_socket(plain, server_hostname=host) as wrapped:
            return _certified(wrapped.version() or "TLS", wrapped.getpeercert() or {}, time.time())


def _certified(version: str, told: Mapping[str, Any], now: float) -> Finding:
    """
    How long the broker's certificate still holds.

    >>> _certified("TLSv1.3", {"notAfter": "Mar  2 12:00:00 2027 GMT"}, 1_795_000_000.0).says
    'broker reached (TLSv1.3, certificate ends 2 Mar 2027)'
    """
    ends = ssl.cert_time_to_seconds(str(told["notAfter"])) if "notAfter" in told else now
    day = datetime.fromtimestamp(ends, UTC)
    says = f"broker reached ({version}, certificate ends {day.day} {day:%b %Y})"
    soon = ends - now < SOON * 86_400
    return Finding("note", says, "ask the operator to renew it") if soon else ok(says)


def _asked(place: Place, agency: str) -> Iterator[Finding]:
    from kafka import KafkaConsumer
    from kafka.errors import KafkaError

    from hub.edges.reader import ANSWER

    intake, user = topics.intake(agency), place.auth.get("sasl_plain_username")
    try:
        client = {"bootstrap_servers": place.broker, "bootstrap_timeout_ms": ANSWER, **place.auth}
        consumer = KafkaConsumer(**client, group_id=None)
        try:
            found = {name: consumer.partitions_for_topic(name) for name in (intake, topics.CONNECTOR_POSITIONS)}
        finally:
            consumer.close()
    except KafkaError as bad:
        yield fail(f"not signed in ({type(bad).__name__})", "check HUB_KAFKA_USER and the password's file")
        return
    yield ok(f"signed in as {user}") if user else Finding("note", "signed in without a name", "set HUB_KAFKA_USER")
    missing = [name for name, parts in found.items() if not parts]
    if missing:
        cure = "ask the operator: start `hub run --kafka` once, and let this agency describe and write it"
        yield fail(f"{missing[0]}: not there, or not for this agency to see", cure)
        return
    yield from _tried(place, agency, intake)


def _tried(place: Place, agency: str, intake: str) -> Iterator[Finding]:
    """Whether a record would be taken, and by whose clock."""
    from kafka.errors import KafkaError, TopicAuthorizationFailedError, TransactionalIdAuthorizationFailedError

    name = f"connector.{topics.slug(agency)}.doctor"
    try:
        stamped, here = _aborted(place, intake, name)
    except TransactionalIdAuthorizationFailedError:
        yield fail(
            f"transactional id {name} refused",
            f"ask the operator: allow ids that begin with connector.{topics.slug(agency)}",
        )
        return
    except TopicAuthorizationFailedError:
        yield fail(f"writing {intake} refused", "ask the operator: this agency's name needs WRITE on its own topic")
        return
    except KafkaError as bad:
        yield fail(f"writing {intake} failed ({type(bad).__name__})", "try again; if it stays, ask the operator")
        return
    yield ok(f"may write {intake} (a record was sent and taken back)")
    yield clock(here - stamped)


def _aborted(place: Place, intake: str, name: str) -> tuple[float, float]:
    """When the broker says that a record came that nobody will read, and when it was here, in seconds."""
    from kafka import KafkaProducer

    producer = KafkaProducer(
        bootstrap_servers=place.broker, transactional_id=name, max_block_ms=int(PATIENCE * 1000), **place.auth
    )
    try:
        producer.init_transactions()
        producer.begin_transaction()
        try:
            before = time.time()
            told = producer.send(intake, value=TRIAL, partition=0).get(timeout=PATIENCE)
            return told.timestamp / 1000, (before + time.time()) / 2
        finally:
            producer.abort_transaction()
    finally:
        producer.close(timeout=5)


def clock(ahead: float) -> Finding:
    """
    How this machine's clock stands to the broker's, in seconds.

    >>> clock(0.2).says, clock(-90.0).state, clock(400.0).state
    ('clock 0.2 s from the broker', 'note', 'FAIL')
    """
    says = (
        f"clock {abs(ahead):.1f} s {'ahead of' if ahead > SKEW else 'behind' if ahead < -SKEW else 'from'} the broker"
    )
    if ahead > AHEAD:
        return fail(f"{says}: what it dates is refused", "set this machine's clock by NTP")
    return Finding("note", says, "set this machine's clock by NTP") if abs(ahead) > SKEW else ok(says)
