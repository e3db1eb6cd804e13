"""
A worker's health over HTTP: `/live`, `/ready` and `/metrics`.

By the standard library's server on threads of its own, for it has to answer when the worker's loop does not; aiohttp
would stand still with the loop it reports on.
"""

import asyncio
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub.edges.health import Health
from hub.edges.metrics import registry

TURN = 5.0  # seconds a loop at work may take to answer
PLAIN = "text/plain; charset=utf-8"


class ServingError(Exception):
    """An address that cannot be served on."""


class Server(ThreadingHTTPServer):
    """Listens from now on."""

    def __init__(self, address: str, health: Health, loop: asyncio.AbstractEventLoop) -> None:
        self.health, self.loop = health, loop
        self.registry = registry(health)
        host, port = split(address)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), Answers)
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise ServingError(
                f"{address}: {why}; hint: give --health or HUB_HEALTH a free port of this machine"
            ) from error

    def server_bind(self) -> None:
        """Bind, without the look-up of the machine's name that the standard library makes here."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "hub", self.server_address[1]

    def live(self) -> str:
        """Say what is wrong with the worker; nothing while its watchdogs are content."""
        turned = threading.Event()
        with suppress(RuntimeError):  # closed: it is about to end
            self.loop.call_soon_threadsafe(turned.set)
        if self.loop.is_running() and not turned.wait(TURN):
            return f"event loop: no turn for {TURN:.0f} s"
        return self.health.still(self.health.limit / 2)


class Answers(BaseHTTPRequestHandler):
    """Answers a GET; numbers and topic names are all it tells."""

    server: Server
    server_version, sys_version = "hub", ""
    timeout = 5  # seconds until a silent caller is hung up on

    def do_GET(self) -> None:
        page = self.pages.get(self.path.partition("?")[0])
        if page is None:
            self._say(404, "not here; hint: /live, /ready or /metrics\n")
        else:
            page(self)

    def _live(self) -> None:
        wrong = self.server.live()
        self._say(503 if wrong else 200, f"{wrong or 'live'}\n")

    def _ready(self) -> None:
        health = self.server.health
        missing = list(health.unready())
        self._say(503 if missing else 200, "\n".join([*(missing or ["ready"]), *health.unfed()]) + "\n")

    def _metrics(self) -> None:
        self._say(200, generate_latest(self.server.registry).decode(), CONTENT_TYPE_LATEST)

    pages: ClassVar = {"/live": _live, "/ready": _ready, "/metrics": _metrics}

    def _say(self, code: int, text: str, kind: str = PLAIN) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a probe every few seconds is no fact."""


@contextmanager
def serving(address: str, health: Health, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Answer at *address*, `HOST:PORT`, for as long as this lasts; an empty address answers nobody."""
    if not address:
        yield
        return
    server = Server(address, health, loop)
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def split(address: str) -> tuple[str, int]:
    """
    Take an address apart.

    >>> split("127.0.0.1:9464"), split("[::1]:9464")
    (('127.0.0.1', 9464), ('::1', 9464))
    >>> split("9464")
    Traceback (most recent call last):
    ...
    hub.edges.serving.ServingError: 9464: not an address; hint: HOST:PORT, as 127.0.0.1:9464
    """
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal() and int(port) < 65536):
        raise ServingError(f"{address}: not an address; hint: HOST:PORT, as 127.0.0.1:9464")
    return host.strip("[]"), int(port)
