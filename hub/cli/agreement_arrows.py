"""`hub agreement arrows`: which partner hears from which, by which rule of which agreement, or why not."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.cli.faults import USAGE, CommandError
from hub.cli.screen import Json, emit, say, table
from hub.place import compiled

if TYPE_CHECKING:
    from hub.edges.arrows import Arrow

HEADS = ("From", "To", "Rules", "What is needed, or why nothing goes")


def arrows(folder: Path | None = None, /, *, as_json: Json = False) -> int:
    """
    Show every arrow between two partners: the rules that carry what is needed, or why nothing goes that way.

    Read from arrows.yaml in a folder of policies (else those shipped with the hub); exit 1 when a needed arrow has no
    rule.

    Example: hub agreement arrows policies
    """
    from hub import resources
    from hub.edges.arrows import arrows as read

    where = folder or resources.folder("policies")
    if not where.is_dir():
        raise CommandError(f"{where}: no such folder; hint: name a folder of policies", USAGE)
    found = read(where, compiled(where))
    if as_json:
        emit([_flat(one) for one in found])
        return 0
    table(HEADS, [_row(one) for one in found])
    needed = sum(one.need.why_not is None for one in found)
    say(f"{len(found)} arrows: {needed} needed, each with its rules; {len(found) - needed} not, each for a reason")
    return 0


def _flat(one: "Arrow") -> dict[str, Any]:
    ends = {"from": one.start, "to": one.end, "rules": one.rules}
    return {**ends, "needs": one.need.needs, "source": one.need.source, "not": one.need.why_not}


def _row(one: "Arrow") -> tuple[str, ...]:
    said = one.need.needs or f"not: {one.need.why_not}"
    return _spaced(one.start), _spaced(one.end), ", ".join(one.rules) or "-", said


def _spaced(name: str) -> str:
    return name.replace("_", " ")
