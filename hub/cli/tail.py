"""`hub tail`: what one team receives, as that team sees it."""

import heapq
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub import words
from hub.cli import logs
from hub.cli.decisions import instant
from hub.cli.screen import Json, emit, flat, note, section
from hub.place import HERE, Place, known

if TYPE_CHECKING:
    from hub.log import Record
    from hub.wire.schemas import Schemas

LAST = 20
Since = Annotated[str, Parameter(help="all, an offset, or a date such as 2026-11-12 (else the last 20)")]


def tail(
    team: str,
    /,
    *,
    since: Since = "",
    follow: Annotated[bool, Parameter(negative="", help="keep waiting for more")] = False,
    place: Place = HERE,
    as_json: Json = False,
) -> int:
    """
    Show a team's alerts and deliveries as the team sees them, newest last.

    With --json one object a line, with its topic, partition and offset.

    Example: hub tail PROB --follow
    """
    logs.start()
    from hub import topics
    from hub.wiring import schemas

    code, reader = known(team, place.teams()), place.reader()
    mine, seen, shown = (topics.alerts(code), topics.deliveries(code)), dict[tuple[str, int], int](), 0
    schema = schemas()
    records = (record for topic in mine for record in _noting(reader.scan(topic), seen))
    for record in _chosen(records, since):
        _show(schema, record, as_json)
        shown += 1
    if not shown and not as_json:
        note(f"{code}: nothing yet; hint: `hub decisions --team {code}` says what was withheld and why")
    if follow:
        try:
            for record in chain.from_iterable(reader.follow(mine, seen, lambda: False)):
                _show(schema, record, as_json)
                sys.stdout.flush()
        except KeyboardInterrupt:
            return 0
    return 0


def _noting(records: "Iterable[Record]", seen: dict[tuple[str, int], int]) -> "Iterator[Record]":
    for record in records:
        seen[record.topic, record.partition] = record.offset
        yield record


def _chosen(records: "Iterable[Record]", since: str) -> "list[Record]":
    """The records asked for, in the order in which they entered the log."""
    if not since:
        return sorted(heapq.nlargest(LAST, records, key=_order), key=_order)
    if since == "all":
        return sorted(records, key=_order)
    if since.isdecimal() and len(since) < 8:
        return sorted((record for record in records if record.offset >= int(since)), key=_order)
    start = instant(since, "--since")
    return sorted((record for record in records if record.timestamp * 1000 >= start), key=_order)


def _order(record: "Record") -> tuple[int, str, int, int]:
    return record.timestamp, record.topic, record.partition, record.offset


def _show(schemas: "Schemas", record: "Record", as_json: bool) -> None:
    from hub.wire.codec import CodecError

    try:
        kind, _, told = schemas.decode(record.value or b"")
    except CodecError as bad:
        note(f"{record.topic}/{record.partition}/{record.offset}: {bad}")
        return
    if as_json:
        place = {"topic": record.topic, "partition": record.partition, "offset": record.offset, "record": kind}
        emit({**place, **flat(told)}, line=True)
    else:
        section(*(_alert(told) if kind == "alert" else _delivery(told)))


def _alert(told: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
    from hub.inbox.notice import notice

    title, lines = notice(told)
    return title, "", [*lines, *_rest(told)]


def _delivery(told: Mapping[str, Any]) -> tuple[str, str, list[tuple[str, str]]]:
    title = f"TOLD  {words.happening(told['subject'])}, by {words.agency(told['source'])}"
    return title, "", [("when", words.moment(told["at"])), *_rest(told)]


def _rest(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    held = [("facts", words.fields(told["fields"]))] if told["fields"] else []
    return [*held, ("person", words.short(told["person"])), ("id", f"{told['id']}, under {told['clause']}")]
