"""
The audit itself: everything is computed anew, and whatever is not as it should be is named.

A fault says what kind it is, where, and never what was said there.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.audit.book import DROPPED, LEFT_OUT, Book, Line, Proved, Step, Told, sealed
from hub.core.identity import reference
from hub.core.ledger import BLANK, DECISION, ERASURE, TILE, WIDTH, Opening, leaf_of
from hub.core.merkle import Nodes, ProofError, check_inclusion, levels, root
from hub.wire.notes import NoteError, read_checkpoint, read_note
from hub.wire.witnesses import Policy, read_policy, trusted

SKEW = 5 * 60 * 1_000_000  # microseconds by which an agency's clock may be ahead of the log's


@dataclass(slots=True)
class Report:
    """What an audit found: *counts* of what was looked at, and a line for every fault by its kind."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)

    def fault(self, kind: str, where: str) -> None:
        """Something is not as it should be."""
        self.faults.append((kind, where))


def check(book: Book, kept: Sequence[str] = ()) -> Report:
    """
    Audit a whole ledger: leaves, checkpoints, decisions, erasures, what was told, and the proofs given of it.

    Notes that somebody *kept* from earlier must be of this very ledger, or of its beginning.
    """
    report, policy, leaves = Report(), read_policy(book.policy), book.leaves()
    made = levels(leaves)
    steps = book.steps()

    def node(level: int, index: int) -> bytes:
        return made[level][index]

    _checkpoints(steps, policy, len(leaves), node, report)
    if (newest := book.newest()) is not None:
        _published(newest, policy, steps, report)
    for note in kept:
        _checkpoint(note, "the checkpoint you kept", None, policy, len(leaves), node, report)
    _order(steps, leaves, report)
    told = _told_of(book.told(), report)
    entries = _Entries(leaves, steps, report)
    for line in book.lines():
        entries.take(line)
    entries.close(book)
    report.counts["waiting"] = len(book.waiting())
    _told(told, book, entries, report)
    if (given := book.proved()) is not None:
        roots = {step.size: root(step.size, node) for step in steps if step.size <= len(leaves)}
        beyond = _proofs(given, roots, entries.delivered, report)
        if beyond and beyond > (size := book.grown()):
            report.fault("cut", f"a proof is of a tree of {beyond}, and there are {size} leaves")
    return report


def _told_of(told: Iterable[Told], report: Report) -> set[bytes]:
    """What was told is read before the decisions: a hub at work writes both at once, so no decision can be too new."""
    found = set[bytes]()
    for one in told:
        report.counts["told"] += 1
        found.add(short(one.decision))
    return found


def short(quoted: str) -> bytes:
    """A reference in the fewest bytes, for there are many."""
    try:
        return bytes.fromhex(quoted[2:])
    except ValueError:  # not one of ours
        return quoted.encode()


def _checkpoints(steps: Sequence[Step], policy: Policy, size: int, node: Nodes, report: Report) -> None:
    """Each is signed, of this tree, and neither smaller nor older than the one before: so all are of one history."""
    before = Step(0, 0, "")
    for step in steps:
        where = f"checkpoint of {step.size}"
        report.counts["checkpoints"] += 1
        if step.at < before.at:
            report.fault("back-dated", f"{where} is older than the one before it")
        if step.size <= before.size:
            report.fault("shrunk", f"{where} comes after one of {before.size}")
        before = step
        _checkpoint(step.note, where, step.size, policy, size, node, report)
    if steps and before.size != size:
        report.fault("cut", f"{size} leaves, and the newest checkpoint is of {before.size}")


def _checkpoint(
    note: str, where: str, said: int | None, policy: Policy, size: int, node: Nodes, report: Report
) -> None:
    """One is the log's own, and of this tree of *size* leaves."""
    alone = policy._replace(quorum="none")  # cosignatures are asked of the newest one that is published
    try:
        told = trusted(read_note(note), alone).checkpoint
    except NoteError as bad:
        report.fault(bad.kind, f"{where}: {bad}")
        return
    if said not in (None, told.size) or told.size > size:
        report.fault("cut", f"{where}: its note is of {told.size}, and there are {size} leaves")
    elif told.root != root(told.size, node):
        report.fault("forked", f"{where}: its root is another tree's")


