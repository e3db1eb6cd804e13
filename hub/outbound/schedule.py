"""When what failed is tried again: longer and longer, for three days; worked out from data, so a restart knows it."""

from hashlib import sha256

SECOND = 1_000_000  # microseconds
WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds after each attempt that failed
MOST = len(WAITS) + 1  # attempts
SPREAD = 0.2
LONGEST = 86_400.0  # seconds that a receiver may ask for


def following(at: int, tries: int, message: str, asked: float = 0.0) -> int | None:
    """
    When *message* is tried again (UTC microseconds), after *tries* of which the last failed at *at*; None for never.

    Each wait is up to a fifth shorter or longer, by the message's id, so that what failed together does not come back
    together. *asked* is what the receiver asked for, in seconds: it can make a wait longer, to a day at most.

    >>> (following(0, 1, "msg_1") or 0) / SECOND
    5.940781
    >>> following(0, MOST, "msg_1")
    """
    if tries > len(WAITS):
        return None
    drawn = int.from_bytes(sha256(f"{message}/{tries}".encode()).digest()[:4], "big") / (1 << 32)
    wait = WAITS[tries - 1] * (1 - SPREAD + 2 * SPREAD * drawn)
    return at + round(max(wait, min(asked, LONGEST)) * SECOND)
