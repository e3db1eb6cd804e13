"""
Checks the ledger of a csp-hub without the hub: one file, any Python from 3.11 on, nothing to install.

    python verify_ledger.py FOLDER             an exported ledger
    python verify_ledger.py FILE.tlog-proof    one decision's proof
        --policy FILE    whom you believe (c2sp.org/tlog-policy), instead of whom the folder names itself
        --key VKEY       or their keys: the log's, and each witness that must have cosigned; may be given again
        --kept FILE      a checkpoint that you kept from earlier: the ledger must be the same one, grown
        --json           for programs

Exit code 0: everything holds. 1: something does not, and each is named. 2: there is nothing to check here.

The formats are in schemas/LEDGER.md. Ed25519 is RFC 8032's, section 5.1; the tree is RFC 6962's, section 2.1.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

CLAIMS = {
    "unreadable": "every file is there and can be read",
    "tile": "the tiles of hashes are whole and agree with one another",
    "foreign": "every checkpoint is of the log you believe",
    "unsigned": "every checkpoint is signed by the log",
    "forged": "no signature is forged, or is of another text",
    "quorum": "enough of your witnesses have cosigned the newest checkpoint",
    "forked": "all checkpoints, and any that you kept, are of this one tree",
    "shrunk": "each checkpoint is of a larger tree than the one before",
    "back-dated": "no checkpoint is older than the one before, and no decision is of later than its step",
    "cut": "nothing is cut off, from the entries or from the end",
    "added": "no entry is there beside those of the tree",
    "partial": "the tree grew by whole tiles, which tell nothing of one decision",
    "order": "in each step leaves lie in the order of their hashes, which tells nothing of when",
    "altered": "every decision is what its leaf was made of",
    "blank": "every blank is one, and hides no decision",
    "receipt": "every receipt of an erasure is true",
    "missing": "every decision is there, or a receipt says that it was erased",
    "doubled": "no decision has two leaves",
    "undecided": "nothing was told without a decision",
    "untold": "everything that was decided to be told was told",
}
PROVED = {
    "unproved": "this was decided, and is in the tree of the checkpoint",
    **{kind: CLAIMS[kind] for kind in ("unreadable", "foreign", "unsigned", "forged", "quorum")},
    "forked": "no checkpoint that you gave contradicts it",
}
SKEW = 5 * 60 * 1_000_000  # microseconds by which an agency's clock may be ahead of the log's
BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError, OSError)


class Fault(Exception):
    """Something does not hold: its kind is a key of CLAIMS or PROVED."""

    def __init__(self, kind: str, where: str) -> None:
        super().__init__(where)
        self.kind, self.where = kind, where


# --- Ed25519: RFC 8032, section 5.1, in extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(times: int, point: Point) -> Point:
    made: Point = (0, 1, 1, 0)
    while times:
        if times & 1:
            made = add(made, point)
        point, times = add(point, point), times >> 1
    return made


def decompress(data: bytes) -> Point:
    """Section 5.1.3; a ValueError where *data* is no point."""
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (not x and sign):
        raise ValueError("no point")
    return (x, y, 1, x * y % P) if x & 1 == sign else (P - x, y, 1, (P - x) * y % P)


def compress(point: Point) -> bytes:
    """Section 5.1.2."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Section 5.1.7: whether the owner of the key *public* signed *message*."""
    if len(public) != 32 or len(signature) != 64:
        return False
    try:
        x, y, z, t = decompress(public)
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    times = int.from_bytes(digest, "little") % ORDER
    return s < ORDER and compress(add(multiply(s, BASE), multiply(times, (P - x, y, z, P - t)))) == signature[:32]


# --- The tree: RFC 6962, section 2.1


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right)


class Tree:
    """A tree over all its leaf hashes; every whole subtree is computed once."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = [leaves]
        while len(below := self.levels[-1]) > 1:
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def root(self, size: int, start: int = 0) -> bytes:
        """The hash of *size* leaves from *start* on, MTH of section 2.1: split at the largest power of two below."""
        if size & (size - 1) == 0:
            return self.levels[size.bit_length() - 1][start // size] if size else sha256(b"")
        left = 1 << (size - 1).bit_length() - 1
        return node_hash(self.root(left, start), self.root(size - left, start + left))


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a leaf's audit *path* leads to, from the lowest sibling up; a Fault where it fits no such tree."""
    if not 0 <= index < size:
        raise Fault("unproved", f"there is no number {index} among {size}")
    if size == 1:
        if path:
            raise Fault("unproved", "the path is too long")
        return leaf
    if not path:
        raise Fault("unproved", "the path is too short")
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return node_hash(root_from(leaf, index, left, path[:-1]), path[-1])
    return node_hash(path[-1], root_from(leaf, index - left, size - left, path[:-1]))


