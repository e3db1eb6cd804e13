"""The catalogue: topics and types, what their fields hold, who may write and read them, and AsyncAPI for programs."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from hub import words
from hub.console.operator import whose
from hub.console.page import Ask, missing, page
from hub.contracts.asyncapi import plain
from hub.contracts.catalogue import changes
from hub.contracts.fields import enveloped, example, fields
from hub.contracts.here import catalogue as contracts
from hub.contracts.here import described


@page("/catalogue", *whose.SEEN, nav="Catalogue")
def catalogue(ask: Ask) -> Response:
    """Every topic and every type of event."""
    rules, entries = contracts(ask.desk.place, ask.desk.rules())
    mine = [one for one in entries if one.owner is not None and one.owner == ask.user.of]
    kinds = sorted(rules["vocabulary"], key=words.happening)
    return ask.render("operator/catalogue.html", entries=entries, mine=mine, kinds=kinds, stated=_stated(rules))


@page("/catalogue/types/{kind}", *whose.SEEN)
def event_type(ask: Ask) -> Response:
    """One type: its fields in words, its versions, who tells it and who may be told."""
    wire, kind = ask.desk.wire, ask.path["kind"]
    if kind not in wire.newest:
        raise missing()
    rules, entries = contracts(ask.desk.place, ask.desk.rules())
    newest = wire.newest[kind]
    shown = json.dumps(plain(example(wire, newest)), indent=2)
    return ask.render(
        "operator/type.html",
        kind=kind,
        newest=newest,
        says=json.loads(newest.text)["doc"],
        fields=fields(newest),
        enveloped=enveloped,
        changes=changes(wire, kind),
        stated=_stated(rules).get(kind, ()),
        told=_told(rules, kind),
        entries=[one for one in entries if kind in one.types],
        example=shown,
    )


@page("/catalogue/asyncapi.json", *whose.SEEN)
def asyncapi(ask: Ask) -> Response:
    """All of it for programs."""
    text = json.dumps(described(ask.desk.place, ask.desk.rules()), indent=2)
    named = {"content-disposition": 'attachment; filename="asyncapi.json"'}
    return Response(text, media_type="application/json", headers=named)


def _stated(rules: Mapping[str, Any]) -> dict[str, list[str]]:
    """Which agencies may state each type."""
    found: dict[str, list[str]] = {}
    for agency, kinds in rules["publishes"].items():
        for kind in kinds:
            found.setdefault(kind, []).append(agency)
    return found


def _told(rules: Mapping[str, Any], kind: str) -> list[tuple[str, list[str]]]:
    """Which teams an agreement lets have something of a type, each with the clauses."""
    found: dict[str, list[str]] = {}
    for clause in rules["clauses"]:
        if clause["effect"] == "permit" and kind in clause["subjects"]:
            for team in clause["teams"]:
                found.setdefault(team, []).append(clause["id"])
    return [
        (rules["teams"][team]["name"], clauses) for team, clauses in sorted(found.items()) if team in rules["teams"]
    ]


PAGES = (catalogue, asyncapi, event_type)
