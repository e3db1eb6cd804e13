"""One number for everything the hub answered: equal digests mean equal answers, whatever the log and its speed."""

from collections.abc import Callable, Iterable
from hashlib import sha256

from hub import topics
from hub.engine import SOURCE
from hub.log import Record

PLACES = {"quarantine.source", SOURCE}  # headers that say an offset, and offsets differ between logs


def digest(names: Iterable[str], scan: Callable[[str], Iterable[Record]]) -> dict[str, object]:
    """
    The digest of each topic that holds anything, and of all: over what was answered, not when or in which order.

    >>> def log(offset): return lambda topic: [Record(topic, 0, offset, b"k", b"v", (), 1_700_000_000_000)]
    >>> digest(["decisions.v1"], log(7)) == digest(["decisions.v1"], log(9))
    True
    """
    made = {topic: one for topic in sorted(names) if (one := _topic(scan(topic)))}
    whole = sha256("".join(f"{topic} {one}\n" for topic, one in made.items()).encode()).hexdigest()
    return {"topics": made, "all": whole}


def _topic(records: Iterable[Record]) -> str:
    lines = sorted(sha256(_said(record)).digest() for record in records)
    return sha256(b"".join(lines)).hexdigest() if lines else ""


def _said(record: Record) -> bytes:
    headers = [(name, value) for name, value in record.headers if name not in PLACES]
    key = None if record.topic == topics.DECISIONS else record.key  # made of such a place
    return repr((record.partition, key, record.value, headers)).encode()