# --- Leaves: schemas/LEDGER.md


def commitment(part: bytes, salt: bytes) -> bytes:
    return leaf_hash(salt + part)


def leaf_of(parts: list[bytes], salt: bytes) -> bytes:
    salts = [sha256(salt + number.to_bytes(4, "big")) for number in range(len(parts))]
    return leaf_hash(Tree(list(map(commitment, parts, salts))).root(len(parts)))


def text(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def reference(decision: str, team: str) -> str:
    return "r-" + sha256(f"reference|{decision}|{team}".encode()).hex()[:32]


def parts_of(kind: str, record: Mapping[str, Any]) -> list[bytes]:
    """What the leaf of an entry is made of."""
    if kind == "blank":
        return [b'{"kind":"blank"}']
    if kind == "erasure":
        return [text({"kind": "erasure", **{name: record[name] for name in ("index", "leaf", "at", "told")}})]
    whole = {name: value for name, value in record.items() if name != "outcomes"}
    shared = {name: record[name] for name in ("subject", "source", "at", "bundle")}
    outcomes = [
        {**shared, **one, "kind": "outcome", "decision": reference(record["id"], one["team"])}
        for one in record["outcomes"]
    ]
    return [text({**whole, "kind": "decision"}), *map(text, outcomes)]


# --- Notes and policies: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy


def decoded(coded: str) -> bytes:
    data = base64.b64decode(coded, validate=True)
    if base64.b64encode(data).decode() != coded:
        raise ValueError("base64 that is written otherwise than usual")
    return data


NUMBER = "0|[1-9][0-9]{0,18}"
NAME = r"[^\s+\x00-\x1f]+"


class Key(NamedTuple):
    """A public key: of kind 1 it signs notes, of kind 4 it cosigns them at a time."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public)[:4]


def read_key(vkey: str) -> Key:
    name, told, coded = vkey.split("+", 2)
    data = decoded(coded)
    key = Key(name, data[0], data[1:])
    if key.id.hex() != told or key.kind not in (1, 4) or len(key.public) != 32:
        raise ValueError("no key of an Ed25519 note or cosignature")
    if not re.fullmatch(NAME, name) or multiply(8, decompress(key.public))[0] == 0:
        raise ValueError("no name, or a key of small order, for which anybody can sign")
    return key


class Policy(NamedTuple):
    """Whom to believe."""

    logs: list[Key]
    witnesses: dict[str, Key]
    groups: dict[str, tuple[int, list[str]]]
    quorum: str

    def enough(self, name: str, had: set[str]) -> bool:
        if name not in self.groups:
            return name == "none" or name in had
        least, members = self.groups[name]
        return sum(self.enough(member, had) for member in members) >= least


def read_policy(told: str) -> Policy:
    policy, taken, used = Policy([], {}, {}, ""), {"none"}, set[str]()
    for line in told.split("\n"):
        match line.split():
            case ["log", vkey] | ["log", vkey, _]:
                policy.logs.append(read_key(vkey))
            case ["witness", name, vkey] | ["witness", name, vkey, _] if name not in taken:
                policy.witnesses[name] = read_key(vkey)
                taken.add(name)
            case ["group", name, least, *members] if name not in taken:
                if not members or not all(one in policy.groups or one in policy.witnesses for one in members):
                    raise ValueError("a group of what is not defined above it")
                if used & {*members} or len({*members}) < len(members):
                    raise ValueError("a member counted twice")
                used.update(members)
                taken.add(name)
                count = {"any": 1, "all": len(members)}.get(least) or int(least)
                if not 1 <= count <= len(members):
                    raise ValueError("a group of so many that it has not")
                policy.groups[name] = count, members
            case ["quorum", name] if not policy.quorum and name in ("none", *policy.groups, *policy.witnesses):
                policy = policy._replace(quorum=name)
            case [word, *_] if not word.startswith("#"):
                raise ValueError("a line that is not of a witness policy")
    if not policy.quorum or not policy.logs:
        raise ValueError("a policy without a log or a quorum")
    keys = [*policy.logs, *policy.witnesses.values()]
    if len({key.public for key in keys}) < len(keys):
        raise ValueError("one key under two names")
    if any(key.kind != 1 for key in policy.logs) or any(key.kind != 4 for key in policy.witnesses.values()):
        raise ValueError("a key where another kind belongs")
    return policy


def policy_of(vkeys: list[str]) -> Policy:
    """That each of these logs and witnesses be believed, and every witness be there."""
    keys = list(map(read_key, vkeys))
    witnesses = {key.name: key for key in keys if key.kind == 4}
    groups = {"": (len(witnesses), list(witnesses))} if witnesses else {}
    return Policy([key for key in keys if key.kind == 1], witnesses, groups, "" if witnesses else "none")


class Checkpoint(NamedTuple):
    """What a log says of its tree, and the names of the witnesses that cosigned it."""

    origin: str
    size: int
    root: bytes
    by: set[str]


def read_note(note: str, policy: Policy, what: str, quorum: bool) -> Checkpoint:
    """A checkpoint that its log signed, and with *quorum* enough witnesses too; a Fault where it did not."""
    try:
        body, below = note[: note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2 :]
        origin, size, coded, *_ = body.split("\n")
        root, lines = decoded(coded), below.removesuffix("\n").split("\n")
        if len(root) != 32 or not re.fullmatch(NUMBER, size) or int(size) >> 63 or not below.endswith("\n"):
            raise ValueError("no checkpoint")
        if not all(body.removesuffix("\n").split("\n")) or re.search(r"[\x00-\x09\x0b-\x1f]", note):
            raise ValueError("an empty line or what is no text")
        if len(note) > 1 << 20 or len(lines) > 64:
            raise ValueError("longer than anybody should look at")
        found = [re.fullmatch(f"\u2014 ({NAME}) ([A-Za-z0-9+/=]+)", line) for line in lines]
        signatures = [(one[1], decoded(one[2])) for one in found if one]
        if len(signatures) != len(lines) or any(len(data) < 5 for _, data in signatures):
            raise ValueError("a line that is no signature")
    except BROKEN as bad:
        raise Fault("unsigned", f"{what}: not a signed checkpoint") from bad
    if origin not in {key.name for key in policy.logs}:
        raise Fault("foreign", f"{what}: is of another log")
    by: set[Key] = set()
    for key in (*policy.logs, *policy.witnesses.values()):
        for name, data in signatures:
            if (name, data[:4]) != (key.name, key.id):
                continue
            time, signature = (b"", data[4:]) if key.kind == 1 else (data[4:12], data[12:])
            head = f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n" if time else ""
            if key in by or not signed(key.public, (head + body).encode(), signature):
                raise Fault("forged", f"{what}: the signature of {key.name} is not of this text")
            by.add(key)
    if not any(key in by and key.name == origin for key in policy.logs):
        raise Fault("unsigned", f"{what}: is not signed by the log")
    names = {name for name, key in policy.witnesses.items() if key in by}
    if quorum and not policy.enough(policy.quorum, names):
        raise Fault("quorum", f"{what}: cosigned by {', '.join(sorted(names)) or 'nobody'}, which is not enough")
    return Checkpoint(origin, int(size), root, names)


# --- A whole ledger


def whole(number: str) -> int:
    """Numbers are whole and of eight bytes; a ValueError for any other."""
    if int(number).bit_length() > 63:
        raise ValueError("a number of more than eight bytes")
    return int(number)


PLACE = {"partition": int, "offset": int}
LINE = {"index": int, "kind": str}
OPEN = {"salt": str, "record": dict}
FORMS: dict[str, list[dict[str, type]]] = {
    "checkpoints.jsonl": [{"at": int, "size": int, "note": str}],
    "told.jsonl": [{"team": str, "topic": str, **PLACE, "decision": str}],
    "entries.jsonl": [
        {**LINE, **OPEN}, {**LINE, **PLACE, **OPEN},
        *({**LINE, **PLACE, why: bool} for why in ("erased", "left_out", "missing")),
    ],
}  # fmt: skip


def entry_of(row: Mapping[str, Any]) -> bool:
    """Only a decision has a place, and may be absent; and where that is said, it is meant."""
    known = row["kind"] in ("decision", "erasure", "blank")
    return (
        known and ("offset" in row) == (row["kind"] == "decision") and not any(value is False for value in row.values())
    )


def typed(kind: str, record: Mapping[str, Any]) -> bool:
    """Whether *record* is of the types of its kind, so far as is looked into it."""
    if kind == "erasure":
        numbers = all(type(record[name]) is int for name in ("index", "at", "told"))
        return numbers and bytes.fromhex(record["leaf"]).hex() == record["leaf"]
    if kind == "blank":
        return True
    outcomes = all(type(one["team"]) is str and type(one["delivered"]) is bool for one in record["outcomes"])
    return outcomes and type(record["id"]) is str and type(record["at"]) is int


class Folder:
    """The check of an exported folder; *faults* is what does not hold."""

    def __init__(self, folder: Path, policy: Policy | None, kept: list[str]) -> None:
        self.folder, self.counts, self.faults = folder, Counter[str](), list[tuple[str, str]]()
        self.partial = False
        self.gone: dict[int, str] = {}
        self.receipts: dict[int, tuple[str, int]] = {}
        self.places: set[tuple[int, int]] = set()
        self.delivered: set[str] = set()
        self.sizes: list[int] = []
        self.times: list[int] = []
        try:
            self.policy = policy or read_policy(self.read("witnesses.policy").decode())
            self.leaves = self.tiles()
            self.tree = Tree(self.leaves)
            self.checkpoints(kept)
            self.entries()
            self.told()
        except Fault as fault:
            self.fault(fault.kind, fault.where)
        except BROKEN as bad:
            self.fault("unreadable", f"a file is not there, or not as it was exported ({type(bad).__name__})")

    def fault(self, kind: str, where: str) -> None:
        self.faults.append((kind, "".join(one if " " <= one <= "~" else "?" for one in where)))

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        for line in self.read(name).decode().split("\n"):
            if not line:
                continue
            row = {**json.loads(line, parse_int=whole, parse_float=whole, parse_constant=whole)}
            form = {name: type(value) for name, value in row.items()}
            if form not in FORMS[name] or (name == "entries.jsonl" and not entry_of(row)):
                raise ValueError("a line that is not as schemas/LEDGER.md has it")
            yield row

    def tiles(self) -> list[bytes]:
        """Every leaf hash; whole subtrees of 256, 65,536 and so on lie above them, and must be theirs."""
        leaves, number = list[bytes](), 0
        while (self.folder / (name := f"tile/0/{path(number)}")).is_file():
            data = self.read(name)
            if len(data) != 8192:
                raise Fault("tile", f"{name}: is of {len(data):,} bytes, not of 8,192")
            leaves += [data[at : at + 32] for at in range(0, 8192, 32)]
            number += 1
        levels = Tree(leaves).levels
        for level in range(8, len(levels), 8):
            for start in range(0, len(levels[level]), 256):
                row = levels[level][start : start + 256]
                name = f"tile/{level // 8}/{path(start // 256)}" + (f".p/{len(row)}" if len(row) < 256 else "")
                if not (self.folder / name).is_file() or self.read(name) != b"".join(row):
                    raise Fault("tile", f"{name}: is not that of the tiles below it")
        return leaves

    def checkpoints(self, kept: list[str]) -> None:
        """Each is signed, of this tree, and neither smaller nor older than the one before."""
        newest, before, last = None, 0, (0, 0)
        for row in self.rows("checkpoints.jsonl"):
            at, size, what = row["at"], row["size"], f"checkpoint of {row['size']}"
            self.counts["checkpoints"] += 1
            if at < last[0]:
                self.fault("back-dated", f"{what}: is older than the one before it")
            if size <= last[1]:
                self.fault("shrunk", f"{what}: comes after one of {last[1]}")
            last, newest = (at, size), self.checkpoint(row["note"], what, size)
            step = self.leaves[before:size]
            before = size
            self.sizes.append(size)
            self.times.append(at)
            if len(step) % 256:
                self.fault("partial", f"{what}: its step is not of whole tiles")
            if step != sorted(step):
                self.fault("order", f"{what}: its step is not in the order of its hashes")
        if last[1] != len(self.leaves):
            self.fault("cut", f"there are {len(self.leaves)} leaves, and the last checkpoint is of {last[1]}")
        try:
            shown = read_note(self.read("checkpoint").decode(), self.policy, "the newest checkpoint", quorum=True)
            self.counts["witnesses"] = len(shown.by)
            if newest and shown[:3] != newest[:3]:
                self.fault("cut", f"the newest checkpoint is of {shown.size}, and the last step is another")
        except Fault as fault:
            self.fault(fault.kind, fault.where)
        self.counts["kept by you"] = len(kept)
        for note in kept:
            self.checkpoint(note, "the checkpoint you kept", None)

    def checkpoint(self, note: str, what: str, size: int | None) -> Checkpoint | None:
        try:
            made = read_note(note, self.policy, what, quorum=False)
        except Fault as fault:
            self.fault(fault.kind, fault.where)
            return None
        if made.size > len(self.leaves) or size not in (None, made.size):
            self.fault("cut", f"{what}: its note is of {made.size}, and there are {len(self.leaves)} leaves")
        elif self.tree.root(made.size) != made.root:
            self.fault("forked", f"{what}: its root is another tree's")
        return made

    def entries(self) -> None:
        expected = 0
        for row in self.rows("entries.jsonl"):
            index = row["index"]
            if index > expected:
                self.fault("cut", f"leaf {expected}: what it is made of is not there")
            if index < expected or index >= len(self.leaves):
                self.fault("added", f"leaf {index}: is there already, or not in the tree")
                continue
            expected = index + 1
            self.entry(index, row)
        if expected != len(self.leaves):
            self.fault("cut", f"leaf {expected}: what it is made of is not there, nor of any after it")
        for index, where in self.gone.items():
            leaf, count = self.receipts.get(index, ("", 0))
            self.counts["erased"] += 1
            self.counts["told of erased"] += count
            if leaf != self.leaves[index].hex():
                self.fault("missing", f"{where}: said to be erased, and no receipt is in the tree")
        for index in self.receipts.keys() - self.gone.keys():
            self.fault("receipt", f"leaf {index}: has a receipt of its erasure, and is still there")

    def entry(self, index: int, row: Mapping[str, Any]) -> None:
        kind, where = row["kind"], f"leaf {index}"
        self.counts[kind] += 1
        if kind == "decision":
            if (row["partition"], row["offset"]) in self.places:
                self.fault("doubled", f"{where}: its place in the log has a leaf already")
            self.places.add((row["partition"], row["offset"]))
        if row.get("erased") is True:
            self.gone[index] = where
        elif row.get("left_out") is True:
            self.partial = True
            self.counts["left out"] += 1
        elif row.get("missing") is True:
            self.fault("missing", f"{where}: the record or its salt is gone, and no receipt says why")
        else:
            self.opened(index, kind, row)

    def opened(self, index: int, kind: str, row: Mapping[str, Any]) -> None:
        altered = {"decision": "altered", "erasure": "receipt", "blank": "blank"}[kind]
        try:
            salt = bytes.fromhex(row["salt"])
            right = len(salt) == 32 and leaf_of(parts_of(kind, row["record"]), salt) == self.leaves[index]
            right = right and typed(kind, row["record"])
        except BROKEN:
            right = False
        if not right:
            self.fault(altered, f"leaf {index}: is not what its leaf was made of")
        elif kind == "erasure":
            self.receipts[row["record"]["index"]] = row["record"]["leaf"], row["record"]["told"]
        elif kind == "decision":
            told = [one["team"] for one in row["record"]["outcomes"] if one["delivered"]]
            self.delivered |= {reference(row["record"]["id"], team) for team in told}
            step = bisect_right(self.sizes, index)
            if row["record"]["at"] > (self.times[step] + SKEW if step < len(self.times) else 0):
                self.fault("back-dated", f"leaf {index}: is of later than the step that it is in")

    def told(self) -> None:
        """What was told against what was decided; of what is shut or erased only the number is known."""
        seen = {
            row["decision"]: f"{row['topic']}/{row['partition']}/{row['offset']}" for row in self.rows("told.jsonl")
        }
        self.counts["told"] = len(seen)
        unknown = [where for quoted, where in seen.items() if quoted not in self.delivered]
        if not self.partial:
            for where in unknown[self.counts["told of erased"] :]:
                self.fault("undecided", f"{where}: told without a decision in the ledger")
            for _ in self.delivered - seen.keys():
                self.fault("untold", "a team was to be told something, and was told nothing")


def path(number: int) -> str:
    groups = re.findall("...", f"{number:0{-(-len(str(number)) // 3) * 3}d}")
    return "/".join([*(f"x{one}" for one in groups[:-1]), groups[-1]])


# --- One proof


def proof(told: str, policy: Policy, kept: list[str]) -> dict[str, Any]:
    """The part of a decision that a proof file shows; a Fault where it shows nothing (c2sp.org/tlog-proof)."""
    try:
        head, note = told.split("\n\n", 1)
        first, extra, index, *hashes = head.split("\n")
        if (first, extra[:6], index[:6]) != ("c2sp.org/tlog-proof@v1", "extra ", "index "):
            raise ValueError("no proof that opens a part")
        opened, number, way = json.loads(decoded(extra[6:])), int(index[6:]), list(map(decoded, hashes))
        if not re.fullmatch(NUMBER, index[6:]) or any(len(one) != 32 for one in way):
            raise ValueError("an index or a hash that is none")
        beside, salt = list(map(bytes.fromhex, opened["beside"])), bytes.fromhex(opened["salt"])
        part = {**json.loads(opened["part"])}
        if type(opened["number"]) is not int or type(opened["parts"]) is not int:
            raise ValueError("no place of a part")
    except BROKEN as bad:
        raise Fault("unreadable", "not a proof file as the hub gives it") from bad
    checkpoint = read_note(note, policy, "its checkpoint", quorum=True)
    if {len(salt), *map(len, beside)} != {32}:  # else one leaf could be opened as two things
        raise Fault("unproved", "a salt or hash that is not of 32 bytes")
    top = root_from(commitment(opened["part"].encode(), salt), opened["number"], opened["parts"], beside)
    if root_from(leaf_hash(top), number, checkpoint.size, way) != checkpoint.root:
        raise Fault("unproved", f"leaf {number} of {checkpoint.size} is not made of this")
    for older in kept:
        seen = read_note(older, policy, "the checkpoint you kept", quorum=False)
        if seen[:2] == checkpoint[:2] and seen.root != checkpoint.root:
            raise Fault("forked", "the checkpoint you kept is of another tree of the same size")
    return part


def main(words: list[str]) -> int:
    """Check what the command line names, say in plain English what holds, and return the exit code."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("path", type=Path)
    asked.add_argument("--policy", type=Path)
    asked.add_argument("--key", action="append", default=[])
    asked.add_argument("--kept", type=Path, action="append", default=[])
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args(words)
    try:
        policy = (
            policy_of(given.key)
            if given.key
            else read_policy(given.policy.read_text("utf-8"))
            if given.policy
            else None
        )
        kept = [file.read_text("utf-8") for file in given.kept]
    except BROKEN:
        return refuse("the policy, a key or the kept checkpoint cannot be read")
    if given.path.is_file():
        if policy is None:
            return refuse("a proof needs to know whom you believe; add --policy or --key")
        return say(given.json, policy, *proved(given.path, policy, kept))
    if not (given.path / "checkpoint").is_file():
        return refuse(f"{given.path}: no exported ledger, and no proof file")
    made = Folder(given.path, policy, kept)
    if not given.json and policy is None:
        print("believed: whom the folder names itself; --policy or --key says whom you trust")
    return say(given.json, getattr(made, "policy", None), CLAIMS, made.faults, made.counts)


def proved(file: Path, policy: Policy, kept: list[str]) -> tuple[dict[str, str], list[tuple[str, str]], dict[str, Any]]:
    try:
        return PROVED, [], proof(file.read_text("utf-8"), policy, kept)
    except Fault as fault:
        return PROVED, [(fault.kind, fault.where)], {}
    except BROKEN:
        return PROVED, [("unreadable", "not a proof file as the hub gives it")], {}


def say(
    as_json: bool, policy: Policy | None, claims: dict[str, str], faults: list[tuple[str, str]], told: Mapping[str, Any]
) -> int:
    if as_json:
        print(
            json.dumps(
                {
                    "ok": not faults,
                    "told": dict(told),
                    "faults": [{"kind": kind, "where": where} for kind, where in faults],
                }
            )
        )
        return int(bool(faults))
    for name, value in told.items():
        print(f"        {name}: {value}")
    kinds = {kind for kind, _ in faults}
    for kind, claim in claims.items():
        if kind in kinds:
            print(f"FAILS   {claim} ({kind})")
        elif kinds & {"unreadable", "tile"}:
            print(f"?       {claim}: what else is wrong hides it")
        elif kind == "quorum" and policy and policy.quorum == "none":
            print("?       no witness is asked: the log's own word is all there is")
        elif kind in ("undecided", "untold") and told.get("left out"):
            print(f"?       {claim}: some decisions are left out of this folder")
        else:
            print(f"holds   {claim}")
    if told.get("kept by you") == 0:
        print("?       you gave no checkpoint that you kept: whether this is the ledger of then is not shown")
    for kind, where in faults[:50]:
        print(f"{kind}: {where}")
    print(f"{len(faults)} faults" if faults else "everything holds")
    return int(bool(faults))


def refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
