"""Which partition a key belongs to: murmur2 as every Kafka client has it, so that all producers agree."""

from functools import lru_cache

from kafka.partitioner.default import murmur2


@lru_cache(maxsize=1 << 16)
def partition_for(key: bytes, count: int) -> int:
    """
    The partition of *key* among *count*, as Kafka's default partitioner chooses it.

    >>> partition_for(b"foobar", 1000)
    166
    """
    return int(murmur2(key) & 0x7FFFFFFF) % count
