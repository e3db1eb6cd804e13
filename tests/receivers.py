"""Receivers of webhooks on this machine, good and bad, and a team's log with something to send."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from shipped import schemas

from hub import topics
from hub.edges.embedded import EmbeddedLog
from hub.edges.reader import EmbeddedReader
from hub.log import Out
from hub.outbound import keys
from hub.outbound.courier import Carrier, Courier
from hub.outbound.endpoints import Endpoint, Webhook
from hub.outbound.service import Outbox, Service, out, recorded
from hub.outbound.standing import Receipt, Standing
from hub.outbound.webhook import WebhookCarrier

START = 1_800_000_000_000_000  # UTC microseconds
LOOPBACK = ("127.0.0.0/8",)


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent; answers with *answers*, one after the other, then with the last of them."""

    daemon_threads = True

    def __init__(self, *answers: int, headers: dict[str, str] | None = None) -> None:
        self.answers, self.headers = list(answers or (204,)), headers or {}
        self.got: list[tuple[dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Door)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/csp"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up on it is no fault of the test."""


class _Door(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiver(*answers: int, headers: dict[str, str] | None = None) -> Iterator[Receiver]:
    made = Receiver(*answers, headers=headers)
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()


@contextmanager
def rude(manner: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of somebody who does with each connection what *manner* says."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        door.settimeout(0.1)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    one, _ = door.accept()
                except TimeoutError:
                    continue
                except OSError:
                    return
                threading.Thread(target=_quietly, args=(manner, one), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield door.getsockname()[1]
        ended.set()
        thread.join(5)


def _quietly(manner: Callable[[socket.socket], None], one: socket.socket) -> None:
    with closing(one):
        try:
            manner(one)
        except OSError:
            return


def alert(number: int, team: str = "HOUS", partition: int = 0, urgency: str = "HIGH", raw: bytes | None = None) -> Out:
    """A made-up alert as the team's topic holds it."""
    told = {
        "id": f"a-{number}",
        "decision": f"r-{number}",
        "clause": "DSA-001.1",
        "person": f"p1.made-up-{number}",
        "kind": "RELEASE",
        "stage": "T8W",
        "due": START,
        "raised": START,
        "urgency": urgency,
        "action": "REFER_FOR_HOUSING",
        "fields": {"window_from": "2027-03-17"},
    }
    event = {
        "specversion": "1.0",
        "id": f"a-{number}",
        "source": "/hub",
        "type": "csp.alert.v1",
        "subject": "RELEASE/T8W",
    }
    headers = tuple((f"ce_{name}", value.encode()) for name, value in event.items())
    value = schemas().encode("alert", told) if raw is None else raw
    return Out(topics.alerts(team), partition, b"p1", value, (*headers, ("content-type", b"application/avro")))


class Office:
    """A home with a log, and the service over it: started, stopped and started again, under a clock of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.now = home, START
        (home / "keys").mkdir(exist_ok=True)
        self.endpoints: dict[str, tuple[Endpoint, Carrier]] = {}
        with closing(self.log()):
            pass

    def log(self) -> EmbeddedLog:
        return EmbeddedLog(self.home / "hub.db", 2, durable=False)

    def reader(self) -> EmbeddedReader:
        return EmbeddedReader(self.home / "hub.db")

    def clock(self) -> int:
        return self.now

    def webhook(self, url: str, name: str = "hous-cases", team: str = "HOUS", patience: float = 3.0) -> None:
        endpoint = Webhook(team=team, url=url, networks=LOOPBACK)
        if not keys.file(self.home, name).exists():
            keys.keygen(keys.file(self.home, name))
        self.endpoints[name] = endpoint, WebhookCarrier(name, endpoint, self.home, patience)

    def append(self, *outs: Out) -> None:
        with closing(self.log()) as log:
            log.append(outs)

    def receipts(self) -> list[Receipt]:
        found = (schemas().decode(record.value or b"")[2] for record in self.reader().scan(topics.RECEIPTS))
        return [Receipt(**told) for told in found]

    def outcomes(self, name: str = "hous-cases") -> list[str]:
        return [one.outcome for one in self.receipts() if one.endpoint == name and one.outcome != "BEGUN"]

    def standing(self, name: str = "hous-cases") -> Standing:
        return recorded(schemas(), self.reader())[0].get(name, Standing())

    @contextmanager
    def running(self) -> Iterator[None]:
        """The service runs meanwhile, and what ends it early is raised here."""
        stop, fault = threading.Event(), list[BaseException]()
        thread = threading.Thread(target=self._run, args=(stop, fault), daemon=True)
        thread.start()
        self.wait(lambda: fault or all(self.standing(name).read for name in self.endpoints))
        try:
            yield
        finally:
            stop.set()
            thread.join(40)
        assert not thread.is_alive()
        if fault:
            raise fault[0]

    def _run(self, stop: threading.Event, fault: list[BaseException]) -> None:
        outbox = Outbox()
        standings, seen = recorded(schemas(), self.reader())
        couriers = {
            name: Courier(
                name, *both, self.reader(), schemas(), standings.get(name, Standing()), outbox.write, self.clock
            )
            for name, both in self.endpoints.items()
        }
        try:
            with closing(self.log()) as log:

                def append(receipts: object) -> None:
                    log.append([out(schemas(), one) for one in receipts])  # type: ignore[attr-defined]

                Service(couriers, outbox, append, self.reader(), schemas(), seen).run(stop)
        except BaseException as bad:
            fault.append(bad)

    def wait(self, until: Callable[[], object], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "it has not come"
            time.sleep(0.05)