def _published(newest: str, policy: Policy, steps: Sequence[Step], report: Report) -> None:
    """What is published is the last step, and a quorum has cosigned it."""
    try:
        witnessed = trusted(read_note(newest), policy)
        if not steps or witnessed.checkpoint != read_checkpoint(read_note(steps[-1].note).text):
            report.fault("cut", f"checkpoint of {witnessed.checkpoint.size}: published, and not the last step")
        report.counts["cosignatures"] += len(witnessed.by)
    except NoteError as bad:
        report.fault(bad.kind, str(bad))


def _order(steps: Sequence[Step], leaves: Sequence[bytes], report: Report) -> None:
    start = 0
    for step in steps:
        some = leaves[start : step.size]
        if len(some) % TILE:
            report.fault("partial", f"the step to {step.size} is not of whole tiles")
        if list(some) != sorted(some):
            report.fault("order", f"the step to {step.size} is not in the order of its hashes")
        start = step.size


class _Entries:
    """Every leaf against what it is said to be made of."""

    def __init__(self, leaves: Sequence[bytes], steps: Sequence[Step], report: Report) -> None:
        self._leaves, self._report = leaves, report
        self._sizes, self._times = [step.size for step in steps], [step.at for step in steps]
        self._next = 0
        self._places: set[tuple[int, int]] = set()
        self._gone: dict[int, str] = {}
        self._receipts: dict[int, tuple[str, int]] = {}
        self.delivered: set[bytes] = set()
        self.partial = False
        self.erased_told = 0

    def take(self, line: Line) -> None:
        """Check one."""
        report, where = self._report, _where(line)
        if line.index < self._next or line.index >= len(self._leaves):
            return report.fault("added", f"{where}: is there already, or not in the tree")
        if line.index != self._next:
            report.fault("cut", f"leaf {self._next}: what it is made of is not told, {where} follows")
        self._next = line.index + 1
        report.counts[_COUNTED[line.kind]] += 1
        if line.kind == DECISION:
            if (line.partition, line.offset) in self._places:
                report.fault("doubled", f"{where}: its place in the log has a leaf already")
            self._places.add((line.partition, line.offset))
        if line.absent:
            self._absent(line, where)
        elif not self._is_leaf(line):
            report.fault(_ALTERED[line.kind], f"{where}: is not what its leaf was made of")
        elif line.kind == ERASURE:
            self._receipts[line.record["index"]] = line.record["leaf"], line.record["told"]
        elif line.kind == DECISION:
            self.delivered |= delivered(line.record)
            if line.record["at"] > self._until(line.index):
                report.fault("back-dated", f"{where}: is of later than the step that it is in")

    def _until(self, index: int) -> int:
        """The latest instant of a decision in the step of leaf *index*: agencies' clocks may be a little ahead."""
        step = bisect_right(self._sizes, index)
        return self._times[step] + SKEW if step < len(self._times) else 0

    def _is_leaf(self, line: Line) -> bool:
        try:
            whole = len(line.salt) == WIDTH and sealed(line).hash == self._leaves[line.index]
            return whole and _TYPED[line.kind](line.record)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
            return False  # of a folder that is not as it should be

    def _absent(self, line: Line, where: str) -> None:
        if line.absent == DROPPED:
            self._gone[line.index] = where
        elif line.absent == LEFT_OUT:
            self.partial = True
            self._report.counts["left out"] += 1
        else:
            self._report.fault("missing", f"{where}: the record or its salt is gone, and no receipt says why")

    def close(self, book: Book) -> None:
        """All are read: is every erasure on record, and nothing else without a leaf?"""
        report, pending = self._report, book.pending()
        if self._next != len(self._leaves):
            report.fault("cut", f"leaf {self._next}: what it is made of is not told, up to {len(self._leaves)}")
        for index, where in self._gone.items():
            leaf, told = self._receipts.get(index, ("", 0))
            if leaf in {one.hex() for one in self._leaves[index : index + 1]} or index in pending:
                report.counts["erased"] += 1
                self.erased_told += pending.get(index, told)
            else:
                report.fault("missing", f"{where}: said to be erased, and no receipt is in the tree")
        for index in self._receipts.keys() - self._gone.keys():
            report.fault("receipt", f"leaf {index}: has a receipt of its erasure, and is still there")
        for place in book.strays():
            report.fault("unrecorded", f"{place}: a decision without its leaf")


