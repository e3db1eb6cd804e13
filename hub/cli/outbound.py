"""`hub outbound`: teams without Kafka are told by webhook and e-mail."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from hub import words
from hub.cli import logs
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, say, table
from hub.place import HERE, Place

if TYPE_CHECKING:
    from hub.edges.home import Home
    from hub.log import Out
    from hub.outbound.endpoints import Endpoint, Endpoints
    from hub.outbound.standing import Receipt, Standing

app = App(name="outbound", help="Tell teams without Kafka: signed webhooks, and notices by e-mail that say nothing.")
Name = Annotated[str, Parameter(help="the endpoint, as outbound.yaml calls it")]
Only = Annotated[str | None, Parameter(help="only of this endpoint")]
HEADS = ("Endpoint", "Team", "By", "State", "Delivered", "Waiting", "Dead", "Last")
LOST = ("Endpoint", "Team", "When", "Why", "Attempts", "Alert or delivery")
STATES = {"OFF": "off: it answered 410", "DOWN": "down", "NEW": "not begun", "UP": "up"}


@app.command
def run(*, place: Place = HERE) -> int:
    """
    Send until SIGTERM or Ctrl-C: to every endpoint of outbound.yaml, what its team's topics hold from now on.

    One of it runs for a hub, beside `hub run`. Each attempt leaves a receipt in the log; what fails is tried again for
    three days, ever more seldom, and is then among `hub outbound dead`.

    Example: hub outbound run --kafka
    """
    logs.start("info")
    from hub.cli.run_hub import alone, stopping

    home = place.open()
    told = _endpoints(home)
    with stopping() as stop:
        if place.on_kafka:
            _serve(place, home, told, stop)
        else:
            with alone(home.path / "outbound.lock", "outbound runs here already"):
                _serve(place, home, told, stop)
    note(f"{home.path}: stopped in good order")
    return 0


@app.command(name="list")
def every(*, place: Place = HERE, as_json: Json = False) -> int:
    """
    List the endpoints and how they are: up, down (it takes nothing), or off (it answered 410).

    Example: hub outbound list --json
    """
    logs.start()
    home = place.open()
    told, found = _endpoints(home), _recorded(place)
    rows = [_row(name, one.team, one.channel, found.get(name)) for name, one in told.all.items()]
    if as_json:
        emit([{**row, "keys": _keys(home.path, row["endpoint"])} for row in rows])
        return 0
    table(HEADS, [_line(row) for row in rows])
    return 0


@app.command(name="test")
def probe(name: Name, /, *, place: Place = HERE, as_json: Json = False) -> int:
    """
    Send an endpoint a message that tells of nothing, now, and say what came of it; exit code 1 if it was not taken.

    Example: hub outbound test prob-cases
    """
    logs.start()
    from hub.outbound.carriers import carrier
    from hub.outbound.courier import microseconds

    home = place.open()
    found, told = one(name, home)
    now = microseconds()
    made = carrier(name, told, home.path)
    made.ready(now)
    why = made.test(now).why
    if as_json:
        emit({"endpoint": name, "team": found.team, "channel": found.channel, "taken": why is None, "why": why})
    elif why is None:
        say(f"{name}: taken; a message of type csp.test.v1, or a notice that calls itself a test")
    else:
        note(f"{name}: not taken ({why}); hint: {_cure(why)}")
    return 0 if why is None else FAULT


@app.command
def dead(name: Only = None, /, *, place: Place = HERE, as_json: Json = False) -> int:
    """
    List what could not be delivered and will not be tried again; exit code 1 if there is any.

    Example: hub outbound dead
    """
    logs.start()
    home = place.open()
    if name is not None:
        one(name, home)
    found = _dead(_recorded(place), name)
    if as_json:
        emit([{**one._asdict(), "at": words.iso(one.at)} for one in found])
    elif found:
        table(LOST, [_lost(one) for one in found])
        note("next: once the cause is mended, hub outbound redrive ENDPOINT")
    else:
        say("nothing")
    return FAULT if found else 0


@app.command
def redrive(
    name: Name,
    /,
    *,
    of: Annotated[list[str] | None, Parameter(negative="", help="only this alert or delivery, by its id")] = None,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Send what is dead after all, as if for the first time and under the same ids; turn on again an endpoint that is off.

    Example: hub outbound redrive prob-cases
    """
    logs.start()
    from hub.outbound.courier import microseconds
    from hub.outbound.standing import REDRIVEN

    one(name, place.open())
    wanted = set(of or ())
    found = [one for one in _dead(_recorded(place), name) if not wanted or one.of in wanted]
    if missing := wanted - {one.of for one in found}:
        raise CommandError(f"--of: {counted(len(missing), 'id')} not among the dead; hint: hub outbound dead {name}")
    now = microseconds()
    if found:
        _write(place, [one._replace(outcome=REDRIVEN, why=None, at=now, next=None) for one in found])
    if as_json:
        emit({"endpoint": name, "redriven": len(found)})
    else:
        say(f"{name}: {counted(len(found), 'message')} will be sent again, by `hub outbound run`")
    return 0


