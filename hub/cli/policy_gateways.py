"""`hub policy gateways`: the statutes that agreements rest on, as tables that are signed off."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, counted, emit, say, section, table
from hub.words import day

if TYPE_CHECKING:
    from hub.edges.statute_models import Clause, Pack, Way

CONFIDENCE = {"H": "high", "M": "medium", "L": "low"}


def gateways(
    gateway: str | None = None,
    /,
    *,
    csv: Annotated[bool, Parameter(negative="", help="every cell of every table, as it is signed off")] = False,
    policies: Annotated[Path | None, Parameter(help="a folder of policies, else those shipped with the hub")] = None,
    as_json: Json = False,
) -> int:
    """
    Show the gateways that agreements may rest on; with the id of one, its clauses and where they were read.

    A changed gateway is refused until all of its answers are signed off anew: write them with --csv to another file,
    read how they differ from gateways/signed-off.csv, and put them in its place.

    Example: hub policy gateways PCSC-2022-S16
    """
    from hub import resources
    from hub.edges import statutes

    found = {pack.id: pack for pack in statutes.packs(policies or resources.folder("policies"))}
    if gateway is not None and gateway.upper() not in found:
        raise CommandError(f"{gateway}: no such gateway; hint: one of {', '.join(sorted(found))}", USAGE)
    asked = [found[gateway.upper()]] if gateway is not None else list(found.values())
    if csv:
        sys.stdout.write(statutes.as_csv(asked))
    elif as_json:
        emit([pack.model_dump(mode="json", by_alias=True) for pack in asked])
    elif gateway is None:
        _list(asked)
    else:
        _show(asked[0])
    return 0


def _list(packs: Iterable["Pack"]) -> None:
    lines = [
        (pack.id, pack.title, day(pack.start) if pack.start else "not in force", CONFIDENCE[pack.confidence])
        for pack in packs
    ]
    table(("gateway", "statute", "in force from", "confidence"), lines)


def _show(pack: "Pack") -> None:
    since = f"from {day(pack.start)}" if pack.start else "no: no day is given, so no agreement may rest on it"
    lines = [
        ("for", pack.says),
        ("in force", f"{since} to {day(pack.until)}" if pack.until else since),
        ("source", pack.source),
        ("confidence", f"{CONFIDENCE[pack.confidence]}, as at {day(pack.as_at)}; to be confirmed by: {pack.owner}"),
        *([("unverified", pack.unverified)] if pack.unverified else []),
        *(("beyond it", told) for told in pack.beyond),
    ]
    section(f"{pack.id}: {pack.title}", "", lines)
    say()
    say(f"It allows what all of its {counted(len(pack.clauses), 'clause')} allow:")
    for clause in pack.clauses:
        section(clause.id, "", _lines(clause))


def _lines(clause: "Clause") -> Iterable[tuple[str, str]]:
    yield "says", clause.says
    for word, ways in (("needs", clause.needs), ("bars", clause.bars)):
        for number, way in enumerate(ways):
            yield (f"or {word}" if number else word), _way(way)
    if clause.unverified:
        yield "unverified", clause.unverified


def _way(way: "Way") -> str:
    said = "; ".join(f"{name} {' or '.join(words)}" for name, words in _words(way))
    return f"{said} ({way.cites})" if way.cites else said


def _words(way: "Way") -> Iterable[tuple[str, Any]]:
    return ((name.replace("_", " "), words) for name, words in way.words.items())
