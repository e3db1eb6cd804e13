"""
LEDGER, one step: decisions in, the leaves they become, a checkpoint and each team's proofs out, as one transaction.

The tree is a function of `ledger.leaves.v1` alone, and its newest record is all the state there is. What the world must
bring along comes with the step: the clock, the salts and the log's signing key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub import topics
from hub.core.identity import reference
from hub.core.ledger import (
    BLANK,
    DECISION,
    ERASURE,
    TILE,
    WIDTH,
    Entry,
    Grown,
    Leaf,
    LedgerError,
    derived,
    grow,
    opening,
)
from hub.core.merkle import Frontier, Proof
from hub.log import Out, Record
from hub.wire import commitments
from hub.wire.answers import SOURCE
from hub.wire.codec import CodecError, Schemas
from hub.wire.notes import Checkpoint, Note, sign
from hub.wire.partitioner import partition_for
from hub.wire.recipients import Recipients

MOST = 2048  # decisions of one step: whole tiles of them, in one transaction that is soon over
TILE_LEVEL = TILE.bit_length() - 1
ERASED = "ledger-erased"  # the header of a tombstone: which leaf it empties
PLACES = {BLANK: -1, ERASURE: -2}  # what stands for a partition where a leaf is no decision


class State(NamedTuple):
    """How far the ledger is: its tree, the offset to go on from in each of its sources, and when it grew last."""

    frontier: Frontier
    positions: tuple[int, ...]
    erasures: int = 0
    at: int = 0

    def due(self, now: int, every: float) -> bool:
        """
        Whether a step is due at *now*: one in each period of *every* seconds of the clock, whenever the hub ran.

        >>> State(Frontier(), (), at=899_000_000).due(900_000_000, 900.0)
        True
        """
        period = round(every * 1_000_000)
        return now // period > self.at // period


class Step(NamedTuple):
    """The ledger after a step, what the step makes visible, the checkpoint it signed, and the root of each new tile."""

    state: State
    outs: tuple[Out, ...]
    note: Note
    tiles: tuple[bytes, ...]


class Ledger:
    """
    What the ledger of one hub is made with: schemas, keys, its *origin* and the *dice* that salts come from.

    *dice* gives so many random bytes.
    """

    def __init__(
        self,
        schemas: Schemas,
        recipients: Recipients,
        partitions: int,
        origin: str,
        secret: Ed25519PrivateKey,
        dice: Callable[[int], bytes],
    ) -> None:
        self._schemas, self._recipients, self._partitions = schemas, recipients, partitions
        self.origin, self._secret, self._dice = origin, secret, dice

    def resume(self, newest: Record | None) -> State:
        """The state after the *newest* record of `ledger.leaves.v1`; None before there is any."""
        if newest is None:
            return State(Frontier(), (0,) * self._partitions)
        if newest.key != self.origin.encode():
            raise LedgerError(f"{newest.topic}: another key's ledger; hint: restore keys/ledger.key of the home")
        return state(self._schemas.written(newest.value or b""))

    def step(self, before: State, decisions: Sequence[Record], erasures: Sequence[Record], now: int) -> Step:
        """
        Grow the tree by *decisions* and by receipts of *erasures*, whichever come after the state *before*.

        Whatever is not as DECIDE wrote it stops the ledger: it must be looked at, and nothing is left out.
        """
        at, seed = max(now, before.at), self._dice(WIDTH)
        size = before.frontier.size
        fresh = [record for record in decisions if not _emptied(record, size)]
        made = {(record.partition, record.offset): self._written(record) for record in fresh}
        entries = [
            Entry(DECISION, *where, commitments.decision(values), self._dice(WIDTH)) for where, values in made.items()
        ]
        entries += [self._receipt(record, seed) for record in erasures]
        grown = grow(before.frontier, entries, seed, commitments.BLANK)
        positions = list(before.positions)
        for record in decisions:
            positions[record.partition] = record.offset + 1
        read = erasures[-1].offset + 1 if erasures else before.erasures
        after = State(grown.frontier, tuple(positions), read, at)
        note = self.checkpoint(grown.frontier)
        keys = {(record.partition, record.offset): record.key or b"" for record in decisions}
        outs = (self._leaves(grown, after, seed), self._out(topics.CHECKPOINTS, str(note).encode()))
        new = range(grown.first // TILE, grown.frontier.size // TILE)
        tiles = tuple(grown.node(TILE_LEVEL, number) for number in new)
        return Step(after, (*outs, *_salts(grown, keys), *self._proofs(grown, made)), note, tiles)

    def checkpoint(self, frontier: Frontier) -> Note:
        """The log's signed word on its tree."""
        text = str(Checkpoint(self.origin, frontier.size, frontier.root()))
        return Note(text, (sign(text, self.origin, self._secret),))

    def cosigned(self, note: Note) -> Out:
        """A checkpoint that enough witnesses have cosigned, for everybody to read."""
        return self._out(topics.COSIGNED, str(note).encode())

    def _written(self, record: Record) -> Mapping[str, Any]:
        value = record.value or b""
        try:
            if record.key == self._recipients.decision_key(dict(record.headers).get(SOURCE, b""), value):
                told = self._schemas.written(value)
                if record.partition == partition_for(told["person"].encode(), self._partitions):
                    return told  # elsewhere it is a copy, which nobody would find to erase it
        except CodecError:
            pass
        where = f"{record.topic}/{record.partition}/{record.offset}"
        raise LedgerError(f"{where}: not as the hub wrote it; hint: somebody altered the log, or keys/recipients.key")

    def _receipt(self, record: Record, seed: bytes) -> Entry:
        told = self._schemas.written(record.value or b"")
        part = commitments.receipt(told["index"], told["leaf"], told["at"], told["told"])
        return Entry(ERASURE, PLACES[ERASURE], record.offset, part, derived(seed, ERASURE, record.offset))

    def _leaves(self, grown: Grown, after: State, seed: bytes) -> Out:
        entries = [leaf.entry for leaf in grown.leaves]
        values = {
            "first": grown.first,
            "at": after.at,
            "hashes": b"".join([leaf.hash for leaf in grown.leaves]),
            "partitions": [entry.partition for entry in entries],
            "offsets": [entry.offset for entry in entries],
            "positions": list(after.positions),
            "erasures": after.erasures,
            "frontier": b"".join(after.frontier.hashes),
            "seed": seed,
        }
        return self._out(topics.LEAVES, self._schemas.encode("ledger.leaves", values))

    def _out(self, topic: str, value: bytes) -> Out:
        return Out(topic, 0, self.origin.encode(), value, ())

    def _proofs(self, grown: Grown, made: Mapping[tuple[int, int], Mapping[str, Any]]) -> Iterator[Out]:
        for index, leaf in enumerate(grown.leaves, grown.first):
            if leaf.entry.kind == DECISION:
                decision, path = made[leaf.entry.partition, leaf.entry.offset], None
                for number, one in enumerate(decision["outcomes"], 1):
                    if one["delivered"]:
                        path = path or grown.proof(index)
                        yield self._proof(decision, one["team"], leaf, number, (index, grown.frontier.size, path))

    def _proof(
        self, decision: Mapping[str, Any], team: str, leaf: Leaf, number: int, place: tuple[int, int, Proof]
    ) -> Out:
        opened, quoted = opening(leaf, number), reference(decision["id"], team)
        values = {
            "decision": quoted,
            "part": opened.part.decode(),
            "salt": opened.salt,
            "number": number,
            "parts": opened.size,
            "beside": list(opened.path),
            **dict(zip(("index", "size"), place[:2], strict=True)),
            "path": list(place[2]),
        }
        to = partition_for(self._recipients.seal(team, decision["person"]).encode(), self._partitions)
        return Out(topics.proofs(team), to, quoted.encode(), self._schemas.encode("proof", values), ())


def state(told: Mapping[str, Any]) -> State:
    """The state that a record of `ledger.leaves.v1` leaves behind."""
    size = told["first"] + len(told["partitions"])
    frontier = Frontier(size, hashes(told["frontier"]))
    return State(frontier, tuple(told["positions"]), told["erasures"], told["at"])


def hashes(packed: bytes) -> tuple[bytes, ...]:
    """Hashes that lie one behind the other."""
    return tuple(packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH))


def _emptied(record: Record, size: int) -> bool:
    """Whether this is the tombstone of a decision whose leaf is in the tree of *size* already."""
    told = [value for name, value in record.headers if name == ERASED and value and value.isdigit()]
    return record.value is None and any(int(value) < size for value in told)


def _salts(grown: Grown, keys: Mapping[tuple[int, int], bytes]) -> Iterator[Out]:
    """Each decision's salt under its index, and the decision's key, by which an erasure finds it."""
    for index, leaf in enumerate(grown.leaves, grown.first):
        entry = leaf.entry
        if entry.kind == DECISION:
            value = entry.salt + keys[entry.partition, entry.offset]
            yield Out(topics.SALTS, 0, str(index).encode(), value, ())
