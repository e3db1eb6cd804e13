"""Which partition a key belongs to: murmur2 as every Kafka client has it, so that all producers agree."""

import struct
from functools import lru_cache

MASK, MIX = 0xFFFF_FFFF, 0x5BD1_E995


@lru_cache(maxsize=1 << 16)
def partition_for(key: bytes, count: int) -> int:
    """
    The partition of *key* among *count*, as Kafka's default partitioner chooses it.

    >>> partition_for(b"foobar", 1000)
    166
    """
    return (murmur2(key) & 0x7FFFFFFF) % count


def murmur2(data: bytes) -> int:
    """
    The hash of Kafka's own `Utils.murmur2`, a word at a time: with a million people most keys are new.

    >>> murmur2(b"21") == 2**32 - 973932308
    True
    """
    length = len(data)
    whole = length >> 2
    h = 0x9747_B28C ^ length
    for k in struct.unpack_from(f"<{whole}I", data):
        k = k * MIX & MASK
        h = (h * MIX & MASK) ^ ((k ^ k >> 24) * MIX & MASK)
    if rest := data[whole << 2 :]:
        h = (h ^ int.from_bytes(rest, "little")) * MIX & MASK
    h = (h ^ h >> 13) * MIX & MASK
    return h ^ h >> 15
