"""`hub bench`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal, NamedTuple

from cyclopts import Parameter
from cyclopts.validators import Number

from hub.cli import logs
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, emit, note, say, table

RATE, SECONDS, PEOPLE, AGREEMENTS = 500, 20, 10_000, 12
LEAST = 20  # of each question a page asks


class Column(NamedTuple):
    """One figure of every subject."""

    head: str
    figure: str
    form: str


COLUMNS = (
    Column("events/s", "events_per_s", ",.0f"),
    Column("2nd half", "half2_events_per_s", ",.0f"),
    Column("CPU µs/event", "cpu_us_per_event", ".0f"),
    Column("2nd half CPU", "half2_cpu_us_per_event", ".0f"),
    Column("broker µs/event", "broker_cpu_us_per_event", ".0f"),
    Column("peak MiB", "peak_mib", ",.0f"),
    Column("p50 ms", "p50_ms", ".0f"),
    Column("p99 ms", "p99_ms", ".0f"),
)
Job = Literal["hub", "disclosure", "planning", "decision", "console"]
Mix = Literal["day", "justice"]
JOB = (
    "hub: the pipeline itself; disclosure: a plain job, beside a bare loop on librdkafka; "
    "planning: a person's alerts planned anew; decision: what one team gets of one event; "
    "console: what pages ask of a year's decisions (else hub)"
)


def bench(
    *,
    job: Annotated[Job | None, Parameter(help=JOB)] = None,
    events: Annotated[int, Parameter(help="events loaded before the start", validator=Number(gte=1000))] = 100_000,
    rounds: Annotated[int, Parameter(help="runs of each; the medians count", validator=Number(gte=1))] = 3,
    rate: Annotated[
        int | None, Parameter(help="events/s of the open loop; 0: no latency (else 500)", validator=Number(gte=0))
    ] = None,
    seconds: Annotated[int | None, Parameter(help="length of the open loop (else 20)", validator=Number(gte=1))] = None,
    people: Annotated[
        int | None,
        Parameter(help="people known before the start (else 10,000; disclosure 5,000)", validator=Number(gte=1000)),
    ] = None,
    workers: Annotated[
        int | None, Parameter(help="hub processes that share the work on Kafka (else 1)", validator=Number(gte=1))
    ] = None,
    agreements: Annotated[
        int | None,
        Parameter(help="agreements in force: the shipped ones, the others made up (else 12)", validator=Number(gte=12)),
    ] = None,
    mix: Annotated[Mix | None, Parameter(help="a whole day's events, or without its marks (else day)")] = None,
    flat: Annotated[
        bool, Parameter(negative="", help="compare 10,000 people with a million, 12 agreements with 200")
    ] = False,
    postgres: Annotated[
        str | None, Parameter(help="of --job console: an empty PostgreSQL to measure beside SQLite, as HUB_PROJECTION")
    ] = None,
    bootstrap: Annotated[str | None, Parameter(help="a Kafka to use, not one of our own; its CPU is not seen")] = None,
    as_json: Json = False,
) -> int:
    """
    Measure the hub: events a second, CPU an event, latency, memory.

    Every answer is verified. The hub's own job runs on the embedded log and on
    Kafka. With --job disclosure, a bare loop on librdkafka does the same beside
    it, turn by turn: machines and their neighbours differ, so only the ratios of
    one run can be compared with those of another.

    Example: hub bench --events 20000 --rounds 1
    """
    logs.start()
    loop = {"--rate": rate, "--seconds": seconds, "--workers": workers}
    world = {"--people": people, "--agreements": agreements, "--mix": mix}
    if job == "console":
        _refuse("--job console: reads a log of its own", {**loop, **world, "--bootstrap": bootstrap})
        return _console(events, rounds, postgres, as_json)
    _refuse("--postgres: only of --job console", {"--postgres": postgres})
    if flat:
        alone = {"--job": job, **loop, **world, "--bootstrap": bootstrap}
        _refuse("--flat: has its own jobs, people and agreements, one worker and no open loop", alone)
        return _flat(events, rounds, as_json)
    if job in ("planning", "decision"):
        _refuse(f"--job {job}: needs no Kafka and has its own people", {**loop, **world, "--bootstrap": bootstrap})
        return _alone(job, events, rounds, as_json)
    if job == "disclosure":
        _refuse("--job disclosure: has events of its own", {"--mix": mix})
    if rate == 0:
        _refuse("--rate 0: no open loop", {"--seconds": seconds})
    with _installed():
        from hub.bench import disclosure, pipeline
        from hub.bench.side import Size, World, side_by_side
    size = Size(events, rounds, RATE if rate is None else rate, seconds or SECONDS, workers or 1)
    run, most = (side_by_side, disclosure.PEOPLE) if job == "disclosure" else (pipeline.both_logs, PEOPLE)
    with _broker(bootstrap, size.workers) as (address, pid):
        told = run(address, pid, size, World(people or most, agreements or AGREEMENTS, mix or "day"), note)
    emit(told) if as_json else _show(told)
    return 0 if all(one["verified"] for one in told["subjects"].values()) else FAULT


def _refuse(where: str, options: Mapping[str, object]) -> None:
    """Options that would do nothing are a slip."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise CommandError(f"{where}; hint: leave {' and '.join(given)} out", USAGE)


def _flat(events: int, rounds: int, as_json: bool) -> int:
    with _installed():
        from hub.bench.flat import FEW, MANY, flat
    told = flat(events, rounds, FEW, MANY, note)
    emit(told) if as_json else _show_flat(told)
    return 0


