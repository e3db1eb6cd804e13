"""
The demo itself: a made-up year through real formats, real connectors and the real engine, in waves.

What it shows is read back from the log afterwards: nothing is counted that is not there.
"""

import fcntl
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors.mapping import event_id
from connectors.outbox import Outbox, Rows
from connectors.publishing import Intake
from connectors.registry import connector
from hub import topics, wiring, words
from hub.cli import logs, screen
from hub.core.calendar import calendar
from hub.core.events import Event
from hub.demo import sources
from hub.demo.diary import AGENCIES, END, NOW, START, Message
from hub.demo.ground import EmbeddedGround, Ground, GroundError
from hub.demo.lives import world
from hub.demo.people import MOST
from hub.demo.summary import Played, Sent, Summary, document, show, summarise
from hub.demo.waves import Wave, broken, resend, waves
from hub.edges import acks
from hub.edges.agreements import bundle
from hub.edges.home import Home, HomeError, create, open_home, synthetic_secret
from hub.edges.outbox import names
from hub.engine import Program
from hub.log import Out
from hub.resources import folder
from hub.wire.bundle import sign
from hub.wire.codec import vocabulary

TEAMS = ("PROB", "YJS", "CSC", "LCPA", "HOUS", "SMS", "DWP", "SEND")
ACKNOWLEDGED = 0.45  # the share of alerts that teams answer, once a month
MONTH = 4  # weeks, near enough


class DemoError(Exception):
    """A demo that cannot begin; the text says the cure."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `hub demo` was asked for."""

    home: Path = Path(".hub")
    kafka: bool = False
    seed: int = 1
    people: int = 1000
    json: bool = False
    keep: bool = False


