"""Which rules a command speaks of: those in force, a folder, a bundle file, or a bundle in the log."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hub.place import Place, PlaceError, compiled, values

if TYPE_CHECKING:
    from hub.core.calendar import Calendar
    from hub.core.rules import Rules

Bundle = Mapping[str, Any]
HASH, NUMBER = re.compile("[0-9a-f]{6,64}"), re.compile("[0-9]{1,5}")


class Entry(NamedTuple):
    """A bundle in the log, when it was to come into force (UTC µs), whose keys signed it, and why it did not, if so."""

    bundle: Bundle
    at: int
    keys: tuple[str, ...]
    refused: str | None


def history(place: Place) -> Iterator[Entry]:
    """
    Every bundle in the log in its order, each checked as the hub checks it.

    What the hub has yet to read counts: it will be in force when the next bundle is read.
    """
    from hub import topics
    from hub.core.succession import refusal
    from hub.wire.bundle import BundleError, read
    from hub.wiring import schemas

    held: Rules | None = None
    opened = _opener(place)
    for told in values(schemas(), place.reader(), topics.RULES):
        keys = tuple(one["key"] for one in told["signatures"])
        try:
            rules = opened(told)
            why = refusal(held, rules, told["at"])
        except BundleError as bad:
            yield Entry({}, told["at"], keys, str(bad))
            continue
        if why is None:
            held = rules
        yield Entry(read(told["bundle"]), told["at"], keys, why)


def in_force(place: Place) -> Bundle | None:
    """The rules in force at the end of the log; None before the first."""
    return next((one.bundle for one in reversed([*history(place)]) if one.refused is None), None)


def _opener(place: Place) -> "Callable[[Mapping[str, Any]], Rules]":
    """Opens a record of rules: with its signatures checked, where the hub's home is here to say whose count."""
    from hub.edges.home import HomeError
    from hub.wiring import opener

    trusted: Mapping[str, Any] | None
    try:
        trusted = place.open().once_trusted()
    except HomeError:
        if not place.on_kafka:
            raise
        trusted = None
    made = opener(lambda: trusted or {})
    return lambda told: made(told, trusted is not None)


def working_days(held: Bundle | None) -> "Calendar":
    """The working days of rules; without any, every Monday to Friday."""
    from hub.core.calendar import Calendar, calendar

    days = held["calendar"] if held else None
    return calendar(days["bank_holidays"], days["clock_changes"]) if days else Calendar(frozenset(), (0,), (0,))


def rules_of(bundle: Bundle) -> "Rules":
    """The rules of a bundle, ready to be asked."""
    from hub.wire.bundle import canonical
    from hub.wiring import compiled_rules

    return compiled_rules(canonical(bundle))


def meant(spec: str | None, place: Place) -> Bundle:
    """
    The bundle that *spec* names: a folder, a bundle file, the number or the hash of one in the log.

    Nothing named is the folder that travels with the hub.
    """
    from hub.edges.bundle_file import load

    if spec is None or Path(spec).is_dir():
        return compiled(None if spec is None else Path(spec), members(place))
    if Path(spec).is_file():
        return load(Path(spec)).bundle
    if NUMBER.fullmatch(spec) or HASH.fullmatch(spec):
        return _logged(spec, place)
    raise PlaceError(f"{spec}: no rules; hint: a folder, a bundle file, or the number or hash of one in the log")


def members(place: Place) -> tuple[str, ...]:
    """The teams of the hub, if its home is here; else none, which narrows nothing."""
    from hub.edges.home import HomeError

    try:
        return place.open().teams
    except HomeError:
        return ()


def _logged(spec: str, place: Place) -> Bundle:
    from hub.place import bundles
    from hub.wiring import schemas

    found = bundles(schemas(), place.reader())
    if NUMBER.fullmatch(spec):
        same = [made for made in found.values() if str(made["sequence"]) == spec]
    else:
        same = [made for digest, made in found.items() if digest.startswith(spec)]
    if len(same) != 1:
        what = "no bundle in this log" if not same else "names several bundles"
        raise PlaceError(f"{spec}: {what}; hint: `hub policy log` lists them")
    return same[0]
