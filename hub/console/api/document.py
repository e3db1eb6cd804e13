"""The OpenAPI document of the API: what the operations say of themselves, in the form that tools read."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hub import __version__
from hub.console.api.operation import JSON, ROOT, STALE, Operation
from hub.console.problem import HINTS, TYPE, Problem
from hub.console.who import CALLED

REFERENCE = "#/components/schemas/{name}"
OPEN = re.compile(r"{(\w+)}")
SAYS = """What the console shows, for programs. Ask with an access token that the sign-in provider made for this API
(client credentials); its role and team are those of its claims. Whoever may not see something is told that it is not
there. What speaks of a person is written to the log as read, before it is told."""
ALWAYS, SENT = (400, 401, 404, 408, 413, 421, 429, 500, 503), (409, 415)
Told = dict[str, Any]
OLD = {"description": "`?1` where this may be older than a minute, else left out", "schema": {"type": "string"}}


def document(operations: Sequence[Operation], url: str = "") -> Told:
    """Of *operations*, reached at *url*."""
    bodies = [one.asks for one in operations if one.asks is not None and one.method != "GET"]
    named, shapes = msgspec.json.schema_components(
        [Problem, *(one.returns for one in operations), *bodies], ref_template=REFERENCE
    )
    answers = dict(zip((one.name for one in operations), named[1:], strict=False))
    paths: dict[str, Told] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, answers[one.name])
    return {
        "openapi": "3.1.0",
        "info": {"title": "csp-hub", "version": __version__, "description": SAYS},
        "servers": [{"url": f"{url}{ROOT}"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": shapes,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "responses": {f"{status}": _problem(hint) for status, hint in HINTS.items()},
        },
    }


def _operation(one: Operation, answer: Told) -> Told:
    wrong = (*ALWAYS, *(SENT if one.method == "POST" else ()))
    made: Told = {
        "operationId": one.name,
        "summary": one.says.rstrip("."),
        "description": f"For: {', '.join(CALLED[role].lower() for role in CALLED if role in one.roles)}.",
        "tags": [one.path.split("/")[1]],
        "parameters": [*_parts(one.path), *_query(one)],
        "responses": {
            "200": {"description": "As asked", "headers": {STALE: OLD}, "content": {JSON: {"schema": answer}}},
            **{f"{status}": {"$ref": f"#/components/responses/{status}"} for status in sorted(wrong)},
        },
    }
    if one.method == "POST" and one.asks is not None:
        schema = {"$ref": REFERENCE.format(name=one.asks.__name__)}
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    return made


def _parts(path: str) -> list[Told]:
    """The parts of a path that it leaves open."""
    text = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in OPEN.findall(path)]


def _query(one: Operation) -> list[Told]:
    if one.asks is None or one.method != "GET":
        return []
    _, shapes = msgspec.json.schema_components([one.asks])
    shape = shapes[one.asks.__name__]
    return [_parameter(name, told, name in shape.get("required", ())) for name, told in shape["properties"].items()]


def _parameter(name: str, told: Told, required: bool) -> Told:
    schema = dict(told)
    says = schema.pop("description", "")
    made: Told = {"name": name, "in": "query", "required": required, "schema": schema}
    return made | ({"description": says} if says else {})


def _problem(hint: str) -> Told:
    schema = {"$ref": REFERENCE.format(name=Problem.__name__)}
    return {"description": hint[0].upper() + hint[1:], "content": {TYPE: {"schema": schema}}}
