"""The console at work: the projection kept up with the log, the pages, and the server, from a start to a good end."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog
import uvicorn
from starlette.applications import Starlette

from hub import settings, wiring
from hub.console import promises
from hub.console.api.bearer import Bearer
from hub.console.app import create
from hub.console.desk import Desk, clock
from hub.console.live import Live
from hub.console.oidc import Provider
from hub.console.signin import SignInPages
from hub.edges.collector import spare
from hub.edges.home import Home
from hub.edges.reader import ReadError
from hub.log import Out
from hub.place import Place
from hub.projection.database import Database, ProjectionError
from hub.projection.fold import Fold
from hub.projection.follow import follow
from hub.projection.fresh import stale

COUNTED = 5.0  # seconds between two looks whether figures are to be counted anew
AGAIN = 5.0  # seconds until it is tried again to keep up the projection
GRACE = 5  # seconds for pages on their way when the console stops
AT_ONCE = 500  # connections, those of open inboxes included
LONGEST_HEAD = 16 * 1024  # bytes
log = structlog.get_logger()
Append = Callable[[Iterable[Out]], None]


class ServeError(Exception):
    """A console that cannot begin; the text says the cure."""


def address(told: settings.Console, sock: socket.socket) -> str:
    """Where people find it: what the settings say, else this machine."""
    if told.url:
        return told.url
    host, port = sock.getsockname()[:2]
    found = f"http{'s' if told.certificate else ''}://{f'[{host}]' if ':' in host else host}:{port}"
    if not settings.local(found):
        hint = "set HUB_URL to what people type, https://HOST"
        raise ServeError(f"{host}:{port}: reached from other machines; hint: {hint}")
    return found


def listening(at: str) -> socket.socket:
    """
    A socket at `HOST:PORT`.

    >>> listening("nowhere")
    Traceback (most recent call last):
    hub.console.serve.ServeError: nowhere: not an address; hint: write HOST:PORT, such as 127.0.0.1:8400
    """
    host, _, port = at.rpartition(":")
    if not host or not port.isdigit():
        raise ServeError(f"{at}: not an address; hint: write HOST:PORT, such as 127.0.0.1:8400")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host.strip("[]"), int(port)), family=family)
    except (OSError, OverflowError) as bad:
        hint = "does another console run there? --listen names another port"
        raise ServeError(f"{at}: cannot listen ({type(bad).__name__}); hint: {hint}") from bad


def serve(
    place: Place,
    told: settings.Console,
    sign_in: settings.SignIn,
    sock: socket.socket,
    ready: Callable[[str], None],
    stop: threading.Event,
) -> None:
    """
    Serve the console until SIGTERM or Ctrl-C; *ready* hears its address once it answers.

    *stop* ends it too, be it set before it has handlers of its own for these, and is set when it ends.
    """
    home, url = place.open(), address(told, sock)
    database = Database.of(home.path, told.projection)
    with appending(place, home) as append:
        old = partial(_stale, database)
        desk = Desk(place, wiring.schemas(), database.engine, append, url.startswith("https:"), url=url, stale=old)
        provider = Provider(sign_in, f"{url}/sign-in/back")
        pages = SignInPages(desk, sign_in, provider, url, home.console_key())
        routes = [*pages.routes(), Live(desk, stop.is_set).route()]
        programs = Bearer(desk, sign_in, provider, home.console_key())
        server = _Server(_config(create(desk, routes, programs=programs), told), lambda: ready(url), stop)
        keeping = threading.Thread(target=_keep_up, args=(place, home, database, stop), name="projection")
        counting = threading.Thread(target=_keep_counted, args=(desk, stop), name="promises", daemon=True)
        keeping.start()
        counting.start()
        try:
            spare()
            server.run([sock])
        finally:
            stop.set()
            keeping.join()
            database.close()


@contextmanager
def appending(place: Place, home: Home) -> Iterator[Append]:
    """What writes to the hub's log, from any thread."""
    if place.on_kafka:
        from hub.edges.appending import Appender

        name = settings.read().instance_id or socket.gethostname()
        appender = Appender(place.broker, place.auth, f"hub.console.{name}")
        try:
            yield appender
        finally:
            appender.close()
        return

    def append(outs: Iterable[Out]) -> None:
        opened = place.log(home)
        try:
            opened.append(outs)
        finally:
            opened.close()

    yield append


def _keep_up(place: Place, home: Home, database: Database, stop: threading.Event) -> None:
    """Fold what the log holds and what comes; of several consoles one does, the others see what it wrote."""
    said = ""
    while not stop.is_set():
        try:
            fold = Fold(wiring.schemas(), home.agencies, home.teams)
            follow(database, fold, place.reader(), stop.is_set, _folded)
        except (ProjectionError, ReadError) as bad:
            if str(bad) != said:
                log.warning("projection not kept up", why=str(bad), seconds=AGAIN)
            said = str(bad)
        except Exception as bad:  # pages would show an old state as if it were today's
            log.error("projection not kept up", why=type(bad).__name__, seconds=AGAIN)
        stop.wait(AGAIN)


def _keep_counted(desk: Desk, stop: threading.Event) -> None:
    """Have the figures of the promises ready before somebody asks."""
    while not stop.wait(COUNTED):
        try:
            promises.keep_counted(desk)
        except Exception as bad:  # the page counts by itself then, and says what is wrong
            log.warning("promises not counted", why=type(bad).__name__)


def _stale(database: Database) -> bool:
    return stale(database.engine, clock())


def _folded(records: int) -> None:
    log.debug("folded", records=records)


def _config(app: Starlette, told: settings.Console) -> uvicorn.Config:
    try:
        return uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(told.proxy),
            forwarded_allow_ips=told.proxy or None,
            limit_concurrency=AT_ONCE,
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=LONGEST_HEAD,
            ssl_certfile=told.certificate,
            ssl_keyfile=told.key,
        )
    except (OSError, ssl.SSLError) as bad:
        hint = "HUB_CONSOLE_CERT and HUB_CONSOLE_KEY name PEM files of one pair"
        raise ServeError(f"HUB_CONSOLE_CERT: no usable certificate; hint: {hint}") from bad


class _Server(uvicorn.Server):
    """Says when it is ready, and lets open inboxes go as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stop: threading.Event) -> None:
        super().__init__(config)
        self._ready, self._stop = ready, stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self._stop.is_set():
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        return self._stop.is_set() or await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stop.set()
        await super().shutdown(sockets)
