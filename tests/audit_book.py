"""A small hub whose ledger is kept, for the tests of the audit."""

import json
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from smallhub import PARTITIONS, TEAMS, SmallHub, adult, dated, told

from hub import topics
from hub.audit.check import check
from hub.audit.erase import erasure
from hub.audit.log import LogBook
from hub.edges.ledger import EmbeddedLedger
from hub.engine.ledger import Ledger
from hub.wire.notes import public_key

SECRET, ORIGIN = Ed25519PrivateKey.from_private_bytes(bytes(32)), "hub.example/ledger"
POLICY = f"log {public_key(ORIGIN, SECRET)}\nquorum none\n"
NOW = 1_800_000_000_000_000
MORE = (told(4, "person.received"),)
EVENTS = adult(), dated(), told(3, "needs.flagged", homeless=True, consent=("HOUS",)), adult("r-9", 9)
ERASED = (adult(), dated(), adult("r-9", 9), dated(9, "r-9"), told(5, "person.erased", when="2026-03-02T09:30"))


class Dice:
    def __init__(self):
        self.thrown = 0

    def __call__(self, count):
        self.thrown += 1
        return sha256(str(self.thrown).encode()).digest()[:count]


class Scanner:
    """An embedded log as a reader would have it."""

    def __init__(self, log):
        self.log = log

    def scan(self, topic, partition=None):
        for number in range(PARTITIONS) if partition is None else (partition,):
            yield from self.log.read(topic, number, 0, 1 << 30)


class KeptHub:
    """A hub with a ledger of two steps; *events* come before the first, *more* comes before the second."""

    def __init__(self, *events, more=MORE):
        self.hub = SmallHub()
        self.log, self.program = self.hub.log, self.hub.program
        self.ledger = EmbeddedLedger(
            self.log,
            Ledger(self.program.schemas, self.program.recipients, PARTITIONS, ORIGIN, SECRET, Dice()),
        )
        self.reader = Scanner(self.log)
        self.hub.publish(*(events or EVENTS))
        self.ledger.grow(NOW)
        if more:
            self.hub.publish(*more)
            self.hub.tick("2026-08-20T09:00")
            self.ledger.grow(NOW + 1)

    def book(self):
        return LogBook(self.reader, self.program.schemas, PARTITIONS, TEAMS, POLICY)

    def check(self):
        return check(self.book())

    def faults(self):
        return sorted({kind for kind, _ in self.check().faults})

    def sql(self, query, *values):
        return self.log._sql.execute(query, values)

    def person(self, event="e-dates-1"):
        return self.hub.decisions()[event]["person"]

    def erase(self, person, grow=True):
        made = erasure(self.reader, self.program.schemas, self.program.recipients, PARTITIONS, person, NOW + 2)
        self.log.empty([record for record, _ in made.gone], made.receipts)
        if grow:
            self.ledger.grow(NOW + 3)
        return made

    def decisions(self):
        return [record for record in self.reader.scan(topics.DECISIONS) if record.value is not None]


def rows(folder, name="entries.jsonl"):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def rewrite(folder, made, name="entries.jsonl"):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in made))
