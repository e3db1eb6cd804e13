"""`hub console`: the pages, and the projection of the log that they show."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from hub import settings
from hub.cli import logs
from hub.cli.bars import Bars
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.run_hub import alone, stopping
from hub.cli.screen import counted, note
from hub.place import HERE, Place

if TYPE_CHECKING:
    from hub.demo.provider import Person
    from hub.edges.home import Home

app = App(name="console", help="Serve the pages, for leads, teams, operators and partners.")
Listen = Annotated[str | None, Parameter(help="HOST:PORT (else HUB_CONSOLE_LISTEN, else 127.0.0.1:8400)")]


@app.default
def serve(
    *,
    listen: Listen = None,
    run: Annotated[bool, Parameter(negative="", help="run the hub beside it, on the home's own log")] = False,
    place: Place = HERE,
) -> int:
    """
    Serve the console until SIGTERM or Ctrl-C, and keep up what it shows with the hub's log.

    People sign in at the OpenID Connect provider of HUB_OIDC_ISSUER; on a made-up home, as somebody made up.

    Example: hub console --home /srv/hub --listen 127.0.0.1:8400
    """
    logs.start("warning")
    home, told = place.open(), settings.console()
    if run and place.on_kafka:
        raise CommandError("--run: for a home's own log; hint: `hub run --kafka` is a process of its own", USAGE)
    with installed():
        from hub.console import serve as console
    sock = console.listening(listen or told.listen)
    # Its server gives the signal that ended it once more, to whom it was first meant for.
    with (
        stopping() as stop,
        signing_in(place, home, told, sock.getsockname()[1]) as sign_in,
        beside(home, stop) if run else nullcontext(),
    ):
        console.serve(place, told, sign_in, sock, lambda url: note(_ready(home, told, url)), stop)
    note(f"{home.path}: the console stopped in good order")
    return 0


def _ready(home: "Home", told: settings.Console, url: str) -> str:
    who = "sign in as anybody of this made-up partnership, no password" if told.sign_in is None else "sign in"
    return f"{home.path}: the console is at {url} ({who}); Ctrl-C stops it"


@contextmanager
def beside(home: "Home", stop: threading.Event) -> Iterator[None]:
    """
    Meanwhile a hub works on the home's own log, in a process that ends with this one.

    Where it can be kept no longer *stop* is set: pages without a hub behind them would look as if nothing happened.
    """
    from hub.cli.crew import keep

    with alone(home.path / "run.lock", "a hub runs here already"):
        crew = {"hub": ["run", "--home", str(home.path)]}
    failed: list[BaseException] = []

    def kept() -> None:
        try:
            keep(crew, stop, os.environ)
        except BaseException as bad:
            failed.append(bad)
        finally:
            stop.set()

    keeping = threading.Thread(target=kept, name="hub")
    keeping.start()
    try:
        yield
    finally:
        stop.set()
        keeping.join()
    if failed:
        raise failed[0]


@app.command
def rebuild(*, place: Place = HERE) -> int:
    """
    Make what the console shows anew from the log; it comes to the same.

    Example: hub console rebuild --home /srv/hub
    """
    from hub import wiring

    logs.start("warning")
    home, told = place.open(), settings.console()
    with installed():
        from hub.projection.database import Database
        from hub.projection.fold import Fold
        from hub.projection.follow import rebuild
    database = Database.of(home.path, told.projection)
    try:
        fold, bars = Fold(wiring.schemas(), home.agencies, home.teams), Bars(title="the log")
        done = rebuild(database, fold, place.reader(), lambda done, of: bars(0, done / max(of, 1), done))
    finally:
        database.close()
    note(f"{home.path}: the projection is made anew of {counted(done, 'record')}")
    return 0


@contextmanager
def signing_in(place: Place, home: "Home", told: settings.Console, port: int) -> Iterator[settings.SignIn]:
    """Where people sign in: the provider of the settings; without one, made-up people of a made-up home."""
    if told.sign_in is not None:
        yield told.sign_in
        return
    if not home.synthetic:
        hint = "set HUB_OIDC_ISSUER, HUB_OIDC_CLIENT_ID and HUB_OIDC_CLIENT_SECRET_FILE"
        raise CommandError(f"{home.path}: a real hub, and nobody could sign in; hint: {hint}", USAGE)
    from hub.demo.provider import CLIENT, SECRET, provider

    with installed(), provider(those(place, home), port + 1) as issuer:
        yield settings.SignIn(issuer, CLIENT, SECRET)


def those(place: Place, home: "Home") -> "tuple[Person, ...]":
    """The made-up people of a made-up home, their teams called as the rules in force call them."""
    from hub.demo.provider import people
    from hub.rulebook import in_force

    held = in_force(place)
    return people(home, {code: team["name"] for code, team in held["teams"].items()} if held else {})


@contextmanager
def installed() -> Iterator[None]:
    """The console is an extra, and so are its made-up people."""
    try:
        yield
    except ModuleNotFoundError as gone:
        if gone.name is None or gone.name.startswith(("hub", "connectors")):
            raise
        hint = "pip install 'csp-hub[console,demo]'"
        raise CommandError(f"{gone.name}: not installed, and the console needs it; hint: {hint}", FAULT) from gone