def delivered(made: Mapping[str, Any]) -> set[bytes]:
    """How teams quote a decision of which they were told."""
    return {short(reference(made["id"], one["team"])) for one in made["outcomes"] if one["delivered"]}


def _where(line: Line) -> str:
    place = f" (decisions.v1/{line.partition}/{line.offset})" if line.kind == DECISION else ""
    return f"leaf {line.index}{place}"


def _decided(made: Mapping[str, Any]) -> bool:
    """Whether a record is of the types of a decision, so far as an audit looks into it."""
    outcomes = all(type(one["team"]) is str and type(one["delivered"]) is bool for one in made["outcomes"])
    return outcomes and type(made["id"]) is str and type(made["at"]) is int


def _received(made: Mapping[str, Any]) -> bool:
    """Whether a record is of the types of a receipt."""
    numbers = all(type(made[name]) is int for name in ("index", "at", "told"))
    return numbers and bytes.fromhex(made["leaf"]).hex() == made["leaf"]


_TYPED: Mapping[str, Callable[[Mapping[str, Any]], bool]]
_TYPED = {DECISION: _decided, ERASURE: _received, BLANK: lambda made: True}
_COUNTED = {DECISION: "decisions", ERASURE: "receipts", BLANK: "blanks"}
_ALTERED = {DECISION: "altered", ERASURE: "receipt", BLANK: "blank"}


def _told(told: set[bytes], book: Book, entries: _Entries, report: Report) -> None:
    """Nothing is told without its decision, and nothing was to be told that is not."""
    decided = entries.delivered.union(*map(delivered, book.waiting()))
    unknown = told - decided
    if entries.partial:  # what is left out cannot be compared
        return
    if len(unknown) > entries.erased_told:
        for one in book.told():
            if short(one.decision) in unknown:
                where = f"{one.topic}/{one.partition}/{one.offset}"
                report.fault("undecided", f"{where}: told without a decision in the ledger")
    for _ in entries.delivered - told:
        report.fault("untold", "a delivered outcome of which its team was told nothing")


def _proofs(given: Iterable[Proved], roots: Mapping[int, bytes], delivered: set[bytes], report: Report) -> int:
    """Each proof proves what it says, and none is wanting; the largest tree that one is of, beyond those known here."""
    newest, proved, beyond = max(roots, default=0), set[bytes](), 0
    for one in given:
        proof = one.proof
        if proof["size"] > newest:  # of a step that came meanwhile
            beyond = max(beyond, proof["size"])
            continue
        report.counts["proofs"] += 1
        proved.add(short(proof["decision"]))
        where = f"proofs of {one.team}/{one.partition}/{one.offset}"
        opened = Opening(proof["part"].encode(), proof["salt"], proof["number"], proof["parts"], tuple(proof["beside"]))
        try:
            leaf, top = leaf_of(opened), roots.get(proof["size"], b"")
            check_inclusion(leaf, proof["index"], proof["size"], proof["path"], top)
        except ProofError:
            report.fault("unproved", f"{where}: proves nothing")
    for _ in delivered - proved:
        report.fault("unproved", "a delivered outcome of which its team was given no proof")
    return beyond
