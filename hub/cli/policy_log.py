"""`hub policy log`: every bundle of rules that the log knows, and which is in force."""

from typing import Any

from hub.cli.screen import Json, emit, say, table
from hub.place import HERE, Place
from hub.rulebook import Entry, history
from hub.words import iso


def log(*, place: Place = HERE, as_json: Json = False) -> int:
    """
    List the bundles of rules in the log: when each came, whose keys signed it, why, and what became of it.

    Example: hub policy log --kafka
    """
    found = list(history(place))
    held = max((number for number, one in enumerate(found) if one.refused is None), default=None)
    told = [_told(one, number == held) for number, one in enumerate(found)]
    if as_json:
        emit(told)
    elif told:
        heads = ("Number", "Bundle", "Activated", "Keys", "State", "Why")
        table(heads, [_row(one) for one in told])
    else:
        say("no rules yet; next: hub policy activate")
    return 0


def _told(one: Entry, held: bool) -> dict[str, Any]:
    from hub.wire.bundle import digest

    state = "refused" if one.refused else "in force" if held else "replaced"
    amended = one.bundle.get("amendment") or {}
    return {
        "sequence": one.bundle.get("sequence"),
        "hash": digest(one.bundle) if one.bundle else None,
        "at": iso(one.at),
        "keys": one.keys,
        "state": state,
        "why": one.refused or amended.get("why"),
    }


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    name = (told["hash"] or "")[:12]
    return str(told["sequence"] or ""), name, told["at"], " ".join(told["keys"]), told["state"], told["why"] or ""
