"""
What every connector is made of: a file goes in, events come out, and whatever is refused says where, why and the cure.

A mapper is one pure function, `map_file(name, data, context) -> Mapped`. It has no clock, network or file of its own.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from connectors.pseudonyms import Pseudonyms
from hub.core.events import Event, Value

MIB = 1 << 20
Seen = dict[str, Any]  # what was last seen of one record: plain JSON values, no identifier


@dataclass(frozen=True, slots=True)
class Refusal:
    """
    What could not be mapped: its place, never its value.

    >>> print(Refusal("may.csv:3", "`start` is not a date", "write it as 2027-04-14"))
    may.csv:3: `start` is not a date; hint: write it as 2027-04-14
    """

    where: str
    why: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}; hint: {self.cure}"


class RefusedError(Exception):
    """Raised inside a mapper to give up one item; `Draft.item` turns it into a Refusal."""

    def __init__(self, why: str, cure: str, place: str = "") -> None:
        super().__init__(why)
        self.why, self.cure, self.place = why, cure, place


@dataclass(frozen=True, slots=True)
class Mapped:
    """
    What one file became.

    *memory* holds what changed in what is known of each record (None: forget it): whoever publishes the events keeps
    it with them, and hands it back in the next Context.
    """

    events: tuple[Event, ...] = ()
    refused: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()
    memory: Mapping[str, Seen | None] = field(default_factory=dict)


def nothing(_: str) -> Seen | None:
    """The look-up of an agency that offers none."""
    return None


@dataclass(frozen=True, slots=True)
class Context:
    """
    What a mapper may know besides the file.

    *as_of* is when the file was made, in UTC microseconds: a record has no time of its own. *memory* is what was last
    seen of each record, by pseudonym. *records* looks a full record up by the agency's own number.
    """

    pseudonyms: Pseudonyms
    as_of: int
    memory: Mapping[str, Seen] = field(default_factory=dict)
    records: Callable[[str], Seen | None] = nothing
    limit: int = 64 * MIB


class Connector(Protocol):
    """What a partner's folder offers: the agency it usually speaks for, and its mapper."""

    AGENCY: str

    def map_file(self, name: str, data: bytes, context: Context) -> Mapped: ...


class Draft:
    """One file on its way to events: what was told, refused and noticed so far."""

    def __init__(self, name: str, context: Context) -> None:
        self.name, self.context = name, context
        self.events: list[Event] = []
        self.refused: list[Refusal] = []
        self.notes: list[str] = []
        self.memory: dict[str, Seen | None] = {}
        self._place, self._source, self._first = "", "", 0
        self._changed: dict[str, Seen | None] = {}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The file as a whole: what stops the reading is refused, what was mapped before it stands."""
        try:
            yield
        except RefusedError as refused:
            self._refuse("", refused)

    @contextmanager
    def item(self, place: str = "", source: str = "") -> Iterator[None]:
        """One row, message or record: all of it is mapped or it is refused. *source* is the sender's own message id."""
        self._place, self._source, self._first = place, source, len(self.events)
        self._changed = {}
        try:
            yield
        except RefusedError as refused:
            del self.events[self._first :]
            self._refuse(place, refused)
        else:
            self.memory.update(self._changed)

    def _refuse(self, place: str, refused: RefusedError) -> None:
        self.refused.append(Refusal(f"{self.name}{place}{refused.place}", refused.why, refused.cure))

    def tell(self, kind: str, record: str, at: int, seq: int | None = None, **fields: Value) -> None:
        """Add one event; fields without a value are left out."""
        told = {name: value for name, value in fields.items() if value is not None}
        self.events.append(Event(self._id(kind, record, at, seq, told), kind, self.agency, record, at, seq, told))

    def _id(self, kind: str, record: str, at: int, seq: int | None, told: Mapping[str, Value]) -> str:
        if self._source:
            index = sum(
                event.type == kind for event in self.events[self._first :]
            )  # within its kind: a re-send may say less
            return event_id(self.agency, self._source, index, kind, record, at)
        version = None if seq == self.context.as_of else seq  # the same row in a later file is the same event
        return event_id(self.agency, record, kind, at, version, dict(sorted(told.items())))

    @property
    def agency(self) -> str:
        return self.context.pseudonyms.agency

    def note(self, what: str) -> None:
        """Something the agency should know that refuses nothing; never a value from the file."""
        self.notes.append(f"{self.name}{self._place}: {what}")

    def seen(self, record: str) -> Seen:
        """What was last seen of *record*, this file included; empty for a new one."""
        for known in (self._changed, self.memory, self.context.memory):
            if record in known:
                return dict(known[record] or {})
        return {}

    def remember(self, record: str, seen: Seen | None) -> None:
        """Keep *seen* for the next comparison, or forget the record."""
        self._changed[record] = seen

    def mapped(self) -> Mapped:
        return Mapped(tuple(self.events), tuple(self.refused), tuple(self.notes), dict(self.memory))


def event_id(*parts: object) -> str:
    """
    A short name for what *parts* say, the same for every re-send and readable by nobody.

    >>> event_id("HMPPS_PRISON", "message-1", 0)
    'e1.4Q-4c0Sne-7m7Vzu7p3Jd02q'
    """
    told = json.dumps(parts, default=_plain, separators=(",", ":"), ensure_ascii=True)
    digest = hashlib.sha256(told.encode()).digest()[:18]
    return "e1." + base64.urlsafe_b64encode(digest).decode()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else str(value)
