"""
Whom to believe about a log: which keys are the log's, which are witnesses', and how many of these must have cosigned.

The file is that of c2sp.org/tlog-policy. Without witnesses (`quorum none`) the log's own word is all there is.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from hub.wire.notes import COSIGNATURE, SIGNATURE, Checkpoint, Key, Note, NoteError, key_of, read_checkpoint, signers

NONE = "none"


class PolicyError(Exception):
    """A witness policy that cannot be used; the text names its line."""


class Group(NamedTuple):
    """So many (*least*) of the *members*, witnesses or groups, must have cosigned."""

    least: int
    members: tuple[str, ...]


class Policy(NamedTuple):
    """The keys of *logs* and *witnesses*, where each answers, and the name whose consent makes a *quorum*."""

    logs: tuple[Key, ...]
    witnesses: Mapping[str, Key]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = {}

    def satisfied(self, names: Collection[str]) -> bool:
        """
        Whether the witnesses *names* are enough.

        >>> two = Group(2, ("a", "b", "c"))
        >>> policy = Policy((), {}, {"most": two}, "most")
        >>> policy.satisfied({"a"}), policy.satisfied({"a", "c"})
        (False, True)
        """
        return self.quorum == NONE or self._consents(self.quorum, names)

    def _consents(self, name: str, names: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in names
        return sum(self._consents(member, names) for member in group.members) >= group.least


class Witnessed(NamedTuple):
    """A checkpoint that its log signed, and the witnesses that cosigned it, each with its time in seconds."""

    checkpoint: Checkpoint
    by: Mapping[str, int]


def trusted(note: Note, policy: Policy) -> Witnessed:
    """The checkpoint that *note* is, if one of the policy's logs signed it and a quorum of its witnesses did."""
    checkpoint, names = read_checkpoint(note.text), {key: name for name, key in policy.witnesses.items()}
    if checkpoint.origin not in {key.name for key in policy.logs}:
        raise NoteError(f"checkpoint of {checkpoint.size}: of another log; hint: is its key in the policy?", "foreign")
    found = signers(note, (*policy.logs, *names))
    if not any(one.key in policy.logs and one.key.name == checkpoint.origin for one in found):
        raise NoteError(f"checkpoint of {checkpoint.size}: not signed by the log; hint: is its key in the policy?")
    by = {names[one.key]: one.time or 0 for one in found if one.key in names}
    if not policy.satisfied(by):
        had = ", ".join(sorted(by)) or "nobody"
        raise NoteError(
            f"checkpoint of {checkpoint.size}: cosigned by {had}, no quorum; hint: ask the witnesses", "quorum"
        )
    return Witnessed(checkpoint, by)


def read_policy(text: str) -> Policy:
    """
    The policy in a file's *text*.

    >>> read_policy("quorum none").quorum
    'none'
    """
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(*words)
        except (NoteError, TypeError, ValueError) as bad:
            why = str(bad) if isinstance(bad, NoteError) else "not as c2sp.org/tlog-policy has it"
            raise PolicyError(f"line {number}: {why.partition(';')[0]}; hint: {_HINTS.get(words[0], _HINT)}") from bad
    if not reading.quorum:
        raise PolicyError("quorum: none said; hint: end the file with `quorum NAME`, or `quorum none`")
    return Policy(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum, reading.urls)


class _Reading:
    """A policy as far as it is read."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, Group] = {}
        self.urls: dict[str, str] = {}
        self.quorum = ""
        self._used: set[str] = set()

    def take(self, word: str, *words: str) -> None:
        lines: Mapping[str, Callable[..., None]] = {
            "log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum
        }  # fmt: skip
        if word not in lines:
            raise ValueError
        lines[word](*words)

    def _log(self, key: str, url: str = "") -> None:
        self.logs.append(self._key(key, SIGNATURE))
        self._url(self.logs[-1].name, url)

    def _witness(self, name: str, key: str, url: str = "") -> None:
        name = self._new(name)
        self.witnesses[name] = self._key(key, COSIGNATURE)
        self._url(name, url)

    def _group(self, name: str, least: str, *members: str) -> None:
        for member in members:
            if member in self._used or not self._known(member):
                raise NoteError(f"`{member}` is not defined above, or in a group already")
            self._used.add(member)
        count = {"any": 1, "all": len(members)}.get(least) or int(least)
        if not 1 <= count <= len(members):
            raise NoteError(f"not between 1 and {len(members)}")
        self.groups[self._new(name)] = Group(count, members)

    def _quorum(self, name: str) -> None:
        if self.quorum or not (name == NONE or self._known(name)):
            raise NoteError(f"`{name}` is not defined above, or a second quorum")
        self.quorum = name

    def _key(self, text: str, kind: int) -> Key:
        key = key_of(text)
        if key.kind != kind or key.public in {one.public for one in (*self.logs, *self.witnesses.values())}:
            raise NoteError("a key of another kind, or one that is here already")
        return key

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new(self, name: str) -> str:
        if name == NONE or self._known(name):
            raise NoteError(f"`{name}` is taken")
        return name

    def _url(self, name: str, url: str) -> None:
        if url:
            self.urls[name] = url


_HINT = "write `log`, `witness`, `group` or `quorum`"
_HINTS = {
    "log": "log VKEY [URL], as `hub audit key` prints it",
    "witness": "witness NAME VKEY [URL], as `hub witness show` prints it",
    "group": "group NAME all|any|K NAME...",
    "quorum": "quorum NAME, once",
}