def _serve(place: Place, home: "Home", told: "Endpoints", stop: Any) -> None:
    from hub import wiring
    from hub.outbound.carriers import carrier
    from hub.outbound.courier import Courier, microseconds
    from hub.outbound.service import Outbox, Service, recorded
    from hub.outbound.standing import Standing

    schemas, outbox = wiring.schemas(), Outbox()
    with _appending(place, home) as append:
        standings, seen = recorded(schemas, place.reader())
        couriers = {}
        for name, one in told.all.items():
            made, standing = carrier(name, told, home.path), standings.get(name, Standing())
            made.ready(microseconds())
            couriers[name] = Courier(name, one, made, place.reader(), schemas, standing, outbox.write)
        note(f"{home.path}: {counted(len(couriers), 'endpoint')}; Ctrl-C stops it")
        Service(couriers, outbox, append, place.reader(), schemas, seen).run(stop)


@contextmanager
def _appending(place: Place, home: "Home") -> "Iterator[Callable[[Sequence[Receipt]], None]]":
    """What puts receipts into the log, for as long as this lasts."""
    from hub import settings, wiring
    from hub.edges.appending import Appender
    from hub.outbound.service import out

    schemas = wiring.schemas()
    if place.on_kafka:
        to = Appender(place.broker, place.auth, f"{settings.read().app_id}.outbound")
        append, close = _fenced(to), to.close
        append(())  # from here on an earlier sender writes no receipt any more, and ends
    else:
        log = place.log(home)
        append, close = log.append, log.close
    try:
        yield lambda receipts: append(out(schemas, one) for one in receipts)
    finally:
        close()


def _fenced(append: "Callable[[Iterable[Out]], None]") -> "Callable[[Iterable[Out]], None]":
    """The same, but who was overtaken says so."""
    from kafka.errors import InvalidProducerEpochError, ProducerFencedError

    def told(outs: "Iterable[Out]") -> None:
        try:
            append(outs)
        except (ProducerFencedError, InvalidProducerEpochError) as fenced:
            raise CommandError("outbound: another one has taken over; hint: run one of them for a hub") from fenced

    return told


def _write(place: Place, receipts: "Sequence[Receipt]") -> None:
    from hub import wiring
    from hub.cli.twofold import commit
    from hub.outbound.service import out

    schemas = wiring.schemas()
    commit(place, place.open(), [out(schemas, one) for one in receipts])


def _endpoints(home: "Home") -> "Endpoints":
    from hub.outbound.endpoints import endpoints

    return endpoints(home.path, home.teams)


def one(name: str, home: "Home") -> "tuple[Endpoint, Endpoints]":
    """The endpoint *name*, and all of them."""
    told = _endpoints(home)
    if name not in told.all:
        raise CommandError(f"{name}: no such endpoint; hint: one of {', '.join(told.all) or 'none yet'}", USAGE)
    return told.all[name], told


def _recorded(place: Place) -> "dict[str, Standing]":
    from hub import wiring
    from hub.outbound.service import recorded

    return recorded(wiring.schemas(), place.reader())[0]


def _row(name: str, team: str, channel: str, found: "Standing | None") -> dict[str, Any]:
    state = "NEW" if found is None else "OFF" if found.off else "DOWN" if found.down else "UP"
    counts = (found.delivered, len(found.waiting), len(found.dead)) if found else (0, 0, 0)
    newest = found.newest if found else None
    outcome, why, at = (newest.outcome, newest.why, words.iso(newest.at)) if newest else (None, None, None)
    return {
        "endpoint": name,
        "team": team,
        "channel": channel,
        "state": state,
        **dict(zip(("delivered", "waiting", "dead"), counts, strict=True)),
        "outcome": outcome,
        "why": why,
        "at": at,
    }


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    why = f" ({row['why']})" if row["why"] else ""
    last = f"{row['outcome'].lower()}{why}, {row['at']}" if row["outcome"] else "never"
    numbers = (f"{row[name]:,}" for name in ("delivered", "waiting", "dead"))
    return row["endpoint"], row["team"], row["channel"].lower(), STATES[row["state"]], *numbers, last


def _lost(one: "Receipt") -> tuple[str, ...]:
    return one.endpoint, one.team, words.moment(one.at), one.why or "", str(one.attempt), words.short(one.of or "")


def _dead(found: "dict[str, Standing]", name: str | None) -> "list[Receipt]":
    lost = [one for by, standing in found.items() if name in (None, by) for one in standing.dead.values()]
    return sorted(lost, key=lambda one: (one.at, one.place))


def _keys(home: Path, name: str) -> list[dict[str, Any]]:
    """The public keys of an endpoint; none where it has no key, or needs none."""
    from time import time

    from hub.outbound import keys

    try:
        return [key.told() for key in keys.read(keys.file(home, name), time())]
    except keys.KeyFileError:
        return []


def _cure(why: str) -> str:
    """
    What to do about a failure.

    >>> _cure("STATUS_404")
    'ask the receiver: its answer says what it did not like'
    """
    cures = {
        "ADDRESS": "it is in no public network; name its own under `networks`",
        "NAME": "is the host's name right, and known to this machine's resolver?",
        "TLS": "does its certificate name that host, and is `ca` (or HUB_SMTP_CA) its authority?",
        "TIMEOUT": "does a firewall stand between?",
        "REFUSED": "does it listen at that port?",
        "KEY": "restore its file of keys, or delete it and let `hub outbound keygen` make a new one",
    }
    return cures.get(why, "ask the receiver: its answer says what it did not like")
