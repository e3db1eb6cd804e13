"""A mail server on this machine that keeps what it is given; it speaks as much SMTP as a test needs."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Mailbox:
    """*answers* replace the usual ones, by verb; *tls* is offered by STARTTLS, or is there at once (*implicit*)."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, implicit: bool = False, answers: dict[str, str] | None = None
    ) -> None:
        self.got: list[str] = []
        self.said: list[str] = []
        self.answers, self._tls, self._implicit = answers or {}, tls, implicit
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(0.1)
        self.port = int(self._door.getsockname()[1])
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)
        self._door.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                one, _ = self._door.accept()
            except OSError:
                continue
            threading.Thread(target=self._talk, args=(one,), daemon=True).start()

    def _talk(self, one: socket.socket) -> None:
        one.settimeout(10)
        with suppress(OSError):
            secure = self._tls is not None and self._implicit
            self._converse(self._wrapped(one) if secure else one, secure)
        one.close()

    def _wrapped(self, one: socket.socket) -> socket.socket:
        assert self._tls is not None
        return self._tls.wrap_socket(one, server_side=True)

    def _converse(self, one: socket.socket, secure: bool) -> None:
        one.sendall(f"{self.answers.get('HELLO', '220 mail')}\r\n".encode())
        lines = one.makefile("rb")
        while line := lines.readline().decode().strip():
            verb = line.partition(" ")[0].upper()
            self.said.append(f"{'tls ' if secure else ''}{line}")
            if verb == "STARTTLS" and self._tls and not secure:
                one.sendall(b"220 go on\r\n")
                one = self._wrapped(one)
                lines, secure = one.makefile("rb"), True
                continue
            one.sendall(f"{self.answers.get(verb, self._usual(verb, secure))}\r\n".encode())
            if verb == "DATA" and "DATA" not in self.answers:
                self.got.append(b"".join(iter(lines.readline, b".\r\n")).decode())
                one.sendall(b"250 taken\r\n")
            if verb == "QUIT":
                return

    def _usual(self, verb: str, secure: bool) -> str:
        if verb == "EHLO":
            return "250-mail\r\n250 AUTH PLAIN" if secure else "250-mail\r\n250 STARTTLS" if self._tls else "250 mail"
        return {"QUIT": "221 bye", "AUTH": "235 come in", "DATA": "354 go on"}.get(verb, "250 fine")


@contextmanager
def mailbox(
    tls: ssl.SSLContext | None = None, implicit: bool = False, answers: dict[str, str] | None = None
) -> Iterator[Mailbox]:
    made = Mailbox(tls, implicit, answers)
    try:
        yield made
    finally:
        made.close()
