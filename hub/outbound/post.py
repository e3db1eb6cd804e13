"""
One POST to a receiver that may be slow, broken or hostile: in time or not at all, and no byte of its answer is kept.

By the standard library: it follows no redirect, asks no proxy, and connects to the address that was looked at.
"""

import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import monotonic, time
from typing import NamedTuple
from urllib.parse import urlsplit

from hub.outbound.address import AddressError, Found, Network, look_up

PATIENCE = 20.0  # seconds for all of it, from the first packet to the status
GONE = 410


class Answer(NamedTuple):
    """What came of an attempt: *why* it failed, as a code, or None; *after* is how long it asks us to wait, in s."""

    why: str | None = None
    gone: bool = False
    after: float = 0.0


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    allowed: Sequence[Network],
    trust: ssl.SSLContext | None = None,
    patience: float = PATIENCE,
) -> Answer:
    """POST *body* to *url*; whatever goes wrong is an answer."""
    told = urlsplit(url)
    secure = told.scheme == "https"
    host, port = told.hostname or "", told.port or (443 if secure else 80)
    end = monotonic() + patience
    try:
        found = look_up(host, port, allowed)
    except AddressError as nowhere:
        return Answer(nowhere.code)
    at = _Pinned(host, port, found, (trust or ssl.create_default_context()) if secure else None, end)
    cut = threading.Timer(max(0.0, end - monotonic()), at.cut)
    cut.daemon = True
    cut.start()
    try:
        at.request("POST", _path(url), body, {**headers, "Connection": "close"})
        answer = at.getresponse()
        return Answer("TIMEOUT") if at.late else _read(answer)
    except (OSError, HTTPException, ValueError) as bad:
        return Answer("TIMEOUT" if at.late else _why(bad))
    finally:
        cut.cancel()
        at.close()


def _path(url: str) -> str:
    told = urlsplit(url)
    return (told.path or "/") + (f"?{told.query}" if told.query else "")


def _read(answer: HTTPResponse) -> Answer:
    """The status says it all; the body is left unread, however long it is."""
    if 200 <= answer.status < 300:
        return Answer()
    return Answer(f"STATUS_{answer.status}", answer.status == GONE, _after(answer.getheader("Retry-After") or ""))


def _after(told: str) -> float:
    """
    How long a receiver asks us to wait, in seconds.

    >>> _after("120"), _after("when we are back")
    (120.0, 0.0)
    """
    if told.isascii() and told.isdecimal():
        return float(told[:9])
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time())
    except (ValueError, OverflowError):
        return 0.0


def _why(bad: Exception) -> str:
    """
    What went wrong, as a code.

    >>> _why(ConnectionResetError()), _why(ssl.SSLError())
    ('RESET', 'TLS')
    """
    codes: tuple[tuple[type[Exception], str], ...] = (
        (ssl.SSLError, "TLS"),
        (TimeoutError, "TIMEOUT"),
        (ConnectionRefusedError, "REFUSED"),
        (ConnectionError, "RESET"),
        (OSError, "UNREACHABLE"),
    )
    return next((code for kind, code in codes if isinstance(bad, kind)), "MALFORMED")


class _Pinned(HTTPConnection):
    """A connection to addresses that were looked at, under the name that was asked for."""

    def __init__(self, host: str, port: int, found: Sequence[Found], trust: ssl.SSLContext | None, end: float) -> None:
        super().__init__(host, port)
        self.default_port = 443 if trust else 80
        self._found, self._trust, self._end = found, trust, end
        self.late = False

    def connect(self) -> None:
        """Connect to the first address that answers, and greet it before anything is said."""
        for number, one in enumerate(self._found, 1):
            self.sock = socket.socket(one.family, socket.SOCK_STREAM)
            self.sock.settimeout(max(0.01, self._end - monotonic()) / (len(self._found) + 1 - number))
            try:
                self.sock.connect(one.address)
                break
            except OSError:
                self.sock.close()
                if number == len(self._found) or self.late:
                    raise
        self.sock.settimeout(max(0.01, self._end - monotonic()))
        if self._trust:
            # Greeted in a step of its own: while it wraps, the socket would be out of reach of whoever cuts it.
            self.sock = self._trust.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def cut(self) -> None:
        """Time is up, whatever it is doing: a receiver that drips must not keep its sender."""
        self.late = True
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
