"""What aiokafka 0.14.0 fetches, read record by record though a header's name is not UTF-8: see `header_names.py`."""

from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.memory_records import MemoryRecords

from hub.edges.header_names import readable


def install() -> None:
    """Let every consumer of aiokafka in this process read such records."""
    fetcher.MemoryRecords, fetcher.PartitionRecords = Fetched, Records


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
