"""What any log, embedded or Kafka, holds and takes: records out of it and into it, and state rows."""

from collections.abc import Collection, Iterator
from typing import NamedTuple, Protocol

Headers = tuple[tuple[str, bytes], ...]


class Out(NamedTuple):
    """A record to be appended."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Record(NamedTuple):
    """A record of the log; *timestamp* is when it entered the log, in ms (below 0: unknown)."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int


class StoreError(Exception):
    """State that cannot be read or written; the text says the cure. No record is to blame, so none may be skipped."""


class Store(Protocol):
    """The newest state row of every key of one partition, as of its last commit."""

    def get(self, topic: str, key: bytes) -> bytes | None:
        """The row of *key*."""

    def some(self, topic: str, keys: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """(key, row) of those of *keys* that have one."""

    def due(self, until: int) -> Iterator[tuple[int, str]]:
        """(instant, handle) of the people with a timer up to *until*, in this order."""

    def outdated(self, rules: str) -> Iterator[tuple[str, str]]:
        """(rules, handle) of the people planned under other rules than *rules*, in this order."""
