"""`hub replay`: the recorded log through the core again, compared with what production wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from hub.cli import logs
from hub.cli.decisions import instant
from hub.cli.faults import FAULT, USAGE, CommandError
from hub.cli.screen import Json, counted, emit, note, progress, say, section, settled, table
from hub.place import HERE, Place

if TYPE_CHECKING:
    from hub.edges.home import Home
    from hub.edges.recording import EmbeddedRecording, KafkaRecording
    from hub.replay.play import Counted, Divergence, Report, Shape

COLUMNS = ("Partition", "Records", "Waiting", "Outputs", "Rows", "Divergences", "Seconds", "Records/s")
FIGURES = ("records", "waiting", "outputs", "rows", "divergences")
HINT = "altered data, another release of the hub, other members, or a lead's key that is gone (keep it in keys/former)"
ONE = Annotated[int | None, Parameter(help="only this partition", validator=Number(gte=0))]
UNTIL = Annotated[str | None, Parameter(help="only what entered the log before this London time; outputs alone")]


def replay(*, partition: ONE = None, until: UNTIL = None, place: Place = HERE, as_json: Json = False) -> int:
    """
    Replay the log: what production wrote must come out again, to the byte.

    Every output and every state row is compared; the first that differs is named
    by its place, its source and its fields, never by a value. On Kafka a hub at
    work must come to rest for a moment; --until does without.

    Example: hub replay --kafka --until 2026-11-12
    """
    logs.start("error")
    from hub.replay.play import Replay
    from hub.wiring import program

    home = place.open()
    if partition is not None and partition >= home.partitions:
        raise CommandError(f"--partition: this hub has 0 to {home.partitions - 1}; hint: choose one of them", USAGE)
    end = None if until is None else instant(until, "--until") // 1000
    numbers = None if partition is None else (partition,)
    try:
        with recording(place, home, end is None) as recorded:
            report = Replay(program(home, past=True), recorded, numbers, end, told=progress).run()
    finally:
        settled()
    if as_json:
        emit(_document(report))
    else:
        _show(report, end is None)
    return FAULT if report.first else 0


@contextmanager
def recording(place: Place, home: "Home", still: bool) -> Iterator["EmbeddedRecording | KafkaRecording"]:
    """The log of a hub as it is now; *still* asks for a moment at which nothing moves."""
    from hub import topics
    from hub.edges.recording import EmbeddedRecording, KafkaRecording

    made: EmbeddedRecording | KafkaRecording
    if place.on_kafka:
        catalogue = topics.catalogue(home.agencies, home.teams, home.partitions)
        names = [topic.name for topic in catalogue if topic.partitions == home.partitions]
        if still:
            note(f"{place.broker}: looking for a moment at which nothing moves")
        made = KafkaRecording(place.broker, place.auth, names, home.partitions, still)
    else:
        made = EmbeddedRecording(home.log)
    try:
        yield made
    finally:
        made.close()


def _document(report: "Report") -> dict[str, Any]:
    first = report.first
    return {
        "partitions": [asdict(one) for one in report.partitions],
        "divergences": sum(report.divergent.values()),
        "divergent": dict(report.divergent),
        "first": None if first is None else {"said": said(first), **asdict(first)},
    }


def _show(report: "Report", rows: bool) -> None:
    lines = [_line(str(one.partition), [one]) for one in report.partitions]
    if len(lines) > 1:
        lines.append(_line("all", report.partitions))
    table(COLUMNS, lines)
    say()
    waiting = sum(one.waiting for one in report.partitions)
    if waiting:
        say(f"waiting: {counted(waiting, 'record')} that the hub had not applied yet, and so were not replayed")
    if not rows:
        say("outputs alone: what was made of later records, and the state rows, were not compared")
    if not any(one.records for one in report.partitions):
        say("nothing to compare: the hub has applied no record of it")
    elif report.first is None:
        say("the same: every output and state row compared came out again, to the byte")
    if report.first is None:
        return
    many = ", ".join(f"{count:,} in {topic}" for topic, count in report.divergent.most_common())
    say(f"divergent: {many}")
    section(f"first divergence: {said(report.first)}", "withheld", _details(report.first))


def _line(label: str, parts: "list[Counted]") -> tuple[str, ...]:
    figures = [sum(getattr(one, name) for one in parts) for name in FIGURES]
    seconds = sum(one.seconds for one in parts)
    rate = figures[0] / seconds if seconds else 0.0
    return label, *(f"{figure:,}" for figure in figures), f"{seconds:.1f}", f"{rate:,.0f}"


def said(first: "Divergence") -> str:
    """The first divergence in one plain sentence."""
    if first.row:
        where = f"{first.topic}, partition {first.partition}"
        return {
            "altered": f"{where}: a state row is not what the log leads to",
            "missing": f"{where}: lacks a state row that the log leads to",
            "extra": f"{where}: has a state row that nothing in the log leads to",
        }[first.kind]
    where = f"{first.topic}/{first.partition}"
    at = where if first.offset is None else f"{where}/{first.offset}"
    ends = "the last from its source" if first.offset is None else f"before offset {first.offset}"
    return {
        "altered": f"{at} is not what the log leads to",
        "missing": f"{where} lacks a record, {ends}",
        "extra": f"{at} is there, and nothing in the log leads to it",
        "doubled": f"{at} is there a second time, and the log leads to one",
    }[first.kind]


def _details(first: "Divergence") -> list[tuple[str, str]]:
    lines = [
        ("key", first.key or "none"),
        ("source", first.source),
        ("differs", ", ".join(f"`{name}`" if " " not in name else name for name in first.fields)),
        ("production", _shape(first.production)),
        ("replay", _shape(first.replay)),
        ("hint", HINT),
    ]
    return [(label, text) for label, text in lines if text]


def _shape(shape: "Shape | None") -> str:
    return "nothing" if shape is None else f"{counted(shape.bytes, 'byte')}, blake2b {shape.digest}"
