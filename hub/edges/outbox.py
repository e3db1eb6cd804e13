"""
Where connector and hub share a machine: an outbox into the embedded log, and the connector's keys from the hub's home.

The same topics, keys and rows as on Kafka, in one SQLite transaction.
"""

import sqlite3
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connectors.outbox import OutboxError, Rows, Wire
from connectors.pseudonyms import KEY_BYTES, Pseudonyms
from hub import topics
from hub.core.events import Event
from hub.edges.embedded import EmbeddedLog
from hub.edges.home import Home
from hub.log import Out
from hub.wire.partitioner import partition_for

HERE = 0  # the positions topic has one partition


class EmbeddedOutbox:
    """
    Events into `intake.<agency>.v1` and rows into the positions topic, together or not at all.

    >>> log = EmbeddedLog(":memory:", 2)
    >>> outbox = EmbeddedOutbox(log, "GMP", lambda event: (b"avro", ()))
    >>> outbox.publish("gmp/inbox", [Event("e", "person.died", "GMP", "r1.x", 0, None, {})], {"file/a": b"done"})
    >>> outbox.resume("gmp/inbox"), len(list(log.scan("intake.gmp.v1")))
    ({'file/a': b'done'}, 1)
    """

    def __init__(self, log: EmbeddedLog, agency: str, wire: Wire) -> None:
        self._log, self._intake, self._wire = log, topics.intake(agency), wire

    def resume(self, source: str) -> dict[str, bytes]:
        """Every row of *source* that was committed and not forgotten since."""
        start, rows, offset = f"{source}/".encode(), dict[str, bytes](), 0
        while found := self._log.read(topics.CONNECTOR_POSITIONS, HERE, offset):
            offset = found[-1].offset + 1
            for record in found:
                if record.key is not None and record.key.startswith(start):
                    name = record.key.removeprefix(start).decode()
                    rows.pop(name, None)
                    if record.value is not None:
                        rows[name] = record.value
        return rows

    def publish(self, source: str, events: Sequence[Event], rows: Rows) -> None:
        """Append everything as one transaction; when it raises, nothing of it is there."""
        try:
            self._log.append([*map(self._event, events), *(_row(source, *row) for row in rows.items())])
        except sqlite3.Error as bad:
            why = (
                f"{self._intake}: not written ({type(bad).__name__}); hint: start again, nothing is lost or sent twice"
            )
            raise OutboxError(why) from bad

    def _event(self, event: Event) -> Out:
        key = event.record.encode()
        value, headers = self._wire(event)
        return Out(self._intake, partition_for(key, self._log.partitions), key, value, tuple(headers))


def _row(source: str, name: str, value: bytes | None) -> Out:
    return Out(topics.CONNECTOR_POSITIONS, HERE, f"{source}/{name}".encode(), value, ())


def names(home: Home, agency: str) -> Pseudonyms:
    """The pseudonyms of one agency's connector, from the keys in the hub's home."""
    return pseudonyms(agency, home.agency_key(agency), home.partnership_key())


def pseudonyms(agency: str, secret: bytes, partnership: bytes) -> Pseudonyms:
    """
    The pseudonyms under one agency's *secret*, stretched to the key that AES-256-SIV asks for (RFC 5869).

    >>> pseudonyms("GMP", bytes(32), bytes(32)).seal("TEST-0001")
    'r1.xgkXyn20pGb8SdKQNi1WqksP86pdyB-G_g'
    """
    key = HKDF(SHA256(), KEY_BYTES, b"csp-hub", b"csp connector record key 1").derive(secret)
    return Pseudonyms(agency, {1: key}, {1: partnership})
