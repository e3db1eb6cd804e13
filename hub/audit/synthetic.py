"""A ledger of made-up decisions, three steps long and the same every time: what the tamper drill tampers with."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import topics
from hub.audit.book import DROPPED, Book, Line, Step, Told
from hub.core.identity import reference
from hub.core.ledger import DECISION, ERASURE, Entry, Leaf, grow
from hub.core.merkle import Frontier
from hub.wire import commitments
from hub.wire.notes import COSIGNATURE, Checkpoint, Note, cosign, public_key, sign

ORIGIN, OTHER = "drill.example/ledger", "other.example/ledger"
WITNESSES = ("police", "prison", "school")
START, PERIOD, A_STEP = 1_790_000_000_000_000, 900_000_000, 12  # microseconds, microseconds, decisions
TEAMS = ("PROB", "HOUS", "YJS")


def secret(name: str) -> Ed25519PrivateKey:
    """The key of somebody in the drill; it protects nothing."""
    return Ed25519PrivateKey.from_private_bytes(sha256(f"drill|{name}".encode()).digest())


def policy(mark: str = "") -> str:
    """The log, and two of three witnesses; with a *mark*, keys that are not theirs under the same names."""
    keys = [f"witness {name} {public_key(name, secret(name + mark), COSIGNATURE)}" for name in WITNESSES]
    group = f"group most 2 {' '.join(WITNESSES)}"
    return "\n".join([f"log {public_key(ORIGIN, secret(ORIGIN))}", *keys, group, "quorum most", ""])


def signed(checkpoint: Checkpoint, by: str = ORIGIN) -> Note:
    """A *checkpoint* under the log's signature."""
    return Note(str(checkpoint), (sign(str(checkpoint), ORIGIN, secret(by)),))


def witnessed(note: Note, names: Sequence[str] = WITNESSES, mark: str = "") -> Note:
    """A *note* with the cosignatures of *names* too."""
    lines = [cosign(note.text, name, secret(name + mark), START // 1_000_000) for name in names]
    return Note(note.text, (*note.lines, *lines))


class Synthetic(Book):
    """
    A ledger at rest: one decision of its first step is erased, with a receipt in the third.

    With a *fork* it tells another story after the first step. Only the first *many* steps are there.
    """

    def __init__(self, fork: bool = False, many: int = 3) -> None:
        self.policy = policy()
        self.opened: list[Line] = []
        self.gone = -1
        self._steps: list[Step] = []
        self._leaves: list[Leaf] = []
        self._records: dict[bytes, Mapping[str, Any]] = {}
        frontier = Frontier()
        for number in range(many):
            entries = [self._decision(number, one, fork and number > 0) for one in range(A_STEP)]
            if number == 2:
                entries.append(self._receipt())
            grown = grow(frontier, entries, sha256(f"seed {number}".encode()).digest(), commitments.BLANK)
            frontier = grown.frontier
            self._leaves += grown.leaves
            note = signed(Checkpoint(ORIGIN, frontier.size, frontier.root()))
            self._steps.append(Step(START + number * PERIOD, frontier.size, str(note)))
            if number == 0:
                self.gone = next(index for index, leaf in enumerate(grown.leaves) if leaf.entry.kind == DECISION)
        for index, leaf in enumerate(self._leaves):
            entry = leaf.entry
            record = self._records.get(entry.salt) or json.loads(entry.parts[0])
            self.opened.append(Line(index, entry.kind, entry.salt, record, entry.partition, entry.offset))

    def _decision(self, step: int, number: int, forked: bool) -> Entry:
        name = f"{step}-{number}{'-other' if forked else ''}"
        outcomes = [
            {"team": team, "delivered": at != number % 3, "agreement": "DSA-001", "clause": f"DSA-001.{at + 1}",
             "reason": "no clause allows it" if at == number % 3 else None, "kept": {"prison": "keep"}}
            for at, team in enumerate(TEAMS)
        ]  # fmt: skip
        record = {
            "id": _id("d", name), "person": _id("p", name), "subject": "release_dates.changed", "event": _id("e", name),
            "source": "HMPPS_PRISON", "at": START + step * PERIOD - number, "bundle": "", "outcomes": outcomes,
        }  # fmt: skip
        salt = sha256(f"salt {name}".encode()).digest()
        self._records[salt] = record
        return Entry(DECISION, number % 2, step * A_STEP + number, commitments.decision(record), salt)

    def _receipt(self) -> Entry:
        leaf = self._leaves[self.gone]
        told = sum(one["delivered"] for one in self._records[leaf.entry.salt]["outcomes"])
        part = commitments.receipt(self.gone, leaf.hash, START + PERIOD, told)
        return Entry(ERASURE, -2, 0, part, sha256(b"receipt").digest())

    def newest(self) -> str:
        size, root = self._steps[-1].size, Frontier().grow(self.leaves())[0].root()
        return str(witnessed(signed(Checkpoint(ORIGIN, size, root))))

    def steps(self) -> Sequence[Step]:
        return self._steps

    def grown(self) -> int:
        return len(self._leaves)

    def leaves(self) -> Sequence[bytes]:
        return [leaf.hash for leaf in self._leaves]

    def lines(self) -> Iterator[Line]:
        for line in self.opened:
            erased = line.index == self.gone and len(self._steps) > 2
            yield Line(line.index, DECISION, b"", {}, line.partition, line.offset, DROPPED) if erased else line

    def told(self) -> Iterator[Told]:
        made = self._records.values()
        quoted = [(one["team"], record["id"]) for record in made for one in record["outcomes"] if one["delivered"]]
        for offset, (team, name) in enumerate(quoted):
            yield Told(team, topics.deliveries(team), 0, offset, reference(name, team))


def _id(kind: str, name: str) -> str:
    return f"{kind}-{sha256(f'{kind} {name}'.encode()).hexdigest()[:32]}"
