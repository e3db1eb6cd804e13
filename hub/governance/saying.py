"""A change of rules in words, the same at the command line and in the console."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from hub.governance.amendment import Review
from hub.governance.diff import Change, smallest
from hub.governance.space import Cell
from hub.governance.wording import Line, extent, piece
from hub.wire.bundle import digest
from hub.words import counted

Bundle = Mapping[str, Any]


def called(bundle: Bundle | None) -> str:
    """What people call a bundle when they compare what they see."""
    if bundle is None:
        return "no rules"
    issued = bundle.get("activate_by", 0) > 0
    return f"{'rules number ' + str(bundle['sequence']) if issued else 'the folder'}, bundle {digest(bundle)[:12]}"


def ahead(closed: Sequence[Change], today: date) -> tuple[list[Change], int]:
    """What closes from *today* on, and how much does on days alone that are past, as when an agreement is renewed."""
    still = [one for one in closed if any(cell.last >= today for cell in one.where)]
    return still, len(closed) - len(still)


def details(line: Line, changes: Iterable[Change]) -> list[tuple[str, str]]:
    """One line of a change: what is told, so far as, and its smallest example."""
    least = smallest(one.example for one in changes if line.holds(one))
    return [
        ("told", ", ".join(map(piece, line.pieces))),
        ("so far as", extent(line.where)),
        ("example", _example(least)),
    ]


def _example(cell: Cell) -> str:
    known = [f"{name} is {words[0]}" for name, words in cell.words if words[0] is not None]
    return f"on {cell.first.isoformat()}, {' and '.join([*known, 'nothing else known'])}"


def edit(before: Any, after: Any) -> str:
    """The change in full, of lists what comes and goes: whoever signs must see all of it."""
    if isinstance(before, list) and isinstance(after, list):
        gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
        if gone or come:
            return "; ".join(f"{word} {_text(some)}" for word, some in (("without", gone), ("with", come)) if some)
    return f"{_text(before)} -> {_text(after)}"


def _text(value: Any) -> str:
    if value is None:
        return "(none)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def verdict(found: Review, before: Bundle | None) -> str:
    """How much opens and closes, and whether the amendment says so."""
    opened = counted(len(found.diff.opened), "disclosure")
    if before is None:
        return f"opens {opened}: the first rules, which amend nothing"
    closed = counted(len(found.diff.closed), "disclosure")
    if found.unlisted:
        return f"opens {opened}, closes {closed}: {counted(len(found.unlisted), 'line')} in no amendment"
    return f"opens {opened}, closes {closed}" + (": all in the amendment" if found.opens else "")