class Watched:
    """An outbox that remembers which events went through it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.events: list[str] = []

    def resume(self, source: str) -> dict[str, bytes]:
        return self._outbox.resume(source)

    def publish(self, source: str, events: Sequence[Event], rows: Rows) -> None:
        self._outbox.publish(source, events, rows)
        self.events += [event.id for event in events]


def run(options: Options) -> int:
    """Make the synthetic partnership, play its year, and show what became of it."""
    _check(options)
    logs.start("critical")  # what is refused, and why, is shown below
    begun = time.monotonic()
    home = fresh_home(options)
    program = wiring.program(home)
    with ExitStack() as stack:
        ground = _ground(options, home, program, stack)
        if not options.json:
            _introduce(options, home, ground)
        played = play(options, home, program, ground)
        told = summarise(ground, program)
        _show(options, ground, played, told, time.monotonic() - begun)
        if options.kafka and options.keep:
            _wait(ground)
    return 0


def _check(options: Options) -> None:
    if not 1 <= options.people < MOST:
        raise DemoError(f"--people: {options.people} is not between 1 and {MOST - 1}; hint: leave it out for 1,000")
    if options.kafka and datetime.now(UTC) < NOW:  # a broker stamps what it takes with its own clock
        raise DemoError(f"clock: the simulated year ends on {_day(NOW)}, after today; hint: leave out --kafka")


def _introduce(options: Options, home: Home, ground: Ground) -> None:
    screen.say(f"Hub demo on {ground.source}. All data is synthetic.")
    screen.say(
        f"{options.people:,} made-up people, {_day(START)} to {_day(NOW)}, {len(home.agencies)} agencies publish, "
        f"{len(home.teams)} teams receive, seed {options.seed}."
    )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _show(options: Options, ground: Ground, played: Played, told: Summary, seconds: float) -> None:
    if options.json:
        about = {
            "log": ground.source,
            "seed": options.seed,
            "people": options.people,
            "from": START.date(),
            "to": NOW.date(),
        }
        about |= {"home": str(options.home), "seconds": round(seconds, 1), "next": _next(options, ground, told)}
        screen.emit(document(played, told, about))
        return
    show(played, told)
    screen.say()
    screen.say(f"Digest {told.digest['all']}")
    screen.say("       the same for every run of this seed and release, on the embedded log and on Kafka")
    _leave(options, ground, told)
    screen.say(f"Done in {seconds:.1f} s.")


def _leave(options: Options, ground: Ground, told: Summary) -> None:
    """Where everything lies now, and what to type next."""
    screen.say()
    screen.say(f"Log     {ground.lies}")
    screen.say(
        f"Agency  {options.home}/sources: what agencies' systems hold, names and all; nothing of it is in the log"
    )
    screen.say(f"        {options.home}/refused: their files with a refusal in them, and why")
    for number, command in enumerate(_next(options, ground, told)):
        screen.say(f"{'' if number else 'Next':<8}{command}")


def _next(options: Options, ground: Ground, told: Summary) -> list[str]:
    """The commands to type, if what they would read outlasts the demo."""
    if not (ground.lasts or options.keep):
        return []
    where = "" if options.home == Options().home else f" --home {options.home}"
    example = told.example(False) or told.example(True)
    named = words.short(example.decision["id"]) if example else "ID"
    look = ("hub decisions", f"hub explain {named}", "hub tail HOUS", "hub alerts list")
    commands = (*look, "hub audit verify", "hub run")
    return [f"{command}{where}{ground.reach}" for command in commands]


def _wait(ground: Ground) -> None:
    screen.note(f"{ground.source}: kept until Ctrl-C")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        screen.note("stopped")


def fresh_home(options: Options) -> Home:
    """A home for the synthetic partnership; one that is there is replaced if it is synthetic, never otherwise."""
    path = options.home
    if (path / "home.json").exists():
        if not open_home(path).synthetic:
            raise HomeError(f"{path}: a real hub's home; hint: name another folder with --home")
        _idle(path)
        shutil.rmtree(path)
    elif path.exists() and any(path.iterdir()):
        raise HomeError(f"{path}: not empty, and no hub's home; hint: name another folder with --home")
    return create(path, AGENCIES, TEAMS, synthetic=True, secret=synthetic_secret(options.seed))


def _idle(path: Path) -> None:
    """Refuse a home that a hub is at work in; `hub run` holds this lock."""
    with (path / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HomeError(f"{path}: a hub runs here; hint: stop it, or name another folder with --home") from None


def _ground(options: Options, home: Home, program: Program, stack: ExitStack) -> Ground:
    if not options.kafka:
        ground = EmbeddedGround(home, program)
        stack.callback(ground.close)
        return ground
    from hub.demo.kafka import kafka_ground  # its worker is an extra of the installation

    return stack.enter_context(kafka_ground(home, program))


def play(options: Options, home: Home, program: Program, ground: Ground) -> Played:
    """Play the whole year on *ground*."""
    return _Play(options, home, program, ground).year()


def year(options: Options, days: Mapping[str, Any]) -> list[Wave]:
    """The year's messages in waves; *days* is the calendar of the rules."""
    lived = world(options.people, options.seed, calendar(days["bank_holidays"], days["clock_changes"]))
    messages = [message for _, told in lived for message in told]
    return list(waves([*resend(messages, options.seed), *broken()]))


