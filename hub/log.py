"""What any log holds and takes, embedded or Kafka: records out of it, records into it."""

from typing import NamedTuple

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
