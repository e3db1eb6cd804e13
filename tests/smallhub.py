"""A whole hub in memory: publish events, let the clock tick, read what came out."""

from datetime import UTC, date, datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from shipped import schemas

from hub import topics
from hub.core.events import Event
from hub.edges.agreements import bundle
from hub.edges.embedded import EmbeddedLog, Worker
from hub.engine import Program
from hub.log import Out
from hub.resources import folder
from hub.wire.bundle import sign
from hub.wire.codec import cloud_headers, decode_event, encode_event, vocabulary
from hub.wire.partitioner import partition_for
from hub.wire.recipients import Recipients
from hub.wire.signing import key_id
from hub.wire.twofold import check
from hub.wiring import opener

AGENCIES = ("HMPPS_PRISON", "YJS", "GMP", "SCHOOL")
TEAMS = ("PROB", "YJS", "HOUS", "DWP", "CSC")
LEADS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2)]
TRUSTED = {key_id(lead.public_key()): lead.public_key() for lead in LEADS}
PARTITIONS = 2
CRD = date(2026, 9, 9)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def told(number, kind, record="r-1", when="2026-02-02T09:30", agency="HMPPS_PRISON", seq=None, **fields) -> Event:
    return Event(f"e-{number}", kind, agency, record, at(when), seq, fields)


def published(event: Event, topic: str | None = None, key: bytes | None = None) -> Out:
    name = key or event.record.encode()
    where = topic or topics.intake(event.agency)
    return Out(where, partition_for(name, PARTITIONS), name, encode_event(schemas(), event), cloud_headers(event, 1))


SHIPPED = bundle(folder("policies"), vocabulary(schemas()), TEAMS)
SIGNED = partial(check, trusted=TRUSTED)
OPENER = opener(lambda: TRUSTED)


FOREVER = at("2100-01-01T00:00")


def policies(sequence=1, **changes):
    return {**SHIPPED, "sequence": sequence, "activate_by": FOREVER, **changes}


class SmallHub:
    followed = ""  # the hash of the rules activated last

    def __init__(self, activate=True, batch=500, fired=500, path=":memory:"):
        recipients = Recipients(bytes(32))
        self.program = Program(
            schemas(), recipients, PARTITIONS, AGENCIES, TEAMS, OPENER, recipients.salt(), fired, signed=SIGNED
        )
        self.log = EmbeddedLog(path, PARTITIONS, durable=False, clock=lambda: at("2027-01-01T00:00") * 1000)
        self.batch = batch
        self.worker = Worker(self.log, self.program, batch)
        if activate:
            self.activate(policies())

    def activate(self, rules, leads=LEADS, **changes):
        """*rules* that follow those activated last."""
        made = sign({**rules, "previous": self.followed}, 0, leads)
        self.followed = made["hash"]
        self._everywhere("rules.activated", {**made, **changes})

    def tick(self, when):
        self._everywhere("tick", {"at": at(when)})

    def _everywhere(self, kind, values):
        self.lay(kind, values)
        self.worker.drain()

    def lay(self, kind, values):
        """Into every partition of the person log, and let it lie there."""
        value = schemas().encode(kind, values)
        self.log.append([Out(topics.PERSON, number, None, value, ()) for number in range(PARTITIONS)])

    def publish(self, *events):
        self.log.append([published(event) for event in events])
        self.worker.drain()

    def restart(self):
        self.worker = Worker(self.log, self.program, self.batch)

    def read(self, topic):
        return [schemas().decode(record.value)[2] for record in self.log.scan(topic)]

    def decisions(self):
        return {decision["event"]: decision for decision in self.read(topics.DECISIONS)}

    def quarantined(self, owner):
        reasons = []
        for record in self.log.scan(topics.quarantine(owner)):
            reasons.append(dict(record.headers)["quarantine.reason"].decode())
        return reasons

    def contents(self):
        """Everything in the log but intake: what two runs must have in common, byte for byte."""
        outputs = [name for name in self.log.topics() if not name.startswith(("intake.", "acks."))]
        return {
            name: sorted((r.partition, r.key or b"", r.value or b"", r.headers) for r in self.log.scan(name))
            for name in outputs
        }


def adult(record="r-1", number=1, **more):
    return told(f"reg-{number}", "person.registered", record, dob=date(1990, 5, 5), link=f"l-{number}", **more)


def decoded(record):
    return decode_event(schemas(), record.value)


def dated(number=1, record="r-1", when="2026-02-02T10:00", crd=CRD, seq=None) -> Event:
    return told(f"dates-{number}", "release_dates.changed", record, when, seq=seq, crd=crd, prison="MDI")
