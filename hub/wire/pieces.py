"""
Avro's binary encoding by hand, for records that are put together from pieces already encoded.

What many answers have in common is encoded once and joined; a writer that walks a schema encodes it every time.
Apache Avro 1.12, "Binary Encoding": strings and longs.
"""

from datetime import date

_EPOCH = date(1970, 1, 1).toordinal()
_SHORT = tuple(bytes((length << 1,)) for length in range(64))


def long(value: int) -> bytes:
    r"""
    Encode an int or long: zigzag, seven bits a byte, the lowest first.

    >>> [long(value) for value in (0, -1, 1, 64)]
    [b'\x00', b'\x01', b'\x02', b'\x80\x01']
    """
    left = value << 1 if value >= 0 else ~(value << 1)
    if left < 128:
        return bytes((left,))
    digits = bytearray()
    while left > 127:
        digits.append(left & 127 | 128)
        left >>= 7
    digits.append(left)
    return bytes(digits)


def text(value: str) -> bytes:
    r"""
    Encode a string: its length in bytes of UTF-8, and these.

    >>> text("foo")
    b'\x06foo'
    """
    data = value.encode()
    length = len(data)
    return (_SHORT[length] if length < 64 else long(length)) + data


def maybe(value: str | None) -> bytes:
    r"""
    Encode a string that may be absent: the union of null and string.

    >>> maybe(None), maybe("a")
    (b'\x00', b'\x02\x02a')
    """
    return b"\0" if value is None else b"\2" + text(value)


def maybe_day(value: date | None) -> bytes:
    r"""
    Encode a date that may be absent: the union of null and an int of days since 1970.

    >>> maybe_day(None), maybe_day(date(1970, 1, 2))
    (b'\x00', b'\x02\x02')
    """
    return b"\0" if value is None else b"\2" + long(value.toordinal() - _EPOCH)


def maybe_long(value: int | None) -> bytes:
    r"""
    Encode a long that may be absent: the union of null and long.

    >>> maybe_long(None), maybe_long(1)
    (b'\x00', b'\x02\x02')
    """
    return b"\0" if value is None else b"\2" + long(value)


def boolean(value: bool) -> bytes:
    """Encode a boolean."""
    return b"\1" if value else b"\0"


def block(values: tuple[bytes, ...]) -> bytes:
    r"""
    Encode an array, or a map, of pieces: one block of them and the empty block that ends it.

    >>> block((text("a"), text("b"))), block(())
    (b'\x04\x02a\x02b\x00', b'\x00')
    """
    return long(len(values)) + b"".join(values) + b"\0" if values else b"\0"