class _Play:
    """One play in progress."""

    def __init__(self, options: Options, home: Home, program: Program, ground: Ground) -> None:
        self._options, self._home, self._program, self._ground = options, home, program, ground
        self._known: set[str] = set()
        self._played = Played({agency: Sent() for agency in home.agencies})
        self._outboxes = {agency: Watched(ground.outbox(agency)) for agency in home.agencies}
        self._intakes = {agency: self._intake(agency) for agency in home.agencies}

    def _intake(self, agency: str) -> Intake:
        spoken = sources.FOLDERS[agency]
        refused = self._home.path / "refused" / spoken
        return Intake(connector(spoken), names(self._home, agency), self._outboxes[agency], refused)

    def year(self) -> Played:
        rules = self._activate()
        planned = year(self._options, rules["calendar"])
        for wave in planned:
            self._publish(wave)
            if wave.tick is not None:
                self._tick(wave.tick)
            screen.progress(wave.number + 1, f"of {len(planned)} waves")
        self._ground.clocked()
        screen.settled()
        return self._played

    def _activate(self) -> Mapping[str, Any]:
        """The shipped agreements, narrowed to this partnership and signed by its two made-up IG leads."""
        rules = bundle(folder("policies"), vocabulary(self._program.schemas), self._home.teams)
        signed = sign(rules, 0, self._home.signers())
        value = self._program.schemas.encode("rules.activated", signed)
        everywhere = [Out(topics.PERSON, number, None, value, ()) for number in range(self._program.partitions)]
        self._ground.append([Out(topics.RULES, 0, signed["hash"].encode(), value, ()), *everywhere])
        return rules

    def _publish(self, wave: Wave) -> None:
        for agency, messages in wave.files.items():
            self._publish_files(wave.number, agency, messages)
        self._ground.published()
        self._settle(self._new())

    def _publish_files(self, number: int, agency: str, messages: Sequence[Message]) -> None:
        """Drop what the agency's systems would drop, and let its connector take it."""
        drop, sent = self._home.path / "sources" / sources.FOLDERS[agency], self._played.sent[agency]
        drop.mkdir(parents=True, exist_ok=True)
        for suffix, data in sources.files(agency, messages):
            name = f"{number:04d}.{suffix}"
            (drop / name).write_bytes(data)
            done = self._intakes[agency].publish(name, data, max(one.at for one in messages))
            sent.refused += len(done.refused)
            sent.why += map(str, done.refused)
        sent.messages += len(messages)
        sent.resent += sum(one.resent for one in messages)

    def _new(self) -> set[str]:
        """The events just published that had not been before."""
        new: set[str] = set()
        for agency, outbox in self._outboxes.items():
            sent = self._played.sent[agency]
            for event in outbox.events:
                sent.events += 1
                sent.repeated += event in self._known
                if event not in self._known:
                    new.add(event)
                    self._known.add(event)
            outbox.events.clear()
        self._played.waves += 1
        return new

    def _settle(self, waiting: set[str]) -> None:
        """Return when each of these events has its decision."""
        decode = self._program.schemas.decode
        while waiting:
            more = self._ground.work()
            for record in self._ground.fresh([topics.DECISIONS]):
                waiting.discard(decode(record.value or b"")[2]["event"])
            if waiting and not more:
                raise GroundError(
                    f"decisions.v1: {len(waiting)} events stay undecided; hint: see the quarantine topics"
                )

    def _tick(self, at: int) -> None:
        value = self._program.schemas.encode("tick", {"at": at})
        self._ground.append([Out(topics.PERSON, number, None, value, ()) for number in range(self._program.partitions)])
        self._played.ticks += 1
        if self._played.ticks % MONTH == 0 or at == END:
            self._ground.clocked()
            self._acknowledge(at)

    def _acknowledge(self, at: int) -> None:
        """Each team answers a share of what is new to it, chosen by the alert's own id, at the instant of the tick."""
        events = [
            _answer(team, alert, at)
            for team in self._home.teams
            for alert in self._alerts(team)
            if _chosen(alert["id"], self._options.seed)
        ]
        if events:
            schemas, partitions = self._program.schemas, self._program.partitions
            self._ground.append([acks.record(schemas, event, partitions) for event in events])
        self._played.acknowledged += len(events)
        self._settle({event.id for event in events})

    def _alerts(self, team: str) -> Iterable[Mapping[str, Any]]:
        for record in self._ground.fresh([topics.alerts(team)]):
            alert: Mapping[str, Any] = self._program.schemas.decode(record.value or b"")[2]
            if alert["kind"] not in {"CORRECTION", "ESCALATION"} and not alert["level"] and not alert["repeats"]:
                yield alert


def _answer(team: str, alert: Mapping[str, Any], at: int) -> Event:
    fields = {"alert": alert["id"], "answer": "ACCEPTED"}
    return Event(event_id(team, alert["id"]), "alert.ack", team, alert["person"], at, None, fields)


def _chosen(alert: str, seed: int) -> bool:
    return sha256(f"{seed} {alert}".encode()).digest()[0] < 256 * ACKNOWLEDGED