def _alone(job: Literal["planning", "decision"], events: int, rounds: int, as_json: bool) -> int:
    """A job that needs the core alone."""
    with _installed():
        from hub.bench.decision import decision
        from hub.bench.planning import planning
    run, show = (planning, _show_planning) if job == "planning" else (decision, _show_decision)
    told = run(events, rounds, note)
    emit(told) if as_json else show(told)
    return 0 if told.get("verified", True) else FAULT


def _console(decisions: int, rounds: int, postgres: str | None, as_json: bool) -> int:
    with _installed():
        from hub.bench.console import console
    told = console(decisions, decisions // 20, max(rounds, LEAST), postgres, note)
    emit(told) if as_json else _show_console(told)
    return 0


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as gone:
        if gone.name is None or gone.name.startswith("hub"):
            raise
        why = f"{gone.name}: not installed, and bench needs it"
        raise CommandError(f"{why}; hint: pip install 'csp-hub[worker,bench]'") from gone


@contextmanager
def _broker(bootstrap: str | None, workers: int) -> Iterator[tuple[str, int | None]]:
    if bootstrap:
        yield bootstrap, None
        return
    from hub.edges.local_broker import Local, broker

    together = {"group.initial.rebalance.delay.ms": "3000"}  # Kafka's default: whoever starts now begins now
    with broker(own=True, settings=together if workers > 1 else {}) as found:
        yield found.bootstrap, found.process.pid if isinstance(found, Local) else None


def _show(told: Mapping[str, Any]) -> None:
    table(*_figures(told["subjects"]))
    if told["job"] == "disclosure":
        _compare(told)
    machine = told["machine"]
    crew = "one worker" if told["workers"] == 1 else f"{told['workers']} workers"
    say(f"Medians of {told['rounds']}; {crew} on Kafka; {machine['cores']} cores; Python {machine['python']}.")


def _compare(told: Mapping[str, Any]) -> None:
    ratios = told["ratios"]
    say(f"The plain job alone, in memory: {told['plain']['cpu_us_per_event']:.0f} µs an event.")
    say(f"The hub has {ratios['events_per_s']:.2f} times the speed of the bare loop on librdkafka,")
    say(f"and does {ratios['cpu_us_per_event']:.2f} times as much with the same CPU time.")


def _show_flat(told: Mapping[str, Any]) -> None:
    worlds, costs, ratios = told["worlds"], told["cpu_us_per_event"], told["ratios"]
    jobs = [(job, f"{one['few']:.0f}") for job, one in costs.items()]
    rows = [
        (job, few, *(f"{costs[job][name]:.0f} ({ratios[job][name]:.2f})" for name in ratios[job])) for job, few in jobs
    ]
    heads = [f"{one['people']:,} people, {one['agreements']} agreements" for one in worlds.values()]
    table(("CPU µs/event", *heads), rows)
    say(f"In brackets: times the first. Medians of {told['rounds']} rounds in turn.")


def _show_planning(told: Mapping[str, Any]) -> None:
    table(
        ("µs to plan after one event", "median", "99th percentile"),
        [
            ("lives", f"{told['median_us']:.0f}", f"{told['p99_us']:.0f}"),
            *((f"after {past:,} others", f"{cost:.0f}", "") for past, cost in told["median_us_after"].items()),
        ],
    )
    say(f"A long past costs {told['ratio']:.2f} times a short one. {told['events']:,} events, {told['rounds']} rounds.")


def _show_decision(told: Mapping[str, Any]) -> None:
    figures = ("median_us", "delivered_median_us", "p99_us")
    rows = [
        (f"{number} agreements", *(f"{told[figure][number]:.1f}" for figure in figures)) for number in told["median_us"]
    ]
    table(("µs a decision", "median", "of those delivered", "99th percentile"), rows)
    say(f"Many agreements cost {told['ratio']:.2f} times as much as few.")
    right = "every one as the agreements read" if told["verified"] else "NOT ALL as the agreements read"
    say(f"{told['decisions']:,} decisions, {told['delivered']:,} delivered, {right}; {told['rounds']} rounds.")


def _show_console(told: Mapping[str, Any]) -> None:
    subjects = told["subjects"]
    names = list(subjects["sqlite"]["ms"])
    rows = [(name, *(f"{figure:.1f}" for one in subjects.values() for figure in one["ms"][name])) for name in names]
    table(("ms", *(f"{name} {figure}" for name in subjects for figure in ("p50", "p99"))), rows)
    for name, one in subjects.items():
        opened = [(page, *(f"{figure:.0f}" for figure in figures)) for page, figures in one["pages_ms"].items()]
        table((f"page or operation, ms, {name}", "p50", "p99", "CPU"), opened)
    for name, one in subjects.items():
        rate = f"{one['rebuild_records_per_s']:,.0f} records a second"
        say(f"{name}: {one['outcomes']:,} outcomes of {told['decisions']:,} decisions, made anew at {rate}.")


def _figures(subjects: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of a table of the figures that any of *subjects* has."""
    columns = [one for one in COLUMNS if any(one.figure in made for made in subjects.values())]
    rows = [
        [name, "yes" if made["verified"] else "NO", *(_cell(made, column) for column in columns)]
        for name, made in subjects.items()
    ]
    return ["", "verified", *(column.head for column in columns)], rows


def _cell(made: Mapping[str, Any], column: Column) -> str:
    return f"{made[column.figure]:{column.form}}" if column.figure in made else "-"
