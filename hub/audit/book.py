"""What an audit reads, from wherever: the steps of the ledger, its leaves, what they are made of, and what was told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from hub.core.ledger import BLANK, DECISION, ERASURE, Entry, Leaf, seal
from hub.log import Record
from hub.wire import commitments

DROPPED, LEFT_OUT, MISSING = "erased", "left_out", "missing"


class AuditError(Exception):
    """A ledger or a folder that cannot be audited; the text says the cure, *kind* what an audit calls it."""

    def __init__(self, text: str, kind: str = "unreadable") -> None:
        super().__init__(text)
        self.kind = kind


class Step(NamedTuple):
    """A step of the ledger: when, how large the tree was after it, and the signed note that says so."""

    at: int
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """
    Leaf *index* and what it is made of; *absent* says why that is not here.

    A *record* is a decision, or the one part of a receipt or blank.
    """

    index: int
    kind: str
    salt: bytes
    record: Mapping[str, Any]
    partition: int = -1
    offset: int = -1
    absent: str = ""


class Told(NamedTuple):
    """A delivery or an alert: where it lies, and the decision it quotes."""

    team: str
    topic: str
    partition: int
    offset: int
    decision: str


class Proved(NamedTuple):
    """A record of a proofs topic: where it lies, and what it says."""

    team: str
    partition: int
    offset: int
    proof: Mapping[str, Any]


class Book(Protocol):
    """A ledger as it can be read; one at rest, as in a folder, has nothing to come and no proofs to show."""

    policy: str

    def newest(self) -> str | None:
        """The note published as the newest, with the cosignatures it got; None where none is to be published."""

    def steps(self) -> Sequence[Step]:
        """Every step, oldest first."""

    def grown(self) -> int:
        """The size of the tree now, which may have grown since `steps` was read."""

    def leaves(self) -> Sequence[bytes]:
        """Every leaf hash, in order."""

    def lines(self) -> Iterator[Line]:
        """Every leaf with what it is made of, in order."""

    def told(self) -> Iterator[Told]:
        """Everything that teams were told."""

    def proved(self) -> Iterator[Proved] | None:
        """Every proof that teams were given; None where they are not to be had, as in a folder."""
        return None

    def strays(self) -> Sequence[str]:
        """Decisions that should have a leaf and have none, once `lines` is read to its end."""
        return ()

    def waiting(self) -> Sequence[Mapping[str, Any]]:
        """Decisions that came after the newest step, once `lines` is read to its end."""
        return ()

    def pending(self) -> Mapping[int, int]:
        """Leaves erased after the newest step, and how many teams were told of each: their receipts are to come."""
        return {}


class Log(Protocol):
    """What is asked of a log."""

    def scan(self, topic: str, partition: int | None = None) -> Iterator[Record]: ...


def sealed(line: Line) -> Leaf:
    """The leaf that a *line* makes."""
    return seal(Entry(line.kind, line.partition, line.offset, parts(line), line.salt))


def parts(line: Line) -> tuple[bytes, ...]:
    """The parts of what a leaf is made of."""
    if line.kind == DECISION:
        return commitments.decision(line.record)
    if line.kind == ERASURE:
        told = line.record
        return commitments.receipt(told["index"], bytes.fromhex(told["leaf"]), told["at"], told["told"])
    return commitments.BLANK


KINDS = {-1: BLANK, -2: ERASURE}
