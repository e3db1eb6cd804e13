"""What the last audit of a hub's own ledger found, kept in its home: so that a page can say up to when all is well."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from hub.audit.book import Step
from hub.audit.check import Report

FILE = "verified.json"
SHOWN = 50  # faults that are kept by name


@dataclass(frozen=True, slots=True)
class Verified:
    """When all was checked (UTC microseconds), up to which checkpoint, of how many leaves; and what was wrong."""

    at: int
    until: int
    size: int
    counts: Mapping[str, int]
    found: int
    faults: tuple[tuple[str, str], ...]


def verified(report: Report, newest: Step | None, at: int) -> Verified:
    """What *report* found of a ledger whose *newest* step that was."""
    until, size = (newest.at, newest.size) if newest else (0, 0)
    faults = tuple(report.faults[:SHOWN])
    return Verified(at, until, size, dict(report.counts), len(report.faults), faults)


def keep(home: Path, made: Verified) -> None:
    """In place of what was kept before."""
    file = home / f"{FILE}.new"
    file.write_text(json.dumps(asdict(made)), "utf-8")
    os.replace(file, home / FILE)


def kept(home: Path) -> Verified | None:
    """What was kept; None before the first audit, and where the file is not one of ours."""
    try:
        told = json.loads((home / FILE).read_text("utf-8"))
        faults = tuple((str(kind), str(where)) for kind, where in told["faults"])
        return Verified(**{**told, "faults": faults})
    except (OSError, ValueError, KeyError, TypeError):
        return None
