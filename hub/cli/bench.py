"""`hub bench`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from hub.cli.faults import FAULT, CommandError
from hub.cli.screen import Json, emit, note, say, table

COLUMNS: Mapping[str, tuple[str, str]] = {
    "events/s": ("events_per_s", ",.0f"),
    "2nd half": ("half2_events_per_s", ",.0f"),
    "CPU µs/event": ("cpu_us_per_event", ".0f"),
    "2nd half ": ("half2_cpu_us_per_event", ".0f"),
    "broker µs/event": ("broker_cpu_us_per_event", ".0f"),
    "peak MiB": ("peak_mib", ",.0f"),
    "p50 ms": ("p50_ms", ".0f"),
    "p99 ms": ("p99_ms", ".0f"),
}


def bench(
    *,
    job: Annotated[Literal["hub", "disclosure"], Parameter(help="disclosure: one that others can run too")] = "hub",
    events: Annotated[int, Parameter(help="events loaded before the start", validator=Number(gte=1000))] = 100_000,
    rounds: Annotated[int, Parameter(help="runs of each; the medians count", validator=Number(gte=1))] = 3,
    rate: Annotated[int, Parameter(help="events/s of the open loop; 0: no latency", validator=Number(gte=0))] = 500,
    seconds: Annotated[int, Parameter(help="length of the open loop", validator=Number(gte=1))] = 20,
    people: Annotated[int | None, Parameter(help="people there are", validator=Number(gte=1000))] = None,
    agreements: Annotated[int, Parameter(help="agreements in force", validator=Number(gte=12))] = 12,
    mix: Annotated[Literal["day", "justice"], Parameter(help="a whole day's events, or without its marks")] = "day",
    flat: Annotated[bool, Parameter(negative="", help="only what many people and agreements cost")] = False,
    bootstrap: Annotated[str | None, Parameter(help="a Kafka to use, not one of our own; its CPU is not seen")] = None,
    as_json: Json = False,
) -> int:
    """
    Measure the hub: events a second, CPU an event, latency at a fixed rate, memory; every answer verified.

    The hub's own job runs on the embedded log and on Kafka. With --job disclosure, a bare loop on librdkafka does the
    same beside it, turn by turn: only the ratios of one run can be compared with those of another, since machines and
    their neighbours differ.

    Example: hub bench --events 20000 --rounds 1
    """
    try:
        from hub.bench import disclosure, pipeline
        from hub.bench import flat as cost
        from hub.bench.side import Size, World, side_by_side
    except ModuleNotFoundError as gone:
        if gone.name is None or gone.name.startswith("hub"):
            raise
        why = f"{gone.name}: not installed, and bench needs it"
        raise CommandError(f"{why}; hint: pip install 'csp-hub[worker,bench]'") from gone
    if flat:
        told = cost.flat(events, rounds, cost.FEW, cost.MANY, note)
        emit(told) if as_json else _show_flat(told)
        return 0
    size = Size(events, rounds, rate, seconds)
    known = people or (10_000 if job == "hub" else disclosure.PEOPLE)
    run = pipeline.both_logs if job == "hub" else side_by_side
    with _broker(bootstrap) as (address, pid):
        told = run(address, pid, size, World(known, agreements, mix), note)
    if as_json:
        emit(told)
    else:
        _show(told)
    return 0 if all(one["verified"] for one in told["subjects"].values()) else FAULT


@contextmanager
def _broker(bootstrap: str | None) -> Iterator[tuple[str, int | None]]:
    if bootstrap:
        yield bootstrap, None
        return
    from hub.edges.local_broker import Local, broker

    with broker(own=True) as found:
        yield found.bootstrap, found.process.pid if isinstance(found, Local) else None


def _show(told: Mapping[str, Any]) -> None:
    rows = [
        (name, "yes" if one["verified"] else "NO", *(_cell(one, *column) for column in COLUMNS.values()))
        for name, one in told["subjects"].items()
    ]
    table(("", "verified", *COLUMNS), rows)
    if told["job"] == "disclosure":
        _compare(told)
    machine = told["machine"]
    say(f"Medians of {told['rounds']}; {machine['cores']} cores, broker beside it; Python {machine['python']}.")


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


def _cell(one: Mapping[str, Any], figure: str, form: str) -> str:
    return f"{one[figure]:{form}}" if figure in one else "-"
