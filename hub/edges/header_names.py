"""
Header names that are not UTF-8: Kafka takes them as they are, and neither client of ours can read the record.

A worker would raise at that offset at every start, and one record of one partner would stop a whole partition number
and every replay. Here such a name is read with question marks; keys and values are left as they came.
"""

import struct
from typing import Any

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint

_BATCH = struct.Struct(">qiibIh")  # base offset, length after it, leader epoch, magic, checksum, attributes
_HEAD = struct.calcsize(">qiibIhiqqqhii")  # up to the count of records, inclusive
_COUNT = struct.Struct(">i")
_ASIDE = struct.calcsize(">qi")  # what a batch's length leaves out
_PACKED = 0b111  # of the attributes; a topic that partners write to is stored uncompressed
_PLAIN = bytes.maketrans(bytes(range(128, 256)), b"?" * 128)


class Batch(DefaultRecordBatch):  # type: ignore[misc]
    """A batch as kafka-python reads it."""

    _buffer: Any
    _pos: Any

    def _read_msg(self) -> Any:
        at = self._pos
        try:
            return super()._read_msg()
        except UnicodeDecodeError:
            plain = bytearray(self._buffer)
            _record(plain, at)
            self._buffer, self._pos = plain, at
            return super()._read_msg()


def install() -> None:
    """Let every consumer of kafka-python in this process read such records."""
    memory_records.DefaultRecordBatch = Batch


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
