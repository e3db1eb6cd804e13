"""
Header names that are not UTF-8: Kafka takes them as they are, and aiokafka 0.14.0 cannot read the record.

Its consumer would raise at that offset for ever, at every start, and one record of one partner would stop a whole
partition number. Here such a name is read with question marks; keys and values are left as they came.
"""

import struct
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import decode_varint

_BATCH = struct.Struct(">qiibIh")  # base offset, length after it, leader epoch, magic, checksum, attributes
_HEAD = struct.calcsize(">qiibIhiqqqhii")  # up to the count of records, inclusive
_COUNT = struct.Struct(">i")
_ASIDE = struct.calcsize(">qi")  # what a batch's length leaves out
_PACKED = 0b111  # of the attributes; a topic that partners write to is stored uncompressed
_PLAIN = bytes.maketrans(bytes(range(128, 256)), b"?" * 128)


def install() -> None:
    """Let every consumer of this process read such records."""
    fetcher.MemoryRecords, fetcher.PartitionRecords = Fetched, Records


def readable(data: bytes) -> bytes:
    """What a broker answered to a fetch, with header names of ASCII alone."""
    plain, start = bytearray(data), 0
    while start + _HEAD <= len(data):
        _, length, _, magic, _, attributes = _BATCH.unpack_from(data, start)
        end = start + _ASIDE + length
        if magic == 2 and not attributes & _PACKED and end <= len(data):
            at, (count,) = start + _HEAD, _COUNT.unpack_from(data, start + _HEAD - _COUNT.size)
            for _ in range(count):
                at = _record(plain, at)
        start = end
    return bytes(plain)


def _record(plain: bytearray, at: int) -> int:
    """Write over the header names of the record that begins *at*, and say where it ends."""
    length, at = decode_varint(plain, at)
    end = at + length
    for _ in range(3):  # attributes, timestamp, offset
        _, at = decode_varint(plain, at)
    for _ in range(2):  # key, value
        size, at = decode_varint(plain, at)
        at += max(size, 0)
    count, at = decode_varint(plain, at)
    for _ in range(count):
        size, at = decode_varint(plain, at)
        plain[at : at + size] = plain[at : at + size].translate(_PLAIN)
        size, at = decode_varint(plain, at + size)
        at += max(size, 0)
    return int(end)


class Fetched(MemoryRecords):  # type: ignore[misc]
    """The records of one answer, and the answer itself."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class Records(fetcher.PartitionRecords):  # type: ignore[misc]
    """What one partition's answer holds, record by record; begun anew where a header name cannot be read."""

    def __init__(self, tp: Any, records: Fetched, aborted_transactions: Any, *more: Any) -> None:
        self._data, self._aborted = records.data, list(aborted_transactions or ())
        super().__init__(tp, records, aborted_transactions, *more)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except UnicodeDecodeError:
            return self._anew(self.next_fetch_offset)

    def _anew(self, offset: int) -> Any:
        """The first record from *offset* on; the checksum was good, and is not that of what is read now."""
        self._records, self._check_crcs = Fetched(readable(self._data)), False
        self._aborted_transactions = sorted(self._aborted, key=lambda one: one[1])
        self._aborted_producers: set[int] = set()
        self._records_iterator = self._unpack_records()
        return next(record for record in iter(super().__next__, None) if record.offset >= offset)
