"""The contracts of the hub that is meant: its own topics, under the rules in force there."""

from typing import Any

from hub import __version__
from hub.contracts.asyncapi import asyncapi
from hub.contracts.catalogue import Entry, entries
from hub.edges.home import PARTITIONS, HomeError
from hub.place import Place, compiled
from hub.rulebook import Bundle
from hub.wiring import schemas


def catalogue(place: Place, rules: Bundle | None) -> tuple[Bundle, tuple[Entry, ...]]:
    """The rules in force (those shipped, before the first) and every topic of the hub; without a home, of a new one."""
    try:
        home = place.open()
    except HomeError:
        shipped = compiled()
        return shipped, entries(shipped["agencies"], shipped["teams"], PARTITIONS, shipped)
    told = rules or compiled(None, home.teams)
    return told, entries(home.agencies, home.teams, home.partitions, told)


def described(place: Place, rules: Bundle | None) -> dict[str, Any]:
    """Its AsyncAPI document."""
    rules, found = catalogue(place, rules)
    tls = "SSL" in str(place.auth.get("security_protocol", ""))
    return asyncapi(schemas(), found, rules["name"], __version__, place.broker, tls)
