"""A header name that is not UTF-8 stops nobody, and changes nothing else of what was sent."""

import struct

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch as DefaultRecordBatchPython

from hub.edges.fetched import Fetched, Records
from hub.edges.header_names import Batch

PART = TopicPartition("intake.gmp.v1", 0)
BAD = b"\xff\xfe!\xc3"
MARKER = b"\0\0\0\0"  # of an abort


def batch(first, *headers, producer=-1, control=False):
    """A batch as a broker stores it, one record for each of *headers*; the name `BAD!` becomes one that is none."""
    built = DefaultRecordBatchBuilder(2, 0, int(producer >= 0), producer, 0, 0, 1 << 20)
    for number, told in enumerate(headers):
        built.append(number, timestamp=7, key=MARKER if control else b"k", value=BAD, headers=told)
    data = bytearray(built.build().replace(b"BAD!", BAD))
    data[:8] = struct.pack(">q", first)
    data[22] |= 32 if control else 0
    data[17:21] = struct.pack(">I", calc_crc32c(bytes(data[21:])))
    return bytes(data)


def read(data, start=0, aborted=()):
    records = Records(PART, Fetched(data), list(aborted), start, None, None, True, READ_COMMITTED)
    return [(one.offset, one.key, one.value, one.headers) for one in records], records.next_fetch_offset


def test_aiokafka_cannot_read_such_a_name():
    with pytest.raises(UnicodeDecodeError):
        list(DefaultRecordBatch(batch(0, [("BAD!", b"v")])))


def test_a_name_that_is_no_text_is_read_and_all_else_is_as_it_came():
    sent = [[("a", b"1")], [("a", b"1"), ("BAD!", BAD), ("é", None)], []]
    data = batch(0, *sent) + batch(3, [("b", BAD)]) + batch(4, [("BAD!", b"")], [])

    found, position = read(data)

    first, bad, *rest = found
    assert first == (0, b"k", BAD, (("a", b"1"),))
    assert bad == (1, b"k", BAD, (("a", b"1"), ("??!?", BAD), ("??", None)))
    assert [offset for offset, *_ in rest] == [2, 3, 4, 5]
    assert rest[2][3] == (("??!?", b""),)
    assert position == 6


@pytest.mark.parametrize("start", range(8))
def test_what_was_read_does_not_come_again_and_what_was_aborted_does_not_come(start):
    fine, bad = [("a", b"1")], [("BAD!", b"1")]
    answer = [
        (2, batch(0, fine, fine, producer=5)),
        (3, batch(2, [], producer=5, control=True)),
        (6, batch(3, fine, bad, fine, producer=6)),
        (8, batch(6, bad, fine, producer=7)),
    ]
    data = b"".join(one for end, one in answer if end > start)  # a broker begins with the batch that was asked for

    found, position = read(data, start, aborted=[(5, 0)])

    assert [offset for offset, *_ in found] == [offset for offset in (3, 4, 5, 6, 7) if offset >= start]
    assert position == 8


def test_the_other_client_reads_the_same():
    sent = [[("a", b"1")], [("a", b"1"), ("BAD!", BAD), ("é", None)], [("BAD!", b"")]]
    data = batch(0, *sent)

    with pytest.raises(CorruptRecordError):
        list(DefaultRecordBatchPython(data))
    assert [(one.offset, one.key, one.value, tuple(one.headers)) for one in Batch(data)] == read(data)[0]


def test_an_answer_cut_short_is_read_up_to_the_cut():
    data = batch(0, [("BAD!", b"1")]) + batch(1, [("BAD!", b"2")])

    assert [offset for offset, *_ in read(data[:-3])[0]] == [0]


def test_the_worker_reads_so():
    import hub.edges.stream  # noqa: F401 - what matters is that it was imported

    assert (fetcher.MemoryRecords, fetcher.PartitionRecords) == (Fetched, Records)
